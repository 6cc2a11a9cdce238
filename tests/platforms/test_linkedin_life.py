"""A page's and a member's whole life against the LinkedIn sandbox, over real sockets."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
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
    Duplicate,
    NeedsReconnect,
    NeedsRefresh,
    OutcomeUnknown,
    Throttled,
    TryLater,
)
from tellal.platforms.calls import Calls
from tellal.platforms.linkedin import LinkedIn
from tellal.platforms.linkedin.consent import SCOPES, LinkedInCredentials
from tellal.platforms.protocol import PartKey, Prepared, Registration, Thread
from tellal.posts import AttachedMedia, Content, Part, Poll, Remote
from tests.platforms.sample import FILM, PICTURE, Media, channel

FIRST = Thread()
APP = Registration(CLIENT_ID, SecretStr(CLIENT_SECRET), "https://tellal.example/callback")
SLIDES = AttachedMedia(
    media_id="med_3", object_key="m", mime_type="application/pdf", size=9, pages=1
)


class Files(Media):
    def read(self, media: AttachedMedia) -> bytes:
        return b"%PDF-1.7\n" if media.pages else super().read(media)


FILES = Files()


@dataclass(frozen=True)
class Life:
    control: Control
    adapter: LinkedIn
    channel: Channel
    calls: Calls

    def publish(self, content: Content) -> list[Remote]:
        published: list[Remote] = []
        for part in self.adapter.render(content, self.channel):
            published.append(self.commit(part, Thread(tuple(published))))
        return published

    def commit(self, part: Part, thread: Thread = FIRST) -> Remote:
        key = PartKey("dlv_1", len(thread.published), clock.now())
        while part.media:
            result = self.adapter.prepare(part, media=FILES)
            part = part.model_copy(update={"prepared": result.notes})
            if isinstance(result, Prepared):
                break
        return self.adapter.commit(part, key=key, thread=thread, media=FILES).remote

    def render(self, text: str) -> Part:
        return self.adapter.render(Content(text=text), self.channel)[0]

    def public(self) -> list[dict[str, Any]]:
        return [post for post in self.control.posts() if not post["deleted"]]


@contextmanager
def living(
    sandbox: Sandbox, details: Mapping[str, str] | None = None, **wanted: Any
) -> Iterator[Life]:
    account = sandbox.control.create_account("bakery", details=details or {}, **wanted)
    settings = {name: each.value for name, each in LinkedIn.facts.settings.items()}
    with httpx.Client(trust_env=False) as http:
        calls = Calls(http, sandbox.hosts, settings=settings)
        made = channel(
            "linkedin",
            remote_id=account["urn"],
            handle=account["handle"],
            server={"scopes": account["scope"].split(",")},
        )
        tokens = {"access_token": account["access_token"], "refresh_token": None}
        credentials = LinkedInCredentials.model_validate(
            {**tokens, "refresh_token": account.get("refresh_token")}
        )
        yield Life(sandbox.control, LinkedIn(made, credentials, calls), made, calls)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running("linkedin") as sandbox:
        yield sandbox


@pytest.fixture
def page(sandbox: Sandbox) -> Iterator[Life]:
    sandbox.control.reset()
    with living(sandbox) as life:
        yield life


TEXT = (
    "Fresh *bread* (rye_50) at 6~ @ [home] <now> | {ok} \\o/ 🥖\n"
    "#Bäckerei #C_D שלום #خبز @[Acme](urn:li:organization:5)\n"
    "https://ex.com/a_b?c=(d)#e"
)


def test_every_character_of_a_text_is_shown_as_it_was_written(page: Life) -> None:
    page.publish(Content(text=TEXT))
    [post] = page.public()
    assert post["text"] == TEXT.replace("@[Acme](urn:li:organization:5)", "Acme")


@pytest.mark.parametrize(
    ("content", "files"),
    [
        (Content(text="one", media=(PICTURE,)), ["image/png"]),
        (Content(text="more", media=(PICTURE,) * 20), ["image/png"] * 20),
        (FILM, ["video/mp4"]),
        (
            Content(text="slides", media=(SLIDES,), options={"linkedin": {"title": "Menu"}}),
            ["application/pdf"],
        ),
    ],
    ids=["an image", "twenty images", "a video", "a document"],
)
def test_files_are_shown(page: Life, content: Content, files: list[str]) -> None:
    page.control.change_settings(part_bytes=10_000, image_polls=1, document_polls=1)
    page.publish(content)
    [post] = page.public()
    assert [each["type"] for each in post["images"]] == files
    shown = httpx.get(post["images"][0]["url"], trust_env=False)
    assert len(shown.content) == content.media[0].size


def test_an_article_has_its_image_for_a_thumbnail(page: Life) -> None:
    article = {"url": "https://ex.com/rye", "title": "Rye", "description": "All of it"}
    options = {"linkedin": {"article": article}}
    [remote] = page.publish(Content(text="Read", media=(PICTURE,), options=options))
    shown = httpx.get(str(remote.url), trust_env=False)
    assert "https://ex.com/rye" in shown.text


def test_a_poll_is_asked(page: Life) -> None:
    poll = Poll(options=("Rye", "Wheat"), minutes=10080, question="Which?")
    [remote] = page.publish(Content(text="Vote", poll=poll))
    shown = httpx.get(str(remote.url), trust_env=False).text
    assert all(each in shown for each in ("Which?", "Rye", "Wheat"))


def test_a_post_and_its_comment_are_read_back_and_deleted_again_and_again(page: Life) -> None:
    since = clock.now() - timedelta(minutes=1)
    content = Content(text="#one (1) https://ex.com/a/long/way/home", first_comment="two (2) #x")
    post, comment = page.publish(content)
    assert [each["text"] for each in page.public()] == [content.text, "two (2) #x"]
    assert page.public()[1]["in_reply_to"] == post.id

    [found] = page.adapter.list_posts(since=since).posts
    main, below = page.adapter.render(content, page.channel)
    assert found.remote == post
    assert found.fingerprint == page.adapter.fingerprint(main, FIRST, page.channel)
    key, thread = PartKey("dlv_1", 1, since), Thread((post,))
    assert page.adapter.resume(below, key=key, thread=thread).remote == comment

    for remote in (comment, comment, post, post):
        page.adapter.delete(remote)
    assert page.public() == []


def test_a_comment_that_is_not_shown_proves_nothing(page: Life) -> None:
    post, _ = page.publish(Content(text="one", first_comment="two"))
    _, below = page.adapter.render(Content(text="one", first_comment="else"), page.channel)
    with pytest.raises(TryLater, match="not yet"):
        page.adapter.resume(below, key=PartKey("d", 1, clock.now()), thread=Thread((post,)))


def test_the_list_is_read_page_after_page_back_to_its_beginning(page: Life) -> None:
    since = clock.now() - timedelta(minutes=1)
    for number in range(203):
        page.control.act(who="bakery", do="post", text=f"number {number}")
    listed = page.adapter.list_posts(since=since)
    assert listed.complete
    assert len(listed.posts) == 203


@pytest.mark.parametrize("fault", ["drop_after", "fail_after"])
def test_a_copy_is_refused_with_the_name_of_the_first_for_a_while(page: Life, fault: str) -> None:
    page.control.fail(fault, path="/rest/posts", method="POST")
    with pytest.raises(OutcomeUnknown):
        page.publish(Content(text="Only once"))
    with pytest.raises(Duplicate) as refused:
        page.publish(Content(text="Only once"))
    [post] = page.public()
    assert refused.value.existing == Remote(id=post["id"], url=post["url"])
    assert refused.value.made_at is not None
    assert abs(refused.value.made_at - clock.read(post["created_at"])) < timedelta(seconds=1)
    page.control.advance(seconds=601)
    page.publish(Content(text="Only once"))
    assert len(page.public()) == 2


def test_a_token_that_ran_out_is_renewed_as_often_as_one_likes(page: Life) -> None:
    page.control.advance(seconds=timedelta(days=61).total_seconds())
    with pytest.raises(NeedsRefresh):
        page.publish(Content(text="Later"))
    for number in range(2):
        fresh = page.adapter.refresh(APP)
        credentials = LinkedInCredentials.model_validate(fresh.credentials.model_dump())
        later = replace(page, adapter=LinkedIn(page.channel, credentials, page.calls))
        later.publish(Content(text=f"Later {number}"))
        assert fresh.expires_at - clock.now() > timedelta(days=59)
    page.control.advance(seconds=timedelta(days=365).total_seconds())
    with pytest.raises(NeedsReconnect, match="does not renew"):
        page.adapter.refresh(APP)


def test_a_token_that_was_taken_back_needs_a_person(page: Life) -> None:
    credentials = page.adapter._credentials
    for _ in range(2):
        LinkedIn.revoke(APP, credentials, page.calls)
    with pytest.raises(NeedsReconnect, match="taken back"):
        page.publish(Content(text="Too late"))


def test_a_day_that_is_used_up_lasts_until_midnight_for_the_member_or_for_the_app(
    page: Life,
) -> None:
    page.control.change_settings(calls_per_day=0)
    with pytest.raises(Throttled) as ours:
        page.publish(Content(text="Too many"))
    page.control.change_settings(calls_per_day=100, app_calls_per_day=0)
    with pytest.raises(Throttled) as everybodys:
        page.publish(Content(text="Too many"))
    assert [each.value.everywhere for each in (ours, everybodys)] == [False, True]
    assert ours.value.after is not None
    assert timedelta(0) < ours.value.after <= timedelta(days=1)


def test_a_version_that_linkedin_dropped_is_the_operators_to_raise(page: Life) -> None:
    page.control.change_settings(versions=["203001"])
    with pytest.raises(TryLater, match="set a newer one") as told:
        page.publish(Content(text="Old"))
    assert told.value.after == timedelta(hours=1)


# ── members ──────────────────────────────────────────────────────────────────────────────────

MEMBER = {"kind": "member"}


def test_a_member_who_may_only_write_publishes_files_without_asking_about_them(
    sandbox: Sandbox,
) -> None:
    sandbox.control.reset()
    with living(sandbox, MEMBER, scopes="openid profile w_member_social") as life:
        life.publish(Content(text="Hi", media=(PICTURE,), options={"linkedin": {}}))
        [post] = life.public()
    assert len(post["images"]) == 1


def test_a_member_may_show_a_post_to_their_connections_alone(sandbox: Sandbox) -> None:
    sandbox.control.reset()
    options = {"linkedin": {"visibility": "connections", "reshares": False}}
    with living(sandbox, MEMBER) as life:
        life.publish(Content(text="Hi", options=options))
        [post] = life.public()
    assert post["visibility"] == "private"


def test_who_no_longer_manages_a_page_is_told_so(sandbox: Sandbox) -> None:
    sandbox.control.reset()
    with (
        living(sandbox, {"role": "ANALYST"}) as life,
        pytest.raises(NeedsReconnect, match="no longer manages"),
    ):
        life.publish(Content(text="Hi"))


# ── consent ──────────────────────────────────────────────────────────────────────────────────


def consent(sandbox: Sandbox, life: Life, *, login: str, scopes: str = "") -> str:
    """A member says yes on the page; the code that comes back."""
    address = LinkedIn.authorise_address(APP, state="s", challenge="c", calls=life.calls)
    asked = httpx.URL(address)
    fields = {**asked.params, "username": login, **({"scope": scopes} if scopes else {})}
    sent_back = httpx.post(asked.copy_with(query=None), data=fields, trust_env=False)
    return httpx.URL(sent_back.headers["location"]).params["code"]


def test_a_consent_lets_into_the_member_and_every_page_they_may_post_to(sandbox: Sandbox) -> None:
    control = sandbox.control
    control.reset()
    for name, role in (("cafe", "CONTENT_ADMINISTRATOR"), ("museum", "ANALYST")):
        details = {"admin": "ann", "role": role}
        control.create_account(name, details=details)
    with living(sandbox, {"admin": "ann"}) as life:
        account = control.create_account("ann", details=MEMBER)
        code = consent(sandbox, life, login=account["login"])
        member, *pages = LinkedIn.exchange(APP, code=code, verifier="", calls=life.calls)
    assert (member.name, member.remote_id) == ("Ann", account["urn"])
    assert sorted(page.handle for page in pages) == ["bakery", "cafe"]
    assert {each.remote_id.rsplit(":", 1)[0] for each in pages} == {"urn:li:organization"}
    for each in (member, *pages):
        assert each.missing == ()
        assert each.server == {"scopes": sorted(SCOPES), "login": account["login"]}
        assert each.expires_at is not None
        assert each.expires_at - clock.now() > timedelta(days=59)


def test_what_a_consent_lacks_is_named(sandbox: Sandbox) -> None:
    sandbox.control.reset()
    sandbox.control.change_settings(gives_refresh_tokens=False)
    with living(sandbox, {"admin": "ann"}) as life:
        account = sandbox.control.create_account("ann", details=MEMBER)
        scopes = "openid profile rw_organization_admin w_organization_social"
        code = consent(sandbox, life, login=account["login"], scopes=scopes)
        member, page = LinkedIn.exchange(APP, code=code, verifier="", calls=life.calls)
    assert member.missing == (
        f"Without the permission w_member_social {SCOPES['w_member_social']}",
    )
    told = f"Without the permission r_organization_social {SCOPES['r_organization_social']}"
    assert page.missing == (told,)
    made = life.channel.model_copy(update={"remote_id": page.remote_id, "server": page.server})
    with pytest.raises(NeedsReconnect, match="sixty days"):
        LinkedIn(made, page.credentials, life.calls).refresh(APP)  # type: ignore[arg-type]
