"""A channel of each platform, what may be posted to it, and a server that answers it well."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from tellal.channels import Channel
from tellal.conversations import Heard
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import PartKey, Prepared, Registration
from tellal.posts import AttachedMedia, Content, Part, Remote, ReplyTo, ThreadPart
from tests.jwt import session_token
from tests.pictures import RED_DOT

TEN = datetime(2026, 1, 1, 10, tzinfo=UTC)
KEY = PartKey("dlv_1", 0, TEN)
SECRETS = ("s3cret-access", "s3cret-refresh")

PICTURE = AttachedMedia(
    media_id="med_1",
    object_key="media/med_1",
    mime_type="image/png",
    size=len(RED_DOT),
    width=1,
    height=1,
    alt_text="A red dot",
)
CONTENT = Content(
    text="Hello @ann.example.com, see https://ex.com #tag",
    media=(PICTURE,),
    thread=(ThreadPart(text="And more"),),
)

CALLBACK = "https://tellal.example/oauth/callback"
APP = Registration("app-1", SecretStr(SECRETS[1]), CALLBACK, "https://m.example")

NOTHING = Remote(id="none")
NOBODY = ReplyTo(remote=NOTHING, author_handle="nobody")

Respond = Callable[[httpx.Request], httpx.Response]


class Media:
    def read(self, media: AttachedMedia) -> bytes:
        return RED_DOT


@dataclass
class Server:
    """Answers by the ending of the path; remembers what it was asked."""

    answers: Mapping[str, Callable[[httpx.Request], Any]]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path
        for ending, answer in self.answers.items():
            if path.endswith(ending):
                return httpx.Response(200, json=answer(request))
        return httpx.Response(404, json={"error": "Record not found"})


@dataclass(frozen=True)
class Sample:
    channel: Channel
    credentials: Mapping[str, str]
    connection: Mapping[str, str]
    answers: Mapping[str, Callable[[httpx.Request], Any]]
    # Only where it publishes, answers and is read:
    remote: Remote = NOTHING
    reply_to: ReplyTo = NOBODY
    listed: Callable[[int], Any] = str  # the nth message somebody sends, as the platform lists it

    def server(self, messages: int = 3) -> Server:
        return Server({**self.answers, **inbox_answers(self, messages)})

    def adapter(self, respond: Respond, *, deadline: timedelta = timedelta(seconds=20)) -> Any:
        platform = PLATFORMS[self.channel.platform]
        credentials = platform.Credentials.model_validate(self.credentials)
        return platform(self.channel, credentials, calls(self, respond, deadline=deadline))

    def prepared_part(self, *, server: Server | None = None) -> Part:
        """The main part of CONTENT, ready to be committed."""
        adapter = self.adapter(server or self.server())
        part: Part = adapter.render(CONTENT, self.channel)[0]
        ready = adapter.prepare(part, media=Media())
        assert isinstance(ready, Prepared)
        return part.model_copy(update={"prepared": ready.notes})


def calls(
    sample: Sample, respond: Respond, *, deadline: timedelta = timedelta(seconds=20)
) -> Calls:
    hosts = PLATFORMS[sample.channel.platform].facts.hosts
    return Calls(httpx.Client(transport=httpx.MockTransport(respond)), hosts, deadline)


def inbox_answers(sample: Sample, count: int) -> Mapping[str, Callable[[httpx.Request], Any]]:
    """Messages 1 to `count`, newest first, as each platform lists them after a cursor."""

    def notifications(request: httpx.Request) -> Any:
        after = int(request.url.params.get("min_id", "0"))
        return [sample.listed(n) for n in range(count, after, -1)]

    def list_notifications(request: httpx.Request) -> Any:
        before = int(request.url.params.get("cursor", str(count + 1)))
        page = range(before - 1, max(0, before - 3), -1)  # two at a time
        cursor = {"cursor": str(page[-1])} if page else {}
        return {"notifications": [sample.listed(n) for n in page], **cursor}

    return {"/v1/notifications": notifications, "listNotifications": list_notifications}


def channel(platform: str, **facts: Any) -> Channel:
    known = {"channel_id": "ch_1", "workspace_id": "ws_1", "name": "Acme", "created_at": TEN}
    return Channel.model_validate({"platform": platform, **known, **facts})


def texts(heard: tuple[Heard, ...]) -> list[str]:
    return [each.text for each in heard]


def minute(number: int) -> str:
    return f"2026-01-01T10:{number:02}:00.000Z"


# ── Mastodon ─────────────────────────────────────────────────────────────────────────────────


def _mention(number: int) -> Any:
    author = {"id": "9", "acct": "ann@other.example", "display_name": "Ann"}
    status = {
        "id": f"s{number}",
        "account": author,
        "content": f"<p>message {number}</p>",
        "visibility": "public",
        "created_at": minute(number),
        "media_attachments": [],
    }
    return {"id": str(number), "type": "mention", "status": status}


_STATUS = {
    "id": "100",
    "url": "https://m.example/@acme/100",
    "favourites_count": 3,
    "reblogs_count": 2,
    "replies_count": 1,
}
_ACCOUNT = {"id": "1001", "acct": "acme", "followers_count": 7, "statuses_count": 9}
MASTODON = Sample(
    channel=channel(
        "mastodon",
        remote_id="1001@m.example",
        handle="acme@m.example",
        server={
            "address": "https://m.example",
            "account_id": "1001",
            "version": "4.5.0",
            "source_url": "https://github.com/mastodon/mastodon",
        },
    ),
    credentials={"access_token": SECRETS[0]},
    connection={"server": "m.example", "access_token": SECRETS[0]},
    remote=Remote(id="100"),
    reply_to=ReplyTo(
        remote=Remote(id="55"), author_handle="ann@other.example", visibility="unlisted"
    ),
    answers={
        "/v1/accounts/verify_credentials": lambda _: _ACCOUNT,
        "/v1/apps/verify_credentials": lambda _: {"scopes": ["read", "write"]},
        "/v1/apps": lambda _: {"client_id": "app-1", "client_secret": SECRETS[1]},
        "/oauth/token": lambda _: {"access_token": SECRETS[0], "scope": "read write"},
        "/oauth/revoke": lambda _: {},
        "/v2/instance": lambda _: {"domain": "m.example", "version": "4.5.0"},
        "/v2/media": lambda _: {"id": "m1", "url": "https://m.example/m1.png"},
        "/v1/statuses": lambda _: _STATUS,
        "/v1/statuses/100": lambda _: _STATUS,
    },
    listed=_mention,
)

# ── Bluesky ──────────────────────────────────────────────────────────────────────────────────

DID = "did:plc:acme"


def _notification(number: int) -> Any:
    return {
        "uri": f"at://did:plc:ann/app.bsky.feed.post/{number}",
        "cid": f"cid{number}",
        "author": {"did": "did:plc:ann", "handle": "ann.example.com"},
        "reason": "mention",
        "record": {"text": f"message {number}"},
        "indexedAt": minute(number),
    }


def _put(request: httpx.Request) -> Any:
    body = json.loads(request.content)
    return {"uri": f"at://{body['repo']}/{body['collection']}/{body['rkey']}", "cid": "bafy"}


def _session(_: httpx.Request) -> Any:
    return {
        "accessJwt": session_token(TEN + timedelta(hours=2)),
        "refreshJwt": SECRETS[1],
        "handle": "acme.example.com",
        "did": DID,
        "didDoc": {
            "service": [{"id": "#atproto_pds", "serviceEndpoint": "https://pds.example.com"}]
        },
    }


_POST: dict[str, Any] = {
    "uri": f"at://{DID}/app.bsky.feed.post/3abc",
    "likeCount": 3,
    "replyCount": 1,
}
BLUESKY = Sample(
    channel=channel(
        "bluesky",
        remote_id=DID,
        handle="acme.example.com",
        server={"did": DID, "pds": "https://pds.example.com"},
    ),
    credentials={"access_token": SECRETS[0], "refresh_token": SECRETS[1]},
    connection={"handle": "acme.example.com", "app_password": SECRETS[0]},
    remote=Remote(id=_POST["uri"], refs={"cid": "bafy"}),
    reply_to=ReplyTo(
        remote=Remote(
            id="at://did:plc:ann/app.bsky.feed.post/3mno",
            refs={
                "cid": "bafyparent",
                "root_uri": f"at://{DID}/app.bsky.feed.post/3abc",
                "root_cid": "bafyroot",
            },
        ),
        author_handle="ann.example.com",
    ),
    answers={
        "server.createSession": _session,
        "server.refreshSession": _session,
        "actor.getProfile": lambda _: {
            "displayName": "Acme",
            "followersCount": 7,
            "postsCount": 9,
        },
        "repo.uploadBlob": lambda _: {"blob": {"$type": "blob", "size": 1}},
        "identity.resolveHandle": lambda _: {"did": "did:plc:ann"},
        "repo.putRecord": _put,
        "repo.deleteRecord": lambda _: {},
        "feed.getPosts": lambda _: {"posts": [_POST]},
    },
    listed=_notification,
)

# ── Facebook ─────────────────────────────────────────────────────────────────────────────────

FACEBOOK = Sample(
    channel=channel("facebook", remote_id="9", handle="acme"),
    credentials={"access_token": SECRETS[0]},
    connection={"page_id": "9", "access_token": SECRETS[0]},
    answers={"/9": lambda _: {"id": "9", "name": "Acme", "username": "acme"}},
)

SAMPLES: Mapping[str, Sample] = {
    "mastodon": MASTODON,
    "bluesky": BLUESKY,
    "facebook": FACEBOOK,
}
