"""The containers of a sandbox: kept, asked, and published once each."""

from datetime import timedelta
from typing import Any, Protocol

from local.sandboxes.clock import Clock
from local.sandboxes.containers.refusals import (
    builder_gone,
    media_gone,
    not_ready,
    refused,
)
from local.sandboxes.containers.state import (
    CONTAINER,
    DAY,
    Account,
    Container,
    File,
    Post,
    State,
)


class HasState(Protocol):
    state: Any


class Shelf:
    def __init__(self, sandbox: HasState, *, clock: Clock) -> None:
        self._sandbox = sandbox
        self._clock = clock

    def keep(
        self,
        account: Account,
        form: dict[str, str],
        files: tuple[File, ...] = (),
        *,
        polls: int = 0,
        trouble: str = "",
    ) -> Container:
        state, now = self._state, self._clock.now()
        of_today = [
            each
            for each in state.containers.values()
            if each.account_id == account.id and each.created_at > now - DAY
        ]
        if len(of_today) >= state.settings.containers_per_day:
            raise refused(4, "Application request limit reached")
        container = Container(
            id=state.new_id(CONTAINER),
            account_id=account.id,
            form=form,
            files=files,
            polls_left=polls,
            trouble=trouble,
            created_at=now,
        )
        state.containers[container.id] = container
        return container

    def find(self, account: Account, id_: str) -> Container | None:
        found = self._state.containers.get(id_)
        return found if found and found.account_id == account.id else None

    def ask(self, container: Container) -> str:
        """How it is with it; each question brings the end of the work nearer."""
        status = self.status(container)
        if status == "IN_PROGRESS":
            left = container.model_copy(update={"polls_left": container.polls_left - 1})
            self._state.containers[container.id] = left
        return status

    def status(self, container: Container) -> str:
        if container.post_id:
            return "PUBLISHED"
        lives = timedelta(seconds=self._state.settings.container_seconds)
        if self._clock.now() >= container.created_at + lives:
            return "EXPIRED"
        if container.polls_left > 0:
            return "IN_PROGRESS"
        return "ERROR" if container.trouble else "FINISHED"

    def children(self, account: Account, ids: list[str]) -> list[Container]:
        """Those of a carousel, all of them ready."""
        found = [self.find(account, each) for each in ids]
        there = [each for each in found if each is not None]
        if len(there) < len(found):
            raise builder_gone()
        if any(self.status(each) != "FINISHED" for each in there):
            raise not_ready()
        return there

    def publishable(self, account: Account, id_: str) -> Container:
        """One that is public already is not found any more."""
        container = self.find(account, id_)
        match self.status(container) if container else "EXPIRED":
            case "FINISHED":
                assert container is not None
                return container
            case "PUBLISHED":
                raise media_gone()
            case "IN_PROGRESS":
                raise not_ready()
            case _:
                raise builder_gone()

    def published(self, container: Container, post: Post) -> None:
        became = container.model_copy(update={"post_id": post.id})
        self._state.containers[container.id] = became

    @property
    def _state(self) -> State:
        state: State = self._sandbox.state
        return state
