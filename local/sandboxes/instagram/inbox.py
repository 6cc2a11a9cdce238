"""What people do around an account on Instagram: what its lists show, and its app is told."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from local.sandboxes import asking
from local.sandboxes.answering import wrote_key
from local.sandboxes.answers import Refusal
from local.sandboxes.asking import Wanted, listing
from local.sandboxes.clock import Clock
from local.sandboxes.containers.asking import Call, in_seconds
from local.sandboxes.containers.people import HasState, People
from local.sandboxes.containers.refusals import not_found
from local.sandboxes.containers.state import COMMENT, POST, Account, Letter, Post, State
from local.sandboxes.instagram import webhooks
from local.sandboxes.platform import Act
from local.sandboxes.telling import Outbox

REMARK, IMAGE, MESSAGE = "COMMENT", "IMAGE", "MESSAGE"


class Inbox:
    def __init__(self, sandbox: HasState, *, clock: Clock, people: People, outbox: Outbox) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._people = people
        self._outbox = outbox

    # ── what people do ───────────────────────────────────────────────────────────────────────

    def comment(self, act: Act) -> Post:
        if act.post not in self._state.posts:
            raise Refusal(404, {"error": f"There is no post {act.post}"})
        made, person = self._remark(act)
        root = self._state.root_of(made)
        self._tell(webhooks.comment(made, person, root=root, account=root.account_id))
        return made

    def mention(self, act: Act) -> Post:
        """In a comment, where `post` is a stranger's; else in a post of theirs."""
        account = self._people.ensure(act.account)
        if act.post:
            made, _ = self._remark(act)
            media: str = self._state.root_of(made).id
            self._tell(webhooks.mention(media, made.id, account=account.id))
            return made
        person, now = self._people.ensure(act.who), self._clock.now()
        made = self._people.post(person, act.text, IMAGE, beginning=POST, received_at=now)
        self._tell(webhooks.mention(made.id, None, account=account.id))
        return made

    def write(self, act: Act) -> Letter:
        letter = Letter(
            id=f"mid.{self._state.new_id(COMMENT)}",
            account_id=self._people.ensure(act.account).id,
            person_id=self._people.ensure(act.who).id,
            text=act.text,
            created_at=self._clock.now(),
        )
        self._state.letters[letter.id] = letter
        key = wrote_key(letter.account_id, letter.person_id)
        self._state.wrote_at[key] = letter.created_at
        self._state.last_letters[key] = letter.id
        self._tell(webhooks.message(letter, message={"mid": letter.id, "text": letter.text}))
        return letter

    def change(self, act: Act) -> None:
        """A message alone: that a comment is gone is not told."""
        letter = self._state.letters.get(act.post)
        if letter is None:
            raise Refusal(404, {"error": f"There is no message {act.post}"})
        if act.do == "remove":
            del self._state.letters[letter.id]
            self._tell(webhooks.message(letter, message={"mid": letter.id, "is_deleted": True}))
            return
        self._state.letters[letter.id] = letter.model_copy(update={"text": act.text})
        edit = {"mid": letter.id, "text": act.text, "num_edit": 1}
        self._tell(webhooks.message(letter, message_edit=edit))

    def _remark(self, act: Act) -> tuple[Post, Account]:
        person = self._people.ensure(act.who)
        made = self._people.post(
            person,
            act.text,
            REMARK,
            beginning=COMMENT,
            in_reply_to=act.post,
            received_at=self._clock.now(),
        )
        return made, person

    def _tell(self, told: dict[str, Any]) -> None:
        settings, [entry] = self._state.settings, told["entry"]
        if settings.tells_subscribed_only and entry["id"] not in self._state.subscriptions:
            return
        self._outbox.put(settings.callback, told, secret=settings.webhook_secret)

    # ── what is shown ────────────────────────────────────────────────────────────────────────

    async def list_comments(self, call: Call) -> Response:
        if call.id not in self._state.posts:
            raise not_found(call.id)
        listed, paging = call.page(self.remarks_under(call.id))
        return JSONResponse(listing([call.of(each) for each in listed], paging))

    async def list_conversations(self, call: Call) -> Response:
        account, people = call.own(), dict[str, list[Letter]]()
        for letter in self._state.letters.values():
            if letter.account_id == account.id:
                people.setdefault(letter.person_id, []).append(letter)
        newest = sorted(people.items(), key=lambda each: each[1][-1].created_at, reverse=True)
        listed, paging = call.page(newest)
        rows = [call.of(self._conversation(who, letters)) for who, letters in listed]
        return JSONResponse(listing(rows, paging))

    async def list_messages(self, call: Call) -> Response:
        there = [
            each
            for each in self._state.letters.values()
            if each.account_id == call.account.id and f"t_{each.person_id}" == call.id
        ]
        if not there:
            raise not_found(call.id)
        listed, paging = call.page(there[::-1])
        rows = [call.of(self._letter(each)) for each in listed]
        return JSONResponse(listing(rows, paging))

    def remarks_under(self, post_id: str) -> list[dict[str, Any]]:
        """The newest first, as lists have them by now; each with what answers it."""
        found = [each for each in self._state.newest(self._clock.now()) if each.kind == REMARK]
        return [self._remark_view(each) for each in found if each.in_reply_to == post_id]

    def nested(self, remarks: Sequence[dict[str, Any]]) -> Any:
        def below(wanted: Wanted) -> dict[str, Any] | None:
            limit, after = wanted.how.get("limit"), wanted.how.get("after")
            listed, paging = asking.page(remarks, limit, after)
            rows = [asking.told(each, wanted.fields or "id,text") for each in listed]
            return {"data": rows, "paging": paging} if rows else None

        return below

    def _remark_view(self, remark: Post) -> dict[str, Any]:
        person = self._state.accounts[remark.account_id]
        above = self._state.posts[remark.in_reply_to or ""]
        return {
            "id": remark.id,
            "text": remark.text,
            "timestamp": in_seconds(remark.created_at),
            "username": person.username,
            "from": {"id": person.id, "username": person.username},
            "parent_id": above.id if above.in_reply_to else None,
            "replies": self.nested(self.remarks_under(remark.id)),
        }

    def _conversation(self, person: str, letters: list[Letter]) -> dict[str, Any]:
        newest = [self._letter(each) for each in letters[::-1]]
        times = in_seconds(letters[-1].created_at)
        return {"id": f"t_{person}", "updated_time": times, "messages": self.nested(newest)}

    def _letter(self, letter: Letter) -> dict[str, Any]:
        person = self._state.accounts[letter.person_id]
        return {
            "id": letter.id,
            "message": letter.text,
            "created_time": in_seconds(letter.created_at),
            "from": {"id": person.id, "username": person.username},
        }

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state
