"""How conversions may be told without a key: secrets that programs sign with, and the site where
the snippet stands. Secrets are shown once; the site's key stands in pages that anybody reads.
"""

import re
import secrets
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from tellal import wiring
from tellal.access import signatures
from tellal.access.permissions import Permission
from tellal.api.asking import Asking
from tellal.api.routes import Routes
from tellal.channels import ConversionSite, Workspace
from tellal.config import settings
from tellal.conversions import Stage
from tellal.posts import Frozen
from tellal.stores.secrets import of_conversions

MOST_SECRETS = 2  # valid at a time, so that one can be replaced without losing a conversion
ORIGIN = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(:\d{1,5})?", re.ASCII)
LOCAL = re.compile(r"http://(localhost|127\.0\.0\.1)(:\d{1,5})?", re.ASCII)
TAIL_BYTES = 9  # 72 bits: nobody writes to a site by guessing

routes = Routes("Conversions")


def _origin(text: str) -> str:
    """As browsers send it: no path, in small letters."""
    if not (ORIGIN.fullmatch(text) or LOCAL.fullmatch(text)):
        raise PydanticCustomError("origin", "is no origin: https://shop.example, without a path")
    return text


class SiteGiven(Frozen):
    origins: Annotated[
        tuple[Annotated[str, Field(max_length=300), AfterValidator(_origin)], ...],
        Field(max_length=20, description="Of the pages that may tell; none: no page may"),
    ]
    stages: tuple[Stage, ...] = (Stage.LEAD,)
    new_key: Annotated[bool, Field(description="The old one is worth nothing then")] = False


class SiteShown(Frozen):
    site_key: str
    snippet_url: str
    origins: tuple[str, ...]
    stages: tuple[Stage, ...]


class IntakeShown(Frozen):
    signed_url: str
    secrets: int  # that are valid
    site: SiteShown | None


class SecretMade(Frozen):
    secret: Annotated[str, Field(description="whsec_…, shown only here")]
    secrets: int


@routes(
    "GET",
    "/conversions/intake",
    needs=Permission.WORKSPACES_WRITE,
    summary="Show how conversions may be told",
)
def show_intake(asked: Asking) -> IntakeShown:
    workspace = asked.workspace
    return IntakeShown(
        signed_url=f"{settings().api_url}/conversions/signed/{workspace.workspace_id}",
        secrets=len(workspace.sealed_conversion_secrets),
        site=_shown(workspace),
    )


@routes(
    "POST",
    "/conversions/secrets",
    needs=Permission.WORKSPACES_WRITE,
    status=201,
    summary="Make a secret to sign conversions with",
)
def make_conversion_secret(asked: Asking) -> Response[SecretMade]:
    """The one before it stays valid beside it, and no older one does: so they rotate."""
    seen = asked.workspace
    secret = signatures.new_secret()
    context = of_conversions(seen.workspace_id)
    newest = wiring.vault().seal(secret, context, field="secret")
    sealed = (newest, *seen.sealed_conversion_secrets)[:MOST_SECRETS]
    changed = seen.model_copy(update={"sealed_conversion_secrets": sealed})
    answer = SecretMade(secret=secret.get_secret_value(), secrets=len(sealed))
    return asked.settle(answer, wiring.workspaces().saving(seen, changed), secret=True)


@routes(
    "DELETE",
    "/conversions/secrets",
    needs=Permission.WORKSPACES_WRITE,
    status=204,
    summary="Take all secrets back but the newest",
)
def drop_conversion_secrets(asked: Asking) -> Response[Any]:
    """Once everybody signs with the new one. To let nobody sign, make two and keep neither."""
    seen = asked.workspace
    kept = seen.sealed_conversion_secrets[:1]
    if kept != seen.sealed_conversion_secrets:
        changed = seen.model_copy(update={"sealed_conversion_secrets": kept})
        asked.write(wiring.workspaces().saving(seen, changed))
    return Response(status_code=204)


@routes(
    "PUT",
    "/conversions/site",
    needs=Permission.WORKSPACES_WRITE,
    summary="Let a site's pages tell of conversions",
)
def let_site_tell(given: SiteGiven, asked: Asking) -> SiteShown:
    """Anybody can read the key in a page and say that they bought something, so what comes by it
    is marked `via: site`, is limited to `stages`, and is refused from pages of other origins."""
    seen = asked.workspace
    before = seen.conversion_site
    is_new = before is None or given.new_key
    tail = secrets.token_hex(TAIL_BYTES) if is_new or before is None else before.tail
    site = ConversionSite(tail=tail, origins=given.origins, stages=given.stages)
    changed = seen
    if site != before:
        update = {"conversion_site": site}
        changed = wiring.workspaces().save(seen, seen.model_copy(update=update))
    shown = _shown(changed)
    assert shown is not None
    return shown


def site_key(workspace: Workspace, site: ConversionSite) -> str:
    """Its workspace can be told from it, so that nothing has to be looked up twice."""
    return f"site_{workspace.workspace_id.removeprefix('ws_')}_{site.tail}"


def _shown(workspace: Workspace) -> SiteShown | None:
    site = workspace.conversion_site
    if site is None:
        return None
    key = site_key(workspace, site)
    return SiteShown(
        site_key=key,
        snippet_url=f"{settings().api_url}/snippet.js?site={key}",
        origins=site.origins,
        stages=tuple(map(Stage, site.stages)),
    )
