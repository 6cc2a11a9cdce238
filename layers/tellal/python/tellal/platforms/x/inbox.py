"""Mentions on X and direct messages as messages, oldest first.
https://docs.x.com/x-api/posts/timelines/introduction

X lists the newest mentions first, 800 of them at most, page after page; who answers us mentions us.
All pages since the cursor are read at once: the cursor is the newest id, and could not come back to
what lay between. Of direct messages there may be more, so they are read as `newest_first` does.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from tellal.channels import Channel
from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.hearing import InboxPage
from tellal.platforms.newest_first import Page, Place, Reader
from tellal.platforms.x.answers import Directs, DirectSent, Included, Post, Posts, User
from tellal.platforms.x.listing import plain

PAGE = 100
FIRST_PAGE = 20  # without a cursor: each post that is read costs money
MOST_PAGES = 10  # more than X shows
MOST_PAGES_OF_DIRECTS = 5  # fifteen may be asked for in a quarter of an hour
OVERLAP = timedelta(seconds=1)
BITS_BELOW_TIME, FIRST_MOMENT = 22, 1_288_834_974_657  # of an id; milliseconds since 1970

Read = Callable[[str | None], Posts]  # a page, by the token of the one before
ReadDirects = Callable[[str | None], Directs]


class Cursor(BaseModel):
    """Where direct messages are not read, the newest mention's id alone is one."""

    newest: str | None = None
    direct: Place | None = None

    @classmethod
    def of(cls, spelled: str | None) -> "Cursor":
        if spelled is None or spelled.isdecimal():
            return cls(newest=spelled)
        return cls.model_validate_json(spelled)

    def spelled(self) -> str | None:
        return self.model_dump_json() if self.direct else self.newest


def read(
    pages: Read, directs: ReadDirects | None, *, channel: Channel, site: str, cursor: Cursor
) -> InboxPage:
    mentions, newest = _mentions(pages, channel, site, cursor.newest)
    if directs is None:
        reached = cursor.model_copy(update={"newest": newest})
        return InboxPage(mentions, reached.spelled())
    said, place = _directs(directs, channel, site, cursor.direct)
    heard = sorted((*mentions, *said), key=lambda each: each.sent_at)
    return InboxPage(tuple(heard), Cursor(newest=newest, direct=place).spelled())


def _mentions(
    pages: Read, channel: Channel, site: str, since: str | None
) -> tuple[tuple[Heard, ...], str | None]:
    listed: list[Posts] = []
    token: str | None = None
    while len(listed) < MOST_PAGES:
        page = pages(token)
        listed.append(page)
        token = page.meta.next_token
        if token is None or since is None:
            break
    newest = max((int(post.id) for page in listed for post in page.data), default=None)
    heard = tuple(_heard(listed, channel, site))
    return heard, str(newest) if newest is not None else since


def _heard(pages: list[Posts], channel: Channel, site: str) -> Iterator[Heard]:
    for page in reversed(pages):
        for post in reversed(page.data):
            if post.author_id != channel.remote_id:
                yield message(post, page.includes, us=channel.remote_id, site=site)


def _directs(
    directs: ReadDirects, channel: Channel, site: str, place: Place | None
) -> tuple[tuple[Heard, ...], Place | None]:
    people: dict[str, User] = {}

    def page(mark: str | None) -> Page[DirectSent]:
        listed = directs(mark)
        people.update({user.id: user for user in listed.includes.users})
        return Page(listed.data, listed.meta.next_token)

    reader: Reader[DirectSent] = Reader(
        page=page,
        id_of=lambda each: each.id,
        at=lambda each: each.created_at,
        overlap=OVERLAP,
        most_pages=MOST_PAGES_OF_DIRECTS,
    )
    new, reached = reader.read(place)
    return tuple(
        direct(
            each.id,
            each.text,
            sender=people.get(each.sender_id, User(id=each.sender_id, username="")),
            us=channel.remote_id,
            at=each.created_at,
            site=site,
            among=each.dm_conversation_id,
        )
        for each in new
        if each.sender_id != channel.remote_id
    ), reached


def message(
    post: Post, included: Included, *, us: str, site: str, quotes_us: bool = False
) -> Heard:
    """The same of a post that was read and of one that was told."""
    person = next((user for user in included.users if user.id == post.author_id), None)
    handle = person.username if person else ""
    quoted = post.reference("quoted")
    writers = {each.id: each.author_id for each in included.posts}
    quotes_us = quoted is not None and (quotes_us or writers.get(quoted) == us)
    answers_us = post.in_reply_to_user_id == us
    if answers_us:
        root = post.conversation_id in {None, post.answers}
        kind = MessageKind.COMMENT if root else MessageKind.REPLY
    else:
        kind = MessageKind.QUOTE if quotes_us else MessageKind.MENTION
    return Heard(
        channel_remote_id=us,
        remote_id=post.id,
        kind=kind,
        author=_author(
            person or User(id=post.author_id or f"unknown:{post.id}", username=""), site
        ),
        text=plain(post),
        sent_at=post.created_at,
        # X leads /i/status/… to whosever it is
        url=f"{site}/{handle or 'i'}/status/{post.id}",
        thread=post.conversation_id or post.id,
        post_remote_id=post.answers if answers_us else quoted if quotes_us else None,
        parent_remote_id=post.answers,
    )


def direct(
    message_id: str, text: str, *, sender: User, us: str, at: datetime, site: str, among: str = ""
) -> Heard:
    """`among`: X names a conversation of two by both their ids, a group by one number."""
    group = among and "-" not in among
    return Heard(
        channel_remote_id=us,
        remote_id=message_id,
        kind=MessageKind.DIRECT,
        author=_author(sender, site),
        text=text,
        sent_at=at,
        thread=f"direct:{among if group else sender.id}",
    )


def made_at(post_id: str) -> datetime:
    """When a post was made, as its id tells. Raises ValueError."""
    try:
        return datetime.fromtimestamp(
            ((int(post_id) >> BITS_BELOW_TIME) + FIRST_MOMENT) / 1000, UTC
        )
    except (OverflowError, OSError):
        raise ValueError("not the id of a post") from None


def _author(person: User, site: str) -> Author:
    followers = person.public_metrics.get("followers_count")
    return Author(
        remote_id=person.id,
        handle=person.username,
        name=person.name,
        url=f"{site}/{person.username}" if person.username else None,
        avatar_url=person.profile_image_url,
        followers=followers if isinstance(followers, int) else None,
    )
