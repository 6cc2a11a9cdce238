"""Standard Webhooks, with the standard's own example."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from tellal.access import signatures
from tellal.errors import Forged

# https://github.com/standard-webhooks/standard-webhooks, the libraries' shared test
SECRET = SecretStr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
BODY = b'{"test": 2432232314}'
SIGNED_AT = datetime.fromtimestamp(1614265330, UTC)
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = SecretStr("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


def verify(
    *secrets: SecretStr,
    body: bytes = BODY,
    now: datetime = SIGNED_AT,
    headers: Mapping[str, str] | None = None,
) -> str:
    named = {f"webhook-{name}": value for name, value in (headers or {}).items()}
    return signatures.verify(secrets, HEADERS | named, body, now=now)


def test_the_standards_own_example_verifies() -> None:
    assert verify(SECRET) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_while_secrets_rotate_either_verifies() -> None:
    assert verify(OTHER, SECRET)
    assert verify(SECRET, OTHER)


def test_a_sender_who_rotates_signs_with_both() -> None:
    both = f"v1,{'A' * 43}= {HEADERS['webhook-signature']} v1a,asymmetric"
    assert verify(SECRET, headers={"signature": both})


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    assert verify(SECRET, now=SIGNED_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_was_signed_longer_ago_or_in_the_future_is_refused(seconds: int) -> None:
    with pytest.raises(Forged):
        verify(SECRET, now=SIGNED_AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "headers",
    [
        {"id": "msg_another"},
        {"id": ""},
        {"timestamp": "1614265331"},
        {"timestamp": ""},
        {"timestamp": "-1614265330"},
        {"timestamp": "١٦١٤٢٦٥٣٣٠"},
        {"timestamp": "9" * 400},
        {"signature": ""},
        {"signature": "v1,"},
        {"signature": "v1,not base64"},
        {"signature": "v1,ğ"},
        {"signature": HEADERS["webhook-signature"].replace("v1,", "v2,")},
        {"signature": "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    ],
)
def test_what_was_changed_on_the_way_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Forged):
        verify(SECRET, headers=headers)


def test_another_body_another_secret_or_none_is_refused() -> None:
    for secrets, body in (((SECRET,), BODY + b" "), ((OTHER,), BODY), ((), BODY)):
        with pytest.raises(Forged):
            verify(*secrets, body=body)


def test_a_new_secret_is_one_that_signs() -> None:
    secret = signatures.new_secret()
    assert secret.get_secret_value().startswith("whsec_")
    assert secret != signatures.new_secret()
    signed = signatures.signature(secret, message_id="m", timestamp="1614265330", body=BODY)
    assert verify(secret, headers={"id": "m", "signature": f"v1,{signed}"}) == "m"
