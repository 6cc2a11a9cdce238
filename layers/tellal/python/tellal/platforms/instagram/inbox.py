"""Asking an account for its newest comments and messages, as its webhooks would tell them.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-media/comments

Comments are read below the newest posts, the newest first, each with the answers below it. Of an
answer to an older comment only the webhook tells, and of mentions the webhook alone.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from pydantic import Field

from tellal.channels import Channel
from tellal.conversations import Heard, MessageKind
from tellal.platforms import graph_conversations
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_inbox import Listed, Paging, Place, Read, read_on
from tellal.platforms.graph_messages import Person
from tellal.platforms.graph_webhooks import Model
from tellal.platforms.instagram.webhooks import known_or_alone

POSTS = 25  # of a page; the recent ones, whose comments are read each time
COMMENTS = 50  # that Instagram tells of at once
ANSWERS = 50
COMMENT = "id,text,timestamp,username,from,parent_id"
WITH_ANSWERS = f"{COMMENT},replies.limit({ANSWERS}){{{COMMENT}}}"


class Comment(Model):
    id: str
    text: str = ""
    timestamp: datetime
    username: str = ""
    person: Person | None = Field(default=None, validation_alias="from")
    parent_id: str | None = None
    replies: "Comments | None" = None


class Comments(Model):
    data: tuple[Comment, ...] = ()
    paging: Paging | None = None


class Post(Model):
    id: str
    timestamp: datetime
    permalink: str | None = None
    comments: Comments = Field(default_factory=Comments)


class Posts(Model):
    data: tuple[Post, ...] = ()
    paging: Paging | None = None


def lists(channel: Channel, line: GraphLine) -> Mapping[str, Read]:
    return {
        "comments": partial(_comments, channel=channel, line=line),
        "messages": partial(
            graph_conversations.read,
            line=line,
            platform="instagram",
            account=channel.remote_id,
            handle=channel.handle,
        ),
    }


def _comments(place: Place, back_to: datetime, *, channel: Channel, line: GraphLine) -> Listed:
    after = {"after": place.after} if place.after else {}
    if place.of:
        asked = {"fields": WITH_ANSWERS, "limit": str(COMMENTS), **after}
        below = line("GET", f"{place.of}/comments", params=asked).read(Comments)
        return Listed(
            tuple(_heard_below(place.of, below, channel)), _behind(place.of, below, back_to)
        )
    fields = f"id,timestamp,permalink,comments.limit({COMMENTS}){{{WITH_ANSWERS}}}"
    asked = {"fields": fields, "limit": str(POSTS), **after}
    posts = line("GET", f"{channel.remote_id}/media", params=asked).read(Posts)
    times = [each.timestamp for each in posts.data]
    further = [place for post in posts.data for place in _behind(post.id, post.comments, back_to)]
    further += read_on("", posts.paging, times, asked=POSTS, back_to=back_to)
    heard = (
        each
        for post in posts.data
        for each in _heard_below(post.id, post.comments, channel, url=post.permalink)
    )
    return Listed(tuple(heard), tuple(further))


def _behind(post: str, below: Comments, back_to: datetime) -> tuple[Place, ...]:
    times = [each.timestamp for each in below.data]
    return read_on(post, below.paging, times, asked=COMMENTS, back_to=back_to)


def _heard_below(
    post: str,
    below: Comments,
    channel: Channel,
    *,
    above: str | None = None,
    url: str | None = None,
) -> Iterator[Heard]:
    for each in below.data:
        if not _is_ours(each, channel):
            yield _comment(each, post, channel, above=each.parent_id or above, url=url)
        if each.replies:
            yield from _heard_below(post, each.replies, channel, above=each.id, url=url)


def _is_ours(comment: Comment, channel: Channel) -> bool:
    by_id = comment.person is not None and comment.person.id == channel.remote_id
    name = comment.username or (comment.person.username if comment.person else "")
    return by_id or name == channel.handle


def _comment(
    comment: Comment, post: str, channel: Channel, *, above: str | None, url: str | None
) -> Heard:
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=comment.id,
        kind=MessageKind.REPLY if above else MessageKind.COMMENT,
        author=known_or_alone(comment.person, comment.id),
        text=comment.text,
        sent_at=comment.timestamp,
        url=url,
        thread=post,
        post_remote_id=post,
        parent_remote_id=above,
        refs={"parent_id": above} if above else {},
    )
