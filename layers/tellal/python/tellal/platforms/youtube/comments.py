"""The first comment, and looking for one whose answer was lost.
https://developers.google.com/youtube/v3/docs/commentThreads

Only the channel's own comments are listed: that the list shows somebody else's newer one would
not prove that it shows ours by now.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tellal.platforms.protocol import FoundPost, PostList, Published, Thread
from tellal.platforms.youtube import answers
from tellal.platforms.youtube.line import Line
from tellal.posts import Part, Remote

PAGE = 100  # https://developers.google.com/youtube/v3/docs/commentThreads/list
MOST_PAGES = 20  # two thousand comments; a channel that got more since then is not read to the end

Permalink = Callable[[str, str], str]  # of a comment: its video's id, and its own


def write(
    line: Line, part: Part, *, channel_id: str, thread: Thread, permalink: Permalink
) -> Published:
    video_id = thread.published[0].id
    reply = line(
        "POST",
        "commentThreads",
        params={"part": "snippet"},
        json=_resource(part, channel_id=channel_id, video_id=video_id),
        commits=True,
    )
    made = reply.read(answers.MadeThread).snippet.topLevelComment
    return Published(_remote(video_id, made.id, permalink), reply.request_id)


def fingerprint(text: str, video_id: str) -> str:
    return f"{video_id}|{' '.join(unicodedata.normalize('NFC', text).split())}"


def listed(line: Line, *, channel_id: str, since: datetime, permalink: Permalink) -> PostList:
    """The channel's own comments since then, page after page, the newest first."""
    found: list[FoundPost] = []
    page_token: str | None = None
    for _ in range(MOST_PAGES):
        page = _page(line, channel_id, page_token)
        threads = [each.snippet for each in page.items]
        found += [_found(each, permalink) for each in threads if _is_ours(each, channel_id, since)]
        oldest = threads[-1].topLevelComment.snippet.publishedAt if threads else None
        page_token = page.nextPageToken
        if page_token is None or (oldest and oldest < since):
            return PostList(tuple(found), complete=True)
    return PostList(tuple(found), complete=False)


def _resource(part: Part, *, channel_id: str, video_id: str) -> dict[str, Any]:
    return {
        "snippet": {
            "channelId": channel_id,
            "videoId": video_id,
            "topLevelComment": {"snippet": {"textOriginal": part.text}},
        }
    }


def _page(line: Line, channel_id: str, page_token: str | None) -> answers.CommentThreads:
    params = {
        "part": "snippet",
        "allThreadsRelatedToChannelId": channel_id,
        "order": "time",
        "textFormat": "plainText",
        "maxResults": str(PAGE),
        **({"pageToken": page_token} if page_token else {}),
    }
    return line("GET", "commentThreads", params=params).read(answers.CommentThreads)


def _is_ours(thread: answers.ThreadSnippet, channel_id: str, since: datetime) -> bool:
    comment = thread.topLevelComment.snippet
    return comment.authorChannelId.value == channel_id and comment.publishedAt >= since


def _found(thread: answers.ThreadSnippet, permalink: Permalink) -> FoundPost:
    comment = thread.topLevelComment
    text = comment.snippet.textOriginal
    return FoundPost(
        remote=_remote(thread.videoId, comment.id, permalink),
        created_at=comment.snippet.publishedAt,
        fingerprint=fingerprint(
            comment.snippet.textDisplay if text is None else text, thread.videoId
        ),
    )


def _remote(video_id: str, comment_id: str, permalink: Permalink) -> Remote:
    return Remote(id=comment_id, url=permalink(video_id, comment_id), refs={"video_id": video_id})
