from typing import Any

from tellal.posts import Remote, ReplyTo
from tests.platforms.sample import FILM, SECRETS, Sample, channel, minute


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
    keyed=True,
    film=FILM,
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
