"""The OpenAPI document of the API, the page that shows it, and the greeting at the front door."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Request, Response
from aws_lambda_powertools.event_handler.openapi.types import COMPONENT_REF_TEMPLATE

from tellal import __doc__ as what_it_is
from tellal.api import idempotency
from tellal.api.problems import CONTENT_TYPE, TITLES, Problem
from tellal.api.routes import Routes

VERSION = "1"
FOREIGN = frozenset({"HTTPValidationError", "ValidationError", "ResponseValidationError"})
SCHEME = "key"
PARAMETERS = {
    "IdempotencyKey": {
        "name": idempotency.HEADER,
        "in": "header",
        "required": False,
        "schema": {"type": "string", "maxLength": idempotency.LONGEST},
        "description": "A name for this request, new for each: asked again under it within a day, "
        "it is answered as before and not done again.",
    },
    "Workspace": {
        "name": "Tellal-Workspace",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "Which workspace is meant: an owner's key needs it, any other has its own.",
    },
}
FRONT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tellal</title>
<style>
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 1rem }}
</style>
<h1>Tellal</h1>
<p>{what}</p>
<ul>
<li><a href="/docs">The API, to read and try</a></li>
<li><a href="/openapi.json">The same for programs</a> (OpenAPI 3.1)</li>
</ul>
</html>
"""

routes = Routes("Document")


@routes("GET", "/", needs=None, summary="What this is", in_document=False)
def greet() -> Response[str]:
    what = (what_it_is or "").strip().splitlines()[0]
    return Response(200, content_type="text/html; charset=utf-8", body=FRONT.format(what=what))


@routes("GET", "/health", needs=None, summary="Whether it answers", in_document=False)
def tell_health() -> Response[str]:
    return Response(200, content_type="application/json", body='{"status":"ok"}')


@routes("GET", "/openapi.json", needs=None, summary="This document", in_document=False)
def show_document(request: Request) -> Response[str]:
    return Response(200, content_type="application/json", body=_document(request.context["app"]))


@routes("GET", "/docs", needs=None, summary="This document, to read and try", in_document=False)
def show_docs(request: Request) -> Response[str]:
    """Everything it needs is in the one page: it works without any other server."""
    # 0.15 s of import that no other request is to pay for
    from aws_lambda_powertools.event_handler.openapi import swagger_ui  # noqa: PLC0415

    folder = Path(swagger_ui.__file__).parent
    page = swagger_ui.generate_swagger_html(
        _document(request.context["app"]).replace("</", "<\\/"),
        (folder / "swagger-ui-bundle.min.js").read_text("utf-8"),
        (folder / "swagger-ui.min.css").read_text("utf-8"),
        "",
        None,
        persist_authorization=True,
    )
    return Response(200, content_type="text/html; charset=utf-8", body=page, compress=True)


@cache
def _document(app: APIGatewayHttpResolver) -> str:
    return json.dumps(document(app), ensure_ascii=False)


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """As Powertools makes it, with our own problems in place of its validation errors."""
    # 0.15 s of import that no other request is to pay for
    from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer  # noqa: PLC0415

    made: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(
            title="Tellal",
            version=VERSION,
            openapi_version="3.1.0",
            description="Plan and publish posts to many platforms, answer what comes back, and "
            "measure it. Times are UTC; listings are pages; every error is a problem (RFC 9457).",
            security_schemes={SCHEME: HTTPBearer(bearerFormat="tk_…")},
            security=[{SCHEME: []}],
        )
    )
    components = made["components"]
    for name in FOREIGN:
        components["schemas"].pop(name, None)
    problem = Problem.model_json_schema(ref_template=COMPONENT_REF_TEMPLATE)
    components["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
    components["parameters"] = PARAMETERS
    components["responses"] = {
        "Problem": {
            "description": "A problem",
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            _complete(operation, path, method)
    return made


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    is_public = operation.get("security") == []
    statuses = ["422"] if is_public else ["401", "403", "422"]
    statuses += ["404"] * ("{" in path) + ["409"] * (method != "get")
    for status in sorted(statuses):
        reply = {"$ref": "#/components/responses/Problem"}
        operation["responses"].setdefault(status, {**reply, "description": TITLES[int(status)]})
    operation["responses"]["default"] = {"$ref": "#/components/responses/Problem"}
    headers = ["Workspace"] * (not is_public) + ["IdempotencyKey"] * (method == "post")
    if headers:
        refs = [{"$ref": f"#/components/parameters/{name}"} for name in headers]
        operation["parameters"] = [*operation.get("parameters", []), *refs]
