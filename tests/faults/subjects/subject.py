"""Who is put to the test: an adapter, or a kind of server that changes what it promises.

A subject says how its sandbox is connected to, what its platform says where ours must act on it,
which kinds of post it takes, and the requests that can go wrong. Everything else follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tellal.deliveries import Delivery
from tellal.platforms import PLATFORMS
from tellal.platforms.protocol import Connected, Guarantee, RefreshesCredentials
from tellal.posts import Content, Part

NAME = "bakery"  # our account
SOMEBODY = "ayse"

Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A request of ours that can go wrong, and what must be so for it to be made."""

    name: str  # a column of the table
    method: str
    path: str  # as a shell would match it
    nth: int = 1
    post: str | None = None  # the kind of post that makes it; None: the subject's usual
    settings: Json = field(default_factory=dict)  # of the sandbox
    looks: bool = False  # made only after an answer was lost
    lost: tuple[str, str] | None = None  # …to this request; None: to the usual post's commit
    lost_nth: int = 1
    lists: bool = False  # …by reading a list, which may lag behind
    refreshes: bool = False
    processes: bool = False  # asks whether the platform is done with a file
    failed: tuple[int, Json] = (422, {"error": "Error processing the file"})  # …and it says no
    blind: bool = False  # commits what nobody can ask about
    quiet: bool = False  # commits what is looked for where nothing newer comes: its missing is moot
    bodiless: bool = False  # its answer is headers alone
    harmless: bool = False  # whatever becomes of it, the post is public


def by_its_words(post: Json, delivery: Delivery, number: int) -> bool:
    """Each post of a schedule says something else; what a person says there may be the same."""
    return bool(post["text"] == delivery.parts[number].text and not post["by_hand"])


def as_it_is(content: Content) -> Content:
    return content


def its_text(part: Part) -> str:
    return part.text


@dataclass(frozen=True, kw_only=True)
class Subject:
    name: str  # a row of the table
    platform: str
    guarantee: Guarantee  # of its usual post
    settings: Json = field(default_factory=dict)  # of the sandbox
    stated: Json = field(default_factory=dict)  # the deployment's settings for the platform
    # Either what a person types in to connect, or what a consent would have come to; both from
    # what the sandbox answered when the account was made, and its address.
    typed: Callable[[Json, str], Json] | None = None
    connected: Callable[[Json, str], Connected] | None = None
    commit: str  # the path of what commits the usual post, as a shell would match it
    commit_method: str = "POST"
    commit_nth: int = 1  # of the requests there: an upload may go the same way
    refusal: tuple[int, Json]  # how the platform refuses a token
    is_of: Callable[[Json, Delivery, int], bool] = by_its_words  # is a post this part?
    said: Callable[[Part], str] = its_text  # what the sandbox shows of a part
    posts: tuple[str, ...] = ("text", "image", "thread", "reply")  # the usual first
    dressed: Callable[[Content], Content] = as_it_is  # with the options the platform insists on
    steps: tuple[Step, ...]
    short_lived: Json = field(default_factory=dict)  # settings that let a token run out at once
    renewal: str = ""  # the call that renews tokens, where each is good once ("POST /token")
    refuses_copies: bool = False  # the platform takes the same words once
    two_hours: Json = field(default_factory=dict)  # settings that let it live two hours, if not so

    @property
    def refreshes(self) -> bool:
        return issubclass(PLATFORMS[self.platform], RefreshesCredentials)

    @property
    def refreshes_once(self) -> bool:
        """A refresh token is good for one use: one whose answer is lost, a person must replace."""
        return bool(self.renewal)

    @property
    def usual(self) -> str:
        return self.posts[0]

    def is_commit(self, call: str) -> bool:
        """Whether a call at the border ("POST /v1/statuses") commits."""
        return fnmatchcase(call, f"{self.commit_method} {self.commit}")
