"""What YouTube takes, told before it is asked; and the requests that show a video and comment."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tellal.channels import Channel
from tellal.errors import OutcomeUnknown, Rejected, Unacceptable
from tellal.platforms.protocol import Guarantee, Published, Thread
from tellal.platforms.youtube import YouTube
from tellal.platforms.youtube.options import tags_length
from tellal.posts import AttachedMedia, Content, Part, Poll, Remote, ThreadPart, VideoFacts
from tests.platforms.sample import KEY, PICTURE, Media, Server
from tests.platforms.samples.youtube import CHANNEL_ID, OPTIONS, VIDEO_ID, YOUTUBE
from tests.videos import VIDEO

THUMBNAIL = PICTURE.model_copy(update={"media_id": "med_still"})


def content(
    options: Mapping[str, Any] = OPTIONS,
    *,
    media: tuple[AttachedMedia, ...] = (VIDEO,),
    **more: Any,
) -> Content:
    return Content(text="How we bake", media=media, options={"youtube": options}).model_copy(
        update=more
    )


def chosen(**options: Any) -> Content:
    return content({**OPTIONS, **options})


def film(*, seconds: float = 60, width: int = 1080, height: int = 1920) -> AttachedMedia:
    facts = VideoFacts(seconds=seconds, codec="AVC")
    return VIDEO.model_copy(update={"video": facts, "width": width, "height": height})


def server_says(**facts: Any) -> Channel:
    return YOUTUBE.channel.model_copy(update={"server": {**YOUTUBE.channel.server, **facts}})


def broken(given: Content, channel: Channel = YOUTUBE.channel) -> dict[str, str]:
    """The rules it breaks, by field; of several of one field, all."""
    try:
        YouTube.render(given, channel)
    except Unacceptable as refusal:
        told: dict[str, str] = {}
        for each in refusal.broken:
            told[each.field] = "; ".join(filter(None, (told.get(each.field), each.rule)))
        return told
    return {}


# ── counting ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("piece", "size"),
    [
        ("x", 1),
        ("é", 2),
        ("م", 2),
        ("ব", 3),
        ("👋🏽", 8),
        ("👨‍👩‍👧", 18),
        ("Ünï 👨‍👩‍👧 see https://ex.com #a", 46),
    ],
)
def test_a_description_is_counted_in_bytes_to_the_last(piece: str, size: int) -> None:
    assert YouTube.length(piece, YOUTUBE.channel) == size
    text = piece * (5000 // size)
    text += "." * (5000 - len(text.encode()))
    assert broken(content(text=text)) == {}
    assert broken(content(text=f"{text}.")) == {"text": "too long for YouTube: 5001 of 5000 bytes"}


@pytest.mark.parametrize("piece", ["x", "م", "👋"])
def test_a_title_is_counted_in_characters_to_the_last(piece: str) -> None:
    assert broken(chosen(title=piece * 100)) == {}
    rules = broken(chosen(title=piece * 101))
    assert rules == {"options.youtube.title": "too long for YouTube: 101 of 100 characters"}


@pytest.mark.parametrize(
    ("tags", "length"),
    [
        ((), 0),
        (("Foo-Baz",), 7),
        (("Foo Baz",), 9),
        (("Foo Baz", "Foo-Baz"), 17),
        (("ekmek", "خبز طازج", "パン"), 5 + 1 + 10 + 1 + 2),
    ],
)
def test_tags_are_counted_with_their_commas_and_quotation_marks(
    tags: tuple[str, ...], length: int
) -> None:
    assert tags_length(tags) == length


def test_tags_may_fill_their_limit_and_not_more() -> None:
    assert broken(chosen(tags=["x" * 249, "y" * 250])) == {}
    rules = broken(chosen(tags=["x" * 250, "y" * 250]))
    assert "501 of 500 characters" in rules["options.youtube.tags"]
    assert broken(chosen(tags=["x" * 246, f"y {'y' * 249}"])) == {}
    spaced = broken(chosen(tags=["x" * 246, f"y {'y' * 250}"]))
    assert "501 of 500 characters" in spaced["options.youtube.tags"]


# ── options ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "field", "rule"),
    [
        ({}, "title", "is required"),
        ({"title": " "}, "title", "no video without a title"),
        ({"title": "a < b"}, "title", "no < or >"),
        ({"title": "Bread", "tags": ["rye", ""]}, "tags", "one of them is empty"),
        ({"title": "Bread", "tags": ["rye, wheat"]}, "tags", "no comma, < or >"),
        ({"title": "Bread", "tags": ["<rye>"]}, "tags", "no comma, < or >"),
        ({"title": "Bread", "category_id": "cooking"}, "category_id", "is a number"),
        ({"title": "Bread", "visibility": "friends"}, "visibility", "'public', 'unlisted'"),
        ({"title": "Bread", "license": "mine"}, "license", "'youtube'"),
        ({"title": "Bread", "playlist": "x"}, "playlist", "not permitted"),
    ],
)
def test_an_option_that_youtube_would_refuse_is_named(
    options: dict[str, Any], field: str, rule: str
) -> None:
    assert rule in broken(content(options))[f"options.youtube.{field}"]


def test_options_texts_and_files_are_refused_together() -> None:
    given = Content(
        text="a < b" * 1001,
        media=(PICTURE,),
        thread=(ThreadPart(text="more"),),
        first_comment="x" * 10_001,
        poll=Poll(options=("a", "b"), minutes=5),
        options={"youtube": {"title": "x" * 101, "tags": [""]}},
    )
    rules = broken(given)
    assert set(rules) == {
        "options.youtube.title",
        "options.youtube.tags",
        "text",
        "media",
        "thread",
        "first_comment",
        "poll",
    }
    assert "5005 of 5000 bytes" in rules["text"]
    assert "no < or >" in rules["text"]


def test_whether_it_is_made_for_kids_is_said_by_the_author_or_by_the_channels_owner() -> None:
    unsaid = content({"title": "Bread"})
    assert "is required" in broken(unsaid)["options.youtube.made_for_kids"]
    for said in (True, False):
        assert broken(unsaid, server_says(made_for_kids=said)) == {}
        assert broken(content({"title": "Bread", "made_for_kids": said})) == {}


def test_what_the_channels_owner_said_is_left_to_youtube() -> None:
    (part,) = YouTube.render(content({"title": "Bread"}), server_says(made_for_kids=False))
    assert "selfDeclaredMadeForKids" not in shown(part)["status"]
    (part,) = YouTube.render(content(), YOUTUBE.channel)
    assert shown(part)["status"]["selfDeclaredMadeForKids"] is False


def test_nobody_comments_below_what_is_private_or_made_for_kids() -> None:
    below: dict[str, Any] = {"first_comment": "And yours?"}
    private = broken(content({**OPTIONS, "visibility": "private"}, **below))
    assert "private video" in private["first_comment"]
    kids = broken(content({**OPTIONS, "made_for_kids": True}, **below))
    assert "made for kids" in kids["first_comment"]
    by_owner = broken(content({"title": "Bread"}, **below), server_says(made_for_kids=True))
    assert "made for kids" in by_owner["first_comment"]
    unlisted = broken(content({**OPTIONS, "visibility": "unlisted"}, **below))
    assert unlisted == {}


# ── files ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("media", "field", "rule"),
    [
        ((), "media", "nothing without a video"),
        ((VIDEO, VIDEO), "media", "too many videos for YouTube: 2 of 1"),
        ((VIDEO, PICTURE), "media[1]", "as a thumbnail only"),
        ((VIDEO, PICTURE, PICTURE), "media", "too many images for YouTube: 2 of 1"),
        (
            (VIDEO.model_copy(update={"mime_type": "video/x-flv"}),),
            "media[0]",
            "video/x-flv is not what YouTube takes",
        ),
        (
            (VIDEO.model_copy(update={"size": 274_877_906_945}),),
            "media[0]",
            "274877906945 of 274877906944 bytes",
        ),
        ((film(seconds=43_201, width=1920, height=1080),), "media[0]", "0 to 43200"),
        (
            (VIDEO, PICTURE.model_copy(update={"mime_type": "image/gif"})),
            "media[1]",
            "image/gif is not what YouTube takes",
        ),
    ],
)
def test_files_that_youtube_would_not_show_are_named(
    media: tuple[AttachedMedia, ...], field: str, rule: str
) -> None:
    assert rule in broken(content(media=media))[field]


def test_the_thumbnail_is_an_attached_image() -> None:
    named = {**OPTIONS, "thumbnail": "med_still"}
    assert broken(content(named, media=(VIDEO, THUMBNAIL))) == {}
    assert broken(content(named, media=(THUMBNAIL, VIDEO))) == {}
    missing = broken(content(named))
    assert "no image that is attached" in missing["options.youtube.thumbnail"]
    of_film = broken(content({**OPTIONS, "thumbnail": VIDEO.media_id}))
    assert "no image that is attached" in of_film["options.youtube.thumbnail"]


@pytest.mark.parametrize(
    ("seconds", "width", "height", "rule"),
    [
        (180, 1080, 1920, ""),
        (180, 1080, 1080, ""),
        (180.5, 1080, 1920, "180.5 of 180 seconds"),
        (60, 1920, 1080, "too wide for a Short: 1920 × 1080"),
    ],
)
def test_a_short_is_short_and_upright_or_square(
    seconds: float, width: int, height: int, rule: str
) -> None:
    given = content(
        {**OPTIONS, "short": True}, media=(film(seconds=seconds, width=width, height=height),)
    )
    rules = broken(given)
    assert (rule in rules["media[0]"]) if rule else rules == {}


@pytest.mark.parametrize("told", ["eligible", "disallowed"])
def test_a_channel_that_is_not_verified_shows_a_quarter_of_an_hour(told: str) -> None:
    channel = server_says(long_uploads=told)
    assert YouTube.limits(channel).video_seconds == (0, 900)
    assert broken(content(media=(film(seconds=900),)), channel) == {}
    rules = broken(content(media=(film(seconds=901),)), channel)
    assert "youtube.com/verify" in rules["media[0]"]
    assert "901 seconds long: YouTube takes 0 to 900" in rules["media[0]"]


@pytest.mark.parametrize("told", ["allowed", "longUploadsUnspecified", ""])
def test_a_channel_of_which_nothing_is_known_is_trusted_with_long_videos(told: str) -> None:
    assert broken(content(media=(film(seconds=7200),)), server_says(long_uploads=told)) == {}


# ── what is sent ─────────────────────────────────────────────────────────────────────────────


def ready(part: Part) -> Part:
    return part.model_copy(update={"prepared": {"video_id": VIDEO_ID}})


def commit(part: Part, respond: Any, *, thread: Thread | None = None) -> Published:
    adapter = YOUTUBE.adapter(respond)
    published: Published = adapter.commit(
        ready(part), key=KEY, thread=thread or Thread(), media=Media()
    )
    return published


def shown(part: Part) -> Any:
    server = YOUTUBE.server()
    commit(part, server)
    return json.loads(server.requests[-1].content)


def test_a_part_carries_the_choices_it_needs_and_no_more() -> None:
    main, comment = YouTube.render(content(first_comment="And yours?"), YOUTUBE.channel)
    assert main.options["title"] == "Hello from Acme"
    assert main.options["category_id"] == "22"
    assert comment.options == {"visibility": "public"}
    assert json.loads(json.dumps(main.options)) == main.options
    assert YouTube.needs_preparing(main)
    assert not YouTube.needs_preparing(comment)


def test_what_is_promised_of_a_comment_depends_on_who_can_find_its_video() -> None:
    promises = {}
    for visibility in ("public", "unlisted"):
        given = content({**OPTIONS, "visibility": visibility}, first_comment="And yours?")
        main, comment = YouTube.render(given, YOUTUBE.channel)
        promise = YouTube.promise(comment, YOUTUBE.channel)
        assert promise in YouTube.facts.promises.values()
        assert YouTube.promise(main, YOUTUBE.channel).guarantee is Guarantee.IDEMPOTENT
        promises[visibility] = promise.guarantee
    assert promises == {"public": Guarantee.SEARCHABLE, "unlisted": Guarantee.BLIND}


def test_a_short_is_found_at_the_address_of_shorts() -> None:
    (short,) = YouTube.render(chosen(short=True), YOUTUBE.channel)
    (long,) = YouTube.render(content(), YOUTUBE.channel)
    urls = [commit(part, YOUTUBE.server()).remote.url for part in (short, long)]
    assert urls == [
        f"https://www.youtube.com/shorts/{VIDEO_ID}",
        f"https://www.youtube.com/watch?v={VIDEO_ID}",
    ]


def kept_private(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": VIDEO_ID, "status": {"privacyStatus": "private"}})


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_a_video_that_youtube_keeps_private_has_not_been_published(visibility: str) -> None:
    (part,) = YouTube.render(chosen(visibility=visibility), YOUTUBE.channel)
    with pytest.raises(Rejected, match="keeps it private"):
        commit(part, kept_private)


def test_a_private_video_is_committed_like_any_other() -> None:
    (part,) = YouTube.render(chosen(visibility="private"), YOUTUBE.channel)
    assert commit(part, kept_private).remote.id == VIDEO_ID


def test_a_video_that_was_deleted_before_its_second_is_no_mystery() -> None:
    (part,) = YouTube.render(content(), YOUTUBE.channel)
    gone = {"error": {"code": 404, "errors": [{"reason": "videoNotFound"}]}}
    with pytest.raises(Rejected, match="not on YouTube any more"):
        commit(part, lambda _: httpx.Response(404, json=gone))


def test_a_first_comment_stands_below_its_video() -> None:
    _, part = YouTube.render(content(first_comment="And yours?"), YOUTUBE.channel)
    server = YOUTUBE.server()
    made = commit(part, server, thread=Thread((Remote(id=VIDEO_ID),))).remote
    assert made == Remote(
        id="Ugx1",
        url=f"https://www.youtube.com/watch?v={VIDEO_ID}&lc=Ugx1",
        refs={"video_id": VIDEO_ID},
    )
    assert json.loads(server.requests[0].content)["snippet"]["channelId"] == CHANNEL_ID


def test_a_comment_whose_answer_was_lost_is_not_known_to_be_there() -> None:
    _, part = YouTube.render(content(first_comment="And yours?"), YOUTUBE.channel)
    with pytest.raises(OutcomeUnknown):
        commit(part, lambda _: httpx.Response(500), thread=Thread((Remote(id=VIDEO_ID),)))


# ── deleting and measuring ───────────────────────────────────────────────────────────────────


def test_a_video_and_a_comment_are_deleted_each_by_its_own_request() -> None:
    server = YOUTUBE.server()
    adapter = YOUTUBE.adapter(server)
    adapter.delete(Remote(id=VIDEO_ID))
    adapter.delete(Remote(id="Ugx1", refs={"video_id": VIDEO_ID}))
    asked = [(each.method, each.url.path, each.url.params["id"]) for each in server.requests]
    assert asked == [
        ("DELETE", "/youtube/v3/videos", VIDEO_ID),
        ("DELETE", "/youtube/v3/comments", "Ugx1"),
    ]


@pytest.mark.parametrize("reason", ["videoNotFound", "commentNotFound"])
def test_deleting_what_is_gone_succeeds(reason: str) -> None:
    gone = {"error": {"code": 404, "errors": [{"reason": reason}]}}
    YOUTUBE.adapter(lambda _: httpx.Response(404, json=gone)).delete(Remote(id="x"))


def test_numbers_that_are_hidden_or_missing_stay_missing() -> None:
    def told(statistics: Any) -> Server:
        return Server(
            {"/v3/channels": lambda _: {"items": [{"id": "c", "statistics": statistics}]}}
        )

    hidden = {"subscriberCount": "7", "hiddenSubscriberCount": True, "videoCount": "9"}
    assert YOUTUBE.adapter(told(hidden)).read_channel() == {"posts": 9}
    assert YOUTUBE.adapter(told({})).read_channel() == {}


def test_fifty_videos_are_measured_in_one_request() -> None:
    asked: list[int] = []

    def videos(request: httpx.Request) -> Any:
        ids = request.url.params["id"].split(",")
        asked.append(len(ids))
        counted = {"viewCount": "12345678901", "likeCount": "3"}
        return {"items": [{"id": each, "statistics": counted} for each in ids]}

    adapter = YOUTUBE.adapter(Server({"/v3/videos": videos}))
    read = adapter.read_posts([Remote(id=f"v{number}") for number in range(51)])
    assert asked == [50, 1]
    assert read["v50"] == {"views": 12_345_678_901, "likes": 3}
