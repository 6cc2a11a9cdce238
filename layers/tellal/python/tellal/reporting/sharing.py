"""A report for whoever has its link: /r/<token>, which leads to the page while it is good."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.stores import shares
from tellal.stores.shares import Share, ShareStore

LONGEST = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class Link:
    share: Share
    url: str  # is told once: the token in it is kept nowhere


@dataclass(frozen=True, kw_only=True)
class Sharing:
    api_url: str
    store: ShareStore
    new_token: Callable[[], str] = shares.new_token

    def link(
        self, workspace_id: str, report: str, *, by: str, lives: timedelta, now: datetime
    ) -> Link:
        """One that is not kept yet."""
        token = self.new_token()
        share = Share(
            token_hash=shares.hashed(token),
            workspace_id=workspace_id,
            report=report,
            created_at=now,
            created_by=by,
            expires_epoch=int((now + min(lives, LONGEST)).timestamp()),
        )
        return Link(share=share, url=f"{self.api_url}/r/{token}")
