"""The figures of some posts alone, asked as those of all are: a campaign's.

Its posts are those that the figures were given (`posts`). What is the channel's and no post's, its
followers above all, is in none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tellal.measuring.periods import Day, Period
from tellal.reporting.figures import Figures, Values
from tellal.reporting.measures import MEASURES, News

OURS = "(SELECT * FROM news($since, $after) WHERE delivery_id IN (SELECT delivery_id FROM posts))"
BY_DAY = """
WITH moved AS (
    SELECT channel_id, delivery_id, daily.n,
           last - coalesce(lag(last) OVER number,
                           CASE WHEN published_at >= days.early THEN 0 ELSE first END) AS new
    FROM daily JOIN days USING (n) JOIN posts USING (delivery_id)
    WHERE daily.n < $after AND metric IN ('likes', 'shares', 'replies', 'quotes', 'saves')
    WINDOW number AS (PARTITION BY channel_id, delivery_id, metric ORDER BY daily.n)
)
SELECT channel_id, n, NULL::BIGINT AS followers, sum(new)::BIGINT AS engagements
FROM moved
WHERE n >= $since
GROUP BY ALL
ORDER BY ALL
"""


@dataclass(frozen=True)
class Narrowed:
    figures: Figures

    @property
    def days(self) -> tuple[Day, ...]:
        return self.figures.days

    @property
    def rows(self) -> Callable[[str, Period], list[dict[str, Any]]]:
        return self.figures.rows

    def values(self, period: Period) -> Values:
        asked = ", ".join(f"{measure.sql} AS {measure.name}" for measure in MEASURES)
        found = self.rows(
            f"SELECT channel_id, {asked} FROM {OURS}"  # noqa: S608  # our constants
            " GROUP BY GROUPING SETS ((channel_id), ())",
            period,
        )
        return {row.pop("channel_id"): row for row in found}

    def news(self, period: Period) -> list[News]:
        found = self.rows(f"SELECT * FROM {OURS} ORDER BY ALL", period)  # noqa: S608  # our constants
        return [News.model_validate(row) for row in found]

    def by_day(self, period: Period) -> list[dict[str, Any]]:
        return self.rows(BY_DAY, period)
