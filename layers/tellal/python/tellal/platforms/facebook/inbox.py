"""Asking a page for its newest comments, mentions and messages, as its webhooks would tell them.
https://developers.facebook.com/docs/graph-api/reference/page-post/comments

Comments are read below the newest posts, and below all that are younger than the last reading;
of those below older ones only the webhook tells.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from pydantic import Field

from tellal.conversations import Heard, MessageKind
from tellal.platforms import graph_conversations
from tellal.platforms.facebook.line import PageLine, in_path
from tellal.platforms.facebook.outcome import address
from tellal.platforms.facebook.webhooks import known_or_alone, parent
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_inbox import Listed, Paging, Place, Read, read_on
from tellal.platforms.graph_messages import Person
from tellal.platforms.graph_webhooks import Model

POSTS = 25  # of a page; the recent ones, whose comments are read each time
COMMENTS = 50
COMMENT = "id,message,from,created_time,permalink_url,parent{id},attachment"
TAGGED = "id,message,from,created_time,permalink_url"


class Image(Model):
    src: str | None = None


class AttachedFile(Model):
    image: Image | None = None


class Attachment(Model):
    media: AttachedFile | None = None


class Above(Model):
    id: str


class Comment(Model):
    id: str
    message: str = ""
    created_time: datetime
    permalink_url: str | None = None
    person: Person | None = Field(default=None, validation_alias="from")
    parent: Above | None = None
    attachment: Attachment | None = None


class Comments(Model):
    data: tuple[Comment, ...] = ()
    paging: Paging | None = None


class Post(Model):
    id: str
    message: str = ""
    created_time: datetime
    permalink_url: str | None = None
    person: Person | None = Field(default=None, validation_alias="from")
    comments: Comments = Comments()


class Posts(Model):
    data: tuple[Post, ...] = ()
    paging: Paging | None = None


def lists(page: PageLine) -> Mapping[str, Read]:
    line = page.reading
    return {
        "comments": partial(_comments, page=page, line=line),
        "messages": partial(
            graph_conversations.read,
            line=line,
            platform="messenger",
            account=page.page,
            handle="",
        ),
        "mentions": partial(_mentions, page=page, line=line),
    }


def _comments(place: Place, back_to: datetime, *, page: PageLine, line: GraphLine) -> Listed:
    after = {"after": place.after} if place.after else {}
    since = str(max(0, int(back_to.timestamp())))
    if place.of:
        newest = {"filter": "stream", "order": "reverse_chronological", "since": since}
        asked = {"fields": COMMENT, "limit": str(COMMENTS), **newest, **after}
        below = line("GET", f"{in_path(place.of)}/comments", params=asked).read(Comments)
        return Listed(_heard_below(place.of, below, page), _behind(place.of, below, back_to))
    nested = f"comments.filter(stream).order(reverse_chronological).since({since})"
    fields = f"id,created_time,{nested}.limit({COMMENTS}){{{COMMENT}}}"
    asked = {"fields": fields, "limit": str(POSTS), **after}
    posts = line("GET", f"{page.path}/published_posts", params=asked).read(Posts)
    times = [each.created_time for each in posts.data]
    further = [place for post in posts.data for place in _behind(post.id, post.comments, back_to)]
    further += read_on("", posts.paging, times, asked=POSTS, back_to=back_to)
    return Listed(
        tuple(each for post in posts.data for each in _heard_below(post.id, post.comments, page)),
        tuple(further),
    )


def _behind(post: str, below: Comments, back_to: datetime) -> tuple[Place, ...]:
    times = [each.created_time for each in below.data]
    return read_on(post, below.paging, times, asked=COMMENTS, back_to=back_to)


def _heard_below(post: str, below: Comments, page: PageLine) -> tuple[Heard, ...]:
    return tuple(
        _comment(each, post, page)
        for each in below.data
        if each.person is None or each.person.id != page.page
    )


def _comment(comment: Comment, post: str, page: PageLine) -> Heard:
    above = parent(comment.parent.id, post) if comment.parent else None
    media = comment.attachment.media if comment.attachment else None
    image = media.image if media else None
    return Heard(
        channel_remote_id=page.page,
        remote_id=comment.id,
        kind=MessageKind.REPLY if above else MessageKind.COMMENT,
        author=known_or_alone(comment.person, comment.id),
        text=comment.message,
        sent_at=comment.created_time,
        url=address(comment.permalink_url, page.calls),
        thread=post,
        post_remote_id=post,
        parent_remote_id=above,
        refs={"parent_id": above} if above else {},
        media_urls=(image.src,) if image and image.src else (),
    )


def _mentions(place: Place, back_to: datetime, *, page: PageLine, line: GraphLine) -> Listed:
    after = {"after": place.after} if place.after else {}
    asked = {"fields": TAGGED, "limit": str(POSTS), **after}
    posts = line("GET", f"{page.path}/tagged", params=asked).read(Posts)
    times = [each.created_time for each in posts.data]
    return Listed(
        tuple(_mention(each, page) for each in posts.data if not _is_ours(each, page)),
        read_on("", posts.paging, times, asked=POSTS, back_to=back_to),
    )


def _is_ours(post: Post, page: PageLine) -> bool:
    return post.person is not None and post.person.id == page.page


def _mention(post: Post, page: PageLine) -> Heard:
    return Heard(
        channel_remote_id=page.page,
        remote_id=post.id,
        kind=MessageKind.MENTION,
        author=known_or_alone(post.person, post.id),
        text=post.message,
        sent_at=post.created_time,
        url=address(post.permalink_url, page.calls),
        thread=post.id,
    )
