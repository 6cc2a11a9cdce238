"""What an account says to people, and does with their comments, in the Instagram sandbox."""

from starlette.responses import JSONResponse, Response

from local.sandboxes import answering
from local.sandboxes.answering import wrote_key
from local.sandboxes.asking import listing
from local.sandboxes.clock import Clock
from local.sandboxes.containers.asking import Call
from local.sandboxes.containers.people import HasState, People
from local.sandboxes.containers.refusals import invalid, not_found
from local.sandboxes.containers.state import COMMENT, Post, State
from local.sandboxes.fields import read_fields
from local.sandboxes.instagram.inbox import MESSAGE, REMARK, Inbox

LENGTH, COMMENT_LENGTH = 1_000, 2_200  # bytes, characters


class Answers:
    def __init__(self, sandbox: HasState, *, clock: Clock, people: People, inbox: Inbox) -> None:
        self._sandbox = sandbox
        self._clock = clock
        self._people = people
        self._inbox = inbox

    async def reply(self, call: Call) -> Response:
        """To a comment on a post: what answers an answer is refused."""
        comment = self._comment(call)
        text = (await read_fields(call.request)).text("message")
        if self._state.posts[comment.in_reply_to or ""].kind == REMARK:
            raise invalid("Replies are to comments on posts alone")
        if not text.strip() or len(text) > COMMENT_LENGTH:
            raise invalid("The parameter message is required, and not too long")
        return JSONResponse({"id": self._say(call, text, REMARK, above=comment.id).id})

    async def list_replies(self, call: Call) -> Response:
        listed, paging = call.page(self._inbox.remarks_under(self._comment(call).id))
        return JSONResponse(listing([call.of(each) for each in listed], paging))

    async def change(self, call: Call) -> Response:
        """Hiding is all that is spoken here."""
        comment, fields = self._comment(call), await read_fields(call.request)
        if "hide" not in fields.values:
            raise invalid("The parameter hide is required")
        if comment.account_id == call.account.id:
            raise invalid("The account's own comments cannot be hidden")
        hidden = answering.is_yes(fields.values["hide"])
        self._state.posts[comment.id] = comment.model_copy(update={"hidden": hidden})
        return JSONResponse({"success": True})

    async def delete(self, call: Call) -> Response:
        comment = self._comment(call)
        self._state.posts[comment.id] = comment.model_copy(update={"deleted": True})
        return JSONResponse({"success": True})

    async def send(self, call: Call) -> Response:
        account, now = call.own(), self._clock.now()
        ask = answering.asked((await read_fields(call.request)).values)
        answering.check_length(len(ask.text.encode()), LENGTH)
        if comment_id := ask.recipient.get("comment_id"):
            comment = self._find(call, comment_id)
            private = (each for each in self._state.posts.values() if each.kind == MESSAGE)
            was_answered = any(each.in_reply_to == comment.id for each in private)
            answering.check_private(comment.created_at, was_answered=was_answered, now=now)
            person, above = comment.account_id, comment.id
        else:
            person = ask.recipient.get("id", "")
            key = wrote_key(account.id, person)
            answering.check_window(ask, self._state.wrote_at.get(key), now=now)
            above = self._state.last_letters.get(key, "")
        made = self._say(call, ask.text, MESSAGE, above=above)
        return JSONResponse({"recipient_id": person, "message_id": made.id})

    def _say(self, call: Call, text: str, kind: str, *, above: str) -> Post:
        return self._people.post(
            call.account,
            text,
            kind,
            beginning=COMMENT,
            in_reply_to=above,
            received_at=call.received_at,
        )

    def _comment(self, call: Call) -> Post:
        return self._find(call, call.id)

    def _find(self, call: Call, some_id: str) -> Post:
        """A comment below a post of the account that asks."""
        found = self._state.posts.get(some_id)
        if found is None or found.deleted or found.kind != REMARK:
            raise not_found(some_id)
        if self._state.root_of(found).account_id != call.account.id:
            raise not_found(some_id)
        return found

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state
