"""Secrets at rest: each field sealed by itself under the one KMS key, bound to what it is for.

The context is part of the seal: a token copied to another channel's row does not open.
"""

import base64
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import SecretStr

from tellal.errors import Broken, Unacceptable

if TYPE_CHECKING:
    from types_boto3_kms.client import KMSClient

MOST_BYTES = 4096  # https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html

Context = Mapping[str, str]


def of_channel(workspace_id: str, channel_id: str) -> Context:
    return {"workspace": workspace_id, "channel": channel_id}


def of_app(app_id: str) -> Context:
    return {"app": app_id}


def of_conversions(workspace_id: str) -> Context:
    """The secrets that a workspace's own programs sign with."""
    return {"workspace": workspace_id, "conversions": "signed"}


class Vault:
    def __init__(self, kms: "KMSClient", key_id: str) -> None:
        self._kms = kms
        self._key_id = key_id
        # A refreshed token has another seal, so what is remembered cannot be stale.
        self._opened = lru_cache(maxsize=256)(self._open)

    def seal(self, secret: SecretStr, context: Context, *, field: str) -> str:
        plain = secret.get_secret_value().encode()
        if len(plain) > MOST_BYTES:
            rule = f"too long to be kept secret: {len(plain)} of {MOST_BYTES} bytes"
            raise Unacceptable(Broken(field, rule))
        reply = self._kms.encrypt(
            KeyId=self._key_id, Plaintext=plain, EncryptionContext=dict(context)
        )
        return base64.b64encode(reply["CiphertextBlob"]).decode()

    def open(self, sealed: str, context: Context) -> SecretStr:
        return self._opened(sealed, tuple(sorted(context.items())))

    def _open(self, sealed: str, context: tuple[tuple[str, str], ...]) -> SecretStr:
        reply = self._kms.decrypt(
            CiphertextBlob=base64.b64decode(sealed), EncryptionContext=dict(context)
        )
        return SecretStr(reply["Plaintext"].decode())
