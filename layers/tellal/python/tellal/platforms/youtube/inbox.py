"""Comments on a channel's videos as messages, oldest first.
https://developers.google.com/youtube/v3/docs/commentThreads/list

YouTube sends no webhooks for comments; every page costs a unit of what a project may ask in a day.
Threads are listed by when they were begun, the newest first, so a new answer brings no thread up
again: the cursor remembers how many answers stood below the newest hundred, and where there are
more now they are read. Answers below older threads are not heard of.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel

from tellal.conversations import Author, Heard, MessageKind
from tellal.platforms.calls import Gone
from tellal.platforms.hearing import InboxPage
from tellal.platforms.newest_first import Page, Place, Reader
from tellal.platforms.youtube.answers import Comment, Comments, CommentThread, CommentThreads
from tellal.platforms.youtube.comments import Permalink
from tellal.platforms.youtube.line import Line

PAGE = 100
MOST_PAGES = 5
MOST_THREADS = 100  # whose answers are counted
MOST_ANSWERED = 20  # threads whose answers are read at once; the others wait for the next time
OVERLAP = timedelta(hours=1)  # what YouTube first looked into is shown late


class Cursor(BaseModel):
    place: Place
    answers: Mapping[str, int] = {}  # thread → how many were read, the newest thread first


@dataclass(frozen=True)
class Inbox:
    line: Line
    channel_id: str
    permalink: Permalink

    def read(self, cursor: str | None) -> InboxPage:
        known = Cursor.model_validate_json(cursor) if cursor else None
        pages: dict[str | None, CommentThreads] = {}

        def page(mark: str | None) -> Page[CommentThread]:
            pages[mark] = self._threads(mark)
            return Page(pages[mark].items, pages[mark].nextPageToken)

        reader: Reader[CommentThread] = Reader(
            page=page,
            id_of=lambda each: each.snippet.topLevelComment.id,
            at=lambda each: each.snippet.topLevelComment.snippet.publishedAt,
            overlap=OVERLAP,
            most_pages=MOST_PAGES,
        )
        new, place = reader.read(known.place if known else None)
        if place is None:
            return InboxPage((), cursor)
        newest = pages[None] if None in pages else self._threads(None)
        answers, counted = self._answers(newest.items, known.answers if known else None)
        mine = (self._heard(each.snippet.topLevelComment, each) for each in new)
        heard = sorted((*mine, *answers), key=lambda each: each.sent_at)
        return InboxPage(
            tuple(each for each in heard if each.author.remote_id != self.channel_id),
            Cursor(place=place, answers=counted).model_dump_json(),
        )

    def _answers(
        self, threads: Sequence[CommentThread], known: Mapping[str, int] | None
    ) -> tuple[Sequence[Heard], Mapping[str, int]]:
        """Those that came below the newest threads; at first, the few that YouTube shows along."""
        heard: list[Heard] = []
        counted: dict[str, int] = {}
        read = 0
        for thread in threads[:MOST_THREADS]:
            name, there = thread.snippet.topLevelComment.id, thread.snippet.totalReplyCount
            before = (known or {}).get(name, 0)
            counted[name] = there
            if there <= before:  # some may have been deleted: then the next one counts anew
                continue
            shown = thread.replies.items
            if len(shown) < there and known is not None:
                if read == MOST_ANSWERED:
                    counted[name] = before
                    continue
                read += 1
                shown = list(self._below(name))
            heard += [self._heard(each, thread, above=name) for each in shown]
        return heard, counted

    def _below(self, name: str) -> Iterator[Comment]:
        mark: str | None = None
        while True:
            params = {
                "part": "snippet",
                "parentId": name,
                "textFormat": "plainText",
                "maxResults": str(PAGE),
                **({"pageToken": mark} if mark else {}),
            }
            try:
                page = self.line("GET", "comments", params=params).read(Comments)
            except Gone:  # the thread was deleted meanwhile
                return
            yield from page.items
            if page.nextPageToken in {None, mark}:
                return
            mark = page.nextPageToken

    def _threads(self, mark: str | None) -> CommentThreads:
        params = {
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": self.channel_id,
            "order": "time",
            "textFormat": "plainText",
            "maxResults": str(PAGE),
            **({"pageToken": mark} if mark else {}),
        }
        return self.line("GET", "commentThreads", params=params).read(CommentThreads)

    def _heard(self, comment: Comment, thread: CommentThread, *, above: str | None = None) -> Heard:
        said, video = comment.snippet, thread.snippet.videoId
        top = thread.snippet.topLevelComment.id
        own = said.authorChannelId.value
        return Heard(
            channel_remote_id=self.channel_id,
            remote_id=comment.id,
            kind=MessageKind.REPLY if above else MessageKind.COMMENT,
            author=Author(
                remote_id=own or f"unknown:{comment.id}",
                handle=said.authorDisplayName.removeprefix("@"),
                name=said.authorDisplayName,
                url=said.authorChannelUrl,
                avatar_url=said.authorProfileImageUrl,
            ),
            text=said.textDisplay if said.textOriginal is None else said.textOriginal,
            sent_at=said.publishedAt,
            url=self.permalink(video, comment.id),
            thread=top,
            post_remote_id=video or None,
            parent_remote_id=above or video or None,
            refs={"video_id": video, "parent_id": top},
        )
