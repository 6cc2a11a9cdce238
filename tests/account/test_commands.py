"""The commands about a deployment, against the local AWS with our stacks in it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from account import doctor, invoke, logs, owner, session
from account.setting_up import offer_setup_token, parameter, read_setup_token
from local.aws.process import PORT_SETTING, LocalAws
from local.aws.process import client as local_client

STAGE = "test"


@pytest.fixture
def here(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Commands about the stage `test` look at the local AWS, as they do for `local`."""
    monkeypatch.setenv(PORT_SETTING, str(aws.port))
    monkeypatch.setattr(session, "LOCAL", STAGE)
    return session.client_for(STAGE)


@pytest.fixture
def token(empty: None, here: Callable[[str], Any]) -> Iterator[str]:
    token = offer_setup_token(here, stage=STAGE)
    assert token is not None
    yield token
    here("ssm").delete_parameters(Names=[parameter(STAGE)])


def test_the_token_is_offered_again_until_it_makes_an_owner(
    token: str, here: Callable[[str], Any], aws: LocalAws
) -> None:
    assert offer_setup_token(here, stage=STAGE) == token
    assert read_setup_token(here, stage=STAGE) == token

    made = httpx.post(
        f"{aws.front}/setup", json={"token": token, "name": "Ada"}, timeout=30, trust_env=False
    )

    assert made.status_code == 201
    assert read_setup_token(here, stage=STAGE) is None
    assert offer_setup_token(here, stage=STAGE) is None
    assert here("ssm").get_parameters(Names=[parameter(STAGE)])["Parameters"] == []


def test_the_owner_command_shows_the_token_or_says_why_not(
    token: str, here: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert owner.main(STAGE) == 0
    assert token in capsys.readouterr().out

    here("ssm").delete_parameters(Names=[parameter(STAGE)])

    assert owner.main(STAGE) == 1
    assert "no set-up token" in capsys.readouterr().out


def test_the_doctor_finds_a_ready_account_ready(here: Callable[[str], Any]) -> None:
    findings = {
        finding.what.split(":")[0]: finding.good
        for finding in doctor.examine(here, region="eu-west-1")
    }

    executions = next(name for name in findings if "executions" in name)
    assert not findings.pop(executions)  # the local AWS of the tests runs four at a time
    assert all(findings.values())


def test_the_doctor_says_what_to_do_where_nothing_answers() -> None:
    nowhere = partial(local_client, endpoint="http://127.0.0.1:9")

    findings = list(doctor.examine(nowhere, region=None))

    assert not any(finding.good for finding in findings[:4])
    assert all(finding.advice for finding in findings)


def test_a_function_is_invoked_with_a_sample_event_and_its_log_is_shown(
    empty: None, here: Callable[[str], Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke.main(STAGE, "dispatch_due_posts", "every_minute") == 0
    assert "swept" in capsys.readouterr().out

    assert logs.main(STAGE, "dispatch_due_posts") == 0
    assert "swept" in capsys.readouterr().out


def test_a_case_that_is_not_there_is_answered_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert invoke.main(STAGE, "publish_delivery", "nonsense") == 1
    assert "not_a_hint, one_hint" in capsys.readouterr().out


def test_a_deployment_that_is_not_there_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PORT_SETTING, "9")
    monkeypatch.setattr("sys.argv", ["logs", "local", "api"])

    with pytest.raises(SystemExit, match="Is it deployed"):
        session.run(logs.main)
