"""Does an audience resemble the customers? Who follows, beside the workspace's personas. Pure.

For one kind of fact (age, country, language, city) both are shares that add up to 100. The overlap
is the sum, over all values, of the smaller of the two: 100 where they are the same, 0 where they
have nothing in common. It compares with those followers of whom the platform tells that fact, and
with those personas that say something of it; their shares are scaled to add up to 100.

A persona with several values has them in equal parts. Its years are spread evenly over the spans
of years that the platform tells («25-34»); «65+» is taken to end at 100, and years in no span that
was told count as nothing in common.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tellal.personas import Persona, ages
from tellal.reporting.document import LikenessRow, SegmentRow
from tellal.reporting.wording import Wording, marked

SQL = "SELECT channel_id, segment, value FROM audience ORDER BY ALL"
KINDS = {
    "age": marked("Age"),
    "gender": marked("Gender"),
    "country": marked("Country"),
    "city": marked("City"),
    "language": marked("Language"),
}
VALUES: Mapping[str, Callable[[Persona], Sequence[str]]] = {
    "age": lambda persona: persona.ages,
    "country": lambda persona: persona.countries,
    "city": lambda persona: persona.cities,
    "language": lambda persona: persona.languages,
}
CLOSE, PARTLY = 70, 40  # percent; where the words change, and nothing else
WORDS = {
    CLOSE: marked("{kind}: the audience resembles the customers closely ({overlap} in common)."),
    PARTLY: marked("{kind}: the audience resembles the customers in part ({overlap} in common)."),
    0: marked("{kind}: the audience resembles the customers little ({overlap} in common)."),
}

Shares = Mapping[str, float]  # value → percent


def segments(found: Sequence[Mapping[str, Any]]) -> list[SegmentRow]:
    """Of rows of `audience`; by kind, the largest first."""
    totals: dict[tuple[str, str], int] = defaultdict(int)
    for row in found:
        totals[row["channel_id"], _kind(row)] += row["value"]
    order = list(KINDS)
    rows = [
        SegmentRow(
            channel=row["channel_id"],
            kind=_kind(row),
            segment=row["segment"].partition(":")[2],
            followers=row["value"],
            share=round(100 * row["value"] / total, 2),
        )
        for row in found
        if _kind(row) in KINDS and (total := totals[row["channel_id"], _kind(row)])
    ]
    return sorted(rows, key=lambda row: (row.channel, order.index(row.kind), -row.followers))


def compared(
    channels: Sequence[str],
    told: Sequence[SegmentRow],
    personas: Sequence[Persona],
    wording: Wording,
) -> Iterator[LikenessRow]:
    """For each channel, each kind of fact that a persona says something of."""
    for channel in channels:
        for kind, values in VALUES.items():
            if not any(values(persona) for persona in personas):
                continue
            audience = {
                row.segment: row.share for row in told if (row.channel, row.kind) == (channel, kind)
            }
            overlap = _overlap(kind, audience, personas) if audience else None
            sentence = _sentence(wording.say(KINDS[kind]), overlap, wording)
            yield LikenessRow(channel=channel, kind=kind, overlap=overlap, sentence=sentence)


def _overlap(kind: str, audience: Shares, personas: Sequence[Persona]) -> float:
    customers = _customers(kind, list(audience), personas)
    told = {_alike(value): share for value, share in audience.items()}
    return round(sum(min(share, told.get(value, 0)) for value, share in customers.items()), 1)


def _customers(kind: str, told: Sequence[str], personas: Sequence[Persona]) -> Shares:
    saying = [persona for persona in personas if VALUES[kind](persona)]
    whole = sum(persona.share for persona in saying)
    shares: dict[str, float] = defaultdict(float)
    for persona in saying:
        values = VALUES[kind](persona)
        each = 100 * persona.share / whole / len(values)
        for value in values:
            for name, part in _spans(value, told) if kind == "age" else [(value, 1.0)]:
                shares[_alike(name)] += each * part
    return shares


def _spans(years: str, told: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Which part of a persona's years lies in each of the spans that were told."""
    mine = ages(years)
    for name in told:
        span = ages(name)
        if mine is None or span is None:
            continue
        both = min(mine[1], span[1]) - max(mine[0], span[0]) + 1
        if both > 0:
            yield name, both / (mine[1] - mine[0] + 1)


def _alike(name: str) -> str:
    """İstanbul, Istanbul and istanbul are one city; "Istanbul, Turkey" is it too."""
    plain = unicodedata.normalize("NFKD", name.partition(",")[0].strip().replace("ı", "i"))
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def _sentence(kind: str, overlap: float | None, wording: Wording) -> str:
    if overlap is None:
        return wording.say("{kind}: not known, the platform does not tell it.", kind=kind)
    words = next(words for least, words in WORDS.items() if overlap >= least)
    return wording.say(words, kind=kind, overlap=wording.percent(overlap, digits=0))


def _kind(row: Mapping[str, Any]) -> str:
    return str(row["segment"]).partition(":")[0]
