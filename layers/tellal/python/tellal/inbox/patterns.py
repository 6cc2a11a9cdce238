"""Patterns that users write, run by RE2: in time linear to the text, whatever the pattern.

Python's own `re` can be made to take years; RE2 knows neither looking around nor back-references,
and says so when a rule is saved.
"""

from functools import lru_cache
from typing import Any

import re2

from tellal.errors import Broken, Unacceptable

MOST_MEMORY = 1024 * 1024  # bytes, of a compiled pattern
LONGEST = 10_000  # characters of a text


class Patterns:
    def check(self, pattern: str, *, field: str) -> None:
        """Raises Unacceptable."""
        try:
            _compiled(pattern)
        except re2.error as error:
            said = error.args[0]
            why = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            raise Unacceptable(Broken(field, f"is no pattern that RE2 takes: {why}")) from error

    def found(self, pattern: str, text: str) -> bool:
        spelled = text[:LONGEST].encode("utf-8", "replace").decode()
        return _compiled(pattern).search(spelled) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY
    return re2.compile(pattern, options)
