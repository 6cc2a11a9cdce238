"""Mentions on X as messages, oldest first. https://docs.x.com/x-api/posts/timelines/introduction

X lists the newest first, 800 of them at most, page after page. All pages since the cursor are read
at once: the cursor is the newest id, and could not come back to what lay between.
"""

from collections.abc import Callable, Iterator

from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.hearing import InboxPage
from tellal.platforms.x.answers import Post, Posts, User
from tellal.platforms.x.listing import plain

PAGE = 100
FIRST_PAGE = 20  # without a cursor: each post that is read costs money
MOST_PAGES = 10  # more than X shows

Read = Callable[[str | None], Posts]  # a page, by the token of the one before


def read(pages: Read, *, channel: Channel, site: str, cursor: str | None) -> InboxPage:
    listed: list[Posts] = []
    token: str | None = None
    while len(listed) < MOST_PAGES:
        page = pages(token)
        listed.append(page)
        token = page.meta.next_token
        if token is None or cursor is None:
            break
    newest = max((int(post.id) for page in listed for post in page.data), default=None)
    heard = tuple(_heard(listed, channel, site))
    return InboxPage(heard, str(newest) if newest is not None else cursor)


def _heard(pages: list[Posts], channel: Channel, site: str) -> Iterator[Heard]:
    people = {user.id: user for page in pages for user in page.includes.users}
    for page in reversed(pages):
        for post in reversed(page.data):
            if post.author_id != channel.remote_id:
                yield _message(post, people.get(post.author_id or ""), channel, site)


def _message(post: Post, person: User | None, channel: Channel, site: str) -> Heard:
    answers_us = post.in_reply_to_user_id == channel.remote_id
    handle = person.username if person else "i"  # X leads /i/status/… to whosever it is
    return Heard(
        channel_remote_id=channel.remote_id,
        remote_id=post.id,
        kind=MessageKind.COMMENT if answers_us else MessageKind.MENTION,
        author=Author(
            remote_id=post.author_id or f"unknown:{post.id}",
            handle=person.username if person else "",
            name=person.name if person else "",
            url=f"{site}/{person.username}" if person else None,
            avatar_url=person.profile_image_url if person else None,
        ),
        text=plain(post),
        sent_at=post.created_at,
        url=f"{site}/{handle}/status/{post.id}",
        thread=post.conversation_id or post.id,
        post_remote_id=post.answers if answers_us else None,
    )
