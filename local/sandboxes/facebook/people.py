"""What people do around a page, and what its app is told of it."""

from typing import Any

from local.sandboxes.answering import wrote_key
from local.sandboxes.answers import Refusal
from local.sandboxes.clock import Clock
from local.sandboxes.facebook import publishing, webhooks
from local.sandboxes.facebook.state import Letter, Page, Post, State
from local.sandboxes.platform import Act
from local.sandboxes.telling import Outbox


class People:
    def __init__(self, state: State, *, clock: Clock, outbox: Outbox) -> None:
        self._state = state
        self._clock = clock
        self._outbox = outbox

    def comment(self, act: Act) -> Post:
        above, now = self._post(act.post), self._clock.now()
        person = (act.who, act.who.title())
        made = publishing.comment(
            self._state, above, act.text, author=person, now=now, received_at=now
        )
        self._tell_comment("add", made)
        return made

    def mention(self, act: Act, page: Page) -> Post:
        """In a post of theirs."""
        now = self._clock.now()
        made = Post(
            id=f"{act.who}_{self._state.new_id(now)}",
            page_id=act.who,
            author_id=act.who,
            author=act.who.title(),
            text=act.text,
            created_at=now,
            received_at=now,
            by_hand=True,
        )
        self._state.posts[made.id] = made
        self._state.mentions[made.id] = page.id
        self._tell_mention("add", made)
        return made

    def write(self, act: Act, page: Page) -> Letter:
        now = self._clock.now()
        letter = Letter(
            id=f"m_{self._state.new_id(now)}",
            page_id=page.id,
            person_id=act.who,
            name=act.who.title(),
            text=act.text,
            created_at=now,
        )
        self._state.letters[letter.id] = letter
        key = wrote_key(page.id, act.who)
        self._state.wrote_at[key], self._state.last_letters[key] = now, letter.id
        self._tell(webhooks.message(letter))
        return letter

    def change(self, act: Act) -> None:
        """What they said before: edited, or removed."""
        if letter := self._state.letters.get(act.post):
            if act.do == "remove":
                raise Refusal(501, {"error": "Messenger does not tell what is unsent"})
            edited = {"text": act.text, "edited": True}
            changed = letter.model_copy(update=edited)
            self._state.letters[letter.id] = changed
            now = self._clock.now()
            self._tell(webhooks.message(changed.model_copy(update={"created_at": now})))
            return
        post = self._post(act.post)
        said = {"deleted": True} if act.do == "remove" else {"text": act.text}
        changed_post = post.model_copy(update=said)
        self._state.posts[post.id] = changed_post
        verb = {"remove": "remove", "edit": "edited"}[act.do]
        if post.in_reply_to is None:
            self._tell_mention(verb, changed_post)
        else:
            self._tell_comment(verb, changed_post)

    def _post(self, post_id: str) -> Post:
        found = self._state.find_post(post_id)
        if found is None:
            raise Refusal(404, {"error": f"There is no post {post_id}"})
        return found

    def _tell_comment(self, verb: str, made: Post) -> None:
        root = self._state.root_of(made).id
        named = self._state.settings.tells_people
        self._tell(webhooks.change(verb, made, root=root, named=named))

    def _tell_mention(self, verb: str, made: Post) -> None:
        page, named = self._state.mentions[made.id], self._state.settings.tells_people
        self._tell(webhooks.mention(verb, made, page=page, named=named))

    def _tell(self, told: dict[str, Any]) -> None:
        settings, [entry] = self._state.settings, told["entry"]
        if settings.tells_subscribed_only and entry["id"] not in self._state.subscriptions:
            return
        self._outbox.put(settings.callback, told, secret=settings.webhook_secret)
