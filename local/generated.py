"""Files made from the code. `python -m local.generated` writes them; `--check` names stale ones.

What is told twice comes to disagree, so these are never written by hand.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from local.language import page as language_page
from tellal.announcing.events import EVENTS, Event
from tellal.api.app import assembled
from tellal.api.document import document
from tellal.observations import Metric
from tellal.platforms import PLATFORMS, answering, hearing
from tellal.platforms import protocol as abilities
from tellal.platforms.measured import Measured, Names, ReadsAudience, ReadsDays
from tellal.platforms.protocol import Facts, Guarantee, Platform

ROOT = Path(__file__).parent.parent

ABILITIES: Mapping[str, type] = {
    "connected by hand": abilities.Connects,
    "connected by consent": abilities.Authorises,
    "publishes": abilities.Publishes,
    "options of its own": abilities.HasOptions,
    "looked for": abilities.FindsPost,
    "asked what became of it": abilities.Resumes,
    "deletes": abilities.Deletes,
    "discards what is never sent": abilities.Discards,
    "answers": answering.Replies,
    "answers comments privately": answering.RepliesPrivately,
    "answers messages directly": answering.MessagesDirectly,
    "likes messages": answering.Likes,
    "hides messages": answering.Hides,
    "deletes messages of others": answering.DeletesMessages,
    "inbox read": hearing.ReadsInbox,
    "inbox pushed": hearing.ReceivesWebhooks,
    "asked for each channel to push": hearing.Subscribes,
    "measured": abilities.ReadsMetrics,
    "measured day by day": ReadsDays,
    "tells who follows": ReadsAudience,
    "tokens renewed": abilities.RefreshesCredentials,
}
LIMITS = {
    "text_length": "length of a text",
    "text_bytes": "length of a text in bytes (UTF-8)",
    "link_length": "what any link counts for",
    "links": "links in one part",
    "hashtags": "hashtags in one part",
    "mentions": "mentions in one part",
    "thread_parts": "parts of a thread, after the first",
    "comment_length": "length of a first comment",
    "media": "files in a post, at least and at most",
    "images": "images in one part",
    "image_bytes": "bytes of an image",
    "image_pixels": "pixels of an image",
    "image_ratio": "an image's width over its height",
    "image_types": "types of image",
    "alt_text_length": "length of an alt text",
    "videos": "videos in one part",
    "video_bytes": "bytes of a video",
    "video_seconds": "seconds of a video",
    "video_ratio": "a video's width over its height",
    "video_pixels": "pixels of a video's frame",
    "video_width": "pixels of a video's width",
    "video_frame_rate": "a video's frames a second",
    "video_types": "types of video",
    "video_codecs": "codecs of a video",
    "documents": "documents in one part",
    "document_bytes": "bytes of a document",
    "document_pages": "pages of a document",
    "document_types": "types of document",
    "poll_options": "answers of a poll",
    "poll_option_length": "length of an answer of a poll",
    "poll_minutes": "minutes a poll is open",
}
NUMBERS = {
    Metric.FOLLOWERS: "followers",
    Metric.POSTS: "posts",
    Metric.IMPRESSIONS: "impressions",
    Metric.REACH: "reach",
    Metric.VIEWS: "video views",
    Metric.WATCH_SECONDS: "watch time",
    Metric.LIKES: "likes",
    Metric.SHARES: "shares",
    Metric.REPLIES: "replies",
    Metric.QUOTES: "quotes",
    Metric.SAVES: "saves",
    Metric.CLICKS: "clicks",
    Metric.PROFILE_VISITS: "profile visits",
    Metric.ENGAGEMENTS: "engagements",
    Metric.FOLLOWS: "new followers",
    Metric.UNFOLLOWS: "lost followers",
}
MEANINGS = {
    Guarantee.IDEMPOTENT: "sent again under the same key{window}, without making a second post",
    Guarantee.RESUMABLE: "asked for where it would be; sent again only if surely it is not there",
    Guarantee.SEARCHABLE: "looked for; sent again only if two lists that have passed it lack it",
    Guarantee.BLIND: "not sent again by itself: only somebody who sees the channel can tell",
}


@dataclass(frozen=True)
class Generated:
    path: str  # from the root
    make: Callable[[], str]

    @property
    def is_stale(self) -> bool:
        file = ROOT / self.path
        return not file.exists() or file.read_text() != self.make()


def platforms_page() -> str:
    return "\n".join(
        [
            "# Platforms",
            "",
            "<!-- Made by `make fix` from what the adapters say of themselves: edit it there. -->",
            "",
            *_table(
                ["platform", *ABILITIES],
                [
                    [_link(each.facts.title), *(_tick(each, kind) for kind in ABILITIES.values())]
                    for each in PLATFORMS.values()
                ],
            ),
            *(line for each in PLATFORMS.values() for line in _section(each.facts)),
        ]
    )


def _section(facts: Facts) -> Iterator[str]:
    yield from ("", f"## {facts.title}", "")
    yield from (f"- {note}" for note in facts.notes)
    if facts.limits:
        rows = [
            [LIMITS[name], _spelled(limit.value), f"<{limit.source}>"]
            for name, limit in facts.limits.items()
        ]
        yield from ("", *_table(["limit", "", "source"], rows))
    if facts.promises:
        rows = [
            [kind, MEANINGS[promise.guarantee].format(window=_within(promise.window))]
            for kind, promise in facts.promises.items()
        ]
        yield from ("", *_table(["if the answer to this is lost", "it is"], rows))
    if facts.measured:
        yield from (
            "",
            *_table(["number", "of a channel", "of a post", "of a day"], _numbers(facts.measured)),
        )
        yield from ("", *_reasons(facts.measured))
    if facts.prices:
        rows = [
            [what, f"${price.value:.3f}", f"<{price.source}>"]
            for what, price in facts.prices.items()
        ]
        yield from ("", *_table(["what costs money", "US dollars", "source"], rows))
    if facts.settings:
        rows = [
            [f"`{name}`", str(setting.value) or "–", f"<{setting.source}>"]
            for name, setting in facts.settings.items()
        ]
        yield from ("", *_table(["setting", "unless set otherwise", "source"], rows))
    if facts.hosts:
        rows = [[f"`{name}`", f"<{host}>" if host else "–"] for name, host in facts.hosts.items()]
        yield from ("", *_table(["host (a setting)", "unless set otherwise"], rows))


def _numbers(measured: Measured) -> list[list[str]]:
    """Which metric is told of what, by the platform's names for it."""
    told = (measured.channel, measured.posts, measured.days)
    return [
        [NUMBERS[metric], *(_names(names, metric) for names in told)]
        for metric in NUMBERS
        if any(metric in names.values() for names in told)
    ]


def _names(names: Names, metric: Metric) -> str:
    return ", ".join(f"`{name}`" for name, each in names.items() if each is metric) or "–"


def _reasons(measured: Measured) -> Iterator[str]:
    told = [f"The numbers: <{measured.source}>."]
    if measured.together > 1:
        told.append(f"One request tells of {measured.together} posts.")
    if measured.days:
        days = f"Days are told for {measured.back.days} days back, and settle in"
        told.append(f"{days} {measured.settles.days}.")
    if measured.audience:
        kinds = ", ".join(dict.fromkeys(measured.audience.values()))
        told.append(f"Of those who follow it tells: {kinds}.")
    yield " ".join(told)
    if measured.not_told:
        rows = [[NUMBERS[metric], why] for metric, why in measured.not_told.items()]
        yield from ("", *_table(["not told", "since"], rows))


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


def _tick(platform: type[Platform], ability: type) -> str:
    """Asked of the class itself: issubclass takes no protocol that has data in it."""
    return "yes" if isinstance(platform, ability) else "–"


def _link(title: str) -> str:
    return f"[{title}](#{title.lower().replace(' ', '-')})"


def _spelled(value: Any) -> str:
    if isinstance(value, int | float):
        return f"{value:,}"
    if all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return " to ".join(f"{each:,}" for each in value)  # the least and the most


def _within(window: timedelta | None) -> str:
    return "" if window is None else f" for {window // timedelta(minutes=1)} minutes"


def _ended(make: Callable[[Any], str], given: Any) -> str:
    return make(given) + "\n"


def openapi_document() -> str:
    return json.dumps(document(assembled()), indent=1, ensure_ascii=False, sort_keys=True)


def contract(event: type[Event]) -> str:
    schema = event.model_json_schema(mode="serialization")
    schema |= {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": event.__name__}
    return json.dumps(_open(schema), indent=2, ensure_ascii=False)


def _open(schema: Any) -> Any:
    """Who reads an event must bear fields that are new to them."""
    if isinstance(schema, list):
        return [_open(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {n: _open(each) for n, each in schema.items() if n != "additionalProperties"}


FILES = (
    *(
        Generated(f"docs/contracts/{event.__name__}.json", partial(_ended, contract, event))
        for event in EVENTS
    ),
    Generated("docs/platforms.md", lambda: platforms_page() + "\n"),
    Generated("docs/language.md", language_page),
    Generated("docs/openapi.json", lambda: openapi_document() + "\n"),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one is stale")
    check = parser.parse_args().check
    stale = [each for each in FILES if each.is_stale]
    for each in stale:
        if not check:
            (ROOT / each.path).write_text(each.make())
            print(f"wrote {each.path}")
    if check and stale:
        names = ", ".join(each.path for each in stale)
        print(f"Stale, as the code has changed: {names}. `make fix` writes anew.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
