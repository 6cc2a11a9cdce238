"""The tables and their keys, stated once: infra makes them, the stores and tests use them.

Listing is by query on an index, never by scan. An index whose sort key is missing on a row does
not hold that row: that is how `due` stays small.
"""

from dataclasses import dataclass

ALL = None  # an index that projects everything


@dataclass(frozen=True, kw_only=True)
class Index:
    name: str
    partition: str
    sort: str
    projects: tuple[str, ...] | None = ALL


@dataclass(frozen=True, kw_only=True)
class Table:
    name: str
    key: str
    indexes: tuple[Index, ...] = ()
    # new and old images, read by publish_events and by one other at most: more are throttled
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    streams: bool = False
    expires: str | None = (
        None  # the TTL attribute, seconds since the epoch; expiry is checked on read
    )

    def index(self, name: str) -> Index:
        return next(index for index in self.indexes if index.name == name)


def _by_workspace(sort: str, *, projects: tuple[str, ...] | None = ALL) -> Index:
    return Index(name="by_workspace", partition="workspace_id", sort=sort, projects=projects)


WORKSPACES = Table(
    name="workspaces",
    key="workspace_id",
    indexes=(Index(name="all", partition="deployment", sort="created_at"),),
)
ACCESS = Table(
    name="access",
    key="token_hash",
    indexes=(_by_workspace("created_at"),),
    expires="expires_epoch",
)
MEMBERS = Table(
    name="members",
    key="member_id",
    # sparse: whoever was removed is not in it
    indexes=(_by_workspace("listed_at"),),
)
APPS = Table(
    name="apps",
    key="app_id",
    indexes=(Index(name="by_platform", partition="platform", sort="created_at"),),
)
CHANNELS = Table(
    name="channels",
    key="channel_id",
    indexes=(
        Index(name="by_remote", partition="platform", sort="remote_id"),
        _by_workspace("created_at"),
    ),
    streams=True,
)
CREDENTIALS = Table(
    name="credentials",
    key="channel_id",
    # sparse: only what expires stands in it
    indexes=(Index(name="expiring", partition="platform", sort="expires_at", projects=()),),
)
MEDIA = Table(name="media", key="media_id", indexes=(_by_workspace("created_at"),))
POSTS = Table(name="posts", key="post_id", indexes=(_by_workspace("listed_at"),))
CAMPAIGNS = Table(name="campaigns", key="campaign_id", indexes=(_by_workspace("created_at"),))
LINKS = Table(
    name="links",
    key="code",
    # by their keys alone: a visit, which raises a number of the row, moves nothing in them
    indexes=(
        Index(name="by_post", partition="post_id", sort="created_at", projects=()),
        Index(name="by_campaign", partition="campaign_id", sort="created_at", projects=()),
    ),
)
CLICKS = Table(
    name="clicks",
    key="visits_id",  # «dlv_…#2026-11-23», the workspace's day
    # sparse: only what changed since it was written to S3
    indexes=(Index(name="uncounted", partition="uncounted", sort="of_day", projects=()),),
    expires="expires_epoch",
)
DELIVERIES = Table(
    name="deliveries",
    key="delivery_id",
    indexes=(
        Index(
            name="due",
            partition="platform",
            sort="next_attempt_at",
            projects=("channel_id", "next_step", "queued_for"),
        ),
        Index(
            name="by_day",
            partition="publish_day",
            sort="publish_at",
            projects=("state", "next_attempt_at", "channel_id"),
        ),
        _by_workspace("publish_at", projects=()),
        # sparse: posts that are public; public_as is «ch_…#the platform's id of the main part»
        Index(name="by_remote", partition="public_as", sort="publish_at", projects=()),
        # sparse: public posts that are still measured; measured_in is their channel
        Index(name="to_measure", partition="measured_in", sort="measure_at", projects=()),
    ),
    streams=True,
)
CONVERSATIONS = Table(
    name="conversations",
    key="conversation_id",
    indexes=(
        # workspace_state is «ws_…#open»
        Index(name="by_state", partition="workspace_state", sort="last_message_at"),
        # by their beginning, so that no message moves them
        Index(name="by_contact", partition="contact_id", sort="created_at", projects=()),
        # sparse: only what is assigned
        Index(name="by_assignee", partition="assignee", sort="created_at", projects=()),
        # sparse: only what is snoozed stands in it
        Index(name="waking", partition="asleep", sort="snoozed_until", projects=()),
        # sparse: only what an answer is owed to; `look_at` is when that is at risk, then when due
        Index(name="owed", partition="owed", sort="look_at", projects=()),
        Index(name="by_due", partition="workspace_id", sort="answer_due_at", projects=()),
    ),
    streams=True,
)
MESSAGES = Table(
    name="messages",
    key="message_id",
    indexes=(
        Index(name="by_conversation", partition="conversation_id", sort="sent_at"),
        _by_workspace("sent_at", projects=("conversation_id", "text")),  # to look for words
    ),
    streams=True,
)
SAVED_REPLIES = Table(
    name="saved_replies", key="saved_reply_id", indexes=(_by_workspace("created_at"),)
)
PLAYBOOKS = Table(name="playbooks", key="workspace_id")
RULEBOOKS = Table(name="rulebooks", key="workspace_id")
TAGS = Table(
    name="tags",
    key="tagging_id",
    # workspace_tag is «ws_…#late delivery»; the time is the conversation's beginning
    indexes=(
        Index(
            name="by_tag",
            partition="workspace_tag",
            sort="created_at",
            projects=("conversation_id",),
        ),
    ),
)
CONTACTS = Table(
    name="contacts",
    key="contact_id",
    indexes=(
        _by_workspace("listed_at"),  # sparse: no erased ones
        Index(name="joined", partition="joined_to", sort="created_at", projects=()),  # sparse
    ),
)
PERSONAS = Table(name="personas", key="workspace_id")
SHARES = Table(
    name="shares",
    key="token_hash",
    indexes=(_by_workspace("created_at"),),
    expires="expires_epoch",
)
AUDIT = Table(
    name="audit",
    key="entry_id",
    indexes=(Index(name="by_subject", partition="subject", sort="at"), _by_workspace("at")),
)
CONVERSIONS = Table(
    name="conversions",
    key="conversion_id",
    indexes=(
        _by_workspace("occurred_at"),
        # sparse: what is still to become an observation, whole, so that one query reads it
        Index(name="uncounted", partition="uncounted", sort="noted_at"),
    ),
)
GOALS = Table(name="goals", key="goal_id", indexes=(_by_workspace("created_at"),), streams=True)
ONCE = Table(name="once", key="once_key", expires="expires_epoch")

TABLES = (
    WORKSPACES,
    ACCESS,
    MEMBERS,
    APPS,
    CHANNELS,
    CREDENTIALS,
    MEDIA,
    POSTS,
    CAMPAIGNS,
    LINKS,
    CLICKS,
    DELIVERIES,
    CONVERSATIONS,
    MESSAGES,
    TAGS,
    CONTACTS,
    SAVED_REPLIES,
    PLAYBOOKS,
    RULEBOOKS,
    PERSONAS,
    SHARES,
    AUDIT,
    CONVERSIONS,
    GOALS,
    ONCE,
)
