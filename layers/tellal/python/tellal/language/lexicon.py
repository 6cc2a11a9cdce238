"""Words as data: a file that a person edits, read once.

    [section]            what its words are for
    2: good, well made   words and phrases, with a number where the section has one
    beğen*               a star stands for any ending
    # a remark

What must stay true: a line that cannot be read is an error that names the file and the line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tellal.language.words import Word, bare, plain

FOLDER = Path(__file__).parent / "lexicons"
ANY = "*"
MARKED = frozenset("çğöşü")  # no ı: capitals lose it


class Unreadable(ValueError):
    """A lexicon's line that says nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    parts: tuple[str, ...]  # plain words; one that ends in a star is a stem
    written: tuple[str, ...]  # the same, with the marks on their letters
    value: float


@dataclass(frozen=True, slots=True)
class Match:
    entry: Entry
    start: int
    end: int  # exclusive
    ending: str  # what the last word has beyond its stem


@dataclass(frozen=True)
class Entries:
    """A section: what stands at a place among words, the longest phrase first."""

    by_first: Mapping[str, Sequence[Entry]] = field(default_factory=dict)  # stems without the star

    def at(self, words: Sequence[Word], start: int) -> Match | None:
        first = words[start]
        for spelled in {first.plain: None, first.single: None}:
            best: Match | None = None
            for length in range(len(spelled), 0, -1):
                for entry in self.by_first.get(spelled[:length], ()):
                    if length < len(spelled) and not entry.parts[0].endswith(ANY):
                        continue
                    if best is None or len(entry.parts) > best.end - start:
                        best = _matched(entry, words, start) or best
            if best:
                return best
        return None

    def has(self, word: Word) -> bool:
        return self.at((word,), 0) is not None

    def mentions(self, word: Word) -> bool:
        """Whether it is a word of a phrase."""
        return word.plain in self._parts

    def ends(self, word: Word) -> bool:
        """Whether one of them is how the word ends, with something before it."""
        return word.plain.endswith(self._endings) and word.plain not in self.by_first

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """Of single words."""
        return {first: entries[0].value for first, entries in self.by_first.items()}

    @cached_property
    def _parts(self) -> frozenset[str]:
        return frozenset(
            part for entries in self.by_first.values() for entry in entries for part in entry.parts
        )

    @cached_property
    def _endings(self) -> tuple[str, ...]:
        return tuple(self.by_first)


NONE = Entries()


@dataclass(frozen=True)
class Lexicon:
    sections: Mapping[str, Entries]

    def __getitem__(self, section: str) -> Entries:
        return self.sections.get(section, NONE)


@cache
def load(name: str) -> Lexicon:
    """`name`: of a file in `lexicons`, without its ending."""
    path = FOLDER / f"{name}.txt"
    return parse(path.read_text(encoding="utf-8"), name=path.name)


def parse(text: str, *, name: str) -> Lexicon:
    sections: dict[str, dict[str, list[Entry]]] = {}
    section: dict[str, list[Entry]] | None = None
    for number, line in enumerate(map(str.strip, text.splitlines()), 1):
        where = f"{name}, line {number}"
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            if section is None:
                raise Unreadable(f"{where}: a word outside of any section")
            for entry in _entries(line, where=where):
                _add(entry, section, where=where)
    return Lexicon({title: Entries(found) for title, found in sections.items()})


def _entries(line: str, *, where: str) -> Iterator[Entry]:
    value, words = _value(line, where=where)
    return (_entry(phrase, value, where=where) for phrase in words.split(","))


def _add(entry: Entry, section: dict[str, list[Entry]], *, where: str) -> None:
    beside = section.setdefault(entry.parts[0].removesuffix(ANY), [])
    if any(other.written == entry.written for other in beside):
        raise Unreadable(f"{where}: {' '.join(entry.parts)!r} for the second time")
    beside.append(entry)


def _value(line: str, *, where: str) -> tuple[float, str]:
    number, colon, words = line.partition(": ")
    if not colon:
        return 1.0, line
    try:
        return float(number), words
    except ValueError:
        raise Unreadable(f"{where}: {number!r} is no number") from None


def _entry(phrase: str, value: float, *, where: str) -> Entry:
    written = tuple(phrase.lower().split())
    if not written:
        raise Unreadable(f"{where}: nothing between two commas")
    if ANY in phrase and (written[0] == ANY or any(ANY in part[:-1] for part in written)):
        raise Unreadable(f"{where}: {phrase.strip()!r} has a star that ends no stem")
    return Entry(tuple(map(bare, written)), written, value)


def _matched(entry: Entry, words: Sequence[Word], start: int) -> Match | None:
    end = start + len(entry.parts)
    if end > len(words):
        return None
    ending = ""
    for part, written, word in zip(entry.parts, entry.written, words[start:end], strict=True):
        stem = part.removesuffix(ANY)
        spelled = word.plain if word.plain.startswith(stem) else word.single
        if not spelled.startswith(stem) or (stem == part and spelled != stem):
            return None
        if _contradicts(word.text, written):
            return None
        ending = spelled[len(stem) :]
    return Match(entry, start, end, ending)


def _contradicts(text: str, written: str) -> bool:
    """Marks that are left away say nothing, those that are there do: «döndü» is not «dondu»."""
    if text.isascii():
        return False
    return any(
        one in MARKED and one != other and plain(one) == plain(other)
        for one, other in zip(text, written, strict=False)
    )
