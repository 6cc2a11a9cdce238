"""How Meta's platforms let people be answered: within a day, and a comment privately once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from local.sandboxes.answers import Refusal

DAY, WEEK = timedelta(days=1), timedelta(days=7)
OUTSIDE, ANSWERED = 2018278, 10900


class Asked(BaseModel):
    """The body of a request for a message."""

    model_config = ConfigDict(extra="forbid")

    recipient: dict[str, str]
    message: dict[str, str]
    messaging_type: str = ""
    tag: str = ""

    @property
    def text(self) -> str:
        return self.message.get("text", "")


def asked(body: Any) -> Asked:
    try:
        return Asked.model_validate(body)
    except ValueError:
        raise refused(100, "(#100) Invalid parameter") from None


def check_length(length: int, most: int) -> None:
    if not 0 < length <= most:
        raise refused(100, f"(#100) Length of param message[text] must be at most {most}")


def check_window(ask: Asked, wrote_at: datetime | None, *, now: datetime) -> None:
    """`wrote_at` is when the person wrote last."""
    if wrote_at is None:
        raise refused(551, "(#551) This person isn't available right now.")
    by_hand = (ask.messaging_type, ask.tag) == ("MESSAGE_TAG", "HUMAN_AGENT")
    if not by_hand and ask.messaging_type != "RESPONSE":
        raise refused(100, "(#100) Param messaging_type must be RESPONSE or MESSAGE_TAG")
    if now > wrote_at + (WEEK if by_hand else DAY):
        raise refused(10, "(#10) This message is sent outside of allowed window.", subcode=OUTSIDE)


def check_private(commented_at: datetime, *, was_answered: bool, now: datetime) -> None:
    if was_answered:
        raise refused(ANSWERED, "(#10900) Activity already replied to.")
    if now > commented_at + WEEK:
        raise refused(10, "(#10) This message is sent outside of allowed window.", subcode=OUTSIDE)


def wrote_key(account: str, person: str) -> str:
    return f"{account}/{person}"


def is_yes(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def refused(code: int, message: str, *, subcode: int | None = None) -> Refusal:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    told: Mapping[str, Any] = {"error_subcode": subcode} if subcode else {}
    return Refusal(400, {"error": {**error, **told, "fbtrace_id": "A0"}})
