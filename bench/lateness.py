"""Seconds from due to arrival, for 1, 10, 100 and 500 posts due at the same instant.

The stacks run as they are deployed: posts are written through the HTTP API, and schedules, queues
and workers do the rest. The sandbox does not keep idempotency keys here, so a post that was sent
twice would be there twice. In the first round every worker is cold.

All is written first, the last round foremost: what is due more than five minutes after it was
written waits for a sweep's hint, everything else for the one that the API sent.

Behind that, on the same ground, two pollers publish such bursts (`bench.polling`), with as many
workers: what becomes of them where something asks every 15 or every 60 seconds what is due. How
fast a large burst drains is this machine's doing, for them as for us.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from statistics import median

from account.setting_up import offer_setup_token
from bench import polling
from bench.bursts import CHANNELS, MANY, SIZES, Arrivals, Burst, Sent, arrivals, wait
from bench.draining import seconds_to_drain
from bench.figures import Figures, percentile
from bench.ground import STAGE, Ground, ground, held_still
from local.demo.api import Api
from tellal import clock
from tellal.deliveries import Timing

ROUNDS = 3
LEAST_AHEAD = timedelta(seconds=20)
A_ROUND = timedelta(seconds=30)  # between the same places of two rounds
TO_WRITE_ONE = timedelta(milliseconds=120)  # through the API; what is written late is refused
OURS = "tellal"

type BySize = Mapping[int, Arrivals]


def measure(*, rounds: int = ROUNDS) -> Figures:
    with ground() as on:
        on.mastodon.control.change_settings(keeps_idempotency_keys=False)
        api, channels = _set_up(on)
        bursts = plan(rounds, now=clock.now(), chance=random.Random())
        ours = [each for burst in reversed(bursts) for each in _write(burst, api, channels)]
        if clock.now() >= bursts[0].due:
            raise RuntimeError("writing the posts took longer than planned: nothing was measured")
        wait(on, ours)
        floor = seconds_to_drain(on.aws, messages=max(SIZES))
        with held_still(on):
            turns = {15: rounds, 60: max(1, rounds // 3)}
            polled = polling.measured(on, rounds_by_seconds=turns)
        posts = on.mastodon.control.posts()
    sent = {OURS: ours} | {f"poller_{seconds}s": each for seconds, each in polled.items()}
    found = {who: _by_size(each, posts) for who, each in sent.items()}
    cold = arrivals([each for each in ours if each.burst.round == 0], posts)
    return _figures(
        found,
        floor=floor,
        notes=[
            f"{rounds} rounds, of the poller of 60 s {turns[60]}; {MANY} at once, once",
            f"hinted at by: {', '.join(f'{way} {n}' for way, n in sorted(_ways(ours).items()))}",
            f"the cold round: at most {max(cold.seconds, default=0):.2f} s late",
            f"{max(SIZES)} messages to a function that does nothing take {floor:.1f} s here",
        ],
    )


def plan(rounds: int, *, now: datetime, chance: random.Random) -> list[Burst]:
    """The bursts by the time they are due: in each round all sizes, in any order, apart. Many at
    once come last, with a round's time to themselves before."""
    writing = (MANY + rounds * sum(SIZES)) * TO_WRITE_ONE
    first = now + LEAST_AHEAD + writing
    return [
        Burst(number, size, first + (number + (place + chance.random() / 2) / len(SIZES)) * A_ROUND)
        for number in range(rounds)
        for place, size in enumerate(chance.sample(SIZES, len(SIZES)))
    ] + [Burst(rounds, MANY, first + (rounds + chance.random() / 2) * A_ROUND)]


def _set_up(on: Ground) -> tuple[Api, Sequence[str]]:
    token = offer_setup_token(on.aws.client, stage=STAGE)
    owner = Api(on.aws.front).post("/setup", token=token, name="bench")["token"]
    workspace = Api(on.aws.front, key=owner).post(
        "/workspaces", name="Acme", zone="Europe/Istanbul"
    )
    api = Api(on.aws.front, key=owner, workspace=workspace["workspace_id"])
    channels = []
    for number in range(CHANNELS):
        account = on.mastodon.control.create_account(f"acme{number}")
        given = {"server": on.mastodon.url, "access_token": account["access_token"]}
        channels.append(api.post("/channels", platform="mastodon", **given)["channel_id"])
    return api, channels


def _write(burst: Burst, api: Api, channels: Iterable[str]) -> Iterator[Sent]:
    for number, channel in zip(range(burst.size), cycle(channels), strict=False):
        text = f"Round {burst.round}, {number + 1} of {burst.size}"
        due = clock.text(burst.due)
        post = api.post("/posts", text=text, channel_ids=[channel], publish_at=due)
        [delivery_id] = post["delivery_ids"]
        yield Sent(delivery_id, burst, swept=burst.due > clock.now() + Timing().ahead)


def _by_size(sent: Sequence[Sent], posts: Sequence[Mapping[str, object]]) -> BySize:
    return {
        size: arrivals([each for each in sent if each.burst.size == size], posts)
        for size in (*SIZES, MANY)
    }


def _ways(sent: Iterable[Sent]) -> Counter[str]:
    return Counter("sweep" if each.swept else "own hint" for each in sent)


def _figures(found: Mapping[str, BySize], *, floor: float, notes: Sequence[str]) -> Figures:
    values = {
        who: {str(size): _values(each) for size, each in by_size.items()}
        for who, by_size in found.items()
    }
    ours = values.pop(OURS)
    ahead, behind = (each[str(max(SIZES))]["p99"] for each in (ours, values["poller_15s"]))
    return Figures(
        title="Seconds from due to arrival",
        head=("", "due at once", "p50", "p95", "p99", "max", "drain", "doubled", "lost"),
        rows=[
            [who, size, *map(str, held.values())]
            for who, by_size in ({OURS: ours} | values).items()
            for size, held in by_size.items()
        ],
        notes=notes,
        values={
            **ours,
            **values,
            "ratio_p99_100": round(behind / ahead, 1) if ahead and behind else None,
            "drain_floor_s": round(floor, 2),
        },
        missed=[*_missed(found[OURS])],
    )


def _values(found: Arrivals) -> Mapping[str, float | None]:
    late = found.seconds
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        **{name: round(percentile(late, at), 2) if late else None for name, at in shares.items()},
        "drain": round(median(found.drains), 2) if late else None,
        "doubled": found.doubled,
        "lost": found.lost,
    }


def _missed(by_size: BySize) -> Iterator[str]:
    for size, found in by_size.items():
        early = sum(seconds < 0 for seconds in found.seconds)
        for count, what in ((early, "early"), (found.doubled, "doubled"), (found.lost, "lost")):
            if count:
                yield f"of the posts due {size} at once, {count} came {what}"
