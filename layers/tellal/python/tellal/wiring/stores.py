"""The tables, buckets, queues and the bus, as the rest uses them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tellal.config import settings
from tellal.stores import schema
from tellal.stores.channels import AppStore, ChannelStore, WorkspaceStore
from tellal.stores.deliveries import DeliveryStore
from tellal.stores.once import OnceStore
from tellal.stores.queues import HintQueues
from tellal.wiring.ground import aws, made_once, overrides, table

if TYPE_CHECKING:
    from tellal.measuring.again import Again
    from tellal.measuring.shelf import Shelf
    from tellal.stores.access import AccessStore
    from tellal.stores.attachments import Attachments
    from tellal.stores.audit import AuditStore
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


@made_once
def workspaces() -> WorkspaceStore:
    return WorkspaceStore(table(schema.WORKSPACES))


@made_once
def channels() -> ChannelStore:
    return ChannelStore(table(schema.CHANNELS))


@made_once
def apps() -> AppStore:
    return AppStore(table(schema.APPS))


@made_once
def access() -> "AccessStore":
    from tellal.stores.access import AccessStore

    return AccessStore(table(schema.ACCESS))


@made_once
def members() -> "MemberStore":
    from tellal.stores.members import MemberStore

    return MemberStore(table(schema.MEMBERS))


@made_once
def media() -> "MediaStore":
    from tellal.stores.media import MediaStore

    return MediaStore(table(schema.MEDIA))


@made_once
def posts() -> "PostStore":
    from tellal.stores.posts import PostStore

    return PostStore(table(schema.POSTS))


@made_once
def campaigns() -> "CampaignStore":
    from tellal.stores.links import CampaignStore

    return CampaignStore(table(schema.CAMPAIGNS))


@made_once
def links() -> "LinkStore":
    from tellal.stores.links import LinkStore

    return LinkStore(table(schema.LINKS))


@made_once
def clicks() -> "ClickStore":
    from tellal.stores.links import ClickStore

    return ClickStore(table(schema.CLICKS))


@made_once
def deliveries() -> DeliveryStore:
    return DeliveryStore(table(schema.DELIVERIES))


@made_once
def once() -> OnceStore:
    return OnceStore(table(schema.ONCE))


@made_once
def conversations() -> "ConversationStore":
    from tellal.stores.conversations import ConversationStore

    return ConversationStore(table(schema.CONVERSATIONS))


@made_once
def messages() -> "MessageStore":
    from tellal.stores.conversations import MessageStore

    return MessageStore(table(schema.MESSAGES))


@made_once
def tags() -> "TagStore":
    from tellal.stores.conversations import TagStore

    return TagStore(table(schema.TAGS))


@made_once
def contacts() -> "ContactStore":
    from tellal.stores.contacts import ContactStore

    return ContactStore(table(schema.CONTACTS))


@made_once
def saved_replies() -> "SavedReplyStore":
    from tellal.stores.helping import SavedReplyStore

    return SavedReplyStore(table(schema.SAVED_REPLIES))


@made_once
def playbooks() -> "PlaybookStore":
    from tellal.stores.helping import PlaybookStore

    return PlaybookStore(table(schema.PLAYBOOKS))


@made_once
def rulebooks() -> "RulebookStore":
    from tellal.stores.rulebooks import RulebookStore

    return RulebookStore(table(schema.RULEBOOKS))


@made_once
def conversions() -> "ConversionStore":
    from tellal.stores.conversions import ConversionStore

    return ConversionStore(table(schema.CONVERSIONS))


@made_once
def goals() -> "GoalStore":
    from tellal.stores.goals import GoalStore

    return GoalStore(table(schema.GOALS))


@made_once
def personas() -> "PersonaStore":
    from tellal.stores.personas import PersonaStore

    return PersonaStore(table(schema.PERSONAS))


@made_once
def shares() -> "ShareStore":
    from tellal.stores.shares import ShareStore

    return ShareStore(table(schema.SHARES))


@made_once
def letters() -> "LetterStore":
    from tellal.stores.letters import LetterStore

    return LetterStore(table(schema.ONCE))


@made_once
def audit() -> "AuditStore":
    from tellal.stores.audit import AuditStore

    return AuditStore(table(schema.AUDIT))


@made_once
def vault() -> "Vault":
    from tellal.stores.secrets import Vault

    return Vault(aws("kms"), settings().key_id)


@made_once
def credentials() -> "CredentialStore":
    from tellal.stores.credentials import CredentialStore

    return CredentialStore(table(schema.CREDENTIALS), vault())


@made_once
def media_bucket() -> "Bucket":
    from tellal.stores.objects import Bucket

    return Bucket(aws("s3"), settings().media_bucket)


@made_once
def attachments() -> "Attachments":
    from tellal.stores.attachments import Attachments

    return Attachments(media_bucket)


@made_once
def spending() -> "SpendingStore":
    from tellal.stores.spending import SpendingStore

    return SpendingStore(table(schema.ONCE))


@made_once
def hints() -> HintQueues:
    from tellal.deliveries import Step

    urls: Mapping[Step, str] = {
        Step.PUBLISH: settings().publish_queue_url,
        Step.PREPARE: settings().prepare_queue_url,
    }
    replaced: HintQueues | None = overrides.get("hints")
    return replaced or HintQueues(aws("sqs"), urls)


@made_once
def again() -> "Again":
    from tellal.measuring.again import Again

    replaced: Again | None = overrides.get("again")
    return replaced or Again(aws("lambda"))


@made_once
def event_bus() -> "EventBus":
    from tellal.stores.bus import EventBus

    return EventBus(aws("events"), settings().event_bus)


@made_once
def shelf() -> "Shelf":
    from tellal.measuring.shelf import Shelf
    from tellal.stores.objects import Bucket

    return Shelf(Bucket(aws("s3"), settings().reports_bucket))
