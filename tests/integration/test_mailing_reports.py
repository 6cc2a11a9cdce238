"""A report goes out by mail once to each recipient, and what nobody knows is told as that."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from local.aws.process import LocalAws
from tellal import wiring
from tellal.channels import Language, Workspace
from tellal.config import settings
from tellal.stores.letters import Fate, Letter
from tellal.stores.mail import MailDelayed
from tests.conftest import SENDER, Clock
from tests.integration.api_calls import Call
from tests.integration.test_build_report import HOUR, MONDAY, WEEK, read

READY = MONDAY + 6 * HOUR
LATER = READY + timedelta(minutes=15)


class Killed(BaseException):
    """Whoever was at work is gone."""


class Ses:
    """SES, at the network's edge: takes what it is told to take, and can die before or after."""

    def __init__(self) -> None:
        self.sent: list[Mapping[str, Any]] = []
        self.refuses: set[str] = set()
        self.fails: list[Exception] = []  # what is told those who ask, one after the other
        self.dies: str | None = None

    def send_email(self, **mail: Any) -> None:
        [to] = mail["Destination"]["ToAddresses"]
        if self.dies == "before":
            raise Killed
        if self.fails:
            raise self.fails.pop(0)
        if to in self.refuses:
            raise ClientError({"Error": {"Code": "MessageRejected"}}, "SendEmail")
        self.sent.append(mail)
        if self.dies == "after":
            raise Killed

    @property
    def to(self) -> list[str]:
        return [each["Destination"]["ToAddresses"][0] for each in self.sent]


@pytest.fixture
def ses(aws: LocalAws) -> Iterator[Ses]:
    taken = Ses()
    with wiring.rewired(aws_sesv2=taken):
        yield taken


@pytest.fixture
def mailed(workspace: Workspace) -> Workspace:
    recipients = ("ayse@acme.example", "deniz@acme.example")
    changed = workspace.model_copy(update={"report_recipients": recipients})
    return wiring.workspaces().save(workspace, changed)


def build(workspace: Workspace, period: str = WEEK, **given: Any) -> Any:
    return wiring.reporter().build(workspace.workspace_id, period, **{"now": READY} | given)


def fates(workspace: Workspace) -> dict[str, Fate]:
    kept = wiring.letters().find(workspace.workspace_id, WEEK)
    assert kept is not None
    return {each.address: each.fate for each in kept.letters}


def test_each_recipient_gets_it_once_however_often_it_is_built(mailed: Workspace, ses: Ses) -> None:
    for hours in (6, 7, 30):
        assert build(mailed, now=MONDAY + hours * HOUR).mailing is None
    assert ses.to == list(mailed.report_recipients)
    assert set(fates(mailed).values()) == {Fate.SENT}


def test_the_letter_has_a_link_of_its_own_that_leads_to_the_report(
    mailed: Workspace, ses: Ses, call: Call, held_clock: Clock
) -> None:
    build(mailed)
    first, second = (each["Content"]["Simple"]["Body"]["Text"]["Data"] for each in ses.sent)
    links = [text.partition("/r/")[2].split()[0] for text in (first, second)]
    assert links[0] != links[1]
    held_clock.time = READY + timedelta(days=30) - HOUR
    with wiring.rewired(now=held_clock):
        assert call("GET", f"/r/{links[0]}").status == 302
    assert ses.sent[0]["FromEmailAddress"] == SENDER
    assert "Audience growth" in first


def test_it_is_written_in_the_workspaces_language(mailed: Workspace, ses: Ses) -> None:
    changed = mailed.model_copy(update={"language": Language.TURKISH})
    build(wiring.workspaces().save(mailed, changed))
    simple = ses.sent[0]["Content"]["Simple"]
    assert simple["Subject"]["Data"] == "Acme: rapor, 1. hafta: 29 Aralık 2025–4 Ocak 2026"
    assert "Takipçi artışı" in simple["Body"]["Html"]["Data"]


@pytest.mark.parametrize(
    ("period", "given"),
    [
        (WEEK, {"now": READY - timedelta(seconds=1)}),
        (WEEK, {"campaign": "cmp_1"}),
        ("2025-12-29..2026-01-04", {}),
        ("2026-01", {}),  # it goes on
    ],
)
def test_only_weeks_and_months_that_are_whole_are_mailed(
    mailed: Workspace, ses: Ses, period: str, given: dict[str, Any]
) -> None:
    build(mailed, period, **given)
    assert ses.sent == []


def test_nobody_gets_what_has_no_recipients(workspace: Workspace, ses: Ses) -> None:
    assert build(workspace).mailing is None
    assert ses.sent == []


@pytest.mark.parametrize("dies", ["before", "after"])
def test_whoever_died_over_a_letter_has_sent_it_or_not_and_nobody_sends_it_again(
    mailed: Workspace, ses: Ses, dies: str, call: Call, admin: str
) -> None:
    ses.dies = dies
    with pytest.raises(Killed):
        build(mailed)
    ses.dies = None
    taken = len(ses.sent)

    said = build(mailed, now=LATER).mailing

    ayse, deniz = mailed.report_recipients
    assert ses.to[taken:] == [deniz]
    assert fates(mailed) == {ayse: Fate.UNKNOWN, deniz: Fate.SENT}
    assert said is not None
    assert f"recipients: {ayse}" in said
    assert said in read(mailed, "html")
    [listed] = call("GET", "/reports", key=admin).json["items"]
    assert listed["mailing"] == said
    shown = call("GET", f"/reports/{WEEK}", key=admin).json["letters"]
    assert {each["address"]: each["fate"] for each in shown} == {ayse: "unknown", deniz: "sent"}


def test_whoever_lists_reports_is_told_of_a_letter_that_nobody_came_back_to(
    mailed: Workspace, ses: Ses, call: Call, admin: str, held_clock: Clock
) -> None:
    """Lambda's retry comes too early to know."""
    ses.dies = "before"
    with pytest.raises(Killed):
        build(mailed)
    ses.dies = None
    assert build(mailed, now=READY + timedelta(minutes=1)).mailing is None
    told = []
    for held_clock.time in (READY + timedelta(minutes=14), LATER):
        with wiring.rewired(now=held_clock):
            told.append(call("GET", "/reports", key=admin).json["items"][0]["mailing"])
    assert told[0] is None
    assert f"recipients: {mailed.report_recipients[0]}" in told[1]


def refusal(code: str, status: int) -> ClientError:
    told: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "SendEmail")


def named(error: Exception) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__


NOT_SENT = [
    refusal("TooManyRequestsException", 429),
    refusal("ThrottlingException", 400),
    refusal("LimitExceededException", 400),
    refusal("ExpiredTokenException", 403),
    EndpointConnectionError(endpoint_url="https://email.example"),
    ConnectTimeoutError(endpoint_url="https://email.example"),
]
IN_DOUBT = [
    refusal("InternalServiceErrorException", 500),
    refusal("ServiceUnavailable", 503),
    ReadTimeoutError(endpoint_url="https://email.example"),
    ConnectionClosedError(endpoint_url="https://email.example"),
]


@pytest.mark.parametrize("error", NOT_SENT, ids=named)
def test_a_letter_that_came_too_soon_is_sent_after_a_wait(
    mailed: Workspace, ses: Ses, held_clock: Clock, error: Exception
) -> None:
    ses.fails = [error, error]
    with wiring.rewired(wait=held_clock.wait):
        assert build(mailed).mailing is None
    assert held_clock.waited == [1, 2]
    assert ses.to == list(mailed.report_recipients)


@pytest.mark.parametrize("error", NOT_SENT, ids=named)
def test_a_run_that_could_not_send_a_letter_fails_and_the_next_sends_it(
    mailed: Workspace, ses: Ses, held_clock: Clock, error: Exception, call: Call, admin: str
) -> None:
    ayse, deniz = mailed.report_recipients
    ses.fails = [error] * 3
    with wiring.rewired(wait=held_clock.wait), pytest.raises(MailDelayed):
        build(mailed)
    assert ses.to == [deniz]
    assert fates(mailed) == {ayse: Fate.DELAYED, deniz: Fate.SENT}
    said = f"does not take it for now, recipients: {ayse}"
    assert said in call("GET", "/reports", key=admin).json["items"][0]["mailing"]
    assert said in read(mailed, "html")
    assert build(mailed).mailing is None
    assert ses.to == [deniz, ayse]
    assert said not in read(mailed, "html")


@pytest.mark.parametrize("error", IN_DOUBT, ids=named)
def test_a_letter_whose_answer_was_lost_is_told_at_once_and_never_sent_again(
    mailed: Workspace, ses: Ses, error: Exception
) -> None:
    ayse, deniz = mailed.report_recipients
    ses.fails = [error]
    said = build(mailed).mailing
    assert f"recipients: {ayse}" in said
    assert said in read(mailed, "html")
    assert build(mailed, now=LATER).mailing == said
    assert ses.to == [deniz]
    assert fates(mailed) == {ayse: Fate.UNKNOWN, deniz: Fate.SENT}


class Silent(BaseHTTPRequestHandler):
    """Takes what it is sent, and hangs up."""

    taken: ClassVar[list[str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append(self.path)
        self.close_connection = True


@pytest.fixture
def silent(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Silent]]:
    """SES's place is taken by it."""
    Silent.taken = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{server.server_port}")
        wiring.forget()
        yield Silent
        server.shutdown()
        serving.join()


def test_ses_is_asked_once_for_each_letter_where_its_answer_is_lost(
    mailed: Workspace, silent: type[Silent]
) -> None:
    said = build(mailed).mailing
    assert len(silent.taken) == len(mailed.report_recipients)
    assert all(address in said for address in mailed.report_recipients)


def test_a_letter_whose_link_could_not_be_kept_is_sent_by_the_next_run(
    mailed: Workspace, ses: Ses
) -> None:
    with deaf("shares"), pytest.raises(ClientError):
        build(mailed)
    assert ses.sent == []
    assert build(mailed).mailing is None
    assert ses.to == list(mailed.report_recipients)


@contextmanager
def deaf(table: str) -> Iterator[None]:
    """Nothing can be written to that table."""
    name, dynamodb = settings().tables[table], wiring.aws("dynamodb")

    def refuse(params: Any, model: Any, **_: Any) -> None:
        if "Get" not in model.name and name in str(params["body"]):
            raise refusal("ThrottlingException", 400)

    dynamodb.meta.events.register("before-call.dynamodb", refuse)
    try:
        yield
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", refuse)


def test_the_report_is_there_before_anybody_is_told(mailed: Workspace, ses: Ses) -> None:
    ses.dies = "before"
    with pytest.raises(Killed):
        build(mailed)
    assert "Acme" in read(mailed, "html")


def test_of_two_runs_at_once_each_sends_what_the_other_does_not(
    mailed: Workspace, ses: Ses
) -> None:
    """While one sends the first letter, another run begins and takes the second."""
    inner = Ses()

    class Meanwhile(Ses):
        def send_email(self, **mail: Any) -> None:
            if not self.sent:
                with wiring.rewired(aws_sesv2=inner):
                    build(mailed)
            super().send_email(**mail)

    outer = Meanwhile()
    with wiring.rewired(aws_sesv2=outer):
        build(mailed)
    ayse, deniz = mailed.report_recipients
    assert (outer.to, inner.to) == ([ayse], [deniz])
    assert fates(mailed) == {ayse: Fate.SENT, deniz: Fate.SENT}


def test_what_ses_refuses_is_said_and_sent_once_that_is_mended(
    mailed: Workspace, ses: Ses, call: Call, admin: str
) -> None:
    ayse, deniz = mailed.report_recipients
    ses.refuses = {deniz}
    said = build(mailed).mailing
    assert ses.to == [ayse]
    assert f"recipients: {deniz}" in said
    assert f"The sender {SENDER} must be verified" in said
    assert "https://docs.aws.amazon.com/ses/" in said
    assert said in read(mailed, "html")
    assert call("GET", "/reports", key=admin).json["items"][0]["mailing"] == said

    ses.refuses = set()
    assert build(mailed, now=LATER).mailing is None
    assert ses.to == [ayse, deniz]
    assert call("GET", "/reports", key=admin).json["items"][0]["mailing"] is None


def test_without_a_sender_the_report_says_what_to_set(
    mailed: Workspace, aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORT_SENDER", "")
    wiring.forget()
    said = build(mailed).mailing
    assert said is not None
    assert "report_sender" in said
    assert said in read(mailed, "html")


def test_who_is_no_recipient_any_more_troubles_nobody(mailed: Workspace, ses: Ses) -> None:
    ayse, _ = mailed.report_recipients
    ses.refuses = {ayse}
    assert build(mailed).mailing is not None
    changed = mailed.model_copy(update={"report_recipients": mailed.report_recipients[1:]})
    assert build(wiring.workspaces().save(mailed, changed)).mailing is None


def test_the_real_service_refuses_an_unverified_sender_and_takes_a_verified_one(
    mailed: Workspace, aws: LocalAws
) -> None:
    assert build(mailed).mailing is not None
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    try:
        assert build(mailed, now=LATER).mailing is None
    finally:
        aws.client("sesv2").delete_email_identity(EmailIdentity=SENDER)
    assert set(fates(mailed).values()) == {Fate.SENT}


def test_a_letters_fate_is_one_for_each_address(mailed: Workspace, ses: Ses) -> None:
    build(mailed)
    kept = wiring.letters().find(mailed.workspace_id, WEEK)
    assert kept is not None
    again = Letter(address=mailed.report_recipients[0], fate=Fate.REFUSED, at=READY)
    assert len(kept.with_letter(again).letters) == 2
