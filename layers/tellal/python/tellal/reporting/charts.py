"""Where the parts of a chart go: numbers in, places in a drawing out. Pure.

The drawings are SVG in `templates/charts.html`: no script, no font, nothing from outside, and
colours that follow the page. A day or a week without a value is a gap, never a zero.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tellal.reporting.timeline import Span, Values

LEFT, RIGHT, TOP, BOTTOM = 52, 28, 12, 28  # room for the axes' labels
TICKS = 4
CORNER, CELL = 44, (38, 24)  # of the hours' drawing: room for the weekdays; one hour's size
Spell = Callable[[float], str]


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


@dataclass(frozen=True)
class Square:
    x: float
    y: float
    strength: float  # from 0.15 to 1, of the strongest
    label: str


@dataclass(frozen=True, kw_only=True)
class Squares:
    canvas: Canvas
    size: tuple[float, float]
    squares: tuple[Square, ...]
    rows: tuple[Tick, ...]  # weekdays
    columns: tuple[Tick, ...]  # hours


def hours(told: Mapping[tuple[int, int], tuple[float, str]], weekdays: Sequence[str]) -> Squares:
    """`told`: weekday and hour → how much, and its label. What is not told is not drawn."""
    width, height = CELL
    strongest = max((value for value, _ in told.values()), default=0) or 1
    squares = [
        Square(
            CORNER + hour * width,
            day * height,
            round(0.15 + 0.85 * max(value, 0) / strongest, 2),
            label,
        )
        for (day, hour), (value, label) in sorted(told.items())
    ]
    return Squares(
        canvas=Canvas(CORNER + 24 * width, 7 * height + BOTTOM),
        size=(width - 2, height - 2),
        squares=tuple(squares),
        rows=tuple(Tick(n * height + 16, name) for n, name in enumerate(weekdays)),
        columns=tuple(Tick(CORNER + (n + 0.5) * width, f"{n:02}") for n in range(0, 24, 3)),
    )


def line(values: Values, spans: Sequence[Span], spell: Spell) -> Line:
    told = [value for value in values if value is not None]
    ticks = _ticks(min(told), max(told))
    step = (SMALL.right - LEFT) / max(len(values) - 1, 1)
    places = [
        None if value is None else (LEFT + n * step, _y(value, ticks, SMALL))
        for n, value in enumerate(values)
    ]
    dots = [
        Dot(round(place[0], 1), place[1], f"{span.name}: {spell(value)}")
        for place, span, value in zip(places, spans, values, strict=True)
        if place is not None and value is not None
    ]
    return Line(
        canvas=SMALL,
        strokes=tuple(_strokes(places)),
        dots=tuple(dots),
        ticks=_scale(ticks, SMALL, spell),
        labels=_labels(spans, [LEFT + n * step for n in range(len(spans))]),
    )


def bars(series: Mapping[str, Values], spans: Sequence[Span], spell: Spell) -> Bars:
    """Stacked: what is above zero upwards, what is below (taken back) downwards."""
    columns = list(zip(*series.values(), strict=True))
    tops = [sum(value for value in column if (value or 0) > 0) for column in columns]
    lows = [sum(value for value in column if (value or 0) < 0) for column in columns]
    ticks = _ticks(min(0, *lows), max(0, *tops))
    step = (WIDE.right - LEFT) / len(spans)
    drawn: list[Bar] = []
    for n, (span, column) in enumerate(zip(spans, columns, strict=True)):
        left = round(LEFT + (n + 0.15) * step, 1)
        up = down = 0
        for number, (name, value) in enumerate(zip(series, column, strict=True)):
            if not value:
                continue
            start = up if value > 0 else down
            up, down = (up + value, down) if value > 0 else (up, down + value)
            top = _y(max(start, start + value), ticks, WIDE)
            height = round(_y(min(start, start + value), ticks, WIDE) - top, 1)
            label = f"{span.name}, {name}: {spell(value)}"
            drawn.append(Bar(left, top, round(step * 0.7, 1), height, number, label))
    middles = [LEFT + (n + 0.5) * step for n in range(len(spans))]
    return Bars(
        canvas=WIDE,
        bars=tuple(drawn),
        ticks=_scale(ticks, WIDE, spell),
        labels=_labels(spans, middles),
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


def _scale(ticks: Sequence[int], canvas: Canvas, spell: Spell) -> tuple[Tick, ...]:
    return tuple(Tick(_y(tick, ticks, canvas), spell(tick)) for tick in ticks)


def _labels(spans: Sequence[Span], places: Sequence[float]) -> tuple[Tick, ...]:
    """Every day of a week, about every fifth of a month, eight of what is longer."""
    every = 1 if len(spans) <= 10 else max(5, math.ceil(len(spans) / 8))
    return tuple(
        Tick(round(place, 1), span.short)
        for n, (span, place) in enumerate(zip(spans, places, strict=True))
        if n % every == 0
    )
