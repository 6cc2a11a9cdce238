"""Dollars a month: at rest, and for a small team; and what a thousand deliveries add.

What stands there is counted in the templates that are deployed to AWS. What happens is done by the
real handlers against the local AWS, its calls and request units counted. Prices and allowances
are in `prices.json`. What nobody can count here is said below, each time the dearer way.

Left out, together under a cent: merging observations, uploading pictures, the surcharge for fair
queues, one function's scratch space above 512 MB. The first 100 GB to the internet are free;
platforms' own fees and stored video are apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench import template
from bench.figures import Figures
from bench.ground import ground_held_still, make_workspace
from bench.prices import Prices, Usage, total
from bench.team import POSTS, Work, at_work
from bench.template import HOURS, Deployed
from bench.worker import Run, an_hour
from infra.access import STREAMING
from local.assembly import synthesise
from tellal.config import settings
from tellal.observability import logger

ROUNDS = 1  # counts do not vary
MOST_AT_REST, MOST_SMALL = 1.50, 2.00
MESSAGES = 2_000
LOOKS = 2 * MESSAGES  # at the inbox, through the API
WITH_PICTURE = 0.5  # of all posts
# How often a post's numbers change in its thirty days: every hour of two of them, then daily.
MOVES = 41  # times that a post is measured in its life (`observations.next_measurement`)
REPORTS = (HOURS / (7 * 24) + 1) / 2  # pairs of a week's and a month's

# Local milliseconds stand in for Lambda's, and with them a cold start at every single run.
COLD_SECONDS = 1.0
WAIT_SECONDS = 2.0  # of publish_delivery: its hints come one to two seconds early
LOG_GB = 2e-6  # a run: Lambda's start, end and report, and a line or two of ours
TAKEN = {"sqs_requests": 2.0}  # a message is received and deleted
RECEIVED = {"http_requests": 1.0, "sqs_requests": 1.0}  # a webhook, on its way into the queue
# After a year: some 100 MB of rows, and pictures for a GB.
STORED = {"dynamodb_gb": 0.1, "dynamodb_backup_gb": 0.1, "s3_gb": 1.0}


@dataclass(frozen=True, kw_only=True)
class Costs:
    prices: Prices
    deployed: Deployed
    streaming: frozenset[str]  # tables, as AWS names them
    telling: Run  # of publish_events

    def used(self, runs: Iterable[Run]) -> Usage:
        """With what follows from it: a run of publish_events for each table that was written."""
        parts: list[tuple[float, Usage]] = []
        for run in runs:
            parts.append((1, self._of_run(run)))
            parts += [(n, {self.prices.meter_of(call): 1}) for call, n in _billed(run)]
            changes = sum(n for table, n in run.tally.written.items() if table in self.streaming)
            parts.append((changes, self._of_run(self.telling)))
        return total(parts)

    def at_rest(self, hour: Iterable[Run]) -> Usage:
        return total([(1, self.deployed.standing), (HOURS, self.used(hour))])

    def of_posts(self, work: Work) -> Usage:
        told = {"events": float(work.deliveries)}
        pictures = WITH_PICTURE * work.deliveries
        return total([(1, self.used(work.posts)), (pictures, self.used(work.picture)), (1, told)])

    def of_team(self, work: Work) -> Usage:
        new = total([(1, self.used(work.first_numbers)), (-1, self.used(_of_hour(work)))])
        told = {"events": float(MESSAGES)}
        return total(
            [
                (1, self.at_rest(work.hour)),
                (1, self.of_posts(work)),
                (MESSAGES, RECEIVED),
                (MESSAGES / len(work.messages), self.used(work.messages)),
                (1, told),
                (LOOKS, self.used(work.reading)),
                (MOVES, new),
                (REPORTS, self.used(work.reports)),
                (1, STORED),
            ]
        )

    def _of_run(self, run: Run) -> Usage:
        """What it costs to run, and its request units: all but its calls."""
        waited = WAIT_SECONDS if run.function == "publish_delivery" else 0
        seconds = COLD_SECONDS + waited + run.seconds
        own = {
            "lambda_requests": 1,
            "lambda_gb_seconds": seconds * self.deployed.memory_gb[run.function],
            "log_gb": LOG_GB,
            "http_requests": float(run.function == "api"),
            "dynamodb_writes": run.tally.table_units + run.tally.index_units,
            "dynamodb_reads": run.tally.read_units,
        }
        return total([(1, own), (run.function in self.deployed.polled, TAKEN)])


def _billed(run: Run) -> list[tuple[str, int]]:
    """Its calls, without those to DynamoDB, which cost by units, and what is free everywhere."""
    return [
        (call, n)
        for call, n in run.tally.calls.items()
        if not call.startswith("dynamodb.") and call != "s3.DeleteObject"
    ]


def _of_hour(work: Work) -> list[Run]:
    """The runs that measured: with no new number, as they are all but once a day."""
    return [run for run in work.hour if run.function == "collect_metrics"]


def measure(*, rounds: int = ROUNDS) -> Figures:  # noqa: ARG001  # counts do not vary
    logger.setLevel("CRITICAL")
    prices = Prices.read()
    deployed = template.read(synthesise(stage="bench-cost"), prices)
    with ground_held_still() as on:
        workspace = make_workspace()
        resting = an_hour(deployed.per_hour)
        work = at_work(on, workspace, deployed.per_hour)
        streaming = frozenset(settings().tables[name] for name in STREAMING)
    costs = Costs(prices=prices, deployed=deployed, streaming=streaming, telling=work.telling)
    deliveries = costs.of_posts(work)
    thousand = sum(prices.list_price(deliveries).values()) * 1_000 / work.deliveries
    return _figures(prices, costs.at_rest(resting), costs.of_team(work), thousand=thousand)


def _figures(prices: Prices, rest: Usage, small: Usage, *, thousand: float) -> Figures:
    bills = {"idle_usd": prices.bill(rest), "small_usd": prices.bill(small)}
    limits = {"idle_usd": MOST_AT_REST, "small_usd": MOST_SMALL}
    sums = {name: sum(bill.values()) for name, bill in bills.items()}
    return Figures(
        title=f"Dollars a month ({prices.region}, {prices.as_of}): at rest, and for a small team",
        head=("", "", "free", "at rest", "$", "small team", "$"),
        rows=[
            *(
                (
                    meter.service,
                    meter.unit,
                    f"{meter.free:,.0f}" if meter.free else "",
                    _amount(rest.get(name, 0)),
                    f"{bills['idle_usd'].get(name, 0):.3f}",
                    _amount(small.get(name, 0)),
                    f"{bills['small_usd'].get(name, 0):.3f}",
                )
                for name, meter in prices.meters.items()
            ),
            ("", "", "", "", f"{sums['idle_usd']:.3f}", "", f"{sums['small_usd']:.3f}"),
        ],
        notes=[
            f"small team: 5 channels, {POSTS} posts on each, {MESSAGES:,} messages, a year's data",
            f"1,000 deliveries at list prices, from the API's door on: ${thousand:.3f}",
        ],
        values={
            **{name: round(each, 3) for name, each in sums.items()},
            "per_1000_deliveries_usd": round(thousand, 3),
        },
        missed=[
            f"{name} is {sums[name]:.3f}, above {limit:.2f}: {_dearest(prices, bills[name])}"
            for name, limit in limits.items()
            if sums[name] > limit
        ],
    )


def _amount(used: float) -> str:
    return f"{used:,.0f}" if used >= 10 or used == int(used) else f"{used:.2g}"


def _dearest(prices: Prices, bill: Mapping[str, float]) -> str:
    names: Sequence[str] = sorted(bill, key=lambda name: -bill[name])[:4]
    meters = prices.meters
    return ", ".join(
        f"{meters[name].service} {meters[name].unit} {bill[name]:.3f}" for name in names
    )
