"""A TikTok channel's whole life against the sandbox, over real sockets: from its owner's consent
on a page to the last number that is read of its posts."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.control_client import Control
from local.sandboxes.serving import Sandbox, running
from tellal import clock
from tellal.channels import Channel
from tellal.errors import (
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    Rejected,
    Throttled,
    TryLater,
)
from tellal.observations import Metric
from tellal.platforms.calls import Calls
from tellal.platforms.protocol import (
    Accepted,
    GivenUp,
    PartKey,
    Pending,
    Prepared,
    Published,
    Registration,
    Thread,
    Unpublished,
)
from tellal.platforms.tiktok import TikTok
from tellal.posts import AttachedMedia, Content, Part, Remote
from tests.files_served import Files, files_served
from tests.platforms.sample import PICTURE, Media, channel
from tests.platforms.tiktok_posts import post
from tests.videos import CLIP, VIDEO, padded

CALLBACK = "https://tellal.example/oauth/tiktok/callback"
APP = Registration(CLIENT_ID, SecretStr(CLIENT_SECRET), CALLBACK)
LONG = padded(11 * 1024 * 1024)
LONG_FILM = VIDEO.model_copy(update={"size": len(LONG)})
CHUNKS, STATUS = "/video/", "/v2/post/publish/status/fetch/"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Bucket(Media):
    """Films of their size, and photos that are really served."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def read_range(self, media: AttachedMedia, *, start: int, length: int) -> bytes:
        return (LONG if media.size == len(LONG) else CLIP)[start : start + length]

    def keep(self, data: bytes, mime_type: str, *, of: AttachedMedia) -> AttachedMedia:
        kept = super().keep(data, mime_type, of=of)
        self._files.lying[f"/{kept.object_key}"] = data
        return kept

    def link(self, media: AttachedMedia) -> str:
        return f"https://bucket.s3.amazonaws.com/{media.object_key}?X-Amz-Signature=1"


@dataclass
class Life:
    """One connected channel on the sandbox."""

    control: Control
    calls: Calls
    channel: Channel
    credentials: Any
    media: Bucket
    asked: int = field(default=0)  # times, until the last post was settled

    @property
    def adapter(self) -> TikTok:
        return TikTok(self.channel, self.credentials, self.calls)

    def prepared(self, content: Content) -> Part:
        (part,) = TikTok.render(content, self.channel)
        while True:
            result = self.adapter.prepare(part, media=self.media)
            part = part.model_copy(update={"prepared": result.notes})
            if isinstance(result, Prepared):
                return part

    def committed(self, part: Part) -> Part:
        result = self.adapter.commit(part, key=self.key(), thread=Thread(), media=self.media)
        assert isinstance(result, Accepted)
        return part.model_copy(update={"prepared": result.notes})

    def key(self) -> PartKey:
        return PartKey("dlv_1", 0, clock.now())

    def told(self, part: Part, *, since: PartKey | None = None) -> Any:
        """What became of it, as the engine asks: it waits as long as it is told to."""
        self.asked = 0
        while True:
            self.asked += 1
            told = self.adapter.resume(part, key=since or self.key(), thread=Thread())
            if not isinstance(told, Pending):
                return told
            self.control.advance(seconds=told.check_in.total_seconds())
            part = part.model_copy(update={"prepared": told.notes})

    def publish(self, content: Content) -> Remote:
        since = self.key()
        told = self.told(self.committed(self.prepared(content)), since=since)
        assert isinstance(told, Published)
        return told.remote


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("tiktok") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def files() -> Iterator[Files]:
    with files_served() as files:
        yield files


def consented(sandbox: Sandbox, calls: Calls, *, scopes: str = "") -> Any:
    """What an owner's browser does, and what comes of it."""
    address = TikTok.authorise_address(APP, state="s", challenge="c", calls=calls)
    page = httpx.get(address, trust_env=False)
    fields = {name: unescape(value) for name, value in HIDDEN.findall(page.text)}
    who = re.findall(r'name="username" value="([^"]+)"', page.text)[0]
    fields |= {"username": who} | ({"scope": scopes} if scopes else {})
    sent_back = httpx.post(f"{sandbox.url}/v2/auth/authorize/", data=fields, trust_env=False)
    answer = dict(httpx.URL(sent_back.headers["location"]).params)
    assert answer["state"] == "s"
    [connected] = TikTok.exchange(APP, code=answer["code"], verifier="v" * 43, calls=calls)
    return connected


@pytest.fixture
def life(sandbox: Sandbox, files: Files) -> Iterator[Life]:
    sandbox.control.reset()
    sandbox.control.create_account("bakery", display_name="Acme Bakery")
    stated = {name: setting.value for name, setting in TikTok.facts.settings.items()}
    stated |= {"media_domain": files.url}
    with httpx.Client(trust_env=False) as http:
        calls = Calls(http, sandbox.hosts, settings=stated)
        connected = consented(sandbox, calls)
        assert connected.missing == ()
        made = channel(
            "tiktok",
            remote_id=connected.remote_id,
            handle=connected.handle,
            server=connected.server,
        )
        yield Life(sandbox.control, calls, made, connected.credentials, Bucket(files))


def test_an_owner_allows_all_or_a_part_and_the_channel_says_what_is_missing(
    life: Life, sandbox: Sandbox
) -> None:
    assert (life.channel.handle, life.channel.name) == ("bakery", "Acme")
    part = consented(sandbox, life.calls, scopes="user.info.basic,video.publish")
    assert (part.remote_id, part.handle) == (life.channel.remote_id, "Acme Bakery")
    assert len(part.missing) == 3
    with pytest.raises(Rejected, match="nobody can tell"):
        consented(sandbox, life.calls, scopes="video.publish")
    with pytest.raises(Rejected, match="does not accept this consent"):
        TikTok.exchange(APP, code="used", verifier="v", calls=life.calls)


@pytest.mark.parametrize(("film", "data"), [(VIDEO, CLIP), (LONG_FILM, LONG)])
def test_a_film_is_published_whole_under_its_permalink_and_measured(
    life: Life, film: AttachedMedia, data: bytes
) -> None:
    life.control.change_settings(status_polls=3, moderation_seconds=60)
    remote = life.publish(post(film, text="Fresh bread 🥖"))
    [shown] = life.control.posts()
    assert remote.url == shown["url"]
    assert (remote.id, shown["text"], shown["visibility"]) == (
        shown["id"],
        "Fresh bread 🥖",
        "public",
    )
    assert httpx.get(shown["images"][0]["url"], trust_env=False).content == data
    assert "Fresh bread" in httpx.get(str(remote.url), trust_env=False).text
    life.control.act(who="ayse", do="like", post=remote.id)
    assert life.adapter.read_posts([remote])[remote.id][Metric.LIKES] == 1
    assert life.adapter.read_channel() == {"followers": 0, "posts": 1}
    life.control.advance(seconds=10 * 3600)
    assert life.adapter.read_posts([remote])[remote.id][Metric.VIEWS] > 0
    life.control.change_settings(untold=["view_count"])
    assert Metric.VIEWS not in life.adapter.read_posts([remote])[remote.id]


def test_photos_are_made_to_fit_fetched_and_published(life: Life) -> None:
    remote = life.publish(post(PICTURE, PICTURE, text="Rye", title="Two", auto_add_music=True))
    [shown] = life.control.posts()
    assert (remote.id, remote.url) == (shown["id"], shown["url"])
    assert "/photo/" in shown["url"]
    assert [each["type"] for each in shown["images"]] == ["image/jpeg"] * 2


def test_a_post_for_its_author_alone_is_published_without_a_link(life: Life) -> None:
    remote = life.publish(post(privacy="only_me"))
    assert remote.url is None
    assert [each["visibility"] for each in life.control.posts()] == ["private"]
    assert life.adapter.read_posts([remote]) == {}


def test_an_id_that_is_never_told_is_read_from_the_list(life: Life) -> None:
    life.control.change_settings(tells_post_ids=False, list_lag_seconds=60)
    remote = life.publish(post(text="Listed"))
    assert remote.url == life.control.posts()[0]["url"]
    assert remote.id == life.control.posts()[0]["id"]


def test_without_leave_to_list_such_a_post_has_no_link(life: Life) -> None:
    life.control.change_settings(tells_post_ids=False)
    server = {**life.channel.server, "scopes": ["user.info.basic", "video.publish"]}
    life.channel = life.channel.model_copy(update={"server": server})
    remote = life.publish(post())
    assert (remote.url, remote.id) == (None, life.control.posts()[0]["key"])


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
@pytest.mark.parametrize("film", [VIDEO, LONG_FILM], ids=["whole", "in chunks"])
def test_a_last_chunk_whose_answer_was_lost_was_published_once(
    life: Life, film: AttachedMedia, fault: str
) -> None:
    part = life.prepared(post(film))
    life.control.fail(fault, path=CHUNKS, method="PUT")
    with pytest.raises(OutcomeUnknown):
        life.committed(part)
    assert isinstance(life.told(part), Published)
    assert len(life.control.posts()) == 1


def test_a_last_chunk_that_never_came_is_sent_again_to_the_same_upload(life: Life) -> None:
    part = life.prepared(post(LONG_FILM))
    life.control.fail("fail_before", path=CHUNKS, method="PUT")
    with pytest.raises(OutcomeUnknown):
        life.committed(part)
    assert life.told(part) == Unpublished()
    assert isinstance(life.told(life.committed(part)), Published)
    assert len(life.control.posts()) == 1


def test_a_film_that_is_all_there_is_not_sent_again_as_another(life: Life) -> None:
    part = life.committed(life.prepared(post(LONG_FILM)))
    with pytest.raises(OutcomeUnknown, match="more of this film"):
        life.committed(part)
    assert isinstance(life.told(part), Published)
    assert len(life.control.posts()) == 1


@pytest.mark.parametrize("fault", ["drop_after", "fail_after", "fail_before", "cut_request"])
def test_a_chunk_that_went_wrong_is_gone_on_with(life: Life, fault: str) -> None:
    life.control.fail(fault, path=CHUNKS, method="PUT")
    (part,) = TikTok.render(post(LONG_FILM), life.channel)
    lost = 0
    while True:
        try:
            result = life.adapter.prepare(part, media=life.media)
        except TryLater:
            lost += 1
            continue
        part = part.model_copy(update={"prepared": result.notes})
        if isinstance(result, Prepared):
            break
    assert lost == 1
    assert isinstance(life.told(life.committed(part)), Published)
    begun = [each for each in life.control.requests() if each["path"].endswith("/video/init/")]
    assert len(begun) == 1


def test_an_upload_that_ran_out_before_its_second_is_made_anew(life: Life) -> None:
    part = life.prepared(post(LONG_FILM))
    life.control.advance(seconds=3_600)
    with pytest.raises(Exception, match="no longer knows the upload"):
        life.committed(part)
    assert isinstance(life.told(life.committed(life.prepared(post(LONG_FILM)))), Published)
    assert len(life.control.posts()) == 1


def test_an_upload_that_ran_out_between_its_chunks_is_begun_again(life: Life) -> None:
    (part,) = TikTok.render(post(LONG_FILM), life.channel)
    for _ in range(2):  # the account, the beginning
        part = part.model_copy(
            update={"prepared": life.adapter.prepare(part, media=life.media).notes}
        )
    life.control.advance(seconds=3_600)
    again = life.adapter.prepare(part, media=life.media)
    assert again == Pending({"username": "bakery", "uploads": "2"})
    assert isinstance(life.told(life.committed(life.prepared(post(LONG_FILM)))), Published)


@pytest.mark.parametrize(
    ("reason", "becomes"),
    [
        ("picture_size_check_failed", GivenUp),
        ("spam_risk", GivenUp),
        ("internal", Unpublished),
    ],
)
def test_what_tiktok_gives_up_is_told_or_sent_again(
    life: Life, reason: str, becomes: type[object]
) -> None:
    life.control.change_settings(fail_reason=reason)
    assert isinstance(life.told(life.committed(life.prepared(post()))), becomes)
    assert life.control.posts() == []


def test_photos_whose_answer_was_lost_are_found_in_the_list(life: Life) -> None:
    life.control.change_settings(status_polls=0)
    part, since = life.prepared(post(PICTURE, text="Lost")), clock.now()
    life.control.fail("drop_after", path="/v2/post/publish/content/init/")
    with pytest.raises(OutcomeUnknown):
        life.committed(part)
    while not (shown := life.control.posts()):
        life.control.advance(seconds=1)  # it is fetched meanwhile
    found = life.adapter.list_posts(since=since.replace(microsecond=0))
    [own] = [
        p for p in found.posts if p.fingerprint == TikTok.fingerprint(part, Thread(), life.channel)
    ]
    assert own.remote.id == shown[0]["id"]
    assert not found.complete


def test_a_domain_that_is_not_verified_is_said_to_be_so(life: Life) -> None:
    life.control.change_settings(verified_prefixes=[])
    with pytest.raises(Rejected, match="media_domain"):
        life.committed(life.prepared(post(PICTURE)))


@pytest.mark.parametrize(
    ("settings", "content", "sentence"),
    [
        ({"private_account": True}, post(), "it offers followers, friends, only_me"),
        ({"comment_disabled": True}, post(allow_comments=True), "comments switched off"),
        ({"max_video_seconds": 3}, post(), "videos of 3 seconds, and this one has 3.2"),
        ({"audited": False}, post(privacy="only_me"), "set the account to private"),
        ({"banned": True}, post(), "banned"),
    ],
)
def test_what_tiktok_does_not_allow_is_told_before_a_byte_is_sent(
    life: Life, settings: dict[str, Any], content: Content, sentence: str
) -> None:
    life.control.change_settings(**settings)
    with pytest.raises(Rejected, match=sentence):
        life.prepared(content)
    assert not any(each["method"] == "PUT" for each in life.control.requests())


@pytest.mark.parametrize(
    ("settings", "hours"), [({"posts_per_day": 0}, 24), ({"active_users": 0}, 3)]
)
def test_a_quota_that_is_used_up_is_waited_for(
    life: Life, settings: dict[str, Any], hours: int
) -> None:
    life.control.change_settings(**settings)
    with pytest.raises(TryLater) as raised:
        life.prepared(post())
    assert not isinstance(raised.value, Throttled)  # what is accepted can still be asked about
    assert raised.value.after is not None
    assert raised.value.after.total_seconds() == hours * 3600


# ── staying in ───────────────────────────────────────────────────────────────────────────────


def test_a_token_that_ran_out_is_refreshed_and_the_old_one_is_used_up(life: Life) -> None:
    life.control.advance(seconds=86_401)
    with pytest.raises(NeedsRefresh):
        life.prepared(post())
    old = life.adapter
    life.credentials = old.refresh(APP).credentials
    assert life.publish(post()).url
    with pytest.raises(NeedsReconnect):
        old.refresh(APP)


def test_a_refresh_whose_answer_was_lost_is_in_doubt(life: Life) -> None:
    life.control.fail("drop_after", path="/v2/oauth/token/")
    with pytest.raises(OutcomeUnknown):
        life.adapter.refresh(APP)
    with pytest.raises(NeedsReconnect, match="run out at TikTok, or was taken back"):
        life.adapter.refresh(APP)


def test_an_app_that_tiktok_does_not_know_cannot_refresh(life: Life) -> None:
    wrong = replace(APP, client_secret=SecretStr("wrong"))
    with pytest.raises(NeedsReconnect, match="deployment's app"):
        life.adapter.refresh(wrong)


def test_a_revoked_channel_is_out_and_revoking_again_is_no_error(life: Life) -> None:
    for _ in range(2):
        TikTok.revoke(APP, life.credentials, life.calls)
    with pytest.raises(NeedsRefresh):
        life.prepared(post())
    with pytest.raises(NeedsReconnect):
        life.adapter.refresh(APP)


def test_no_token_is_in_an_address_or_in_what_is_kept(life: Life) -> None:
    part = life.committed(life.prepared(post()))
    kept = json.dumps(dict(part.prepared or {}))
    for secret in life.credentials.model_dump().values():
        assert secret.get_secret_value() not in kept
        assert secret.get_secret_value() not in json.dumps(life.control.requests())
