"""What the Instagram sandbox takes into a container, and what it refuses at once.

Pictures are fetched and looked at before it answers; what is wrong with a film is told by its
container, once it was worked on.
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
"""

import json
import re

from local.sandboxes.answers import Refusal
from local.sandboxes.containers.fetching import Fetched, fetch
from local.sandboxes.containers.refusals import invalid, not_fetched, refused
from local.sandboxes.containers.shelf import Shelf
from local.sandboxes.containers.state import FILE, Account, Container, File, State
from local.sandboxes.fields import Fields

CAPTION = 2200
ALT_TEXT = 1000
IMAGE_BYTES = 8 * 1_048_576
RATIOS = (0.8 * 0.99, 1.91 * 1.01)
CAROUSEL = range(2, 11)
COLLABORATORS = 3
KINDS = ("", "IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL")
FILM_FAILED = "Error: Media upload has failed with error code {}"
NOT_A_FILM = 2207026
FILM_NOT_FETCHED = 2207052


async def make(state: State, shelf: Shelf, account: Account, fields: Fields) -> Container:
    form = {name: _spelled(value) for name, value in fields.values.items()}
    kind = form.get("media_type", "")
    if kind not in KINDS:
        raise refused(100, "Unknown media type", subcode=2207023)
    _check_words(form)
    if kind == "CAROUSEL":
        return _carousel(shelf, account, form)
    image, film = form.get("image_url", ""), form.get("video_url", "")
    if bool(image) == bool(film):
        raise invalid("The parameter image_url or video_url is required")
    if film:
        return await _film(state, shelf, account, form)
    if kind in ("VIDEO", "REELS"):
        raise invalid("The parameter video_url is required")
    file = await _picture(state, image, form)
    return shelf.keep(account, form, (file,), polls=state.settings.image_polls)


def _carousel(shelf: Shelf, account: Account, form: dict[str, str]) -> Container:
    ids = [each for each in form.get("children", "").split(",") if each]
    if len(ids) not in CAROUSEL:
        raise refused(100, "Invalid carousel", subcode=2207028)
    children = shelf.children(account, ids)
    if not all(each.form.get("is_carousel_item") == "true" for each in children):
        raise invalid("A child is no item of a carousel")
    return shelf.keep(account, form, tuple(file for each in children for file in each.files))


async def _film(state: State, shelf: Shelf, account: Account, form: dict[str, str]) -> Container:
    kind, is_item = form.get("media_type", ""), form.get("is_carousel_item") == "true"
    if not (kind in ("REELS", "STORIES") or (kind == "VIDEO" and is_item)):
        raise invalid("The video format VIDEO is no longer supported, use REELS")
    if form.get("alt_text"):
        raise invalid("alt_text is for images")
    fetched = await fetch(form["video_url"])
    trouble = ""
    if fetched is None:
        trouble = FILM_FAILED.format(FILM_NOT_FETCHED)
    elif not fetched.is_film:
        trouble = FILM_FAILED.format(NOT_A_FILM)
    data = fetched.data if fetched else b""
    file = File(id=state.new_id(FILE), mime_type="video/mp4", data=data)
    polls = state.settings.video_polls
    return shelf.keep(account, form, (file,), polls=polls, trouble=trouble)


async def _picture(state: State, url: str, form: dict[str, str]) -> File:
    fetched = await fetch(url)
    if fetched is None:
        raise not_fetched()
    alt = form.get("alt_text", "")
    if len(alt) > ALT_TEXT:
        raise invalid(f"alt_text must be at most {ALT_TEXT} characters")
    _check_picture(fetched, is_story=form.get("media_type") == "STORIES")
    return File(id=state.new_id(FILE), mime_type="image/jpeg", data=fetched.data, alt=alt)


def _check_picture(fetched: Fetched, *, is_story: bool) -> None:
    picture = fetched.picture
    if picture is None:
        raise not_fetched()
    if picture.mime_type != "image/jpeg":
        raise refused(36001, "The image format is not supported.", subcode=2207005)
    if len(fetched.data) > IMAGE_BYTES:
        raise refused(36000, "The image size is too large.", subcode=2207004)
    narrowest, widest = RATIOS
    if not is_story and not narrowest <= picture.width / picture.height <= widest:
        raise refused(36003, "The aspect ratio is not supported.", subcode=2207009)


def _check_words(form: dict[str, str]) -> None:
    caption = form.get("caption", "")
    too_many = len(re.findall(r"#\w", caption)) > 30 or len(re.findall(r"@\w", caption)) > 20
    if len(caption) > CAPTION or too_many:
        raise refused(36004, "The caption was too long.", subcode=2207010)
    if collaborators := form.get("collaborators"):
        named = _list(collaborators)
        if not 0 < len(named) <= COLLABORATORS:
            raise invalid("collaborators must be a list of at most 3 usernames")
    if not form.get("location_id", "0").isdecimal():
        raise invalid("location_id must be a page")
    if not form.get("thumb_offset", "0").isdecimal():
        raise refused(1, "Thumbnail offset is out of range", subcode=2207057)


def _list(spelled: str) -> list[str]:
    try:
        named = json.loads(spelled)
    except ValueError:
        raise _not_a_list() from None
    if not isinstance(named, list):
        raise _not_a_list()
    return named


def _not_a_list() -> Refusal:
    return invalid("Param collaborators must be an array.")


def _spelled(value: object) -> str:
    """A form's values are words; JSON's may be more."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value)
