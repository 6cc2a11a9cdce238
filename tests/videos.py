"""A real film of three seconds, and what our product knows of it."""

from pathlib import Path

from tellal.posts import AttachedMedia, VideoFacts

CLIPS = Path(__file__).parent / "clips"  # each a second of a test picture, made by ffmpeg
CLIP = (Path(__file__).parents[1] / "local" / "clip.mp4").read_bytes()
VIDEO = AttachedMedia(
    media_id="med_2",
    object_key="media/clip.mp4",
    mime_type="video/mp4",
    size=len(CLIP),
    width=540,
    height=960,
    video=VideoFacts(seconds=3.2, frame_rate=30, codec="AVC", audio_codec="AAC"),
    alt_text="Steam over bread",
)
FREE_BOX = 8  # bytes of the head of one


def padded(size: int) -> bytes:
    """The same film in a file of this size: behind it is a box that says it is free space."""
    free = size - len(CLIP)
    assert free >= FREE_BOX
    return CLIP + free.to_bytes(4) + b"free" + bytes(free - FREE_BOX)


def clip(name: str) -> bytes:
    """One of `clips/`: `rotated.mp4` is shown on its side, `sound.mp4` shows nothing, the index
    of `index_last.mp4` stands at its end, and `endless.mp4` is so damaged that its reader turns
    in circles."""
    return (CLIPS / name).read_bytes()
