"""What an author may write beside a text: polls, films, comments, and each platform's choices."""

from typing import Any

import pytest

from tellal import ids, wiring
from tellal.channels import Channel, Workspace
from tellal.media import MediaFile, MediaState
from tellal.posts import VideoFacts
from tests.conftest import TEN
from tests.integration.api_calls import Call

LATER = "2099-01-02T10:00:00.000Z"
POLL = {"options": ["Rye", "Wheat"], "minutes": 60}
CARD = {"link": "https://example.com/bread", "title": "Bread"}


@pytest.fixture
def both(mastodon_channel: Channel, bluesky_channel: Channel) -> dict[str, Any]:
    """A post for much later, on two channels."""
    channels = [mastodon_channel.channel_id, bluesky_channel.channel_id]
    return {"text": "Which?", "publish_at": LATER, "channel_ids": channels}


@pytest.fixture
def film(workspace: Workspace) -> MediaFile:
    """Four minutes, taken and probed."""
    return wiring.media().create(
        MediaFile(
            media_id=ids.new("med", now=TEN),
            workspace_id=workspace.workspace_id,
            filename="bread.mp4",
            mime_type="video/mp4",
            size=40_000_000,
            state=MediaState.READY,
            width=1080,
            height=1920,
            video=VideoFacts(seconds=240, frame_rate=30, codec="AVC"),
            alt_text="Steam over bread",
            created_at=TEN,
        )
    )


def shown(answer: Any, platform: str) -> list[Any]:
    """What a platform's delivery, or preview, says: all but what only comes true later."""
    told = answer["deliveries"] if "deliveries" in answer else answer["channels"]
    [parts] = [each["parts"] for each in told if each["platform"] == platform]
    names = ("kind", "text", "media", "poll", "options")
    return [{name: part[name] for name in names} for part in parts]


def test_what_is_chosen_is_kept_as_it_was_given_and_sent_with_the_defaults(
    call: Call, admin: str, both: Any
) -> None:
    options = {"mastodon": {"visibility": "unlisted"}, "bluesky": {"card": CARD}}
    made = call("POST", "/posts", key=admin, body={**both, "options": options})
    assert made.status == 201
    assert made.json["options"] == options
    assert shown(made.json, "mastodon")[0]["options"] == {
        "visibility": "unlisted",
        "sensitive": False,
        "spoiler_text": "",
    }
    assert shown(made.json, "bluesky")[0]["options"] == {
        "langs": [],
        "replies_from": ["everybody"],
        "card": {**CARD, "description": ""},
    }


def test_a_preview_shows_what_would_be_written(
    call: Call, admin: str, both: Any, bluesky_channel: Channel, film: MediaFile
) -> None:
    media = [{"media_id": film.media_id}]
    variant = {"text": "Look", "media": [], "options": {"bluesky": {"langs": ["tr"]}}}
    content = {
        **both,
        "media": media,
        "thread": [{"text": "And more"}],
        "options": {"mastodon": {"spoiler_text": "Bread"}},
        "variants": {bluesky_channel.channel_id: variant},
    }
    times = {"publish_at": content.pop("publish_at")}
    preview = call("POST", "/posts/preview", key=admin, body=content).json
    made = call("POST", "/posts", key=admin, body=content | times).json
    for platform in ("mastodon", "bluesky"):
        assert shown(preview, platform) == shown(made, platform)
    [film_shown] = shown(made, "mastodon")[0]["media"]
    assert film_shown["video"]["seconds"] == 240
    assert shown(made, "bluesky")[1]["options"]["langs"] == ["tr"]
    assert {each["next_step"] for each in made["deliveries"]} == {"prepare", "publish"}


def test_a_poll_is_for_the_channels_that_have_such(
    call: Call, admin: str, both: Any, bluesky_channel: Channel
) -> None:
    given = {**both, "poll": POLL}
    refused = call("POST", "/posts", key=admin, body=given)
    assert refused.broken == {"poll": "Acme: there are no polls on Bluesky"}

    without = {bluesky_channel.channel_id: {"no_poll": True}}
    made = call("POST", "/posts", key=admin, body={**given, "variants": without}).json
    assert shown(made, "mastodon")[0]["poll"]["options"] == ["Rye", "Wheat"]
    assert shown(made, "bluesky")[0]["poll"] is None


def test_a_poll_of_a_variants_own_is_told_where_it_stands(
    call: Call, admin: str, both: Any, mastodon_channel: Channel
) -> None:
    channel = mastodon_channel.channel_id
    own = {"options": ["a" * 51, "b", "b"], "minutes": 1}
    given = {**both, "channel_ids": [channel], "variants": {channel: {"poll": own}}}
    broken = call("POST", "/posts", key=admin, body=given).broken
    at = f"variants.{channel}.poll"
    assert set(broken) == {f"{at}.options", f"{at}.options[0]", f"{at}.minutes"}


def test_a_poll_of_the_posts_own_is_told_by_its_answer(
    call: Call, admin: str, both: Any, mastodon_channel: Channel
) -> None:
    given = {**both, "channel_ids": [mastodon_channel.channel_id]}
    given["poll"] = {"options": ["a" * 51, "b"], "minutes": 60}
    assert set(call("POST", "/posts", key=admin, body=given).broken) == {"poll.options[0]"}


def test_a_first_comment_is_refused_where_it_is_written(
    call: Call, admin: str, both: Any, bluesky_channel: Channel
) -> None:
    given = {**both, "first_comment": "Below"}
    broken = call("POST", "/posts", key=admin, body=given).broken
    assert set(broken) == {"first_comment"}
    assert "write a thread" in broken["first_comment"]

    channel = bluesky_channel.channel_id
    own = {**both, "variants": {channel: {"first_comment": "Below"}}}
    broken = call("POST", "/posts", key=admin, body=own).broken
    assert set(broken) == {f"variants.{channel}.first_comment"}


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mastodon": {"visibility": "direct"}}, "options.mastodon.visibility"),
        ({"mastodon": {"language": "English"}}, "options.mastodon.language"),
        ({"mastodon": {"colour": "red"}}, "options.mastodon.colour"),
        ({"mastodon": {"spoiler_text": "a\x00b"}}, "options.mastodon.spoiler_text"),
        ({"bluesky": {"langs": ["tr", "T"]}}, "options.bluesky.langs[1]"),
        ({"bluesky": {"card": {"link": "https://ex.com"}}}, "options.bluesky.card.title"),
        ({"bluesky": {"card": CARD | {"title": "\x1b"}}}, "options.bluesky.card.title"),
        ({"bluesky": {"replies_from": ["nobody", "followed"]}}, "options.bluesky.replies_from"),
        ({"friendster": {}}, "options.friendster"),
    ],
)
def test_a_choice_that_there_is_not_is_told_by_its_path(
    call: Call,
    admin: str,
    both: Any,
    mastodon_channel: Channel,
    options: Any,
    field: str,
) -> None:
    assert set(call("POST", "/posts", key=admin, body={**both, "options": options}).broken) == {
        field
    }
    channel = mastodon_channel.channel_id
    varied = {**both, "variants": {channel: {"options": options}}}
    assert set(call("POST", "/posts", key=admin, body=varied).broken) == {
        f"variants.{channel}.{field}"
    }
    preview = {name: both[name] for name in ("text", "channel_ids")}
    body = {**preview, "options": options}
    assert set(call("POST", "/posts/preview", key=admin, body=body).broken) == {field}


def test_a_rule_that_follows_from_a_choice_is_told_where_the_text_stands(
    call: Call, admin: str, both: Any, mastodon_channel: Channel
) -> None:
    channel = mastodon_channel.channel_id
    warned = {"mastodon": {"spoiler_text": "w" * 10}}
    given = {**both, "channel_ids": [channel], "text": "x" * 491, "options": warned}
    assert "with its warning" in call("POST", "/posts", key=admin, body=given).broken["text"]
    own = {channel: {"text": "x" * 491}}
    broken = call("POST", "/posts", key=admin, body={**given, "text": "a", "variants": own}).broken
    assert set(broken) == {f"variants.{channel}.text"}


def test_a_film_that_one_channel_takes_is_refused_for_the_other(
    call: Call, admin: str, both: Any, bluesky_channel: Channel, film: MediaFile
) -> None:
    media = [{"media_id": film.media_id}]
    broken = call("POST", "/posts", key=admin, body={**both, "media": media}).broken
    assert broken == {"media[0]": "Acme: 240 seconds long: Bluesky takes 0 to 180"}

    channel = bluesky_channel.channel_id
    own = {**both, "variants": {channel: {"media": media}}}
    assert set(call("POST", "/posts", key=admin, body=own).broken) == {
        f"variants.{channel}.media[0]"
    }


def test_an_edit_changes_what_was_chosen_and_takes_a_poll_away(
    call: Call, admin: str, both: Any, mastodon_channel: Channel
) -> None:
    given = {**both, "channel_ids": [mastodon_channel.channel_id], "poll": POLL}
    given["options"] = {"mastodon": {"visibility": "private", "language": "tr"}}
    made = call("POST", "/posts", key=admin, body=given).json
    path = f"/posts/{made['post_id']}"

    edited = call("PATCH", path, key=admin, body={"text": "Rye or wheat?"}).json
    assert edited["options"] == given["options"]
    assert shown(edited, "mastodon")[0]["poll"]["options"] == POLL["options"]

    options = {"mastodon": {"visibility": "unlisted"}}
    change = {"no_poll": True, "options": options}
    edited = call("PATCH", path, key=admin, body=change).json
    assert (edited["poll"], edited["options"]) == (None, options)
    [part] = shown(edited, "mastodon")
    assert (part["poll"], part["text"]) == (None, "Rye or wheat?")
    assert part["options"]["visibility"] == "unlisted"
    assert "language" not in part["options"]

    wrong = {"options": {"mastodon": {"visibility": "friends"}}}
    refused = call("PATCH", path, key=admin, body=wrong)
    assert set(refused.broken) == {"options.mastodon.visibility"}
    assert call("GET", path, key=admin).json == edited


def test_a_draft_keeps_what_was_chosen_until_it_is_scheduled(
    call: Call, admin: str, both: Any
) -> None:
    given = {name: both[name] for name in ("text", "channel_ids")}
    given["options"] = {"bluesky": {"replies_from": ["followers", "followers"]}}
    draft = call("POST", "/posts", key=admin, body={**given, "draft": True}).json
    time = {"publish_at": LATER}
    made = call("POST", f"/posts/{draft['post_id']}/schedule", key=admin, body=time).json
    assert shown(made, "bluesky")[0]["options"]["replies_from"] == ["followers"]
    steps = {each["platform"]: each["next_step"] for each in made["deliveries"]}
    assert steps == {"mastodon": "publish", "bluesky": "prepare"}
