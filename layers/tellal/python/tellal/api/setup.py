"""Setting a deployment up: its one-time token for the owner's first key."""

from aws_lambda_powertools.event_handler import Response
from pydantic import SecretStr

from tellal import wiring
from tellal.access import keys, setup
from tellal.api.asking import Asking
from tellal.api.fields import Name
from tellal.api.keys import KeyMade, shown
from tellal.api.routes import Routes
from tellal.posts import Frozen

routes = Routes("Set-up")


class SetUp(Frozen):
    token: SecretStr
    name: Name = "owner"


@routes("POST", "/setup", needs=None, status=201, summary="Become the owner of this deployment")
def set_up(given: SetUp, asked: Asking) -> Response[KeyMade]:
    """Takes the one-time set-up token and answers the owner's first key, which is shown only here.
    Once it has been taken there is nothing here any more."""
    token = keys.new_token()
    key, writes = setup.trade(
        wiring.access(), given.token, owner_token=token, name=given.name, now=asked.now
    )
    answer = KeyMade(**shown(key).model_dump(), token=token.get_secret_value())
    return asked.settle(answer, *writes, secret=True)
