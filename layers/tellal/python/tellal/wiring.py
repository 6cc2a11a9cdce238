"""Where real things are made and joined. Nothing touches AWS until one is asked for.

Each is made once for a process. Imports of what only some functions need stand inside the
factories: a function pays at its cold start for what it uses and nothing else.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tellal import clock
from tellal.config import settings
from tellal.stores import schema
from tellal.stores.channels import AppStore, ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.once import OnceStore
from tellal.stores.queues import HintQueues
from tellal.stores.table import Table, transact

if TYPE_CHECKING:
    import httpx

    from tellal.connecting.adapters import Adapters
    from tellal.connecting.authorising import Authorising
    from tellal.connecting.connection import Connector
    from tellal.connecting.registering import Registrations
    from tellal.connecting.renewal import Renewal
    from tellal.connecting.subscribing import Subscriptions
    from tellal.counting.clicks import ClickCounter
    from tellal.counting.converted import Converted
    from tellal.counting.intake import Intake
    from tellal.counting.visits import Counting
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
    from tellal.measuring.again import Again
    from tellal.measuring.collection import Collector
    from tellal.measuring.compaction import Compactor
    from tellal.measuring.history import History
    from tellal.measuring.shelf import Shelf
    from tellal.publishing.accounting import Accountant
    from tellal.publishing.aftermath import Aftermath
    from tellal.publishing.commit import Publisher
    from tellal.publishing.dispatch import Dispatcher
    from tellal.publishing.finished import AskedSooner
    from tellal.publishing.preparation import Preparer
    from tellal.publishing.removal import Remover
    from tellal.reporting.building import Reporter
    from tellal.reporting.pacing import Pacing
    from tellal.reporting.reading import Reader
    from tellal.reporting.schedule import ReportsDue
    from tellal.reporting.sharing import Sharing
    from tellal.stores.access import AccessStore
    from tellal.stores.attachments import Attachments
    from tellal.stores.audit import AuditStore
    from tellal.stores.authorisations import AuthorisationStore
    from tellal.stores.bus import EventBus
    from tellal.stores.contacts import ContactStore
    from tellal.stores.conversations import ConversationStore, MessageStore, TagStore
    from tellal.stores.conversions import ConversionStore
    from tellal.stores.credentials import CredentialStore
    from tellal.stores.goals import GoalStore
    from tellal.stores.helping import PlaybookStore, SavedReplyStore
    from tellal.stores.letters import LetterStore
    from tellal.stores.links import CampaignStore, ClickStore, LinkStore
    from tellal.stores.media import MediaStore
    from tellal.stores.members import MemberStore
    from tellal.stores.objects import Bucket
    from tellal.stores.personas import PersonaStore
    from tellal.stores.posts import PostStore
    from tellal.stores.rulebooks import RulebookStore
    from tellal.stores.secrets import Vault
    from tellal.stores.shares import ShareStore
    from tellal.stores.spending import SpendingStore

_overrides: dict[str, Any] = {}


@contextmanager
def rewired(**replacements: Any) -> Iterator[None]:
    """Put something of your own in place of what the world gives: transport, now, wait.

    The seam for tests and measurements; everything is made anew inside and after it.
    """
    _overrides.update(replacements)
    forget()
    try:
        yield
    finally:
        for name in replacements:
            _overrides.pop(name, None)
        forget()


def forget() -> None:
    """Let everything be made anew."""
    for made in list(globals().values()):
        if hasattr(made, "cache_clear"):
            made.cache_clear()
    settings.cache_clear()


@cache
def session() -> boto3.Session:
    """One of our own: boto3's default would outlive `forget`."""
    return boto3.Session()


@cache
def aws(service: str) -> Any:
    """A client. Its time-outs leave a function time to say what went wrong."""
    if replaced := _overrides.get(f"aws_{service}"):
        return replaced
    config = Config(
        # Else boto3 signs links and forms in a way that buckets made since 2020 need not take:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
        signature_version="s3v4" if service == "s3" else None,
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=10,
    )
    return session().client(service, config=config)  # type: ignore[call-overload]


def table(which: schema.Table) -> Table:
    return Table(aws("dynamodb"), which, settings().tables[which.name])


@cache
def http() -> "httpx.Client":
    import httpx

    from tellal import fetching

    # It would write every address down: presigned ones, and those that a token stands in.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    if transport := _overrides.get("transport"):
        return httpx.Client(transport=transport, trust_env=False)
    return fetching.client(allow_loopback=settings().allow_loopback)


@cache
def workspaces() -> WorkspaceStore:
    return WorkspaceStore(table(schema.WORKSPACES))


@cache
def channels() -> ChannelStore:
    return ChannelStore(table(schema.CHANNELS))


@cache
def apps() -> AppStore:
    return AppStore(table(schema.APPS))


@cache
def access() -> "AccessStore":
    from tellal.stores.access import AccessStore

    return AccessStore(table(schema.ACCESS))


@cache
def members() -> "MemberStore":
    from tellal.stores.members import MemberStore

    return MemberStore(table(schema.MEMBERS))


@cache
def media() -> "MediaStore":
    from tellal.stores.media import MediaStore

    return MediaStore(table(schema.MEDIA))


@cache
def posts() -> "PostStore":
    from tellal.stores.posts import PostStore

    return PostStore(table(schema.POSTS))


@cache
def campaigns() -> "CampaignStore":
    from tellal.stores.links import CampaignStore

    return CampaignStore(table(schema.CAMPAIGNS))


@cache
def links() -> "LinkStore":
    from tellal.stores.links import LinkStore

    return LinkStore(table(schema.LINKS))


@cache
def clicks() -> "ClickStore":
    from tellal.stores.links import ClickStore

    return ClickStore(table(schema.CLICKS))


@cache
def deliveries() -> DeliveryStore:
    return DeliveryStore(table(schema.DELIVERIES))


@cache
def once() -> OnceStore:
    return OnceStore(table(schema.ONCE))


@cache
def conversations() -> "ConversationStore":
    from tellal.stores.conversations import ConversationStore

    return ConversationStore(table(schema.CONVERSATIONS))


@cache
def messages() -> "MessageStore":
    from tellal.stores.conversations import MessageStore

    return MessageStore(table(schema.MESSAGES))


@cache
def tags() -> "TagStore":
    from tellal.stores.conversations import TagStore

    return TagStore(table(schema.TAGS))


@cache
def contacts() -> "ContactStore":
    from tellal.stores.contacts import ContactStore

    return ContactStore(table(schema.CONTACTS))


@cache
def saved_replies() -> "SavedReplyStore":
    from tellal.stores.helping import SavedReplyStore

    return SavedReplyStore(table(schema.SAVED_REPLIES))


@cache
def playbooks() -> "PlaybookStore":
    from tellal.stores.helping import PlaybookStore

    return PlaybookStore(table(schema.PLAYBOOKS))


@cache
def rulebooks() -> "RulebookStore":
    from tellal.stores.rulebooks import RulebookStore

    return RulebookStore(table(schema.RULEBOOKS))


@cache
def conversions() -> "ConversionStore":
    from tellal.stores.conversions import ConversionStore

    return ConversionStore(table(schema.CONVERSIONS))


@cache
def goals() -> "GoalStore":
    from tellal.stores.goals import GoalStore

    return GoalStore(table(schema.GOALS))


@cache
def personas() -> "PersonaStore":
    from tellal.stores.personas import PersonaStore

    return PersonaStore(table(schema.PERSONAS))


@cache
def shares() -> "ShareStore":
    from tellal.stores.shares import ShareStore

    return ShareStore(table(schema.SHARES))


@cache
def letters() -> "LetterStore":
    from tellal.stores.letters import LetterStore

    return LetterStore(table(schema.ONCE))


@cache
def audit() -> "AuditStore":
    from tellal.stores.audit import AuditStore

    return AuditStore(table(schema.AUDIT))


@cache
def vault() -> "Vault":
    from tellal.stores.secrets import Vault

    return Vault(aws("kms"), settings().key_id)


@cache
def credentials() -> "CredentialStore":
    from tellal.stores.credentials import CredentialStore

    return CredentialStore(table(schema.CREDENTIALS), vault())


@cache
def media_bucket() -> "Bucket":
    from tellal.stores.objects import Bucket

    return Bucket(aws("s3"), settings().media_bucket)


@cache
def attachments() -> "Attachments":
    from tellal.stores.attachments import Attachments

    return Attachments(media_bucket)


@cache
def spending() -> "SpendingStore":
    from tellal.stores.spending import SpendingStore

    return SpendingStore(table(schema.ONCE))


@cache
def hints() -> HintQueues:
    from tellal.deliveries import Step

    urls: Mapping[Step, str] = {
        Step.PUBLISH: settings().publish_queue_url,
        Step.PREPARE: settings().prepare_queue_url,
    }
    replaced: HintQueues | None = _overrides.get("hints")
    return replaced or HintQueues(aws("sqs"), urls)


@cache
def connector() -> "Connector":
    from tellal.connecting.connection import Connector

    return Connector(
        channels=channels(),
        credentials=credentials(),
        subscriptions=subscriptions(),
        calls=adapters().calls,
    )


@cache
def subscriptions() -> "Subscriptions":
    from tellal.connecting.subscribing import Subscriptions

    return Subscriptions(
        channels=channels(),
        adapters=adapters(),
        secret_of=lambda platform: registrations().webhook_secret(platform),
        api_url=settings().api_url,
    )


@cache
def authorisations() -> "AuthorisationStore":
    from tellal.stores.authorisations import AuthorisationStore

    return AuthorisationStore(table(schema.ONCE))


@cache
def registrations() -> "Registrations":
    from tellal.connecting.registering import Registrations

    return Registrations(
        apps=apps(),
        vault=vault(),
        calls=lambda platform: adapters().calls(platform),
        api_url=settings().api_url,
    )


@cache
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


@cache
def adapters() -> "Adapters":
    from tellal.connecting.adapters import Adapters
    from tellal.platforms import PLATFORMS

    return Adapters(
        platforms=_overrides.get("platforms", PLATFORMS),
        channels=channels(),
        credentials=credentials(),
        http=http(),
        hosts=settings().platform_hosts,
        stated=settings().platform_settings,
        app_of=lambda channel: registrations().of_channel(channel),
    )


def now() -> Any:
    """The clock that whole pieces of work are given, so that a test can hold it still."""
    return _overrides.get("now", clock.now)


@cache
def dispatcher() -> "Dispatcher":
    from tellal.publishing.dispatch import Dispatcher

    return Dispatcher(deliveries=deliveries(), hints=hints(), timing=settings().timing)


@cache
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


@cache
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


@cache
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
        wait=_overrides.get("wait", time.sleep),
    )


@cache
def settling() -> "Settling":
    from tellal.inbox.settling import Settling

    return Settling(inbox=inbox())


@cache
def private_answers() -> "PrivateAnswers":
    from tellal.inbox.private import PrivateAnswers

    return PrivateAnswers(once=once(), deliveries=deliveries())


@cache
def remover() -> "Remover":
    from tellal.publishing.removal import Remover

    return Remover(channels=channels(), adapters=adapters(), now=now())


@cache
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


@cache
def renewal() -> "Renewal":
    from tellal.connecting.renewal import Renewal

    return Renewal(channels=channels(), credentials=credentials(), adapters=adapters())


@cache
def again() -> "Again":
    from tellal.measuring.again import Again

    replaced: Again | None = _overrides.get("again")
    return replaced or Again(aws("lambda"))


@cache
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


@cache
def sayings() -> "Sayings":
    from tellal.inbox.sayings import Sayings

    return Sayings(once=once(), conversations=conversations())


@cache
def leases() -> "Leases":
    from tellal.inbox.writing import Leases

    return Leases(once=once())


@cache
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


@cache
def search() -> "Search":
    from tellal.inbox.search import Search

    return Search(conversations=conversations(), messages=messages(), tags=tags())


@cache
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


@cache
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


@cache
def durations() -> "Durations":
    from tellal.inbox.durations import Durations

    return Durations(
        deliveries=deliveries(),
        conversations=conversations(),
        messages=messages(),
        workspaces=workspaces(),
        keep=shelf().keep_fact,
    )


@cache
def waker() -> "Waker":
    from tellal.inbox.waking import Waker

    return Waker(conversations=conversations(), audit=audit())


@cache
def watcher() -> "Watcher":
    from tellal.inbox.clocks import Watcher

    return Watcher(conversations=conversations())


@cache
def patterns() -> "Patterns":
    from tellal.inbox.patterns import Patterns

    return Patterns()


def _finds(pattern: str, text: str) -> bool:
    return patterns().found(pattern, text)  # RE2 is loaded once a rule has a pattern


@cache
def surroundings() -> "Surroundings":
    from tellal.inbox.applying import Surroundings

    return Surroundings(contacts=contacts(), workspaces=workspaces())


@cache
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


@cache
def rehearsal() -> "Rehearsal":
    from tellal.inbox.rehearsing import Rehearsal

    return Rehearsal(
        conversations=conversations(),
        messages=messages(),
        surroundings=surroundings(),
        finds=_finds,
    )


@cache
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


@cache
def asked_sooner() -> "AskedSooner":
    from tellal.publishing.finished import AskedSooner

    return AskedSooner(deliveries=deliveries(), hints=hints(), timing=settings().timing)


@cache
def poller() -> "Poller":
    from tellal.inbox.polling import Poller

    return Poller(
        channels=channels(), adapters=adapters(), subscriptions=subscriptions(), inbox=inbox()
    )


@cache
def event_bus() -> "EventBus":
    from tellal.stores.bus import EventBus

    return EventBus(aws("events"), settings().event_bus)


@cache
def shelf() -> "Shelf":
    from tellal.measuring.shelf import Shelf
    from tellal.stores.objects import Bucket

    return Shelf(Bucket(aws("s3"), settings().reports_bucket))


@cache
def history() -> "History":
    from tellal.measuring.history import History

    return History(shelf())


@cache
def collector() -> "Collector":
    from tellal.measuring.collection import Collector

    return Collector(
        channels=channels(),
        workspaces=workspaces(),
        deliveries=deliveries(),
        adapters=adapters(),
        shelf=shelf(),
    )


@cache
def click_counter() -> "ClickCounter":
    import time

    from tellal.counting.clicks import ClickCounter

    return ClickCounter(
        links=links(),
        clicks=clicks(),
        once=once(),
        transact=partial(transact, aws("dynamodb")),
        wait=_overrides.get("wait", time.sleep),
    )


@cache
def counting() -> "Counting":
    from tellal.counting.visits import Counting

    return Counting(clicks=clicks(), shelf=shelf())


@cache
def intake() -> "Intake":
    from tellal.counting.intake import Intake
    from tellal.counting.leading import Leading

    leading = Leading(links=links(), campaigns=campaigns(), posts=posts(), deliveries=deliveries())
    return Intake(conversions=conversions(), leads_of=leading.of)


@cache
def converted() -> "Converted":
    from tellal.counting.converted import Converted

    return Converted(conversions=conversions(), shelf=shelf())


@cache
def reader() -> "Reader":
    from tellal.reporting.reading import Reader

    return Reader(channels=channels(), deliveries=deliveries(), posts=posts(), shelf=shelf())


@cache
def pacing() -> "Pacing":
    from tellal.channels import Workspace
    from tellal.reporting.achieved import Achieved
    from tellal.reporting.pacing import Pacing, SoFar

    def achieved(workspace: Workspace, now: datetime) -> SoFar:
        return Achieved(
            reader=reader(), workspace_id=workspace.workspace_id, zone=workspace.zone, now=now
        ).so_far

    return Pacing(workspaces=workspaces(), goals=goals(), achieved=achieved)


@cache
def compactor() -> "Compactor":
    from tellal.measuring.compaction import Compactor

    return Compactor(shelf())


@cache
def sharing() -> "Sharing":
    from tellal.reporting.sharing import Sharing

    return Sharing(api_url=settings().api_url, store=shares())


@cache
def reporter() -> "Reporter":
    from tellal.reporting.achieved import GoalsOfReports
    from tellal.reporting.building import Reporter
    from tellal.reporting.mailing import Mailing
    from tellal.stores.mail import Post

    sender = settings().report_sender
    return Reporter(
        workspaces=workspaces(),
        reader=reader(),
        personas=personas(),
        shelf=shelf(),
        mailing=Mailing(
            letters=letters(),
            sharing=sharing(),
            post=Post(aws("sesv2"), sender) if sender else None,
        ),
        campaign_titles=lambda ids: {
            each.campaign_id: each.name for each in campaigns().get_many(ids)
        },
        goals=GoalsOfReports(goals=goals(), reader=reader()).rows,
    )


@cache
def reports_due() -> "ReportsDue":
    from tellal.reporting.schedule import ReportsDue

    return ReportsDue(workspaces=workspaces(), shelf=shelf())
