"""Deleting a private video that was uploaded ahead and that nobody will publish.

A video carries the mark of its upload among its tags until it is committed, which takes it away
with the same request that shows it. So one that is private and marked was never committed,
whatever its author chose; every other one is left alone.
"""

import re
from collections.abc import Mapping

from tellal.platforms.calls import Gone
from tellal.platforms.youtube import answers
from tellal.platforms.youtube.line import Line
from tellal.platforms.youtube.options import YouTubeVisibility
from tellal.platforms.youtube.preparing import MARK, MARKED, VIDEO, find

OURS = re.compile(rf"{MARKED}[0-9a-f]{{16}}")


def discard(notes: Mapping[str, str], *, line: Line, uploads: str) -> None:
    video_id = notes.get(VIDEO)
    if video_id is None and MARK in notes:  # its last chunk may have arrived all the same
        video_id = find(notes[MARK], line=line, uploads=uploads)
    if video_id is None or not _is_to_go(video_id, line):
        return
    try:
        line("DELETE", "videos", params={"id": video_id}, accepts={204})
    except Gone:
        return


def _is_to_go(video_id: str, line: Line) -> bool:
    found = line("GET", "videos", params={"part": "snippet,status", "id": video_id})
    return any(
        each.id == video_id
        and each.status.privacyStatus == YouTubeVisibility.PRIVATE
        and any(OURS.fullmatch(tag) for tag in each.snippet.tags)
        for each in found.read(answers.Videos).items
    )
