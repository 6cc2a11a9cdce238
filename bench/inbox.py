"""What the inbox takes, how soon it shows it, and what a message costs.

Signed webhooks go over HTTP into API Gateway and from there the whole way, as they are deployed:

- **steady**: 20 a second, each from somebody new, whether or not the ones before are through. A
  message is visible once the listing of open conversations has it; that is looked at with the
  query that the API makes, every 50 ms, beside everything else that this machine does.
- **a burst**: 500 from 100 people, as fast as they are taken; one person's race for one row.

Behind that, with nothing else moving, the handler of `process_inbox` runs in this process, on
batches of ten as SQS hands them over: what it asks of AWS, and how many records a second of
processor time carries. How fast messages come through is this machine's doing.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bench.calls import Tally
from bench.figures import Figures, percentile
from bench.ground import Ground, as_worker, ground, held_still, make_workspace
from bench.pages import PAGE_ID, Sent, comment, make_page, records
from bench.worker import worker
from tellal import wiring
from tellal.channels import Channel
from tellal.conversations import ConversationState, conversation_id, message_id
from tellal.observability import logger

A_SECOND, SECONDS = 20, 15
BURST, PEOPLE, SENDERS = 500, 100, 50
BATCHES, OF = 20, 10  # as SQS hands records over
MOST_WRITES = 3  # rows for a new message, where no rule fires
LOOK_EVERY = 0.05  # seconds
LOST_AFTER = 120.0
ROUNDS = 1


@dataclass(frozen=True)
class Taken:
    """One webhook that was sent, and how API Gateway answered it."""

    sent: Sent
    began: float
    seconds: float
    status: int  # 0: not at all

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Watch:
    """When each conversation was first among the open ones that are listed."""

    workspace_id: str
    seen: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        page = wiring.conversations().listed(
            self.workspace_id, ConversationState.OPEN, newest_first=True, limit=100
        )
        now = time.monotonic()
        for item in page.items:
            self.seen.setdefault(str(item["conversation_id"]), now)


@dataclass(frozen=True)
class Handled:
    """What the handler did in this process: a first batch is cold, and left out."""

    opened: Tally
    continued: Tally
    messages: int  # of each
    records_per_cpu_second: float


def measure(*, rounds: int = ROUNDS) -> Figures:
    logger.setLevel("ERROR")
    with ground() as on:
        with as_worker(on, "process_inbox"):
            page = make_page(make_workspace())
            _warm_up(on, page)
            steady, visible = [], []
            for number in range(rounds):
                taken, seconds = _steady(on, page, f"round {number}")
                steady += taken
                visible += seconds
            burst = _burst(on, page)
        with held_still(on):
            handled = _handled()
        with as_worker(on, "process_inbox"):
            stored = _stored([*steady, *burst], page)
    return _figures(steady, visible, burst, stored=stored, handled=handled)


def _warm_up(on: Ground, page: Channel) -> None:
    """A worker that is cold takes a second more; how cold ones do, `imports` measures."""
    with _post(on) as post:
        first = [post(comment("Is it warm in there?", person=f"first{n}")) for n in range(10)]
    _stored(first, page)


def _steady(on: Ground, page: Channel, name: str) -> tuple[list[Taken], list[float]]:
    """Sent at their time, whatever became of those before; and seconds until each was visible."""
    watch = Watch(page.workspace_id)
    with _post(on) as post, _looking(watch), ThreadPoolExecutor(SENDERS) as senders:
        waiting: list[Future[Taken]] = []
        began = time.monotonic()
        for number in range(A_SECOND * SECONDS):
            time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
            asks = comment(f"Open today? {name}, {number}", person=f"{name} {number}")
            waiting.append(senders.submit(post, asks))
        taken = [each.result() for each in waiting]
        conversations = [_conversation(page, each.sent.person) for each in taken]
        ends = time.monotonic() + LOST_AFTER
        while time.monotonic() < ends and not watch.seen.keys() >= {*conversations}:
            time.sleep(LOOK_EVERY)
    seen = zip(taken, conversations, strict=True)
    return taken, [watch.seen[one] - each.began for each, one in seen if one in watch.seen]


def _burst(on: Ground, page: Channel) -> list[Taken]:
    asks = [comment(f"And now? {n}", person=f"burst {n % PEOPLE}") for n in range(BURST)]
    with _post(on) as post, ThreadPoolExecutor(SENDERS) as senders:
        taken = list(senders.map(post, asks))
    _stored(taken, page)
    return taken


@contextmanager
def _post(on: Ground) -> Iterator[Any]:
    """What sends one webhook, from any thread."""
    limits = httpx.Limits(max_connections=SENDERS)
    with httpx.Client(base_url=on.aws.front, trust_env=False, timeout=60, limits=limits) as http:

        def post(sent: Sent) -> Taken:
            headers = {"content-type": "application/json", **sent.headers}
            began = time.monotonic()
            try:
                answer = http.post("/webhooks/facebook", content=sent.body, headers=headers)
                status = answer.status_code
            except httpx.HTTPError:
                status = 0
            return Taken(sent, began, time.monotonic() - began, status)

        yield post


@contextmanager
def _looking(watch: Watch) -> Iterator[None]:
    stopped = threading.Event()

    def look() -> None:
        while not stopped.wait(LOOK_EVERY):
            watch.look()

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield
    finally:
        stopped.set()
        looker.join()


def _stored(taken: Sequence[Taken], page: Channel) -> int:
    """How many of the accepted are kept as messages, once all are, or after two minutes."""
    wanted = {_message(page, each.sent) for each in taken if each.is_accepted}
    ends = time.monotonic() + LOST_AFTER
    while True:
        found = {each.message_id for each in wiring.messages().get_many(sorted(wanted))}
        if found == wanted or time.monotonic() > ends:
            return len(found)
        time.sleep(0.5)


def _handled() -> Handled:
    """Each batch from ten people: first all are new, then each goes on."""
    with worker() as one:
        one.run("process_inbox", records(_batch("cold")))
        used, count = 0.0, 0
        tallies = {"opened": Tally(), "continued": Tally()}
        for number in range(BATCHES):
            for tally in tallies.values():
                batch = records(_batch(f"batch {number}"))
                began = time.process_time()
                [run] = one.run("process_inbox", batch)
                used, count = used + time.process_time() - began, count + OF
                assert not run.reply["batchItemFailures"]
                tally.add(run.tally)
    return Handled(**tallies, messages=BATCHES * OF, records_per_cpu_second=count / used)


def _batch(name: str) -> list[Sent]:
    return [comment(f"How late are you open? {name}", person=f"{name} {n}") for n in range(OF)]


def _conversation(page: Channel, person: str) -> str:
    return conversation_id(page.channel_id, f"{PAGE_ID}_111", person)


def _message(page: Channel, sent: Sent) -> str:
    return message_id(page.channel_id, sent.remote_id)


def _figures(
    steady: Sequence[Taken],
    visible: Sequence[float],
    burst: Sequence[Taken],
    *,
    stored: int,
    handled: Handled,
) -> Figures:
    sent = [*steady, *burst]
    refused = sum(not each.is_accepted for each in sent)
    took = max(each.began + each.seconds for each in burst) - min(each.began for each in burst)
    values: dict[str, Any] = {
        "sent": len(sent),
        "refused": refused,
        "stored": stored,
        **_accepting(steady),
        "p50_visible_s": _rounded(visible, 0.5),
        "p99_visible_s": _rounded(visible, 0.99),
        "burst": {
            "sent": len(burst),
            "refused": sum(not each.is_accepted for each in burst),
            "accepted_per_second": round(sum(each.is_accepted for each in burst) / took, 1),
            **_accepting(burst),
        },
        "writes_per_message": max(handled.opened.rows, handled.continued.rows) / handled.messages,
        "opening": _costs(handled.opened, handled.messages),
        "going_on": _costs(handled.continued, handled.messages),
        "records_per_cpu_second": round(handled.records_per_cpu_second),
    }
    return Figures(
        title="Webhooks into the inbox",
        head=("", "sent", "refused", "p50 accepted", "p99 accepted", "p99 visible"),
        rows=[
            ("20 a second", *_row(steady), f"{values['p99_visible_s']} s"),
            (f"{len(burst)} at once", *_row(burst), ""),
        ],
        notes=[
            f"at once: {values['burst']['accepted_per_second']} accepted a second",
            f"{values['writes_per_message']:g} rows at most for a new message",
            f"{values['opening']['calls']:g} calls open a conversation",
            f"{values['going_on']['calls']:g} calls go on with one",
            f"{values['records_per_cpu_second']} records a second of processor time",
        ],
        values=values,
        missed=list(missed(values)),
    )


def _accepting(taken: Sequence[Taken]) -> Mapping[str, float | None]:
    milliseconds = [each.seconds * 1000 for each in taken if each.is_accepted]
    return {
        "p50_accept_ms": _rounded(milliseconds, 0.5),
        "p99_accept_ms": _rounded(milliseconds, 0.99),
    }


def _rounded(values: Sequence[float], share: float) -> float | None:
    return round(percentile(values, share), 2) if values else None


def _costs(tally: Tally, messages: int) -> Mapping[str, float]:
    return {
        "rows": tally.rows / messages,
        "calls": sum(tally.calls.values()) / messages,
        "write_units": (tally.table_units + tally.index_units) / messages,
        "read_units": tally.read_units / messages,
    }


def _row(taken: Sequence[Taken]) -> tuple[str, ...]:
    found = _accepting(taken)
    refused = sum(not each.is_accepted for each in taken)
    return (str(len(taken)), str(refused), *(f"{each} ms" for each in found.values()))


def missed(values: Mapping[str, Any]) -> Iterator[str]:
    if values["refused"]:
        yield f"{values['refused']} of {values['sent']} webhooks were refused"
    if (lost := values["sent"] - values["refused"] - values["stored"]) > 0:
        yield f"{lost} webhooks were accepted and are not in the inbox"
    if values["writes_per_message"] > MOST_WRITES:
        yield f"a new message writes {values['writes_per_message']} rows, above {MOST_WRITES}"
    if not values["writes_per_message"]:
        yield "nothing was counted: a new message cannot have written nothing"
