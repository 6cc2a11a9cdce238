"""What the Graph shows: an object's fields as they are asked for, and lists page by page."""

import re
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from starlette.requests import Request

from local.sandboxes import asking
from local.sandboxes.facebook.refusals import invalid
from local.sandboxes.facebook.state import Film, Letter, Page, Photo, Post, State

UNSEEN = re.compile("[\u200b\u200e\u200f\ufeff]")


def spell(moment: datetime) -> str:
    """2026-01-05T14:00:00+0000: whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def shown(whole: dict[str, Any], request: Request) -> dict[str, Any]:
    return shown_of(whole, request.query_params.get("fields", ""))


def shown_of(whole: dict[str, Any], fields: str) -> dict[str, Any]:
    """The fields that were asked for, and always the id; one that there is not is refused."""
    for each in asking.wanted(fields):
        if each.name not in whole:
            raise invalid(f"Tried accessing nonexisting field ({each.name})")
    if fields:
        return asking.told(whole, fields)
    return {name: each for name, each in whole.items() if each is not None and not callable(each)}


def paged[T](items: Sequence[T], request: Request) -> tuple[Sequence[T], dict[str, Any]]:
    query = request.query_params
    return asking.page(items, query.get("limit"), query.get("after"))


def page_view(page: Page, url: str) -> dict[str, Any]:
    return {
        "id": page.id,
        "name": page.name,
        "link": f"{url}/{page.id}",
        "username": None,  # not every page has one
        "tasks": None,
        "access_token": None,
    }


def permalink(post: Post) -> str:
    return f"/{post.page_id}/posts/{post.id.rpartition('_')[2]}"


def post_view(post: Post, url: str) -> dict[str, Any]:
    return {
        "id": post.id,
        "message": message(post.text) or None,
        "created_time": spell(post.created_at),
        "permalink_url": f"{url}{permalink(post)}",
        "from": {"id": post.page_id, "name": post.author},
        "attachments": _attachments(post),
    }


def message(text: str) -> str:
    """As Facebook shows it: trimmed, without what nobody sees, and with few empty lines."""
    plain = UNSEEN.sub("", text.replace("\r\n", "\n"))
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+", " ", plain)).strip()


def html(post: Post) -> str:
    lines = escape(message(post.text)).replace("\n", "<br>")
    link = f'<p><a href="{escape(post.link)}">{escape(post.link)}</a></p>' if post.link else ""
    return f"<p>{lines}</p>{link}"


def film_view(film: Film, state: State) -> dict[str, Any]:
    post = state.posts.get(film.post_id or "")
    return {
        "id": film.id,
        "status": _status(film),
        "published": post is not None,
        "post_id": post.id.rpartition("_")[2] if post else None,
        "permalink_url": permalink(post) if post else None,  # the path alone
        "title": film.title or None,
        "description": film.text or None,
    }


def media_views(post: Post, state: State, url: str) -> list[dict[str, str]]:
    photos: list[Photo] = [state.photos[each] for each in post.photo_ids]
    views = [
        {"url": f"{url}/media/{each.id}", "alt": each.alt, "type": each.mime_type}
        for each in photos
    ]
    if post.film_id:
        views.append({"url": f"{url}/media/{post.film_id}", "alt": "", "type": "video/mp4"})
    return views


def comment_view(comment: Post, state: State, url: str, *, own_page: str) -> dict[str, Any]:
    named = comment.author_id == own_page or state.settings.tells_people
    above = state.posts[comment.in_reply_to or ""]
    return {
        "id": comment.id,
        "message": message(comment.text) or None,
        "created_time": spell(comment.created_at),
        "permalink_url": f"{url}{permalink(comment)}",
        "from": {"id": comment.author_id, "name": comment.author} if named else None,
        "parent": {"id": above.id} if above.in_reply_to else None,
        "attachment": None,
    }


def mention_view(post: Post, state: State, url: str) -> dict[str, Any]:
    named = state.settings.tells_people
    return {
        "id": post.id,
        "message": message(post.text) or None,
        "created_time": spell(post.created_at),
        "permalink_url": f"{url}{permalink(post)}",
        "from": {"id": post.author_id, "name": post.author} if named else None,
    }


def letter_view(letter: Letter, page: Page) -> dict[str, Any]:
    person = {"id": letter.person_id, "name": letter.name}
    return {
        "id": letter.id,
        "message": letter.text,
        "created_time": spell(letter.created_at),
        "from": {"id": page.id, "name": page.name} if letter.by_page else person,
        "attachments": None,
    }


def _attachments(post: Post) -> dict[str, Any] | None:
    photos = [{"media_type": "photo", "type": "photo"} for _ in post.photo_ids]
    if post.film_id:
        return {"data": [{"media_type": "video", "type": "video_inline"}]}
    if len(photos) > 1:
        album = {"media_type": "album", "type": "album"}
        return {"data": [{**album, "subattachments": {"data": photos}}]}
    if photos:
        return {"data": photos}
    return {"data": [{"media_type": "link", "type": "share"}]} if post.link else None


def _status(film: Film) -> dict[str, Any]:
    sent = "in_progress" if film.data else "not_started"
    uploading = {
        "status": "complete" if film.is_whole else sent,
        "bytes_transfered": len(film.data),
    }
    finished = film.received_at is not None
    worked = "complete" if film.post_id else ("in_progress" if finished else "not_started")
    processing: dict[str, Any] = {"status": "error" if film.failed else worked}
    if film.failed:
        processing["errors"] = [{"code": 1363024, "message": "This format is not supported"}]
    publishing: dict[str, Any] = {"status": "complete" if film.post_id else "not_started"}
    if finished:
        publishing["publish_status"] = "published"
    overall = "processing" if finished else ("upload_complete" if film.is_whole else "uploading")
    if film.failed:
        overall = "error"
    return {
        "video_status": "ready" if film.post_id else overall,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }
