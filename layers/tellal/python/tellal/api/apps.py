"""Apps: the deployment's registrations with platforms. Their secrets go in and never come out."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field, SecretStr

from tellal import wiring
from tellal.access.permissions import Permission
from tellal.api.asking import Asking, found, plausible
from tellal.api.fields import Name, Secret
from tellal.api.paging import Listing
from tellal.api.routes import Routes
from tellal.channels import App
from tellal.clock import Moment
from tellal.errors import Broken, Unacceptable
from tellal.platforms import PLATFORMS
from tellal.posts import Frozen
from tellal.stores.secrets import of_app

MOST_WEBHOOK_SECRETS = 2  # valid at a time, so that one can be replaced without losing a webhook

routes = Routes("Apps")


class AppSecretsGiven(Frozen):
    client_id: Name | None = None
    client_secret: Secret | None = None
    verify_token: Secret | None = None


class NewApp(AppSecretsGiven):
    platform: Name
    webhook_secrets: Annotated[
        tuple[Secret, ...],
        Field(max_length=MOST_WEBHOOK_SECRETS, description="The newest first"),
    ] = ()


class AppChange(AppSecretsGiven):
    """What is not given stays."""

    webhook_secret: Annotated[
        Secret | None,
        Field(description="Becomes the newest; the one that was newest stays valid beside it"),
    ] = None


class AppShown(Frozen):
    app_id: str
    platform: str
    server: Annotated[
        str | None, Field(description="Which of the platform's servers gave it to us by itself")
    ]
    client_id: str | None
    has_client_secret: bool
    has_verify_token: bool
    webhook_secrets: int
    refused_today: Annotated[
        int, Field(description="Webhooks of its platform that no secret verified, since 00:00 UTC")
    ]
    created_at: Moment


@routes("POST", "/apps", needs=Permission.APPS_MANAGE, status=201, summary="Register an app")
def register_app(given: NewApp, asked: Asking) -> Response[AppShown]:
    if given.platform not in PLATFORMS:
        raise Unacceptable(Broken("platform", f"is not one of {', '.join(PLATFORMS)}"))
    bare = App(app_id=asked.new_id("app"), platform=given.platform, created_at=asked.now)
    sealed = tuple(
        _sealed(bare, secret, f"webhook_secrets[{number}]")
        for number, secret in enumerate(given.webhook_secrets)
    )
    app = _changed(bare, given).model_copy(update={"sealed_webhook_secrets": sealed})
    return asked.settle(_shown(app), wiring.apps().creation(app))


@routes("GET", "/apps", needs=Permission.APPS_MANAGE, summary="List the apps")
def list_apps() -> Listing[AppShown]:
    """Which secrets are set, never what they are."""
    apps = (app for platform in PLATFORMS for app in wiring.apps().of_platform(platform))
    return Listing(items=tuple(map(_shown, apps)))


@routes("PUT", "/apps/<app_id>", needs=Permission.APPS_MANAGE, summary="Change an app's secrets")
def change_app(app_id: str, given: AppChange) -> AppShown:
    """Rotates a webhook's secret: the new one and the one before it both verify."""
    seen = found(wiring.apps().get(plausible(app_id)), "app")
    app = _changed(seen, given)
    if given.webhook_secret is not None and not _is_newest(seen, given.webhook_secret):
        newest = _sealed(seen, given.webhook_secret, "webhook_secret")
        secrets = (newest, *seen.sealed_webhook_secrets)[:MOST_WEBHOOK_SECRETS]
        app = app.model_copy(update={"sealed_webhook_secrets": secrets})
    return _shown(wiring.apps().save(seen, app))


def _changed(app: App, given: AppSecretsGiven) -> App:
    changes: dict[str, str] = {}
    if given.client_id is not None:
        changes["client_id"] = given.client_id
    for name in ("client_secret", "verify_token"):
        if (secret := getattr(given, name)) is not None:
            changes[f"sealed_{name}"] = _sealed(app, secret, name)
    return app.model_copy(update=changes)


def _is_newest(app: App, secret: SecretStr) -> bool:
    """Then asking twice must not push the older one out."""
    sealed = app.sealed_webhook_secrets
    return bool(sealed) and wiring.vault().open(sealed[0], of_app(app.app_id)) == secret


def _sealed(app: App, secret: SecretStr, field: str) -> str:
    return wiring.vault().seal(secret, of_app(app.app_id), field=field)


def _shown(app: App) -> AppShown:
    return AppShown(
        app_id=app.app_id,
        platform=app.platform,
        server=app.server,
        client_id=app.client_id,
        has_client_secret=app.sealed_client_secret is not None,
        has_verify_token=app.sealed_verify_token is not None,
        webhook_secrets=len(app.sealed_webhook_secrets),
        refused_today=wiring.webhooks().refused_today(app.platform, now=wiring.now()()),
        created_at=app.created_at,
    )
