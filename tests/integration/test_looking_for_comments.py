"""After the lost answer to a first comment, where comments are listed apart from posts."""

from typing import Any

import httpx
import pytest

from tellal import wiring
from tellal.channels import Channel
from tellal.deliveries import Delivery, State
from tellal.posts import Part, PartKind, Remote
from tellal.publishing.search import claim_key
from tests.conftest import Clock, Network
from tests.integration.deliveries import Follow, at, part, scheduled

pytestmark = pytest.mark.usefixtures("empty")  # claims of other tests are of the same page
POST = Remote(id="1234567890_111", url="https://www.facebook.com/1234567890/posts/111")
BELOW = "/v25.0/1234567890_111/comments"


class Page:
    """Loses the answer to every comment it is sent; lists what it is told to."""

    def __init__(self) -> None:
        self.below: list[dict[str, Any]] = []
        self.comments = 0
        self.answers = False
        self.listed: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.listed.append(request.url.path)
            return httpx.Response(200, json={"data": self.below})
        self.comments += 1
        if self.answers:
            return httpx.Response(200, json={"id": f"111_{self.comments}"})
        raise httpx.ReadTimeout("lost")

    def shows(self, number: int, message: str, *, made: float, by: str = "1234567890") -> None:
        comment = {
            "id": f"111_{number}",
            "message": message,
            "created_time": f"{at(made):%Y-%m-%dT%H:%M:%S}+0000",
            "permalink_url": f"https://www.facebook.com/1234567890/posts/111?comment_id={number}",
            "from": {"id": by},
        }
        self.below.insert(0, comment)


@pytest.fixture
def page(network: Network) -> Page:
    network.respond = page = Page()
    return page


@pytest.fixture
def lost(facebook_channel: Channel, page: Page, follow: Follow, held_clock: Clock) -> Delivery:
    """A delivery whose post is public, and whose comment's answer was lost a minute ago."""
    comment = Part(kind=PartKind.COMMENT, text="First!")
    delivery = scheduled(facebook_channel, part("Hello", remote=POST), comment)
    assert follow(delivery).state is State.PUBLISHING
    held_clock.time = at(61)
    return delivery


def later(held_clock: Clock) -> None:
    held_clock.time = at(61 + 600)


def test_it_is_looked_for_below_its_own_post_adopted_and_claimed(
    lost: Delivery, facebook_channel: Channel, page: Page, follow: Follow
) -> None:
    page.shows(7, "First!", made=1)

    left = follow(lost)

    assert (left.state, page.comments) == (State.PUBLISHED, 1)
    assert left.parts[1].remote is not None
    assert left.parts[1].remote.id == "111_7"
    assert page.listed == [BELOW]
    claim = claim_key(facebook_channel, Remote(id="111_7"))
    assert wiring.once().claimed_by(claim) == lost.delivery_id


def test_somebody_elses_words_are_not_taken_for_it(
    lost: Delivery, page: Page, follow: Follow
) -> None:
    page.shows(7, "First!", made=1, by="77")
    left = follow(lost)
    assert (left.state, left.parts[1].remote) == (State.PUBLISHING, None)


def test_where_nobody_commented_since_a_person_is_asked(
    lost: Delivery, page: Page, follow: Follow, held_clock: Clock
) -> None:
    follow(lost)
    later(held_clock)

    left = follow(lost)

    assert (left.state, page.comments) == (State.UNCONFIRMED, 1)
    assert left.trouble is not None
    assert "nothing newer" in left.trouble.sentence


def test_once_others_commented_and_it_is_missing_it_is_sent_again(
    lost: Delivery, page: Page, follow: Follow, held_clock: Clock
) -> None:
    follow(lost)
    later(held_clock)
    page.shows(9, "Nice", made=300, by="77")
    page.answers = True

    assert follow(lost).state is State.PUBLISHED
    assert page.comments == 2
