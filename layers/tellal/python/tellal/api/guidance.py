"""What to do about a trouble: a page for each code that a delivery may bear.

It is where a trouble's `help` leads, and it holds nothing of anybody's: whoever has the address may
read it. A trouble's sentence says what happened to this very post; the page says what to do next.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from aws_lambda_powertools.event_handler import Response

from tellal.api.asking import found
from tellal.api.pages import page
from tellal.api.routes import Routes
from tellal.config import settings

routes = Routes("Help")


@dataclass(frozen=True)
class Help:
    title: str
    meaning: str
    to_do: tuple[str, ...]


HELP: Mapping[str, Help] = {
    "rejected": Help(
        "The platform refused it",
        "The platform looked at this post and does not take it as it is. Nothing of this part is"
        " public, and sending the same again would be refused again.",
        (
            "Read the sentence: it says what the platform objects to.",
            "Change the post (PATCH /posts/…), for this channel alone if you like, by a variant.",
            "Then send it again (POST /deliveries/…/retry).",
        ),
    ),
    "needs_reconnect": Help(
        "The channel must be connected again",
        "The platform no longer lets us in: a password was changed, a permission was taken back, or"
        " a token has run out. Everything else about the channel is kept.",
        (
            "Connect the same page or account again, as you did first: it stays the same channel.",
            "Allow every permission that is asked for; what is missing is told after connecting.",
            "Then send what failed again (POST /deliveries/…/retry).",
        ),
    ),
    "needs_refresh": Help(
        "The channel's token had run out",
        "A new one could not be had in time, though it was tried more than once.",
        (
            "Look at the channel: if it says that it must be connected again, do that.",
            "Then send it again (POST /deliveries/…/retry).",
        ),
    ),
    "try_later": Help(
        "The platform could not be reached",
        "It did not answer, or said that it is in trouble. It is tried again by itself, ever less"
        " often; after about four hours it is given up. Nothing of this part is public.",
        (
            "While it is tried there is nothing to do.",
            (
                "If it was given up, see whether the platform is well, then send it again"
                " (POST /deliveries/…/retry)."
            ),
        ),
    ),
    "throttled": Help(
        "The platform asks us to wait",
        "So much was published or read for this channel that the platform lets nothing more through"
        " for a while. It goes on by itself when the platform says so.",
        (
            "Wait. The delivery shows when it is tried next.",
            "If it happens often, spread the posts further apart.",
        ),
    ),
    "outcome_unknown": Help(
        "Nobody knows whether it is public",
        "The post was sent and the platform's answer never came. Sending it again could show it"
        " twice, so it waits for somebody who looks.",
        (
            "Look at the channel itself.",
            "If it is there, say so, with its address (POST /deliveries/…/confirm).",
            "If it is not there, have it sent again (POST /deliveries/…/retry),",
            "or say that it is not, and leave it at that (POST /deliveries/…/deny).",
        ),
    ),
    "not_there": Help(
        "It is not there",
        "The platform never told whether it was public. Somebody looked, and said that it is not.",
        ("If people are still to see it, have it sent again (POST /deliveries/…/retry).",),
    ),
    "paused": Help(
        "Publishing is paused",
        "Somebody stopped all publishing of this workspace. What came due waits.",
        (
            "Release or drop it alone (POST /deliveries/…/release or …/cancel),",
            "or end the pause and say what becomes of all that waits (POST /workspaces/…/resume).",
        ),
    ),
    "spend_cap": Help(
        "It would cost more than you want to pay this month",
        "This platform charges for posts, and the workspace's monthly cap would be exceeded.",
        (
            (
                "Raise the cap (PATCH /workspaces/…, spend_caps), then release the post"
                " (POST /deliveries/…/release);"
            ),
            "or release it next month, or cancel it.",
        ),
    ),
    "cancelled": Help(
        "It was cancelled",
        "Somebody cancelled it before anything of it was public, or its channel was disconnected.",
        ("If that was a mistake, write the post again.",),
    ),
}


def address_of(code: str) -> str | None:
    return f"{settings().api_url}/help/{code}" if code in HELP else None


@routes("GET", "/help/<code>", needs=None, summary="What to do about a trouble", in_document=False)
def show_help(code: str) -> Response[str]:
    helping = found(HELP.get(code), "trouble")
    steps = "".join(f"<li>{escape(each)}</li>" for each in helping.to_do)
    rest = f"<p>{escape(helping.meaning)}</p><h2>What to do</h2><ol>{steps}</ol>"
    return page(helping.title, rest)
