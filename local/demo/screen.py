"""What the demo prints: steps, what was checked, tables, and in the end a verdict."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

WIDTH = 78


class StepFailed(Exception):
    """A check did not hold: which step, and one sentence."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(f"{step}: {sentence}")
        self.step = step
        self.sentence = sentence


class Screen:
    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._began = time.monotonic()
        self._step = "starting"
        self._checks = 0
        self._colour = out.isatty()

    @property
    def current(self) -> str:
        """The step that is being done."""
        return self._step

    def title(self, text: str) -> None:
        self._print(f"\n{self._bold(text)}\n{'─' * WIDTH}")

    def step(self, text: str) -> None:
        self._step = text
        self._print(f"\n{self._bold(text)}  {self._faint(self._elapsed())}")

    def line(self, text: str) -> None:
        self._print(f"  {text}")

    def check(self, what: str, held: object) -> None:
        """Say that something holds, or end the demo saying that it does not."""
        if not held:
            raise StepFailed(self._step, f"this does not hold: {what}")
        self._checks += 1
        self._print(f"  {self._green('✓')} {what}")

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
        for number, row in enumerate([head, *rows]):
            cells = "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self._print(f"  {self._bold(cells) if number == 0 else cells}".rstrip())

    def summary(self) -> None:
        seconds = time.monotonic() - self._began
        self._print(f"\n{self._green('✓')} {self._checks} checks held, in {seconds:.0f} s\n")

    def stays_up(self, api: str) -> None:
        self.title("It stays up: try it")
        self.line(f"API         {api}/")
        self.line(f"its page    {api}/docs      (OpenAPI: {api}/openapi.json)")
        self.line(
            "Ctrl-C stops everything that was started; the next `make demo` goes on from here"
        )

    def failure(self, step: str, sentence: str, *, look_at: Path | None = None) -> None:
        self._print(f"\n{self._red('✗')} {step}: {sentence}")
        if look_at is not None:
            self._print(f"  look at {look_at}")

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self._began:.1f} s"

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)

    def _bold(self, text: str) -> str:
        return self._painted(text, "1")

    def _faint(self, text: str) -> str:
        return self._painted(text, "2")

    def _green(self, text: str) -> str:
        return self._painted(text, "32")

    def _red(self, text: str) -> str:
        return self._painted(text, "31")

    def _painted(self, text: str, code: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour else text
