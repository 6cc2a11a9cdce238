"""What a schedule must not leave behind, told by its kind: each suite has its own kinds."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Violation[Kind: StrEnum]:
    kind: Kind
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.sentence}"
