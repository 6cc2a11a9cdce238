"""Asking a profile for its newest replies and mentions, as its webhooks would tell them.
https://developers.facebook.com/documentation/threads/reference/reply-management

Replies are listed post by post, one request each: below the newest posts that have some. Of
replies below older ones only the webhook tells.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from tellal.channels import Channel
from tellal.platforms.graph import GraphLine
from tellal.platforms.graph_inbox import Listed, Paging, Place, Read, read_on
from tellal.platforms.graph_webhooks import Model
from tellal.platforms.threads import webhooks
from tellal.platforms.threads.webhooks import Said

POSTS = 10  # of a page; the recent ones, whose replies are read each time
ANSWERS = 50
FIELDS = "id,text,username,permalink,timestamp,media_url,replied_to,root_post"
FIRST_OF_ALL = datetime.fromtimestamp(1_688_540_400, UTC)  # before which nothing may be asked for


class Post(Model):
    id: str
    timestamp: datetime
    has_replies: bool = False


class Posts(Model):
    data: tuple[Post, ...] = ()
    paging: Paging | None = None


class Answers(Model):
    data: tuple[Said, ...] = ()
    paging: Paging | None = None


def lists(channel: Channel, line: GraphLine) -> Mapping[str, Read]:
    return {
        "replies": partial(_replies, channel=channel, line=line),
        "mentions": partial(_mentions, channel=channel, line=line),
    }


def _replies(place: Place, back_to: datetime, *, channel: Channel, line: GraphLine) -> Listed:
    after = {"after": place.after} if place.after else {}
    if not place.of:
        asked = {"fields": "id,timestamp,has_replies", "limit": str(POSTS), **after}
        posts = line("GET", f"{channel.remote_id}/threads", params=asked).read(Posts)
        below = [Place(of=each.id) for each in posts.data if each.has_replies]
        times = [each.timestamp for each in posts.data]
        further = read_on("", posts.paging, times, asked=POSTS, back_to=back_to)
        return Listed(further=(*below, *further))
    newest = {"reverse": "true", "limit": str(ANSWERS)}
    asked = {"fields": FIELDS, **newest, **after}
    answers = line("GET", f"{place.of}/conversation", params=asked).read(Answers)
    heard = (
        webhooks.below_ours(each, profile=channel.remote_id, root=place.of)
        for each in answers.data
        if each.username != channel.handle
    )
    return Listed(tuple(heard), _behind(place.of, answers, back_to))


def _mentions(place: Place, back_to: datetime, *, channel: Channel, line: GraphLine) -> Listed:
    after = {"after": place.after} if place.after else {}
    since = {"since": str(int(max(back_to, FIRST_OF_ALL).timestamp()))}
    asked = {"fields": FIELDS, "limit": str(ANSWERS), **since, **after}
    listed = line("GET", f"{channel.remote_id}/mentions", params=asked).read(Answers)
    heard = (
        webhooks.mention(each, profile=channel.remote_id)
        for each in listed.data
        if each.username != channel.handle and not _is_below_ours(each, channel)
    )
    return Listed(tuple(heard), _behind("", listed, back_to))


def _is_below_ours(said: Said, channel: Channel) -> bool:
    """Then it is a reply, and listed as one."""
    root = said.root_post
    return root is not None and channel.remote_id == root.owner_id


def _behind(of: str, answers: Answers, back_to: datetime) -> tuple[Place, ...]:
    times = [each.timestamp for each in answers.data]
    return read_on(of, answers.paging, times, asked=ANSWERS, back_to=back_to)
