"""Platforms are asked to tell us of a channel, over real sockets, and what they refuse is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from local.sandboxes.control_client import Control
from local.sandboxes.serving import running
from tellal.errors import Rejected
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls
from tellal.platforms.hearing import Hook, Subscribes
from tests.platforms.sample import channel

HOOK = Hook("https://tellal.example/webhooks/here")
SETTINGS = {"x": {"webhook_id": "42"}, "linkedin": {"developer_application": "77"}}


@dataclass
class Told:
    control: Control
    adapter: Any

    @property
    def of(self) -> list[list[str]]:
        """What is told of each account that anything is told of."""
        return list(self.control.subscriptions().values())


@contextmanager
def connected(
    name: str, *, scopes: str = "", kind: str = "page", **settings: str
) -> Iterator[Told]:
    platform: Any = PLATFORMS[name]
    with running(name) as sandbox, httpx.Client(trust_env=False) as http:
        account = sandbox.control.create_account("bakery", scopes=scopes, details={"kind": kind})
        facts = platform.facts
        stated = {each: setting.value for each, setting in facts.settings.items()}
        stated |= SETTINGS.get(name, {}) | settings
        calls = Calls(http, {**facts.hosts, **sandbox.hosts}, settings=stated)
        held = {each: account.get(each) for each in platform.Credentials.model_fields}
        known = {
            "remote_id": account.get("urn", account.get("id", "bakery")),
            "handle": "bakery",
            "server": {"scopes": ["dm.read"], "login": account.get("login", "")},
        }
        adapter = platform(channel(name, **known), platform.Credentials.model_validate(held), calls)
        yield Told(sandbox.control, adapter)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("facebook", ["feed", "mention", "messages", "message_edits"]),
        ("instagram", ["comments", "mentions", "messages", "message_edit"]),
    ],
)
def test_an_account_of_metas_is_told_of_until_it_is_not_wanted_any_more(
    name: str, names: list[str]
) -> None:
    with connected(name) as told:
        for _ in range(2):
            told.adapter.subscribe(HOOK)
        assert told.of == [names]

        for _ in range(2):
            told.adapter.unsubscribe(HOOK)
        assert told.of == []


@pytest.mark.parametrize(
    ("name", "scopes", "kept", "sentence"),
    [
        (
            "facebook",
            "pages_show_list,pages_manage_metadata,pages_read_user_content",
            ["feed", "mention"],
            "messages are left out",
        ),
        (
            "facebook",
            "pages_show_list,pages_manage_metadata,pages_messaging",
            ["messages", "message_edits"],
            "comments and mentions are left out",
        ),
        ("facebook", "pages_show_list", None, "was not allowed to tell us of the page"),
        (
            "instagram",
            "instagram_business_basic instagram_business_manage_comments",
            ["comments", "mentions"],
            "messages are left out",
        ),
        ("instagram", "instagram_business_basic", None, "was not allowed to tell us of the"),
    ],
)
def test_what_a_consent_left_out_does_not_keep_the_rest_from_being_told(
    name: str, scopes: str, kept: list[str] | None, sentence: str
) -> None:
    with connected(name, scopes=scopes) as told:
        with pytest.raises(Rejected, match=sentence):
            told.adapter.subscribe(HOOK)
        assert told.of == ([kept] if kept else [])


def test_a_page_on_linkedin_is_told_of_at_our_address_until_it_is_not_wanted_any_more() -> None:
    with connected("linkedin") as told:
        for _ in range(2):
            told.adapter.subscribe(HOOK)
        assert told.of == [[HOOK.address]]

        for _ in range(2):
            told.adapter.unsubscribe(HOOK)
        assert told.of == []


def test_of_a_member_linkedin_is_asked_nothing() -> None:
    with connected("linkedin", kind="member") as told:
        told.control.forget_requests()
        told.adapter.subscribe(HOOK)
        told.adapter.unsubscribe(HOOK)
        assert told.control.requests() == []


def test_x_is_asked_for_each_event_and_one_that_is_there_already_is_no_trouble() -> None:
    with connected("x") as told:
        for _ in range(2):
            told.adapter.subscribe(HOOK)
        posts = ["post.mention.create", "post.reply.create", "post.quote.create"]
        assert told.of == [[*posts, "dm.received"]]


def test_one_event_that_x_refuses_is_named_and_the_others_are_told() -> None:
    events = "post.mention.create post.unheard.of post.reply.create"
    with connected("x", events=events) as told:
        with pytest.raises(Rejected, match=r"post\.unheard\.of are left out"):
            told.adapter.subscribe(HOOK)
        assert told.of == [["post.mention.create", "post.reply.create"]]


@pytest.mark.parametrize(
    ("name", "setting"), [("x", "webhook_id"), ("linkedin", "developer_application")]
)
def test_what_a_deployment_must_set_first_is_named_and_nothing_is_asked(
    name: str, setting: str
) -> None:
    with connected(name, **{setting: ""}) as told:
        told.control.forget_requests()
        with pytest.raises(Rejected, match=setting):
            told.adapter.subscribe(HOOK)
        assert told.control.requests() == []


def test_whom_no_single_account_is_asked_for_is_not_asked() -> None:
    """Threads and TikTok tell an app of everybody who let it in."""
    telling = {name for name, each in PLATFORMS.items() if isinstance(each, Subscribes)}
    assert telling.isdisjoint({"mastodon", "bluesky", "youtube", "threads", "tiktok"})
