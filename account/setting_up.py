"""The one-time set-up token: made after a deployment that has no owner yet, here or in AWS.

CloudFormation cannot make a secret parameter, so this runs once the stacks are up. The token
itself lies in SSM, for whoever may read the account; the deployment knows its hash alone.
"""

from pydantic import SecretStr

from account.session import Client, table_name
from tellal.access import keys, setup
from tellal.stores import schema
from tellal.stores.access import AccessStore
from tellal.stores.table import Table


def parameter(stage: str) -> str:
    return f"/tellal/{stage}/setup-token"


def offer_setup_token(client: Client, *, stage: str) -> str | None:
    """The token that makes its bearer the owner; None where there is one already."""
    ssm = client("ssm")
    token = _kept(client, stage) or keys.new_token().get_secret_value()
    if not setup.offer(_access(client, stage), SecretStr(token)):
        ssm.delete_parameters(Names=[parameter(stage)])
        return None
    ssm.put_parameter(Name=parameter(stage), Value=token, Type="SecureString", Overwrite=True)
    return token


def read_setup_token(client: Client, *, stage: str) -> str | None:
    """The token, if it still is worth anything: an owner makes it worthless."""
    token = _kept(client, stage)
    if token is None or _access(client, stage).offered() != keys.hashed(SecretStr(token)):
        return None
    return token


def _kept(client: Client, stage: str) -> str | None:
    ssm = client("ssm")
    found = ssm.get_parameters(Names=[parameter(stage)], WithDecryption=True)["Parameters"]
    return str(found[0]["Value"]) if found else None


def _access(client: Client, stage: str) -> AccessStore:
    """The table, by the name that the deployed functions know it under."""
    name = table_name(client, stage=stage, table=schema.ACCESS.name)
    return AccessStore(Table(client("dynamodb"), schema.ACCESS, name))
