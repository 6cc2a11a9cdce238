"""Requests to AWS that are signed without the SDK, beside those that the SDK signs."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tellal.stores.signed import Signed

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+b"}


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize(
    ("service", "path", "headers"),
    [
        ("dynamodb", "/", {"content-type": "application/x-amz-json-1.0", "x-amz-target": "D.Get"}),
        ("lambda", "/2015-03-31/functions/t-dev_1/invocations", {"x-amz-invocation-type": "Event"}),
    ],
)
def test_a_signature_is_the_one_that_the_sdk_makes(
    service: str, path: str, headers: Mapping[str, str], token: str | None
) -> None:
    region, body = "eu-west-1", '{"ç": 1}'.encode()
    environment = {**KEYS, "AWS_REGION": region}
    environment |= {"AWS_SESSION_TOKEN": token} if token else {}
    now = datetime.now(UTC)
    signed = Signed(service, environment, seconds=1)

    sent = signed.headers(path, body, headers, at=f"{now:%Y%m%dT%H%M%SZ}")

    theirs = AWSRequest(
        "POST",
        f"https://{service}.{region}.amazonaws.com{path}",
        data=body,
        headers={**headers, "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}"},
    )
    keys = Credentials(KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], token)
    signer = SigV4Auth(keys, service, region)
    if token:
        theirs.headers["X-Amz-Security-Token"] = token
    theirs.context["timestamp"] = sent["x-amz-date"]
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert sent["Authorization"].endswith(f"Signature={signer.signature(text, theirs)}")
