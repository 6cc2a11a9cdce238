"""What a case begins with: a workspace, channels on the sandboxes, functions as deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from local.aws.process import LocalAws
from local.sandboxes.consent import CLIENT_ID, CLIENT_SECRET
from local.sandboxes.serving import Sandbox
from tellal import clock, ids, wiring
from tellal.channels import App, Channel, Workspace
from tellal.deliveries import Delivery
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Connects
from tellal.stores.secrets import of_app
from tellal.stores.table import transact
from tests.conftest import connected
from tests.integration.deliveries import hint_for

ROOT = Path(__file__).parents[2]
FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
BEFORE = timedelta(days=70)  # a week and a month have ended since


def function_name(function: str) -> str:
    return f"tellal-test-{function}"


@dataclass(frozen=True)
class World:
    aws: LocalAws
    sandboxes: Mapping[str, Sandbox]
    workspace: Workspace
    now: datetime

    @classmethod
    def made(cls, aws: LocalAws, sandboxes: Mapping[str, Sandbox]) -> "World":
        now = clock.now()
        workspace = Workspace(
            workspace_id=ids.new("ws", now=now),
            name="Acme",
            zone="Europe/Istanbul",
            created_at=now - BEFORE,
        )
        return cls(aws, sandboxes, wiring.workspaces().create(workspace), now)

    # ── channels, with credentials that their sandbox takes ──────────────────────────────────

    def mastodon(self) -> Channel:
        sandbox = self.sandboxes["mastodon"]
        token = sandbox.control.create_account("acme")["access_token"]
        return self._connected("mastodon", server=sandbox.url, access_token=token)

    def bluesky(self) -> Channel:
        """Its token is about to run out: whoever opens it must renew it."""
        account = self.sandboxes["bluesky"].control.create_account("acme")
        channel = self._connected(
            "bluesky", handle=account["handle"], app_password=account["app_password"]
        )
        self.expire(channel)
        return channel

    def facebook(self) -> Channel:
        account = self.sandboxes["facebook"].control.create_account("acme")
        typed = {"page_id": account["id"], "access_token": account["access_token"]}
        return self._connected("facebook", **typed)

    def x(self, name: str = "acme") -> Channel:
        """Its token is about to run out, and is renewed with its app's secret. It may be read, too,
        though that costs money."""
        account = self.sandboxes["x"].control.create_account(name)
        return connected(
            self.workspace,
            "x",
            {
                "access_token": account["access_token"],
                "refresh_token": account["refresh_token"],
                "expires_at": self.now,
            },
            remote_id=account["id"],
            name=account["name"],
            handle=account["handle"],
            server={"subscription": "None"},
            app_id=self._app("x").app_id,
            polled=True,
        )

    def telegram(self) -> Channel:
        """A bot, which is to be told of what is written to it."""
        account = self.sandboxes["telegram"].control.create_account("acme")
        return connected(
            self.workspace,
            "telegram",
            {"bot_token": account["bot_token"]},
            remote_id=account["id"],
            name="Acme",
            handle=account["handle"],
            subscribe_at=self.now,
        )

    def instagram(self) -> Channel:
        account = self.sandboxes["instagram"].control.create_account("acme")
        return connected(
            self.workspace,
            "instagram",
            {"access_token": account["access_token"]},
            remote_id=account["id"],
            name=account["username"],
            handle=account["username"],
        )

    def tiktok(self) -> Channel:
        account = self.sandboxes["tiktok"].control.create_account("acme")
        secrets = {name: account[name] for name in ("access_token", "refresh_token")}
        return connected(
            self.workspace,
            "tiktok",
            secrets,
            remote_id=account["open_id"],
            name=account["display_name"],
            handle=account["username"],
            server={"scopes": account["scope"].split(",")},
        )

    def _app(self, platform: str) -> App:
        """Whom every owner on a sandbox let in."""
        app_id = ids.new("app", now=self.now)
        secret = wiring.vault().seal(
            SecretStr(CLIENT_SECRET), of_app(app_id), field="client_secret"
        )
        return wiring.apps().create(
            App(
                app_id=app_id,
                platform=platform,
                client_id=CLIENT_ID,
                sealed_client_secret=secret,
                created_at=self.now,
            )
        )

    def not_truly_mastodon(self, channel: Channel) -> Channel:
        """As if its server only spoke Mastodon's API: its posts are claimed."""
        server = {**channel.server, "source_url": "https://elsewhere.example"}
        return wiring.channels().save(channel, channel.model_copy(update={"server": server}))

    def expire(self, channel: Channel) -> None:
        seen = wiring.credentials().get(channel.channel_id)
        assert seen is not None
        wiring.credentials().save(seen, seen.model_copy(update={"expires_at": self.now}))

    def _connected(self, platform: str, **given: str) -> Channel:
        adapter = PLATFORMS[platform]
        assert isinstance(adapter, Connects)
        connection = wiring.connector().connect(
            platform,
            adapter.Connection.model_validate(given),
            workspace_id=self.workspace.workspace_id,
            now=self.now,
        )
        transact(wiring.aws("dynamodb"), connection.writes)
        return connection.channel

    def throttle(self, platform: str, path: str, **headers: str) -> None:
        """The next such request is asked to wait."""
        told = headers or {"Retry-After": "60"}
        self.sandboxes[platform].control.fail("status", path=path, status=429, headers=told)

    def throttle_app(self, path: str) -> None:
        """As X does when the app may do nothing more today, for whichever account."""
        day = "x-app-limit-24hour"
        self.throttle("x", path, **{f"{day}-remaining": "0", f"{day}-reset": "60"})

    def refuse_token(self, platform: str, path: str) -> None:
        """The next such request is told that its token has run out, whatever we believed."""
        told = {"error": "ExpiredToken", "message": "Token has expired"}
        self.sandboxes[platform].control.fail("status", path=path, status=400, body=told)

    # ── functions ────────────────────────────────────────────────────────────────────────────

    def event(self, sample: str) -> Any:
        return json.loads((ROOT / "events" / f"{sample}.json").read_text())

    def invoke(self, function: str, event: Any) -> Any:
        reply = self.aws.client("lambda").invoke(
            FunctionName=function_name(function), Payload=json.dumps(event).encode()
        )
        answer = reply["Payload"].read().decode()
        assert "FunctionError" not in reply, answer
        return json.loads(answer)

    def tick(self, function: str, sample: str) -> None:
        """Ring its schedule."""
        self.invoke(function, self.event(f"{function}/{sample}"))

    def follow_hint(self, function: str, delivery: Delivery) -> None:
        self.invoke(function, hint_for(delivery, self.event(f"{function}/one_hint")))


def kept(channel: Channel) -> Channel:
    """As its row is now."""
    found = wiring.channels().get(channel.channel_id)
    assert found is not None
    return found


def was_renewed(channel: Channel) -> bool:
    row = wiring.credentials().get(channel.channel_id)
    assert row is not None
    assert row.expires_at is not None
    return row.expires_at > clock.now() + timedelta(minutes=30)
