"""Apps: what platforms know this deployment by when an owner is asked to let it in.

Where a platform is many servers, each gives us an app when it is first needed, and again when it
has forgotten it. An app is bound to the address that consents come back to, so a deployment that
moves to another address has other apps. Everywhere else a person enters the one app there is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from tellal import ids
from tellal.channels import App, Channel
from tellal.errors import AlreadyChanged, Broken, Conflict, Unacceptable
from tellal.platforms import PLATFORMS
from tellal.platforms.calls import Calls, address
from tellal.platforms.protocol import RegistersApps, Registration
from tellal.stores.channels import AppStore
from tellal.stores.secrets import Vault, of_app


@dataclass(frozen=True, kw_only=True)
class Registrations:
    apps: AppStore
    vault: Vault
    calls: Callable[[str], Calls]
    api_url: str

    def find(self, platform: str, server: str | None, *, now: datetime) -> App:
        """The app to ask with. Raises Unacceptable, Conflict, or the server's PublishErrors."""
        adapter = PLATFORMS[platform]
        if isinstance(adapter, RegistersApps):
            if server is None:
                raise Unacceptable(Broken("server", "is required"))
            return self._of_server(platform, address(server), now)
        if server is not None:
            raise Unacceptable(Broken("server", f"is not asked for: {platform} is only one"))
        return self._entered(platform)

    def of_channel(self, channel: Channel) -> Registration | None:
        """Whom a channel's owner let in; None where its credentials were typed in."""
        app = self.apps.get(channel.app_id) if channel.app_id else None
        return self.opened(app) if app else None

    def webhook_secret(self, platform: str) -> SecretStr | None:
        """The newest of the newest app that has one."""
        apps = [each for each in self.apps.of_platform(platform) if each.sealed_webhook_secrets]
        if not apps:
            return None
        newest = apps[-1]
        return self.vault.open(newest.sealed_webhook_secrets[0], of_app(newest.app_id))

    def opened(self, app: App) -> Registration:
        assert app.client_id is not None, "such an app is not found"
        sealed = app.sealed_client_secret
        return Registration(
            client_id=app.client_id,
            client_secret=self.vault.open(sealed, of_app(app.app_id)) if sealed else None,
            redirect_uri=self._redirect_uri(app.platform),
            server=app.server,
        )

    def _of_server(self, platform: str, server: str, now: datetime) -> App:
        adapter = PLATFORMS[platform]
        assert isinstance(adapter, RegistersApps)
        calls, redirect_uri = self.calls(platform), self._redirect_uri(platform)
        app_id = ids.derived("app", platform, server, redirect_uri)
        seen = self.apps.get(app_id)
        if seen and adapter.is_registered(self.opened(seen), calls):
            return seen
        made = adapter.register(server, redirect_uri, calls)
        app = self._sealed(made, seen or _bare(app_id, platform, server, now))
        try:
            return self.apps.save(seen, app) if seen else self.apps.create(app)
        except AlreadyChanged:  # somebody else was given one at the same moment: theirs is as good
            theirs = self.apps.get(app_id)
            assert theirs is not None, "apps are never deleted"
            return theirs

    def _sealed(self, made: Registration, app: App) -> App:
        secret, context = made.client_secret, of_app(app.app_id)
        sealed = self.vault.seal(secret, context, field="client_secret") if secret else None
        return app.model_copy(update={"client_id": made.client_id, "sealed_client_secret": sealed})

    def _entered(self, platform: str) -> App:
        """The newest that can be asked with; others may be there for their webhooks alone."""
        entered = [app for app in self.apps.of_platform(platform) if app.client_id]
        if not entered:
            raise Conflict(f"There is no app of {platform} with a client id yet: enter it first.")
        return entered[-1]

    def _redirect_uri(self, platform: str) -> str:
        return f"{self.api_url}/oauth/{platform}/callback"


def _bare(app_id: str, platform: str, server: str, now: datetime) -> App:
    return App(app_id=app_id, platform=platform, server=server, created_at=now)
