"""Posts and the comments below them: what is taken, what is refused, what is given back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from local.sandboxes.linkedin import assets, little
from local.sandboxes.linkedin.refusals import invalid, missing, not_found, refusal
from local.sandboxes.linkedin.state import Account, Comment, Post, State, milliseconds

VISIBILITIES = frozenset({"PUBLIC", "CONNECTIONS", "LOGGED_IN"})
DURATIONS = frozenset({"ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS"})
NEEDED = ("author", "commentary", "visibility", "distribution", "lifecycleState")


@dataclass(frozen=True)
class Arrival:
    received_at: datetime
    now: datetime


def make_post(state: State, author: Account, body: Any, arrival: Arrival) -> Post:
    for field in NEEDED:
        if field not in body:
            raise missing(field)
    if body["lifecycleState"] != "PUBLISHED":
        raise invalid("lifecycleState", "only PUBLISHED is accepted here")
    if body["distribution"].get("feedDistribution") not in {"MAIN_FEED", "NONE"}:
        raise missing("distribution/feedDistribution")
    visibility = body["visibility"]
    if visibility not in VISIBILITIES or (visibility == "CONNECTIONS" and author.is_page):
        raise invalid("visibility", f"{visibility} is not allowed for {author.urn}")
    read = little.read(body["commentary"])
    if len(read.text.encode("utf-16-le")) // 2 > state.settings.longest_text:
        raise refusal(400, "FIELD_LENGTH_TOO_LONG", "ERROR :: /commentary :: is too long")
    content = body.get("content") or {}
    _check_content(state, author, content)
    _refuse_copy(state, author, read.commentary, content, arrival.now)
    kind = "ugcPost" if "urn:li:video" in str(content) else "share"
    post = Post(
        urn=f"urn:li:{kind}:{state.next_id(arrival.now)}",
        author=author.urn,
        commentary=read.commentary,
        text=read.text,
        visibility=visibility,
        content=content,
        no_reshares=bool(body.get("isReshareDisabledByAuthor")),
        created_at=arrival.now,
        modified_at=arrival.now,
        received_at=arrival.received_at,
    )
    state.posts[post.urn] = post
    return post


def find_post(state: State, urn: str) -> Post:
    post = state.posts.get(urn)
    if post is None or post.deleted:
        raise not_found(urn)
    return post


def given_back(post: Post) -> dict[str, Any]:
    told = {
        "id": post.urn,
        "author": post.author,
        "commentary": little.shortened(post.commentary),
        "visibility": post.visibility,
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": post.no_reshares,
        "createdAt": milliseconds(post.created_at),
        "publishedAt": milliseconds(post.created_at),
        "lastModifiedAt": milliseconds(post.modified_at),
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
    }
    return {**told, "content": post.content} if post.content else told


def make_comment(
    state: State, actor: Account, post: Post, body: Any, arrival: Arrival, *, above: str = ""
) -> Comment:
    """Plain text: what looks like little text is shown as it was written."""
    text = (body.get("message") or {}).get("text", "")
    if not text.strip():
        raise missing("message/text")
    if body.get("object") != post.urn:
        raise invalid("object", f"{body.get('object')} is not what stands in the address")
    if len(text.encode("utf-16-le")) // 2 > state.settings.longest_comment:
        raise refusal(400, "FIELD_LENGTH_TOO_LONG", "ERROR :: /message/text :: is too long")
    comment = Comment(
        id=state.next_id(arrival.now),
        post=post.urn,
        actor=actor.urn,
        text=text,
        above=above,
        created_at=arrival.now,
        received_at=arrival.received_at,
    )
    state.comments[comment.urn] = comment
    return comment


def comment_given_back(comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.id,
        "commentUrn": comment.urn,
        "actor": comment.actor,
        "object": comment.post,
        "message": {"text": comment.text, "attributes": []},
        "created": {"actor": comment.actor, "time": milliseconds(comment.created_at)},
    }


def _refuse_copy(
    state: State, author: Account, commentary: str, content: Any, now: datetime
) -> None:
    since = now - timedelta(seconds=state.settings.duplicate_seconds)
    for post in state.posts.values():
        is_same = (post.commentary, post.content) == (commentary, content)
        if is_same and post.author == author.urn and post.created_at > since and not post.deleted:
            raise refusal(
                422, "DUPLICATE_POST", f"Content is a duplicate of {post.urn}", number=100
            )


def _check_content(state: State, author: Account, content: dict[str, Any]) -> None:
    if len(content) > 1:
        raise invalid("content", f"is one of its kinds, not {', '.join(content)}")
    for kind, shown in content.items():
        check = CHECKS.get(kind)
        if check is None or not isinstance(shown, dict):
            raise invalid("content", f"{kind} is not known")
        check(state, author, shown)


def _check_media(state: State, author: Account, media: dict[str, Any]) -> None:
    kinds = {"image", "video", "document"}
    asset = assets.usable(state, media.get("id"), owner=author.urn, kinds=kinds)
    if asset.kind == "document" and not media.get("title"):
        raise missing("content/media/title")


def _check_images(state: State, author: Account, shown: dict[str, Any]) -> None:
    images = shown.get("images", [])
    if not 2 <= len(images) <= state.settings.most_images:
        raise invalid("content/multiImage/images", f"{len(images)} images")
    for image in images:
        assets.usable(state, image.get("id"), owner=author.urn, kinds={"image"})


def _check_article(state: State, author: Account, article: dict[str, Any]) -> None:
    if not str(article.get("source", "")).startswith("http") or not article.get("title"):
        raise missing("content/article/source and title")
    if "thumbnail" in article:
        assets.usable(state, article["thumbnail"], owner=author.urn, kinds={"image"})


def _check_poll(_state: State, _author: Account, poll: dict[str, Any]) -> None:
    question, options = poll.get("question", ""), poll.get("options", [])
    if not question or len(question) > 140:
        raise invalid("content/poll/question", "has 1 to 140 characters")
    if not 2 <= len(options) <= 4 or any(not 0 < len(each["text"]) <= 30 for each in options):
        raise invalid("content/poll/options", "are 2 to 4, of 1 to 30 characters")
    if (poll.get("settings") or {}).get("duration") not in DURATIONS:
        raise invalid("content/poll/settings/duration", "is not known")


CHECKS = {
    "media": _check_media,
    "multiImage": _check_images,
    "article": _check_article,
    "poll": _check_poll,
}


def notification_of(comment: Comment) -> dict[str, Any]:
    """What LinkedIn tells the page of it, by webhook or when it is asked."""
    return {
        "notificationId": int(comment.id),
        "action": "COMMENT",
        "sourcePost": comment.post,
        "generatedActivity": comment.urn,
        "decoratedGeneratedActivity": {"comment": {"owner": comment.actor, "text": comment.text}},
        "lastModifiedAt": milliseconds(comment.created_at),
    }
