"""What a reader of one language is: a module with a lexicon, and its line in `READERS`."""

from collections.abc import Sequence
from typing import Protocol

from tellal.language.lexicon import Lexicon
from tellal.language.reading import Language
from tellal.language.weighing import Hit
from tellal.language.words import Sentence, Word


class Reader(Protocol):
    @property
    def language(self) -> Language: ...

    @property
    def lexicon(self) -> Lexicon: ...

    def likeness(self, word: Word) -> float:
        """How much the word looks like this language, from 0 to 1."""
        ...

    def turn(self, sentence: Sentence, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits as the sentence means them: turned by what negates them, with what it complains
        of without a word for it («never arrived»)."""
        ...

    def asks(self, sentence: Sentence) -> bool:
        """Whether it is a question, with or without a question mark."""
        ...
