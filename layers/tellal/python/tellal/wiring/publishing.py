"""From what is due to what is published and accounted for."""

from typing import TYPE_CHECKING

from tellal.config import settings
from tellal.wiring.connecting import adapters
from tellal.wiring.ground import aws, made_once, now, overrides
from tellal.wiring.inbox import settling
from tellal.wiring.stores import (
    attachments,
    channels,
    deliveries,
    hints,
    once,
    spending,
    workspaces,
)

if TYPE_CHECKING:
    from tellal.publishing.accounting import Accountant
    from tellal.publishing.aftermath import Aftermath
    from tellal.publishing.commit import Publisher
    from tellal.publishing.dispatch import Dispatcher
    from tellal.publishing.preparation import Preparer
    from tellal.publishing.removal import Remover


@made_once
def dispatcher() -> "Dispatcher":
    from tellal.publishing.dispatch import Dispatcher

    return Dispatcher(deliveries=deliveries(), hints=hints(), timing=settings().timing)


@made_once
def aftermath() -> "Aftermath":
    from tellal.publishing.aftermath import Aftermath

    return Aftermath(
        deliveries=deliveries(),
        channels=channels(),
        adapters=adapters(),
        hints=hints(),
        timing=settings().timing,
        now=now(),
    )


@made_once
def preparer() -> "Preparer":
    from tellal.publishing.discarding import Discarder
    from tellal.publishing.preparation import Preparer

    return Preparer(
        deliveries=deliveries(),
        channels=channels(),
        adapters=adapters(),
        media=attachments(),
        after=aftermath(),
        discards=Discarder(deliveries=deliveries(), adapters=adapters(), now=now()),
        timing=settings().timing,
        now=now(),
    )


@made_once
def publisher() -> "Publisher":
    import time

    from tellal.publishing.commit import Publisher
    from tellal.publishing.search import Search
    from tellal.publishing.spending import Spending

    return Publisher(
        deliveries=deliveries(),
        workspaces=workspaces(),
        adapters=adapters(),
        media=attachments(),
        after=aftermath(),
        search=Search(
            deliveries=deliveries(),
            once=once(),
            timing=settings().timing,
        ),
        spending=Spending(spent=spending(), platforms=adapters().platforms),
        settling=settling,
        timing=settings().timing,
        now=now(),
        wait=overrides.get("wait", time.sleep),
    )


@made_once
def remover() -> "Remover":
    from tellal.publishing.removal import Remover

    return Remover(channels=channels(), adapters=adapters(), now=now())


@made_once
def accountant() -> "Accountant":
    from tellal.publishing.accounting import Accountant

    return Accountant(
        deliveries=deliveries(),
        channels=channels(),
        sqs=aws("sqs"),
        cloudwatch=aws("cloudwatch"),
        dead_letters=settings().dead_letter_queue_urls,
        functions=settings().function_names,
    )
