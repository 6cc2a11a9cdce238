"""Channels' adapters, their credentials, and how they are connected."""

from functools import partial
from typing import TYPE_CHECKING

from tellal.config import settings
from tellal.stores import schema
from tellal.stores.table import transact
from tellal.wiring.ground import aws, http, made_once, overrides, table
from tellal.wiring.stores import access, apps, channels, credentials, members, vault

if TYPE_CHECKING:
    from tellal.connecting.adapters import Adapters
    from tellal.connecting.authorising import Authorising
    from tellal.connecting.connection import Connector
    from tellal.connecting.registering import Registrations
    from tellal.connecting.renewal import Renewal
    from tellal.connecting.subscribing import Subscriptions
    from tellal.stores.authorisations import AuthorisationStore


@made_once
def connector() -> "Connector":
    from tellal.connecting.connection import Connector

    return Connector(
        channels=channels(),
        credentials=credentials(),
        subscriptions=subscriptions(),
        calls=adapters().calls,
    )


@made_once
def subscriptions() -> "Subscriptions":
    from tellal.connecting.subscribing import Subscriptions

    return Subscriptions(
        channels=channels(),
        adapters=adapters(),
        secret_of=lambda platform: registrations().webhook_secret(platform),
        api_url=settings().api_url,
    )


@made_once
def authorisations() -> "AuthorisationStore":
    from tellal.stores.authorisations import AuthorisationStore

    return AuthorisationStore(table(schema.ONCE))


@made_once
def registrations() -> "Registrations":
    from tellal.connecting.registering import Registrations

    return Registrations(
        apps=apps(),
        vault=vault(),
        calls=lambda platform: adapters().calls(platform),
        api_url=settings().api_url,
    )


@made_once
def authorising() -> "Authorising":
    from tellal.connecting.authorising import Authorising

    return Authorising(
        registrations=registrations(),
        connector=connector(),
        kept=authorisations(),
        access=access(),
        members=members(),
        vault=vault(),
        transact=partial(transact, aws("dynamodb")),
    )


@made_once
def adapters() -> "Adapters":
    from tellal.connecting.adapters import Adapters
    from tellal.platforms import PLATFORMS

    return Adapters(
        platforms=overrides.get("platforms", PLATFORMS),
        channels=channels(),
        credentials=credentials(),
        http=http(),
        hosts=settings().platform_hosts,
        stated=settings().platform_settings,
        app_of=lambda channel: registrations().of_channel(channel),
    )


@made_once
def renewal() -> "Renewal":
    from tellal.connecting.renewal import Renewal

    return Renewal(channels=channels(), credentials=credentials(), adapters=adapters())
