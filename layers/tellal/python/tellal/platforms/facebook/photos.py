"""Photos on their way to a page: each is uploaded ahead and unseen, and then attached to one post.

An unseen photo that no post ever shows is seen by nobody, so a lost answer costs an upload only.
"""

from collections.abc import Sequence

from tellal.errors import Rejected
from tellal.platforms import images
from tellal.platforms.facebook import answers
from tellal.platforms.facebook.line import PageLine
from tellal.platforms.facebook.options import LIMITS, PHOTO_BYTES
from tellal.platforms.protocol import MediaReader, Pending, Prepared
from tellal.posts import AttachedMedia, Part

PHOTOS = "photos"  # the note: their ids, in order, separated by spaces


def upload_next(part: Part, *, line: PageLine, media: MediaReader) -> Prepared | Pending:
    """One photo at a time; the notes tell how many are there."""
    ids = ids_of(part)
    missing = part.media[len(ids) :]
    if missing:
        ids = [*ids, _upload(missing[0], line, media)]
    notes = {PHOTOS: " ".join(ids)}
    return Pending(notes) if len(missing) > 1 else Prepared(notes)


def ids_of(part: Part) -> Sequence[str]:
    return (part.prepared or {}).get(PHOTOS, "").split()


def _upload(photo: AttachedMedia, line: PageLine, media: MediaReader) -> str:
    image = images.clean(media.read(photo), most_bytes=PHOTO_BYTES.value)
    if image.mime_type not in LIMITS["image_types"].value:  # what is see-through became WebP
        raise Rejected("This image is too large to be sent see-through: save it as a JPEG")
    form = {"published": "false"}
    form |= {"alt_text_custom": photo.alt_text} if photo.alt_text else {}
    name = f"photo.{image.mime_type.removeprefix('image/')}"
    reply = line.graph(
        "POST",
        f"{line.path}/photos",
        data=form,
        files={"source": (name, image.data, image.mime_type)},
    )
    return reply.read(answers.Made).id
