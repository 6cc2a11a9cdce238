"""A report of a week or a month goes to the workspace's recipients by mail, once to each.

SES takes no key that would let it know a letter again, so of the two ways in which a letter can go
wrong one must be chosen. It is written down that a letter is being sent before it is, together with
the link in it; whoever dies in between leaves it as `sending`, and it is never sent again by
itself: a second letter from a machine that keeps dying is a third and a tenth too. No more is one
whose answer was lost. Who lists the reports is told that nobody knows, and the report itself is
there, with its link. What SES refuses was not sent: it is tried again when the report is built
again, and if nobody has to do anything for that, the run fails, for Lambda to try it again.
"""

from collections.abc import Iterator, Sequence
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
from tellal.stores.mail import Mail, MailDelayed, MailRefused, MailTrouble, Post

LINK_LIVES = timedelta(days=30)
REMEMBERED = timedelta(days=400)
NOT_SENT = frozenset({Fate.REFUSED, Fate.DELAYED})  # and may be sent without being doubled
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
DELAYED = marked(
    "This report has not been mailed to everybody yet. Amazon SES does not take it for now,"
    " recipients: {addresses}. It is tried again within minutes; if it still says so then, build"
    " the report again."
)
UNKNOWN = marked(
    "It is not known whether this report reached everybody by mail: sending was interrupted,"
    " recipients: {addresses}. It is not sent again; the link can be shared instead."
)


@dataclass(frozen=True, kw_only=True)
class Mailed:
    trouble: str | None = None  # sentences, where not everybody has it for certain
    delayed: int = 0  # letters that may be sent when this is tried again


@dataclass(frozen=True, kw_only=True)
class Mailing:
    letters: LetterStore
    sharing: Sharing
    post: Post | None  # None: the deployment has no sender

    def send(self, document: ReportDocument, workspace: Workspace, *, now: datetime) -> Mailed:
        """Mail it to whoever has not got it, if it is to be mailed at all."""
        if not (workspace.report_recipients and is_mailed(document, now=now)):
            return Mailed()
        wording = Wording(document.language)
        kept = self._begun(document, now)
        if self.post is None:
            unsent = wording.say(NO_SENDER, url=VERIFYING)
            return Mailed(trouble=self._noted(kept, kept.model_copy(update={"trouble": unsent})))
        for address in workspace.report_recipients:
            kept = self._sent_to(address, kept, document, now)
        left = _given_up(kept, now)
        concerned = [each for each in left.letters if each.address in workspace.report_recipients]
        trouble = " ".join(_troubles(concerned, wording, self.post.sender)) or None
        return Mailed(
            trouble=self._noted(kept, left.model_copy(update={"trouble": trouble})),
            delayed=sum(each.fate is Fate.DELAYED for each in concerned),
        )

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
        """Claimed with its link, or neither; sent, written down. Of two runs one claims it."""
        held = seen.to(address)
        if self.post is None or (held is not None and held.fate not in NOT_SENT):
            return seen
        wording = Wording(document.language)
        doubt = wording.say(UNKNOWN, addresses=address)
        claim = Letter(address=address, fate=Fate.SENDING, at=now, doubt=doubt)
        made = self.sharing.link(
            document.workspace_id, document.report, by=MAILER, lives=LINK_LIVES, now=now
        )
        shared = self.sharing.store.creation(made.share)
        try:
            claimed = self.letters.save(seen, seen.with_letter(claim), [shared])
        except AlreadyChanged:
            return self._sent_to(address, self._again(seen), document, now)
        until = wording.moment(now + LINK_LIVES, document.zone)
        mail = letter(document, to=address, link=made.url, good_until=until)
        fate = self._fate_of(mail, document.workspace_id)
        return self._settled(claimed, Letter(address=address, fate=fate, at=now))

    def _fate_of(self, mail: Mail, workspace_id: str) -> Fate:
        """Once it was given to SES."""
        assert self.post is not None, "nothing is claimed without a sender"
        try:
            self.post.send(mail)
        except MailTrouble as error:
            logger.warning("mail in trouble", workspace_id=workspace_id, reason=str(error))
            match error:
                case MailDelayed():
                    return Fate.DELAYED
                case MailRefused():
                    return Fate.REFUSED
                case _:
                    return Fate.UNKNOWN
        return Fate.SENT

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

    def _noted(self, seen: Letters, left: Letters) -> str | None:
        if left != seen:
            try:
                self.letters.save(seen, left)
            except AlreadyChanged:
                return left.trouble  # the other run notes what it came to
        return left.trouble


def _given_up(kept: Letters, now: datetime) -> Letters:
    """Whoever died over a letter will not tell any more."""
    for each in kept.letters:
        if each.is_lost(now=now):
            kept = kept.with_letter(Letter(address=each.address, fate=Fate.UNKNOWN, at=each.at))
    return kept


def _troubles(letters: Sequence[Letter], wording: Wording, sender: str) -> Iterator[str]:
    if delayed := [each.address for each in letters if each.fate is Fate.DELAYED]:
        yield wording.say(DELAYED, addresses=wording.listed(delayed))
    if refused := [each.address for each in letters if each.fate is Fate.REFUSED]:
        named = wording.listed(refused)
        yield wording.say(REFUSED, addresses=named, sender=sender, url=VERIFYING)
    if unknown := [each.address for each in letters if each.fate is Fate.UNKNOWN]:
        yield wording.say(UNKNOWN, addresses=wording.listed(unknown))


def is_mailed(document: ReportDocument, *, now: datetime) -> bool:
    """A week's or a month's, whole, once its late numbers are in."""
    return (
        kind_of(document.period) is not Kind.RANGE
        and document.campaign is None
        and now >= document.until + LAG
    )
