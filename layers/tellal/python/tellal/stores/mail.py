"""Mail by Amazon SES (v2).

MailTrouble         a mail did not go out for certain
├── MailRefused     it was not sent
│   └── MailDelayed …but may be, some time later, without anybody's doing
└── MailUnanswered  nobody knows whether it was sent
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
)

if TYPE_CHECKING:
    from types_boto3_sesv2.client import SESV2Client

# What SES answers where a sender or, in its sandbox, a recipient is not verified, where sending is
# switched off, or where our role may not send in that name: a person has to do something.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
REFUSALS = frozenset(
    {
        *("MessageRejected", "MailFromDomainNotVerifiedException", "NotFoundException"),
        *("AccountSuspendedException", "SendingPausedException"),
        *("AccessDeniedException", "AccessDenied", "BadRequestException"),
    }
)
# So many seconds are waited before a mail is tried again that came too soon after others: in its
# sandbox SES takes one a second.
# https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
WAITS = (1, 2)


class MailTrouble(Exception):
    pass


class MailRefused(MailTrouble):
    """It was not sent, and will not be until a person has done something."""


class MailDelayed(MailRefused):
    """It was not sent, and may be when it is tried later."""


class MailUnanswered(MailTrouble):
    """It may have been sent, or not."""


@dataclass(frozen=True, kw_only=True)
class Mail:
    to: str
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Post:
    ses: "SESV2Client"
    sender: str
    wait: Callable[[float], None] = time.sleep

    def send(self, mail: Mail) -> None:
        """Raises MailTrouble; whatever else is raised leaves open whether it was sent."""
        for seconds in WAITS:
            try:
                return self._send(mail)
            except MailDelayed:
                self.wait(seconds)
        return self._send(mail)

    def _send(self, mail: Mail) -> None:
        try:
            self.ses.send_email(
                FromEmailAddress=self.sender,
                Destination={"ToAddresses": [mail.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
                        "Body": {
                            "Text": {"Data": mail.text, "Charset": "UTF-8"},
                            "Html": {"Data": mail.html, "Charset": "UTF-8"},
                        },
                    }
                },
            )
        except ClientError as error:
            raise _trouble(error) from error
        except (ConnectTimeoutError, EndpointConnectionError) as error:  # nobody heard it
            raise MailDelayed(type(error).__name__) from error
        except BotoCoreError as error:
            raise MailUnanswered(type(error).__name__) from error


def _trouble(error: ClientError) -> MailTrouble:
    """SES has not taken what it answers with 4xx: throttling, a quota that is used up."""
    code = error.response["Error"]["Code"]
    if code in REFUSALS:
        return MailRefused(code)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return MailDelayed(code) if status < 500 else MailUnanswered(code)
