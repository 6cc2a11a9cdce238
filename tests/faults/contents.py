"""The kinds of post a schedule may be of, each saying words of its own."""

from collections.abc import Callable, Mapping

from tellal.posts import AttachedMedia, Content, Poll, ThreadPart
from tests.pictures import RED_DOT
from tests.videos import CLIP, VIDEO, padded

PICTURE = AttachedMedia(
    media_id="med_1",
    object_key="media/faults.png",
    mime_type="image/png",
    size=len(RED_DOT),
    width=1,
    height=1,
    alt_text="One red dot",
)
FILM = VIDEO.model_copy(update={"object_key": "media/faults.mp4"})
LONG_FILM = VIDEO.model_copy(
    update={"media_id": "med_4", "object_key": "media/faults-long.mp4", "size": 600 * 1024}
)
LONGER_FILM = FILM.model_copy(  # in chunks of five megabytes
    update={"media_id": "med_5", "object_key": "media/faults-longer.mp4", "size": 11 * 1024 * 1024}
)
SLIDES = AttachedMedia(
    media_id="med_3",
    object_key="media/faults.pdf",
    mime_type="application/pdf",
    size=9,
    pages=1,
)
FILES: Mapping[str, tuple[bytes, str]] = {  # what lies in the bucket
    PICTURE.object_key: (RED_DOT, PICTURE.mime_type),
    FILM.object_key: (CLIP, FILM.mime_type),
    LONG_FILM.object_key: (padded(LONG_FILM.size), LONG_FILM.mime_type),
    LONGER_FILM.object_key: (padded(LONGER_FILM.size), LONGER_FILM.mime_type),
    SLIDES.object_key: (b"%PDF-1.7\n", SLIDES.mime_type),
}
# A reply is rendered by its own way, and a mention needs somebody's name.
CONTENTS: Mapping[str, Callable[[str], Content]] = {
    "text": lambda said: Content(text=said),
    "image": lambda said: Content(text=said, media=(PICTURE,)),
    "images": lambda said: Content(text=said, media=(PICTURE, PICTURE)),
    "video": lambda said: Content(text=said, media=(FILM,)),
    "long video": lambda said: Content(text=said, media=(LONG_FILM,)),
    "video with thumbnail": lambda said: Content(text=said, media=(FILM, PICTURE)),
    "longer video": lambda said: Content(text=said, media=(LONGER_FILM,)),
    "document": lambda said: Content(text=said, media=(SLIDES,)),
    "thread": lambda said: Content(
        text=said, thread=tuple(ThreadPart(text=f"{said}, {each}") for each in ("then", "last"))
    ),
    "comment": lambda said: Content(text=said, first_comment=f"{said}, below"),
    "image and comment": lambda said: Content(
        text=said, media=(PICTURE,), first_comment=f"{said}, below"
    ),
    "video and comment": lambda said: Content(
        text=said, media=(FILM,), first_comment=f"{said}, below"
    ),
    "poll": lambda said: Content(
        text=said, poll=Poll(options=("Rye", "Wheat"), minutes=1440, question="Which bread?")
    ),
}
