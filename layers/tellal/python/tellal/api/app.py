"""The API, joined: every resource's routes, and what happens to errors.

Nothing here touches AWS; a route does, when it is called.
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from tellal.api import (
    answering,
    apps,
    audit,
    best_times,
    campaigns,
    channels,
    connecting,
    contacts,
    conversations,
    conversion_intake,
    conversions,
    deliveries,
    document,
    goals,
    guidance,
    importing,
    keys,
    links,
    media,
    members,
    observations,
    personas,
    playbook,
    posts,
    reports,
    rules,
    saved_replies,
    setup,
    shares,
    site,
    workspaces,
)
from tellal.api.problems import NotAsked, read_json, respond
from tellal.observability import logger

RESOURCES = (
    setup,
    workspaces,
    keys,
    members,
    connecting,
    channels,
    media,
    campaigns,
    posts,
    links,
    deliveries,
    conversations,
    answering,
    contacts,
    saved_replies,
    playbook,
    rules,
    audit,
    conversions,
    importing,
    conversion_intake,
    site,
    goals,
    observations,
    reports,
    shares,
    personas,
    best_times,
    apps,
    document,
    guidance,
)
ROUTES = tuple(route for resource in RESOURCES for route in resource.routes.all)


def assembled() -> APIGatewayHttpResolver:
    # Without debug=False it would look into the environment; each route brings its own validation.
    app = APIGatewayHttpResolver(debug=False, json_body_deserializer=read_json)
    for route in ROUTES:
        route.register(app)
    app.exception_handler(Exception)(partial(_respond, app))
    app.not_found(partial(_not_found, app))
    return app


def answer(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """An API Gateway event in, its response out."""
    _app.context["app"] = _app  # for the routes that show what it can do
    response: dict[str, Any] = _app.resolve(event, context)
    logger.info("answered", route=event.get("rawPath"), status=response["statusCode"])
    return response


def _respond(app: APIGatewayHttpResolver, error: Exception) -> Response[str]:
    return respond(error, request_id=app.lambda_context.aws_request_id)


def _not_found(app: APIGatewayHttpResolver, error: NotFoundError) -> Response[str]:
    path = app.current_event.path
    methods = sorted({route.method for route in ROUTES if _is_at(route.path, path)})
    if not methods or app.current_event.http_method in methods:  # an id that none of ours can be
        return _respond(app, error)
    allowed = ", ".join(methods)
    return _respond(app, NotAsked(405, f"What can be done here: {allowed}.", {"Allow": allowed}))


def _is_at(rule: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"<\w+>", "[^/]+", rule), path) is not None


_app = assembled()
