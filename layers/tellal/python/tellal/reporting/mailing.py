"""A report of a week or a month goes to the workspace's recipients by mail, once to each.

SES takes no key that would let it know a letter again, so of the two ways in which a letter can go
wrong one must be chosen. It is written down that a letter is being sent before it is; whoever dies
in between leaves it as `sending`, and it is never sent again by itself: a second letter from a
machine that keeps dying is a third and a tenth too. Who lists the reports is told that nobody
knows, and the report itself is there, with its link. What SES refuses was not sent: it is tried
again when the report is built again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tellal.channels import Workspace
from tellal.errors import AlreadyChanged
from tellal.measuring.periods import Kind, kind_of
from tellal.observability import logger
from tellal.reporting.document import ReportDocument
from tellal.reporting.letters import letter
from tellal.reporting.schedule import LAG
from tellal.reporting.sharing import Sharing
from tellal.reporting.wording import Wording, marked
from tellal.stores.letters import Fate, Letter, Letters, LetterStore, key_of
from tellal.stores.mail import MailRefused, Post

LINK_LIVES = timedelta(days=30)
REMEMBERED = timedelta(days=400)
IN_FLIGHT = timedelta(minutes=15)  # longer than any run: whoever sends for longer is dead
MAILER = "mail"  # who made the link
VERIFYING = "https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html"
NO_SENDER = marked(
    "This report was not mailed: the deployment has no sender. Verify an address or a domain in"
    " Amazon SES and deploy with it as report_sender: {url}"
)
REFUSED = marked(
    "This report was not mailed to everybody. Amazon SES refused, recipients: {addresses}. The"
    " sender {sender} must be verified there and, while SES is in its sandbox, each recipient too:"
    " {url}"
)
UNKNOWN = marked(
    "It is not known whether this report reached everybody by mail: sending was interrupted,"
    " recipients: {addresses}. It is not sent again; the link can be shared instead."
)


@dataclass(frozen=True, kw_only=True)
class Mailing:
    letters: LetterStore
    sharing: Sharing
    post: Post | None  # None: the deployment has no sender

    def send(self, document: ReportDocument, workspace: Workspace, *, now: datetime) -> str | None:
        """Mail it to whoever has not got it, if it is to be mailed at all. Returns a sentence where
        not everybody has it for certain."""
        if not (workspace.report_recipients and is_mailed(document, now=now)):
            return None
        wording = Wording(document.language)
        kept = self._begun(document, now)
        if self.post is None:
            return self._noted(kept, wording.say(NO_SENDER, url=VERIFYING))
        for address in workspace.report_recipients:
            kept = self._sent_to(address, kept, document, now)
        return self._noted(kept, self._trouble(kept, wording, workspace.report_recipients, now))

    def _begun(self, document: ReportDocument, now: datetime) -> Letters:
        if found := self.letters.find(document.workspace_id, document.report):
            return found
        made = Letters(
            key=key_of(document.workspace_id, document.report),
            expires_epoch=int((now + REMEMBERED).timestamp()),
        )
        try:
            return self.letters.create(made)
        except AlreadyChanged:  # by another run of the same report
            return self._again(made)

    def _sent_to(
        self, address: str, seen: Letters, document: ReportDocument, now: datetime
    ) -> Letters:
        """Claimed, sent, written down. Of two runs one claims it."""
        held = seen.to(address)
        if self.post is None or (held is not None and held.fate is not Fate.REFUSED):
            return seen
        claim = Letter(address=address, fate=Fate.SENDING, at=now)
        try:
            claimed = self.letters.save(seen, seen.with_letter(claim))
        except AlreadyChanged:
            return self._sent_to(address, self._again(seen), document, now)
        until = Wording(document.language).moment(now + LINK_LIVES, document.zone)
        link = self.sharing.hand_out(
            document.workspace_id, document.report, by=MAILER, lives=LINK_LIVES, now=now
        )
        try:
            self.post.send(letter(document, to=address, link=link, good_until=until))
            fate = Fate.SENT
        except MailRefused as error:
            fate = Fate.REFUSED
            logger.warning("mail refused", workspace_id=document.workspace_id, reason=str(error))
        return self._settled(claimed, Letter(address=address, fate=fate, at=now))

    def _settled(self, claimed: Letters, letter: Letter) -> Letters:
        try:
            return self.letters.save(claimed, claimed.with_letter(letter))
        except AlreadyChanged:  # another run has claimed another address
            return self._settled(self._again(claimed), letter)

    def _again(self, seen: Letters) -> Letters:
        """As it stands now: somebody else has written it."""
        workspace_id, _, report = seen.key.partition("#")
        found = self.letters.find(workspace_id, report)
        assert found is not None, "nobody deletes it"
        return found

    def _trouble(
        self, kept: Letters, wording: Wording, recipients: Sequence[str], now: datetime
    ) -> str | None:
        """Of those who are recipients now."""
        letters = [each for each in kept.letters if each.address in recipients]
        refused = [each.address for each in letters if each.fate is Fate.REFUSED]
        if refused and self.post is not None:
            named, sender = wording.listed(refused), self.post.sender
            return wording.say(REFUSED, addresses=named, sender=sender, url=VERIFYING)
        lost = [
            each.address
            for each in letters
            if each.fate is Fate.SENDING and now - each.at >= IN_FLIGHT
        ]
        return wording.say(UNKNOWN, addresses=wording.listed(lost)) if lost else None

    def _noted(self, kept: Letters, trouble: str | None) -> str | None:
        if kept.trouble != trouble:
            try:
                self.letters.save(kept, kept.model_copy(update={"trouble": trouble}))
            except AlreadyChanged:
                return trouble  # the other run notes what it came to
        return trouble


def is_mailed(document: ReportDocument, *, now: datetime) -> bool:
    """A week's or a month's, whole, once its late numbers are in."""
    return (
        kind_of(document.period) is not Kind.RANGE
        and document.campaign is None
        and now >= document.until + LAG
    )
