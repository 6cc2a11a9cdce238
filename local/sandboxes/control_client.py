"""The control surface, from Python: what tests, the demo and the benchmarks call."""

from typing import Any

import httpx


class Control:
    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=f"{url}/_sandbox", trust_env=False)

    def create_account(self, name: str, **details: Any) -> dict[str, Any]:
        """`access_token` on Mastodon; `handle` and `app_password` on Bluesky."""
        created: dict[str, Any] = self._call("POST", "/accounts", {"name": name, **details})
        return created

    def act(
        self, *, who: str, do: str, account: str = "", post: str = "", text: str = ""
    ) -> dict[str, Any]:
        """Another person's `post`, `mention`, `reply`, `like`, `repost` or `follow`; on Meta's
        platforms `direct`, `edit` and `remove` too."""
        body = {"as": who, "do": do, "account": account, "post": post, "text": text}
        done: dict[str, Any] = self._call("POST", "/acts", body)
        return done

    def posts(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "/posts"))

    def requests(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "/requests"))

    def renewals(self) -> list[str]:
        """The refresh tokens that came, hashed; again where one came again."""
        return list(self._call("GET", "/renewals"))

    def subscriptions(self) -> dict[str, list[str]]:
        """By the account, what its webhook is told of; on LinkedIn, where."""
        return dict(self._call("GET", "/subscriptions"))

    def forget_requests(self) -> None:
        self._call("DELETE", "/requests")

    def fail(self, fault: str, *, path: str, **rule: Any) -> None:
        """One more rule; see `faults.Rule` for the rest of it."""
        self._call("POST", "/faults", [{"fault": fault, "path": path, **rule}])

    def faults(self) -> list[dict[str, Any]]:
        return list(self._call("GET", "/faults"))

    def drop_faults(self) -> None:
        self._call("DELETE", "/faults")

    def change_settings(self, **settings: Any) -> None:
        self._call("POST", "/settings", settings)

    def advance(self, *, seconds: float) -> None:
        self._call("POST", "/clock", {"advance": seconds})

    def reset(self, **settings: Any) -> None:
        """Everything is forgotten; these settings are not the usual ones from then on."""
        self._call("POST", "/reset", settings)

    def mark(self, name: str) -> None:
        """Remember how everything is, for `return_to`."""
        self._call("POST", "/marks", {"name": name})

    def return_to(self, name: str) -> None:
        self._call("POST", "/marks", {"name": name, "return": True})

    def close(self) -> None:
        self._http.close()

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        response = self._http.request(method, path, json=body)
        if response.is_error:
            raise RuntimeError(f"{method} /_sandbox{path}: {response.status_code} {response.text}")
        return response.json()
