"""What can be told of the API without calling it."""

import json
from collections import Counter
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from tellal.api.app import ROUTES, assembled
from tellal.api.document import document
from tellal.api.guidance import HELP
from tellal.api.problems import TITLES, respond, tell
from tellal.errors import (
    AlreadyChanged,
    Broken,
    Conflict,
    NeedsReconnect,
    NotFound,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unacceptable,
)
from tellal.publishing import outcomes
from tellal.publishing.composition import NOT_THERE

PUBLIC = {
    ("POST", "/setup"),
    ("GET", "/oauth/<platform>/callback"),
    ("GET", "/"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/health"),
    ("GET", "/help/<code>"),
    ("GET", "/erasures/<code>"),
    ("POST", "/conversions/signed/<workspace_id>"),  # who signs needs no key
    ("GET", "/snippet.js"),
    ("OPTIONS", "/conversions/site/<site_key>"),
    ("POST", "/conversions/site/<site_key>"),
    ("GET", "/r/<token>"),
}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(assembled())


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]


def test_only_what_is_listed_here_is_for_everybody() -> None:
    assert {(each.method, each.path) for each in ROUTES if each.needs is None} == PUBLIC


def test_every_operation_has_a_name_of_its_own_and_a_summary() -> None:
    names = Counter(route.work.__name__ for route in ROUTES)
    assert max(names.values()) == 1
    assert all(route.summary for route in ROUTES)


def test_the_document_is_openapi_3_1_and_names_every_route(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    named = {(method, path) for method, path, _ in operations(described)}
    stated = {
        (each.method, each.path.replace("<", "{").replace(">", "}"))
        for each in ROUTES
        if each.in_document
    }
    assert named == stated


def test_every_reference_in_the_document_leads_somewhere(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    for reference in {part.split('"')[0] for part in text.split('"$ref": "')[1:]}:
        place = described
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]


def test_every_operation_that_needs_a_key_says_so_and_which_problems_it_may_answer(
    described: dict[str, Any],
) -> None:
    for method, path, operation in operations(described):
        is_public = (method, path.replace("{", "<").replace("}", ">")) in PUBLIC
        assert (operation.get("security") == []) == is_public, path
        assert ("401" in operation["responses"]) != is_public
        assert {"422", "default"} <= operation["responses"].keys()
        assert ("404" in operation["responses"]) == ("{" in path)
    assert described["security"] == [{"key": []}]


def test_every_post_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    header = {"$ref": "#/components/parameters/IdempotencyKey"}
    for method, _, operation in operations(described):
        assert (header in operation.get("parameters", [])) == (method == "POST")


def test_a_channel_is_connected_with_what_its_platform_asks_for(described: dict[str, Any]) -> None:
    body = described["paths"]["/channels"]["post"]["requestBody"]
    discriminator = body["content"]["application/json"]["schema"]["discriminator"]
    assert discriminator["propertyName"] == "platform"
    assert "mastodon" in discriminator["mapping"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unacceptable(Broken("text", "too long")), 422),
        (NotFound("There is no such post."), 404),
        (Conflict("It is being published."), 409),
        (AlreadyChanged("write 1"), 409),
        (Rejected("Wrong password"), 422),
        (NeedsReconnect("Token refused"), 422),
        (OutcomeUnknown("No answer"), 502),
        (Throttled("Slow down"), 503),
        (KeyError("secret"), 500),
    ],
)
def test_an_error_becomes_the_answer_that_says_what_to_do(error: Exception, status: int) -> None:
    told = tell(error)
    assert told.status == status
    assert status in TITLES
    assert "secret" not in told.detail


@pytest.mark.parametrize(
    ("kind", "context", "says"),
    [
        ("too_long", {"max_length": 2, "actual_length": 3}, "has more than 2 elements"),
        ("model_attributes_type", {}, "should be an object, with names and values"),
        ("int_type", {}, "should be an integer"),
    ],
)
def test_a_rule_is_told_in_plain_words(kind: str, context: dict[str, int], says: str) -> None:
    error = {"type": kind, "loc": ("body", "variants", "ch_1", "[key]"), "ctx": context}
    error["msg"] = "Input should be an integer"
    [broken] = tell(RequestValidationError([error])).broken
    assert (broken.field, broken.rule) == ("variants.ch_1", says)


def test_a_problem_bears_the_requests_id_and_every_broken_rule() -> None:
    broken = Unacceptable(Broken("text", "too long"), Broken("media[0]", "too large"))
    answer = respond(broken, request_id="r-1")
    problem = json.loads(answer.body or "")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["instance"] == "urn:tellal:request:r-1"
    assert [each["field"] for each in problem["errors"]] == ["text", "media[0]"]


def test_every_trouble_that_a_delivery_may_bear_leads_to_a_page_of_help() -> None:
    codes = {*outcomes.CODES.values(), outcomes.PAUSED.code, "spend_cap"}
    codes |= {"cancelled", NOT_THERE.code}
    assert codes == set(HELP)
