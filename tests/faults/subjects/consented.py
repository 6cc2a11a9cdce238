"""A channel as a consent leaves it, where a token for sixty days is all there is."""

from collections.abc import Callable

from pydantic import BaseModel

from tellal import clock
from tellal.platforms.protocol import Connected
from tests.faults.subjects.subject import Json

# A token so young is not renewed by Meta; here one must be.
SETTINGS = {"long_seconds": 4 * 3600, "refresh_after_seconds": 0}
HALF_AN_HOUR = {"long_seconds": 1800}
REFUSAL = (400, {"error": {"message": "Error validating access token", "code": 190}})


def consented(credentials: type[BaseModel], *, page: str) -> Callable[[Json, str], Connected]:
    """`page` is where an account is looked at: "/{}"."""

    def connected(account: Json, url: str) -> Connected:
        return Connected(
            remote_id=account["id"],
            name=account["username"],
            handle=account["username"],
            url=url + page.format(account["username"]),
            credentials=credentials.model_validate({"access_token": account["access_token"]}),
            expires_at=clock.read(account["expires_at"]),
        )

    return connected
