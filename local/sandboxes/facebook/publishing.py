"""What a page shows: posts, films, stories and comments, each made public by one request."""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from local.sandboxes.answers import Refusal
from local.sandboxes.facebook import uploads
from local.sandboxes.facebook.callers import Call
from local.sandboxes.facebook.refusals import graph_error, invalid, not_there
from local.sandboxes.facebook.state import Film, Page, Post, State
from local.sandboxes.facebook.views import message
from local.sandboxes.fields import Fields

DAY = timedelta(days=1)


def publish_post(call: Call, page: Page, fields: Fields) -> Post:
    state, text, link = call.state, fields.text("message"), fields.text("link")
    photo_ids = _attached(fields)
    if not (text.strip() or link or photo_ids):
        raise invalid("Missing message or attachment")
    _check_words(state, page, text, link)
    for photo_id in photo_ids:
        _check_photo(state, page, photo_id)
    made = _post(call, page, text=text, link=link, photo_ids=photo_ids)
    _show(state, made)
    return made


def publish_photo_story(call: Call, page: Page, fields: Fields) -> Post:
    photo_id = fields.text("photo_id")
    if not photo_id:
        raise invalid("The parameter photo_id is required")
    _check_photo(call.state, page, photo_id)
    made = _post(call, page, text="", photo_ids=[photo_id], is_story=True)
    _show(call.state, made)
    return made


def publish_comment(call: Call, post: Post, fields: Fields) -> Post:
    text = fields.text("message")
    if not text.strip():
        raise invalid("Comment message cannot be empty", subcode=1705, status=400)
    page = call.state.pages[call.token.page_id or ""]
    return comment(
        call.state,
        post,
        text,
        author=(page.id, page.name),
        now=call.now,
        received_at=call.received_at,
    )


def comment(
    state: State,
    post: Post,
    text: str,
    *,
    author: tuple[str, str],
    now: datetime,
    received_at: datetime,
) -> Post:
    """`author` is an id and a name."""
    if post.is_story:
        raise invalid("Unsupported post request")
    made = Post(
        id=f"{state.root_of(post).id.rpartition('_')[2]}_{state.new_id(now)}",
        page_id=post.page_id,
        author_id=author[0],
        author=author[1],
        text=text,
        in_reply_to=post.id,
        created_at=now,
        received_at=received_at,
    )
    state.posts[made.id] = made
    return made


def finish(call: Call, film: Film, fields: Fields) -> Film:
    """The request that publishes a film; Facebook works on it first."""
    state = call.state
    uploads.check_whole(film)
    if film.received_at is not None:
        raise invalid("This video was published already")
    if film.kind != "video" and fields.text("video_state") != "PUBLISHED":
        raise Refusal(501, {"error": "drafts and scheduled films are not spoken here"})
    if film.kind == "video" and fields.text("published", "true") != "true":
        raise Refusal(501, {"error": "unpublished films are not spoken here"})
    if film.kind == "reel" and len(reels_since(state, film.page_id, call.now - DAY)) >= (
        state.settings.reels_a_day
    ):
        raise graph_error(613, "(#613) Calls to this api have exceeded the rate limit.")
    finished = film.model_copy(
        update={
            "text": "" if film.kind == "story" else fields.text("description"),
            "title": fields.text("title"),
            "received_at": call.received_at,
            "polls_left": state.settings.video_polls,
        }
    )
    state.films[film.id] = finished
    return finished


def work_on(state: State, film: Film, *, now: datetime) -> Film:
    """Each time somebody asks how far it is, it is further."""
    if film.received_at is None or film.post_id or film.failed:
        return film
    if film.polls_left:
        changed = film.model_copy(update={"polls_left": film.polls_left - 1})
    elif state.settings.video_fails:
        changed = film.model_copy(update={"failed": True})
    else:
        changed = film.model_copy(update={"post_id": _show_film(state, film, now)})
    state.films[film.id] = changed
    return changed


def reels_since(state: State, page_id: str, since: datetime) -> list[Film]:
    return [
        film
        for film in state.films.values()
        if film.page_id == page_id
        and film.kind == "reel"
        and film.received_at is not None
        and film.received_at >= since
    ]


def delete(call: Call, some_id: str) -> None:
    state = call.state
    film = state.films.get(some_id)
    post = state.find_post(film.post_id or "" if film else some_id)
    if post is None or post.page_id != call.token.page_id:
        raise not_there(some_id)
    state.posts[post.id] = post.model_copy(update={"deleted": True})


def _attached(fields: Fields) -> list[str]:
    """A list as JSON's own, or spelled in a form."""
    given: Any = fields.values.get("attached_media") or []
    try:
        listed = json.loads(given) if isinstance(given, str) else given
        return [str(each["media_fbid"]) for each in listed]
    except (ValueError, TypeError, KeyError):
        raise invalid("param attached_media must be an array of media_fbid") from None


def _check_words(state: State, page: Page, text: str, link: str) -> None:
    if len(text) > state.settings.text_length:
        raise invalid("The post is too long", says="Your post is too long.")
    if link and not (urlsplit(link).scheme in ("http", "https") and urlsplit(link).hostname):
        raise invalid("link URL is not properly formatted", subcode=2061006)
    before = state.posts_of(page.id)[-1:]
    if state.settings.refuses_copies and text and before and message(before[0].text) == text:
        raise graph_error(506, "Duplicate status message", subcode=1455006)


def _check_photo(state: State, page: Page, photo_id: str) -> None:
    photo = state.photos.get(photo_id)
    if photo is None or photo.page_id != page.id:
        raise not_there(photo_id)
    if photo.post_id:
        raise graph_error(1, "Photos were already posted", subcode=1366051)


def _post(call: Call, page: Page, *, text: str, **facts: Any) -> Post:
    return Post(
        id=f"{page.id}_{call.state.new_id(call.now)}",
        page_id=page.id,
        author_id=page.id,
        author=page.name,
        text=text,
        created_at=call.now,
        received_at=call.received_at,
        **facts,
    )


def _show(state: State, post: Post) -> None:
    state.posts[post.id] = post
    for each in post.photo_ids:
        state.photos[each] = state.photos[each].model_copy(update={"post_id": post.id})


def _show_film(state: State, film: Film, now: datetime) -> str:
    assert film.received_at is not None
    post = Post(
        id=f"{film.page_id}_{state.new_id(now)}",
        page_id=film.page_id,
        author_id=film.page_id,
        author=state.pages[film.page_id].name,
        text=film.text,
        film_id=film.id,
        is_story=film.kind == "story",
        created_at=now,
        received_at=film.received_at,
    )
    _show(state, post)
    return post.id
