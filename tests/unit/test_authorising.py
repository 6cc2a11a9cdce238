"""What a consent is asked with, told without asking anybody."""

import re

from tellal.api.connecting import _answer
from tellal.channels import Channel
from tellal.connecting.authorising import challenge, platforms
from tellal.connecting.connection import LEARNT
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Authorises

STATE = "s" * 43


def test_the_challenge_is_the_one_of_the_standard() -> None:
    """https://www.rfc-editor.org/rfc/rfc7636#appendix-B"""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_every_platform_that_asks_owners_says_what_will_not_work_without_each_scope() -> None:
    assert platforms()
    for name in platforms():
        adapter = PLATFORMS[name]
        assert isinstance(adapter, Authorises)
        for scope, consequence in adapter.scopes.items():
            assert re.fullmatch(r"[\w:./-]+", scope)
            assert " " in consequence


def test_connecting_again_never_touches_what_makes_a_channel_the_same_one() -> None:
    assert set(LEARNT) < set(Channel.model_fields)
    assert not {"channel_id", "workspace_id", "platform", "remote_id", "created_at"} & set(LEARNT)


def test_an_answer_is_a_state_with_a_code_or_an_error_and_an_error_outweighs_a_code() -> None:
    told = _answer({"state": STATE, "code": "c"})
    assert told is not None
    assert told.code == "c"
    refused = _answer({"state": STATE, "code": "c", "error": "access_denied"})
    assert refused is not None
    assert refused.code is None


def test_what_no_platform_of_ours_sends_back_is_no_answer() -> None:
    for query in (
        {},
        {"code": "c"},
        {"state": STATE},
        {"state": "ş" * 43, "code": "c"},
        {"state": STATE + "s", "code": "c"},
        {"state": STATE + "\n", "code": "c"},
        {"state": STATE, "code": "c" * 4097},
    ):
        assert _answer(query) is None
