"""Conversions: told by programs, one or many at once; listed; taken back."""

from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from tellal import conversions, money, wiring
from tellal.access import signatures
from tellal.access.permissions import Permission
from tellal.api.asking import Asked, Asking, plausible, sent
from tellal.api.fields import Instant, Name
from tellal.api.paging import DEFAULT, Cursor, Limit, Listing, Since, Until, bounds, listing
from tellal.api.problems import NotAsked, read_json
from tellal.api.routes import Routes
from tellal.channels import Workspace
from tellal.clock import Moment
from tellal.conversions import Attribution, Conversion, Stage, Touch, Via
from tellal.counting.intake import Told
from tellal.errors import AlreadyChanged, Forged
from tellal.observability import logger
from tellal.posts import Frozen
from tellal.stores.secrets import of_conversions

MOST = 100
MOST_TOUCHES = 20

routes = Routes("Conversions")

Currency = Annotated[str, Field(min_length=3, max_length=3, description="ISO 4217: EUR, TRY")]
Amount = Annotated[
    Decimal, Field(ge=0, description="In the currency, at most with its decimals: 12.50")
]


class TouchGiven(Frozen):
    """One time that the person came: by one of our short links, by UTM parameters, or both."""

    at: Annotated[
        Instant | None,
        Field(description="Of the click. Without it the time counts at which the post went out."),
    ] = None
    code: Annotated[Name | None, Field(description="Of a short link: the end of its address")] = (
        None
    )
    source: Annotated[Name | None, Field(description="utm_source, and so on")] = None
    medium: Name | None = None
    campaign: Name | None = None
    content: Name | None = None


class NewConversion(Frozen):
    id: Annotated[
        Name,
        Field(max_length=128, description="Yours, of the order or lead: it is counted once"),
    ]
    stage: Stage
    occurred_at: Annotated[Instant | None, Field(description="Now, if not given")] = None
    value: Amount | None = None
    currency: Currency | None = None
    touches: Annotated[tuple[TouchGiven, ...], Field(max_length=MOST_TOUCHES)] = ()


def _some(given: tuple[NewConversion, ...]) -> tuple[NewConversion, ...]:
    """Pydantic's own least length counts the good ones alone, and would complain of a bad one."""
    if not given:
        raise PydanticCustomError("none", "has nothing in it")
    return given


class NewConversions(Frozen):
    conversions: Annotated[tuple[NewConversion, ...], Field(max_length=MOST), AfterValidator(_some)]


class ConversionShown(Frozen):
    conversion_id: str
    id: str
    stage: Stage
    occurred_at: Moment
    value: str | None
    currency: str | None
    touches: tuple[Touch, ...]
    attribution: Attribution
    via: Via
    noted_at: Moment
    taken_back_at: Moment | None


class ConversionsShown(Frozen):
    items: tuple[ConversionShown, ...]  # in the order of the request


@routes(
    "POST",
    "/conversions",
    needs=Permission.CONVERSIONS_WRITE,
    status=200,
    summary="Tell of conversions",
)
def tell_conversions(given: NewConversions, asked: Asking) -> Response[ConversionsShown]:
    """Each is counted once, however often its id is told. The same id with other facts is a
    conflict that names the field, and nothing of the request is kept. Of the touches, the last
    within the workspace's window that is not after the conversion is what it is attributed to."""
    taken = wiring.intake().take(told(given), workspace=asked.workspace, via=Via.KEY, now=asked.now)
    return asked.settle(ConversionsShown(items=tuple(map(shown, taken))), status=200)


@routes(
    "POST",
    "/conversions/signed/<workspace_id>",
    needs=None,
    summary="Tell of conversions without a key, signed",
    reads=None,
)
def tell_signed_conversions(workspace_id: str, request: Request, asked: Asking) -> ConversionsShown:
    """The body is that of `POST /conversions`, signed as Standard Webhooks says, with a secret of
    the workspace's (`POST /conversions/secrets`): the headers `webhook-id`, `webhook-timestamp`
    and `webhook-signature`. What is older than five minutes is refused. Sent again, it is the same
    conversions again, and counts nothing twice."""
    body = sent(request.resolved_event)
    workspace = wiring.workspaces().get(plausible(workspace_id))
    try:
        message_id = signatures.verify(_secrets(workspace), request.headers, body, now=asked.now)
    except Forged as error:
        logger.warning("conversions refused", workspace_id=workspace_id, why=str(error))
        sentence = "No secret that is valid here has signed this body within five minutes."
        raise NotAsked(403, sentence) from None
    assert workspace is not None  # it has secrets
    taken = wiring.intake().take(
        told(_read(body)), workspace=workspace, via=Via.SIGNED, now=asked.now
    )
    logger.info("conversions told", workspace_id=workspace_id, webhook_id=message_id[:100])
    return ConversionsShown(items=tuple(map(shown, taken)))


@routes("GET", "/conversions", needs=Permission.CONVERSIONS_READ, summary="List the conversions")
def list_conversions(
    asked: Asking,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT,
) -> Listing[ConversionShown]:
    """By the time they happened, the newest first; those taken back, too."""
    store = wiring.conversions()
    page = store.of_workspace(asked.workspace_id, **bounds(limit, cursor, since, until))
    return listing(page, lambda item: shown(store.value(item)))


@routes(
    "DELETE",
    "/conversions/<conversion_id>",
    needs=Permission.CONVERSIONS_WRITE,
    status=204,
    summary="Take a conversion back",
)
def take_conversion_back(conversion_id: str, asked: Asking) -> Response[Any]:
    """It counts for nothing from then on. Its id stays taken: told again, it stays taken back."""
    store = wiring.conversions()
    seen = asked.ours(store.get(plausible(conversion_id)), "conversion")
    try:
        _take_back(seen, asked)
    except AlreadyChanged:  # it was being counted
        _take_back(asked.ours(store.get(conversion_id), "conversion"), asked)
    return Response(status_code=204)


def _take_back(seen: Conversion, asked: Asked) -> None:
    if seen.taken_back_at is None:
        wiring.conversions().save(seen, conversions.taken_back(seen, now=asked.now))


def told(given: NewConversions) -> list[Told]:
    return [
        Told(
            id=each.id,
            stage=each.stage,
            occurred_at=each.occurred_at,
            value=None if each.value is None else str(each.value),
            currency=each.currency,
            touches=tuple(Touch(**touch.model_dump()) for touch in each.touches),
        )
        for each in given.conversions
    ]


def shown(row: Conversion) -> ConversionShown:
    names = set(ConversionShown.model_fields) - {"id", "value"}
    value = None
    if row.value is not None and row.currency is not None:
        value = money.spelled(row.value, row.currency)
    facts = {name: getattr(row, name) for name in names}
    return ConversionShown(id=row.given_id, value=value, **facts)


def _secrets(workspace: Workspace | None) -> list[Any]:
    if workspace is None:
        return []
    context = of_conversions(workspace.workspace_id)
    return [wiring.vault().open(each, context) for each in workspace.sealed_conversion_secrets]


def _read(body: bytes) -> NewConversions:
    """Once it is known who wrote it. Raises what a route's own reading would."""
    try:
        return NewConversions.model_validate(read_json(body.decode()))
    except ValidationError as error:
        errors = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(errors) from None
    except (ValueError, RecursionError):
        raise NotAsked(400, "The request's body is not JSON.") from None
