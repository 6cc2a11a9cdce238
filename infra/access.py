"""What each function may do: nothing but what its line says. Add a line here, nowhere else.

`reads` is by key, `reads_many` by many keys at once, `queries` names an index, `writes` makes and
changes rows. Listing is by query: there is no word here for a scan, and none for everything.
`tests/permissions` finds the words that a function never uses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tellal.stores import schema

type Words = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class May:
    reads: Words = ()  # tables
    reads_many: Words = ()
    queries: Words = ()  # table.index
    updates: Words = ()
    writes: Words = ()
    deletes: Words = ()
    streams: Words = ()  # tables whose changes it is told
    gets: Words = ()  # buckets
    lists: Words = ()
    puts: Words = ()
    drops: Words = ()
    sends: Words = ()  # queues
    seals: bool = False  # secrets, with the key
    opens: bool = False
    invokes: Words = ()  # functions
    announces: bool = False  # on the bus
    mails: bool = False  # in the name of the deployment's sender, if it has one
    watches: bool = False  # dead letters and metrics, and publishes ours


ALL_TABLES = tuple(table.name for table in schema.TABLES)
LISTED = ("audit", "tags")  # and never read by their keys
COUNTED = ("clicks",)  # by whoever follows a link, and then measured
BEGUN_BY_PLATFORMS = ("conversations", "contacts")
STREAMING = tuple(table.name for table in schema.TABLES if table.streams)

MAY = {
    "api": May(
        reads=[table for table in ALL_TABLES if table not in (*LISTED, *COUNTED)],
        reads_many=[
            *("workspaces", "channels", "media", "deliveries", "links", "conversions"),
            *("conversations", "messages", "contacts"),
        ],
        queries=[
            *("workspaces.all", "access.by_workspace", "apps.by_platform", "media.by_workspace"),
            "members.by_workspace",
            *("channels.by_workspace", "channels.by_remote"),  # is a token another's too?
            *("posts.by_workspace", "deliveries.by_workspace", "deliveries.by_remote"),
            *("campaigns.by_workspace", "links.by_post", "links.by_campaign"),
            *("conversations.by_state", "messages.by_conversation"),
            *("messages.by_workspace", "tags.by_tag"),
            *("audit.by_subject", "audit.by_workspace"),
            *("conversions.by_workspace", "goals.by_workspace"),
            *("saved_replies.by_workspace", "shares.by_workspace"),
            *("contacts.by_workspace", "contacts.joined"),
            *("conversations.by_contact", "conversations.by_assignee", "conversations.by_due"),
        ],
        updates=BEGUN_BY_PLATFORMS,
        writes=[table for table in ALL_TABLES if table not in (*BEGUN_BY_PLATFORMS, *COUNTED)],
        deletes=[
            *("access", "campaigns", "credentials", "goals"),
            *("media", "saved_replies", "shares", "tags"),
        ],
        gets=["media", "reports"],
        lists=["media", "reports"],  # else what is not there looks like what we may not see
        puts=["media"],
        drops=["media"],
        sends=["prepare", "publish"],
        seals=True,
        opens=True,
        invokes=["build_report", "collect_metrics", "erase_contacts"],
    ),
    "erase_contacts": May(
        reads=["contacts", "conversations", "messages", "deliveries"],
        queries=["conversations.by_contact", "messages.by_conversation"],
        updates=["contacts", "conversations", "messages", "deliveries"],
        invokes=["erase_contacts"],
    ),
    "dispatch_due_posts": May(
        reads=["conversations"],
        queries=["deliveries.due", "conversations.waking", "conversations.owed"],
        updates=["deliveries", "conversations"],
        writes=["audit"],
        sends=["prepare", "publish"],
    ),
    "prepare_delivery": May(
        reads=["deliveries", "channels", "credentials", "apps"],
        queries=["channels.by_remote"],  # an app's limit is every channel's
        updates=["deliveries", "channels", "credentials"],
        gets=["media"],
        lists=["media"],  # else what is not there looks like what we may not see
        puts=["media"],  # what is made of a file for a platform that fetches it
        sends=["prepare", "publish"],
        seals=True,  # a token refreshed on demand
        opens=True,
    ),
    "publish_delivery": May(
        reads=[
            *("deliveries", "workspaces", "credentials", "apps", "once"),
            *("conversations", "messages", "contacts"),
        ],
        reads_many=["channels", "credentials"],  # the two in one call
        queries=["channels.by_remote", "messages.by_conversation"],
        updates=["deliveries", "channels", "credentials"],
        # `once`: the claim on a post that may be looked for, and what posts cost; the others:
        # what was done with a message, and where a private answer to a comment lands
        writes=["once", "conversations", "messages", "contacts"],
        gets=["media"],  # where the last chunk of a file is what commits
        lists=["media"],
        sends=["prepare", "publish"],
        seals=True,
        opens=True,
    ),
    "account_for_deliveries": May(
        queries=["deliveries.by_day", "channels.by_remote"], watches=True
    ),
    "publish_events": May(streams=STREAMING, announces=True),
    "apply_rules": May(
        reads=[
            *("rulebooks", "conversations", "messages", "contacts"),
            *("workspaces", "channels", "once"),
        ],
        reads_many=["members"],
        updates=["conversations", "rulebooks"],
        writes=["tags", "audit", "once", "deliveries"],  # the last to hide a message
        streams=["messages"],
    ),
    "follow_conversations": May(
        reads=["deliveries", "messages", "conversations", "workspaces"],
        reads_many=["deliveries"],
        queries=["messages.by_conversation"],
        updates=["messages", "conversations"],
        writes=["audit"],
        streams=["deliveries", "conversations"],
        puts=["reports"],  # how long things took
    ),
    "follow_link": May(reads=["links"], invokes=["count_click"]),
    "count_click": May(
        reads=["links", "once"],
        reads_many=["once"],
        updates=["links", "clicks"],
        writes=["once"],
    ),
    "verify_webhook": May(queries=["apps.by_platform"], opens=True),
    "answer_webhook": May(
        reads=["contacts", "once"],
        reads_many=["contacts"],
        queries=["apps.by_platform", "workspaces.all"],
        updates=["contacts"],
        writes=["once", "audit"],
        opens=True,
        invokes=["erase_contacts"],
    ),
    "process_inbox": May(
        reads=["workspaces", "conversations", "messages", "contacts", "once"],
        reads_many=["deliveries"],
        queries=[
            *("apps.by_platform", "channels.by_remote", "messages.by_conversation"),
            "deliveries.due",  # what a platform says it is done with is asked about at once
        ],
        updates=["channels", "once", "deliveries"],  # `once`: what was refused is counted there
        sends=["publish"],
        writes=["conversations", "messages", "contacts", "audit"],
        puts=["archive"],
        opens=True,
    ),
    "poll_inbox": May(
        reads=[
            *("workspaces", "channels", "credentials", "apps"),
            *("conversations", "messages", "contacts", "once"),
        ],
        # an app's secret for webhooks, where a platform is to be given it
        queries=["channels.by_remote", "messages.by_conversation", "apps.by_platform"],
        updates=["channels", "credentials"],
        writes=["conversations", "messages", "contacts", "audit"],
        seals=True,
        opens=True,
        invokes=["poll_inbox"],
    ),
    "collect_metrics": May(
        reads=["channels", "credentials", "apps", "workspaces"],
        reads_many=["deliveries", "clicks"],
        queries=[
            *("workspaces.all", "channels.by_remote", "deliveries.to_measure"),
            *("clicks.uncounted", "conversions.uncounted"),
        ],
        updates=["channels", "credentials", "deliveries", "clicks", "conversions"],
        gets=["reports"],
        lists=["reports"],
        puts=["reports"],
        drops=["reports"],  # what was merged
        seals=True,
        opens=True,
        invokes=["collect_metrics"],
    ),
    "build_report": May(
        reads=["workspaces", "personas", "once"],
        reads_many=["deliveries", "posts", "campaigns"],
        queries=[
            *("workspaces.all", "channels.by_workspace", "deliveries.by_workspace"),
            "goals.by_workspace",
        ],
        updates=["goals"],  # how they fare
        writes=["once", "shares"],  # to whom it was mailed, and the link in it
        gets=["reports"],
        lists=["reports"],
        puts=["reports"],
        invokes=["build_report"],
        mails=True,
    ),
    "refresh_credentials": May(
        reads=["channels", "credentials", "apps"],
        queries=["credentials.expiring"],
        updates=["channels", "credentials"],
        seals=True,
        opens=True,
    ),
}
