"""Where the lines and bars of a chart go: numbers in, places in a drawing out. Pure.

The drawings are SVG in `templates/charts.html`: no script, no font, nothing from outside, and
colours that follow the page. A day without a value is a gap, never a zero.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LEFT, RIGHT, TOP, BOTTOM = 52, 28, 12, 28  # room for the axes' labels
TICKS = 4
Value = int | None


@dataclass(frozen=True)
class Canvas:
    """How large a drawing is, in its own units; the page scales it to about one pixel each."""

    width: int
    height: int

    @property
    def left(self) -> int:
        return LEFT

    @property
    def right(self) -> int:
        return self.width - RIGHT

    @property
    def bottom(self) -> int:
        return self.height - BOTTOM


WIDE, SMALL = Canvas(960, 240), Canvas(440, 190)


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Dot:
    x: float
    y: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Line:
    canvas: Canvas
    strokes: tuple[str, ...]  # SVG points; one for each stretch without a gap
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    series: int
    label: str


@dataclass(frozen=True, kw_only=True)
class Bars:
    canvas: Canvas
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    zero: float


def line(values: Sequence[Value], days: Sequence[str]) -> Line:
    told = [value for value in values if value is not None]
    ticks = _ticks(min(told), max(told))
    step = (SMALL.right - LEFT) / max(len(values) - 1, 1)
    places = [
        None if value is None else (LEFT + n * step, _y(value, ticks, SMALL))
        for n, value in enumerate(values)
    ]
    dots = [
        Dot(round(place[0], 1), place[1], f"{day}: {value:,}")
        for place, day, value in zip(places, days, values, strict=True)
        if place is not None
    ]
    return Line(
        canvas=SMALL,
        strokes=tuple(_strokes(places)),
        dots=tuple(dots),
        ticks=_scale(ticks, SMALL),
        labels=_labels(days, [LEFT + n * step for n in range(len(days))]),
    )


def bars(series: Mapping[str, Sequence[Value]], days: Sequence[str]) -> Bars:
    """Stacked: what is above zero upwards, what is below (taken back) downwards."""
    columns = list(zip(*series.values(), strict=True))
    tops = [sum(value for value in column if (value or 0) > 0) for column in columns]
    lows = [sum(value for value in column if (value or 0) < 0) for column in columns]
    ticks = _ticks(min(0, *lows), max(0, *tops))
    step = (WIDE.right - LEFT) / len(days)
    drawn: list[Bar] = []
    for n, (day, column) in enumerate(zip(days, columns, strict=True)):
        left = round(LEFT + (n + 0.15) * step, 1)
        up = down = 0
        for number, (name, value) in enumerate(zip(series, column, strict=True)):
            if not value:
                continue
            start = up if value > 0 else down
            up, down = (up + value, down) if value > 0 else (up, down + value)
            top = _y(max(start, start + value), ticks, WIDE)
            height = round(_y(min(start, start + value), ticks, WIDE) - top, 1)
            label = f"{day}, {name}: {value:,}"
            drawn.append(Bar(left, top, round(step * 0.7, 1), height, number, label))
    middles = [LEFT + (n + 0.5) * step for n in range(len(days))]
    return Bars(
        canvas=WIDE,
        bars=tuple(drawn),
        ticks=_scale(ticks, WIDE),
        labels=_labels(days, middles),
        zero=_y(0, ticks, WIDE),
    )


def _strokes(places: Sequence[tuple[float, float] | None]) -> list[str]:
    strokes: list[list[str]] = [[]]
    for place in places:
        if place is None:
            strokes.append([])
        else:
            strokes[-1].append(f"{place[0]:.1f},{place[1]:.1f}")
    return [" ".join(stroke) for stroke in strokes if len(stroke) > 1]


def _ticks(lowest: int, highest: int) -> list[int]:
    """About four round numbers from below the lowest to above the highest."""
    rough = max((highest - lowest) / TICKS, 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
    first = math.floor(lowest / step) * step
    count = max(math.ceil((highest - first) / step), 1)
    return [first + n * step for n in range(count + 1)]


def _y(value: int, ticks: Sequence[int], canvas: Canvas) -> float:
    share = (value - ticks[0]) / (ticks[-1] - ticks[0])
    return round(canvas.bottom - share * (canvas.bottom - TOP), 1)


def _scale(ticks: Sequence[int], canvas: Canvas) -> tuple[Tick, ...]:
    return tuple(Tick(_y(tick, ticks, canvas), f"{tick:,}".replace("-", "−")) for tick in ticks)


def _labels(days: Sequence[str], places: Sequence[float]) -> tuple[Tick, ...]:
    """Every day of a week, about every fifth of a month."""
    every = 1 if len(days) <= 10 else 5
    return tuple(
        Tick(round(place, 1), day)
        for n, (day, place) in enumerate(zip(days, places, strict=True))
        if n % every == 0
    )
