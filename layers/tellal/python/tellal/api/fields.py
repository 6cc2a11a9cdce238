"""What fields of requests have in common: how long they may be, and which times make sense."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, NaiveDatetime

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Id = Annotated[str, Field(min_length=1, max_length=128)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=70_000)]  # more than any platform takes
AltText = Annotated[str, Field(max_length=4_000)]
Instant = Annotated[AwareDatetime, Field(ge=FIRST, le=LAST)]
WallClock = Annotated[
    NaiveDatetime,
    Field(
        ge=FIRST.replace(tzinfo=None),
        le=LAST.replace(tzinfo=None),
        description="What clocks show in the workspace's zone: 2026-11-23T09:00",
    ),
]
