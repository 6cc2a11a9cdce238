"""How well language and sentiment are read: `python -m local.language` prints docs/language.md.

    python -m local.language --mistakes   which sentences for tuning are read wrongly, and as what

The sentences that the figures are measured with are shown by nothing here: who saw which of them
fail would tune on them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tellal.language import Language, Reading, Sentiment, read

DATA = Path(__file__).parent.parent / "tests" / "language" / "data"
MEASURED, TUNED, HARD = "evaluation", "dev", "fresh"
FILES = {"en": "English", "tr": "Turkish", "other": "neither (or in no words)"}

TOLD = """\
# Language and sentiment

<!-- Made by `make fix` from local/language.py and the sentences in tests/language/data. -->

`tellal.language.read(text)` says which language a message is in (`en`, `tr` or `unknown`) and how
it sounds (`positive`, `neutral`, `negative` or `unknown`, and a score from -1 to 1). It asks
nobody: word lists and rules in the package, nothing learnt, nothing sent anywhere
([why](decisions/0016-language-and-sentiment.md)). Links, mentions and hashtags are not read.

- The language is what most of the words are known in. Words of other languages count against it.
- A feeling is a word, phrase or stem of a list, made stronger («very», «çok»), turned by what
  negates it («not», «never»; «değil», «yok», the verb's own -me-), and weighed less before a «but»
  or «ama».
- What is negated though it was wanted is a complaint: «never arrived», «gelmedi».
- A question is neutral unless it is a reproach. Beside an angry emoji little is left of praise.
- Without any words emoji speak for themselves: the language is unknown then, the sentiment is not.
"""
LIMITS = """\
## What it cannot do

- **The first figures flatter, those without a word for it do not.** The first sentences were
  written before any word list, but by the same author, who had them in mind. The hard ones were
  written after the first lists, to say what they say without the usual words (0.35 and 0.48 then);
  the lists have been widened by the same author since, with some of their words. Which sentences of
  either failed, nobody looked at. Real messages lie between.
- What has no word for it («the keys were with a neighbour who was away») is often read as
  neutral, the usual mistake.
- Irony is seen in a few set phrases and beside angry emoji only.
- One message has one language and one sentiment: of a mixed one, what there is more of.
- Azerbaijani without its own letters looks like Turkish; words that many languages share («super»,
  «ok») look like none.
- Only the first 10,000 characters are read.

## How to correct it

- One message: a person says better, on the message. Nothing is learnt from that.
- A word: `layers/tellal/python/tellal/language/lexicons/`, one file for each language, made to be
  edited: `2: delicious, worth the wait, beğen*`. A star stands for any ending. Add a sentence that
  shows the need to `tests/language/data/dev`, look at `python -m local.language --mistakes`, and
  `make fix` writes this page anew; `make check` fails without. Never tune on a sentence of
  `evaluation` or `fresh`.
- A language: a reader (`english.py` is one), its lexicon, and a line each in `READERS` and
  `Language`.
"""


@dataclass(frozen=True)
class Sentence:
    text: str
    language: str
    sentiment: str


@dataclass(frozen=True)
class Score:
    """Of one class."""

    right: int
    said: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.said + self.true) if self.said + self.true else 0.0


Pairs = Counter[tuple[str, str]]  # what is true, and what was said


def sentences(which: str, file: str) -> list[Sentence]:
    lines = (DATA / which / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Sentence(**json.loads(line)) for line in lines]


@cache
def readings(which: str, file: str) -> Sequence[tuple[Sentence, Reading]]:
    return [(each, read(each.text)) for each in sentences(which, file)]


def language_pairs(which: str) -> Pairs:
    return Counter(
        (each.language, got.language.value) for file in FILES for each, got in readings(which, file)
    )


def sentiment_pairs(which: str, file: str) -> Pairs:
    return Counter((each.sentiment, got.sentiment.value) for each, got in readings(which, file))


def scores(pairs: Pairs) -> Mapping[str, Score]:
    """Of each class that there is. What was said to be unknown and is not is a miss."""
    return {
        name: Score(
            right=pairs[name, name],
            said=sum(n for (_, said), n in pairs.items() if said == name),
            true=sum(n for (true, _), n in pairs.items() if true == name),
        )
        for name in sorted({true for true, _ in pairs})
    }


def macro_f1(pairs: Pairs) -> float:
    found = scores(pairs).values()
    return sum(each.f1 for each in found) / len(found)


def page() -> str:
    return "\n".join([TOLD, *_figures(), "", LIMITS]).rstrip() + "\n"


def _figures() -> Iterator[str]:
    yield "## Language, measured"
    yield ""
    yield from _table(language_pairs(MEASURED), Language)
    for file, title in FILES.items():
        yield from ("", f"## Sentiment in {title}, measured", "")
        yield from _table(sentiment_pairs(MEASURED, file), Sentiment)
    yield from ("", "## All of it in one number each (macro F1)", "")
    yield "| | sentences | language | sentiment in English | in Turkish |"
    yield "| --- | --- | --- | --- | --- |"
    for which, title in (
        (MEASURED, "for measuring (`evaluation`)"),
        (HARD, "for measuring, without a word for it (`fresh`)"),
        (TUNED, "for tuning (`dev`): no figure to go by"),
    ):
        amount = sum(len(sentences(which, file)) for file in FILES)
        figures = [language_pairs(which), *(sentiment_pairs(which, file) for file in ("en", "tr"))]
        yield f"| {title} | {amount} | {' | '.join(f'{macro_f1(each):.3f}' for each in figures)} |"


def _table(pairs: Pairs, names: type[Language] | type[Sentiment]) -> Iterator[str]:
    said = [str(name) for name in names]
    found = scores(pairs)
    yield f"| is | {' | '.join(f'read as {each}' for each in said)} | precision | recall | F1 |"
    yield f"| --- |{' --- |' * (len(said) + 3)}"
    for name, score in found.items():
        counts = " | ".join(str(pairs[name, each]) for each in said)
        yield (
            f"| {name} | {counts} | {score.precision:.3f} | {score.recall:.3f} | {score.f1:.3f} |"
        )
    yield ""
    yield f"{pairs.total()} sentences, macro F1 **{macro_f1(pairs):.3f}**."


def mistakes() -> Iterator[str]:
    for file in FILES:
        for each, got in readings(TUNED, file):
            if (got.language, got.sentiment) != (each.language, each.sentiment):
                yield (
                    f"{each.language} {each.sentiment} read as {got.language} {got.sentiment} "
                    f"({got.score:+.2f}): {each.text}"
                )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mistakes", action="store_true", help="among the sentences for tuning")
    shown = mistakes() if parser.parse_args().mistakes else page().splitlines()
    print("\n".join(shown))


if __name__ == "__main__":
    main()
