"""Mail by Amazon SES (v2)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

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


class MailRefused(Exception):
    """It was not sent, and will not be until a person has done something."""


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

    def send(self, mail: Mail) -> None:
        """Raises MailRefused; whatever else is raised leaves open whether it was sent."""
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
            if error.response["Error"]["Code"] in REFUSALS:
                raise MailRefused(error.response["Error"]["Code"]) from error
            raise
