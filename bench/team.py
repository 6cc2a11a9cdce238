"""A small team at work: five channels, and on them a month's posts and a sample of its messages.

Each post goes to every channel. The team's messages come as webhooks of a page, one a call, which
costs more than finding them by polling; the page is a sixth channel. All its data is written by
the real handlers, and what they asked of AWS is kept by the kind of work.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.calls import stored_picture
from bench.ground import Ground, connect_channel, write_post
from bench.pages import make_page, message, records
from bench.runtime import event
from bench.worker import Run, an_hour, worker
from local.sandboxes.serving import Sandbox, running
from tellal import clock, ids, wiring
from tellal.access import keys
from tellal.access.permissions import Role
from tellal.channels import Channel, Workspace
from tellal.deliveries import Delivery
from tellal.measuring.published import posts_of

POSTS = 100
ON_MASTODON, ON_BLUESKY = 3, 2
OLD = timedelta(hours=2)
AGE = timedelta(days=70)  # a week and a month have ended since
TO_PUBLISH_ONE = timedelta(milliseconds=500)  # how far ahead they are due; nobody waits
SOON_OUT = timedelta(minutes=74)  # a token that the hourly renewal renews, and nothing before it


@dataclass(frozen=True, kw_only=True)
class Work:
    """What was run, by the kind of work."""

    posts: Sequence[Run]  # POSTS of them, written and published
    deliveries: int  # of those
    picture: Sequence[Run]  # prepared, for one channel
    messages: Sequence[Run]  # two: one that opens a conversation, one that goes on with it
    reading: Sequence[Run]  # one look at the inbox
    telling: Run  # one event, put on the bus
    first_numbers: Sequence[Run]  # every post's numbers are new
    reports: Sequence[Run]  # a week's and a month's
    hour: Sequence[Run]  # of the schedules; no number is new


def at_work(on: Ground, workspace: Workspace, per_hour: Mapping[str, int]) -> Work:
    with running("bluesky") as bluesky:
        hosts = {"bluesky": bluesky.hosts}
        os.environ["PLATFORM_HOSTS"] = json.dumps(hosts)  # the ground's end puts it back
        wiring.forget()
        team = Team(workspace, _connected(workspace, on, bluesky), _key(workspace))
        posts = [run for number in range(POSTS) for run in team.post(number)]
        published = len(on.mastodon.control.posts()) + len(bluesky.control.posts())
        assert published == POSTS * len(team.channels), f"{published} were published"
        picture, messages, reading = team.prepare_picture(), team.receive(), team.look()
        wiring.workspaces().save(
            workspace, workspace.model_copy(update={"created_at": workspace.created_at - AGE})
        )
        _age_posts(workspace)
        with worker() as one:
            first_numbers = one.run("collect_metrics", {})
            reports = one.run("build_report", {})
            telling = one.run("publish_events", event("publish_events/a_post_was_published"))
        assert len(reports) == 3, "the clock's, a week's and a month's"
        team.let_tokens_run_out()
        return Work(
            posts=posts,
            deliveries=published,
            picture=picture,
            messages=messages,
            reading=reading,
            telling=telling[0],
            first_numbers=first_numbers,
            reports=reports,
            hour=an_hour(per_hour),
        )


def _age_posts(workspace: Workspace) -> None:
    """A post is measured first when it is an hour old."""
    now = clock.now()
    found = posts_of(
        wiring.deliveries(), workspace.workspace_id, Delivery, since=now - OLD, until=now + OLD
    )
    for delivery in list(found):
        at = delivery.published_at - OLD if delivery.published_at else None
        wiring.deliveries().save(delivery, delivery.model_copy(update={"published_at": at}))


@dataclass(frozen=True)
class Team:
    workspace: Workspace
    channels: Sequence[Channel]
    token: str

    def post(self, number: int) -> Sequence[Run]:
        """Written through the API for a moment ahead, and published on every channel."""
        due = clock.now() + len(self.channels) * TO_PUBLISH_ONE
        with worker() as one:
            [written] = one.run(
                "api",
                self._asks(
                    "POST",
                    "/posts",
                    text=f"Fresh simit every morning from seven, all week long: {number}",
                    channel_ids=[channel.channel_id for channel in self.channels],
                    publish_at=clock.text(due),
                ),
            )
            runs = [written]
            for delivery_id in _answered(written)["delivery_ids"]:
                runs += one.run("publish_delivery", _hint("publish_delivery", delivery_id))
        return runs

    def prepare_picture(self) -> Sequence[Run]:
        picture = write_post(self.channels[0], at=clock.now(), media=(stored_picture(),))
        with worker() as one:
            return one.run("prepare_delivery", _hint("prepare_delivery", picture.delivery_id))

    def receive(self) -> Sequence[Run]:
        make_page(self.workspace)
        runs = []
        for number in range(2):
            with worker() as one:
                asks = message(f"How late are you open? {number}", person="2401")
                runs += one.run("process_inbox", records([asks]))
        assert not any(run.reply["batchItemFailures"] for run in runs)
        return runs

    def look(self) -> Sequence[Run]:
        with worker() as one:
            [looked] = one.run("api", self._asks("GET", "/conversations"))
        assert len(_answered(looked)["items"]) == 1
        return [looked]

    def let_tokens_run_out(self) -> None:
        for channel in self.channels:
            row = wiring.credentials().get(channel.channel_id)
            assert row is not None
            if row.expires_at is not None:
                soon = row.model_copy(update={"expires_at": clock.now() + SOON_OUT})
                wiring.credentials().save(row, soon)

    def _asks(self, method: str, path: str, **body: Any) -> Mapping[str, Any]:
        sample = event("api/write_post")
        headers = sample["headers"] | {
            "authorization": f"Bearer {self.token}",
            "tellal-workspace": self.workspace.workspace_id,
            "idempotency-key": ids.new("key", now=clock.now()),
        }
        http = sample["requestContext"]["http"] | {"method": method, "path": path}
        return sample | {
            "rawPath": path,
            "headers": headers,
            "body": json.dumps(body) if body else None,
            "pathParameters": {"proxy": path.removeprefix("/")},
            "requestContext": sample["requestContext"] | {"http": http},
        }


def _connected(workspace: Workspace, on: Ground, bluesky: Sandbox) -> Sequence[Channel]:
    channels = []
    for number in range(ON_MASTODON):
        token = on.mastodon.control.create_account(f"acme{number}")["access_token"]
        given = {"server": on.mastodon.url, "access_token": token}
        channels.append(connect_channel(workspace, "mastodon", **given))
    for number in range(ON_BLUESKY):
        account = bluesky.control.create_account(f"acme{number}")
        given = {name: account[name] for name in ("handle", "app_password")}
        channels.append(connect_channel(workspace, "bluesky", **given))
    return channels


def _key(workspace: Workspace) -> str:
    token = keys.new_token()
    key = keys.make(
        token,
        name="bench",
        role=Role.OWNER,
        workspace_id=workspace.workspace_id,
        now=clock.now(),
    )
    wiring.access().create(key)
    return token.get_secret_value()


def _hint(function: str, delivery_id: str) -> Mapping[str, Any]:
    return event(f"{function}/one_hint", body=json.dumps({"delivery_id": delivery_id}))


def _answered(run: Run) -> Any:
    assert run.reply["statusCode"] < 300, run.reply["body"]
    return json.loads(run.reply["body"])
