"""What the Threads sandbox takes into a container, and what it refuses at once.
https://developers.facebook.com/documentation/threads/reference/publishing

What is wrong with a film is told by its container, once it was worked on.
"""

import json
import re

import regex

from local.sandboxes.containers.fetching import fetch
from local.sandboxes.containers.refusals import invalid, not_fetched
from local.sandboxes.containers.shelf import Shelf
from local.sandboxes.containers.state import FILE, Account, Container, File, State
from local.sandboxes.fields import Fields

TEXT = 500
ALT_TEXT = 1000
LINKS = 5
IMAGE_BYTES = 8 * 1_048_576
CAROUSEL = range(2, 21)
KINDS = ("TEXT", "IMAGE", "VIDEO", "CAROUSEL")
CONTROLS = (
    *("everyone", "accounts_you_follow", "mentioned_only"),
    *("parent_post_author_only", "followers_only"),
)
ANSWERS = ("option_a", "option_b", "option_c", "option_d")
EMOJI = regex.compile(
    r"[\p{Emoji_Presentation}\p{Extended_Pictographic}\p{Emoji_Modifier}\p{RI}\u200d\ufe0f\u20e3]"
)
LINK = re.compile(r"https?://[^\s]+[^\s.,;:!?)]")


async def make(state: State, shelf: Shelf, account: Account, fields: Fields) -> Container:
    form = {name: fields.text(name) for name in fields.values}
    kind = form.get("media_type", "")
    if kind not in KINDS:
        raise invalid("Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
    _check_words(form)
    _check_choices(form, kind)
    above = form.get("reply_to_id")
    if above is not None and (above not in state.posts or state.posts[above].deleted):
        raise invalid("Param reply_to_id must be a post that is there")
    match kind:
        case "TEXT":
            if not form.get("text"):
                raise invalid("Param text is required")
            return shelf.keep(account, form)
        case "CAROUSEL":
            return _carousel(shelf, account, form)
        case "IMAGE":
            file = await _picture(state, form)
            return shelf.keep(account, form, (file,), polls=state.settings.image_polls)
        case _:
            return await _film(state, shelf, account, form)


def count(text: str) -> int:
    """An emoji counts for its bytes in UTF-8."""
    return sum(len(char.encode()) if EMOJI.match(char) else 1 for char in text)


def _carousel(shelf: Shelf, account: Account, form: dict[str, str]) -> Container:
    ids = [each for each in form.get("children", "").split(",") if each]
    if len(ids) not in CAROUSEL:
        raise invalid("Param children must be a list of 2 to 20")
    children = shelf.children(account, ids)
    if not all(each.form.get("is_carousel_item") == "true" for each in children):
        raise invalid("A child is no item of a carousel")
    return shelf.keep(account, form, tuple(file for each in children for file in each.files))


async def _picture(state: State, form: dict[str, str]) -> File:
    fetched = await fetch(form.get("image_url", ""))
    picture = fetched.picture if fetched else None
    if fetched is None or picture is None:
        raise not_fetched()
    if picture.mime_type not in ("image/jpeg", "image/png") or len(fetched.data) > IMAGE_BYTES:
        raise invalid("The media must be a JPEG or PNG of at most 8 MB")
    alt = form.get("alt_text", "")
    return File(id=state.new_id(FILE), mime_type=picture.mime_type, data=fetched.data, alt=alt)


async def _film(state: State, shelf: Shelf, account: Account, form: dict[str, str]) -> Container:
    if not form.get("video_url"):
        raise invalid("Param video_url is required")
    fetched = await fetch(form["video_url"])
    trouble = ""
    if fetched is None:
        trouble = "FAILED_DOWNLOADING_VIDEO"
    elif not fetched.is_film:
        trouble = "FAILED_PROCESSING_VIDEO"
    data, alt = fetched.data if fetched else b"", form.get("alt_text", "")
    file = File(id=state.new_id(FILE), mime_type="video/mp4", data=data, alt=alt)
    polls = state.settings.video_polls
    return shelf.keep(account, form, (file,), polls=polls, trouble=trouble)


def _check_words(form: dict[str, str]) -> None:
    text = form.get("text", "")
    if count(text) > TEXT:
        raise invalid(f"Param text must be at most {TEXT} characters long.")
    links = set(LINK.findall(text)) | {form.get("link_attachment", "")} - {""}
    if len(links) > LINKS:
        raise invalid("THREADS_API__LINK_LIMIT_EXCEEDED")
    if len(form.get("alt_text", "")) > ALT_TEXT:
        raise invalid(f"Param alt_text must be at most {ALT_TEXT} characters long.")


def _check_choices(form: dict[str, str], kind: str) -> None:
    if form.get("reply_control", CONTROLS[0]) not in CONTROLS:
        raise invalid("Param reply_control must be one of its values")
    tag = form.get("topic_tag")
    if tag is not None and (not 0 < len(tag) <= 50 or "." in tag or "&" in tag):
        raise invalid("Param topic_tag must be 1 to 50 characters long, without . and &")
    for name in ("link_attachment", "poll_attachment"):
        if name in form and kind != "TEXT":
            raise invalid(f"Param {name} is for posts of text alone")
    if "poll_attachment" in form:
        _check_poll(form["poll_attachment"])


def _check_poll(spelled: str) -> None:
    try:
        answers = json.loads(spelled)
    except ValueError:
        raise invalid("Param poll_attachment must be an object") from None
    given = [answers.get(name) for name in ANSWERS if name in answers]
    in_order = list(answers) == list(ANSWERS[: len(answers)])
    if len(given) < 2 or not in_order or not all(given) or any(len(a) > 25 for a in given):
        raise invalid("Param poll_attachment must hold 2 to 4 options of 1 to 25 characters")
