"""How Meta asks that a person's data be deleted: a signed request, answered with where to look.
https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback

The form field `signed_request` is «signature.payload», both base64url without padding; the
signature is HMAC-SHA256 over the payload as it is spelled, with the app's secret.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from urllib.parse import parse_qs

from tellal.errors import BadMessage, Forged
from tellal.platforms.hearing import AppSecrets
from tellal.platforms.telling import digest, is_among, keys


def erasure_request(body: bytes, secrets: Sequence[AppSecrets]) -> str:
    """Who is to be erased: their id. Raises Forged, BadMessage."""
    try:
        [signed] = parse_qs(body.decode("ascii"))["signed_request"]
        signature, _, payload = signed.partition(".")
        given = _decoded(signature).hex()
    except (ValueError, KeyError) as error:
        raise Forged("not a signed request") from error
    expected = (digest(key, payload.encode()).hex() for key in keys(secrets))
    if not is_among(given, expected):
        raise Forged("the signature does not fit the request")
    try:
        user_id = json.loads(_decoded(payload))["user_id"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadMessage("a signed request that names nobody") from error
    if not isinstance(user_id, str) or not user_id:
        raise BadMessage("a signed request that names nobody")
    return user_id


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error
