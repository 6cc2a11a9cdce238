"""Hearing, working on conversations, rules, and erasing."""

from functools import partial
from typing import TYPE_CHECKING

from tellal.config import settings
from tellal.stores.table import transact
from tellal.wiring.connecting import adapters, subscriptions
from tellal.wiring.ground import aws, made_once
from tellal.wiring.stores import (
    again,
    apps,
    audit,
    channels,
    contacts,
    conversations,
    deliveries,
    hints,
    members,
    messages,
    once,
    rulebooks,
    shelf,
    tags,
    vault,
    workspaces,
)

if TYPE_CHECKING:
    from tellal.inbox.applying import Applier, Surroundings
    from tellal.inbox.clocks import Watcher
    from tellal.inbox.durations import Durations
    from tellal.inbox.erasing import Erasing
    from tellal.inbox.patterns import Patterns
    from tellal.inbox.polling import Poller
    from tellal.inbox.private import PrivateAnswers
    from tellal.inbox.receiving import Inbox
    from tellal.inbox.rehearsing import Rehearsal
    from tellal.inbox.reopening import Reopening
    from tellal.inbox.requests import ErasureRequests
    from tellal.inbox.sayings import Sayings
    from tellal.inbox.search import Search
    from tellal.inbox.settling import Settling
    from tellal.inbox.waking import Waker
    from tellal.inbox.webhooks import Webhooks
    from tellal.inbox.writing import Leases
    from tellal.publishing.finished import AskedSooner


@made_once
def settling() -> "Settling":
    from tellal.inbox.settling import Settling

    return Settling(inbox=inbox())


@made_once
def private_answers() -> "PrivateAnswers":
    from tellal.inbox.private import PrivateAnswers

    return PrivateAnswers(once=once(), deliveries=deliveries())


@made_once
def inbox() -> "Inbox":
    from tellal.inbox.receiving import Inbox

    return Inbox(
        channels=channels(),
        conversations=conversations(),
        messages=messages(),
        once=once(),
        audit=audit(),
        contacts=contacts(),
        workspaces=workspaces(),
        transact=partial(transact, aws("dynamodb")),
    )


@made_once
def sayings() -> "Sayings":
    from tellal.inbox.sayings import Sayings

    return Sayings(once=once(), conversations=conversations())


@made_once
def leases() -> "Leases":
    from tellal.inbox.writing import Leases

    return Leases(once=once())


@made_once
def erasing() -> "Erasing":
    from tellal.inbox.erasing import Erasing

    return Erasing(
        contacts=contacts(),
        conversations=conversations(),
        messages=messages(),
        deliveries=deliveries(),
        once=once(),
        audit=audit(),
    )


@made_once
def search() -> "Search":
    from tellal.inbox.search import Search

    return Search(conversations=conversations(), messages=messages(), tags=tags())


@made_once
def erasure_requests() -> "ErasureRequests":
    from tellal.inbox.requests import ErasureRequests

    worker = settings().function_named("erase_contacts")
    return ErasureRequests(
        webhooks=webhooks(),
        workspaces=workspaces(),
        contacts=contacts(),
        erasing=erasing(),
        once=once(),
        transact=partial(transact, aws("dynamodb")),
        ask=lambda contact_id: again().ask(worker, {"contact_id": contact_id}),
        api_url=settings().api_url,
    )


@made_once
def reopening() -> "Reopening":
    from tellal.inbox.reopening import Reopening

    return Reopening(
        deliveries=deliveries(),
        conversations=conversations(),
        messages=messages(),
        workspaces=workspaces(),
        audit=audit(),
        transact=partial(transact, aws("dynamodb")),
    )


@made_once
def durations() -> "Durations":
    from tellal.inbox.durations import Durations

    return Durations(
        deliveries=deliveries(),
        conversations=conversations(),
        messages=messages(),
        workspaces=workspaces(),
        keep=shelf().keep_fact,
    )


@made_once
def waker() -> "Waker":
    from tellal.inbox.waking import Waker

    return Waker(conversations=conversations(), audit=audit())


@made_once
def watcher() -> "Watcher":
    from tellal.inbox.clocks import Watcher

    return Watcher(conversations=conversations())


@made_once
def patterns() -> "Patterns":
    from tellal.inbox.patterns import Patterns

    return Patterns()


def _finds(pattern: str, text: str) -> bool:
    return patterns().found(pattern, text)  # RE2 is loaded once a rule has a pattern


@made_once
def surroundings() -> "Surroundings":
    from tellal.inbox.applying import Surroundings

    return Surroundings(contacts=contacts(), workspaces=workspaces())


@made_once
def applier() -> "Applier":
    from tellal.inbox.applying import Applier

    return Applier(
        rulebooks=rulebooks(),
        conversations=conversations(),
        messages=messages(),
        channels=channels(),
        deliveries=deliveries(),
        members=members(),
        tags=tags(),
        once=once(),
        audit=audit(),
        surroundings=surroundings(),
        finds=_finds,
        transact=partial(transact, aws("dynamodb")),
    )


@made_once
def rehearsal() -> "Rehearsal":
    from tellal.inbox.rehearsing import Rehearsal

    return Rehearsal(
        conversations=conversations(),
        messages=messages(),
        surroundings=surroundings(),
        finds=_finds,
    )


@made_once
def webhooks() -> "Webhooks":
    from tellal.inbox.webhooks import Webhooks
    from tellal.stores.objects import Bucket

    return Webhooks(
        inbox=inbox(),
        apps=apps(),
        vault=vault(),
        archive=Bucket(aws("s3"), settings().archive_bucket),
        once=once(),
        lost=lambda channel, reason: adapters().lost(channel, reason),
        finished=lambda channel, name, at: asked_sooner().ask(channel, name, now=at),
    )


@made_once
def asked_sooner() -> "AskedSooner":
    from tellal.publishing.finished import AskedSooner

    return AskedSooner(deliveries=deliveries(), hints=hints(), timing=settings().timing)


@made_once
def poller() -> "Poller":
    from tellal.inbox.polling import Poller

    return Poller(
        channels=channels(), adapters=adapters(), subscriptions=subscriptions(), inbox=inbox()
    )
