"""Videos: what their container says, read by MediaInfo through a window.

MediaInfo jumps to what it needs (the index may stand at a film's end), so a film of gigabytes
costs a few reads. https://mediaarea.net/en/MediaInfo
"""

from collections.abc import Callable, Mapping
from typing import Any

from tellal.errors import Broken, Unacceptable
from tellal.media import Probed
from tellal.media.ranged import ReadRange, opened
from tellal.posts import VideoFacts

CONTAINERS: Mapping[str, Callable[[Any], str]] = {  # as MediaInfo names them
    "MPEG-4": lambda general: (
        "video/quicktime" if general.format_profile == "QuickTime" else "video/mp4"
    ),
    "WebM": lambda _: "video/webm",
}
ON_ITS_SIDE = frozenset({"90", "270"})


def read_video(read: ReadRange, size: int) -> Probed | None:
    """None for what is no video; raises Unacceptable for one that is cut off or shows nothing."""
    from pymediainfo import MediaInfo  # noqa: PLC0415  # only uploads pay for it

    with opened(read, size=size) as file:
        told = MediaInfo.parse(file)
    [general] = told.general_tracks
    container = CONTAINERS.get(general.format or "")
    if container is None:
        return None
    if general.istruncated == "Yes" or not told.video_tracks:
        rule = "is cut off, or has no picture in it: upload it again"
        raise Unacceptable(Broken("file", rule))
    return Probed(mime_type=container(general), **_facts(general, told))


def _facts(general: Any, told: Any) -> dict[str, Any]:
    shown = told.video_tracks[0]
    milliseconds = float(shown.duration or general.duration or 0)
    if not milliseconds or not shown.width or not shown.height:
        raise Unacceptable(Broken("file", "does not say how long or how large its picture is"))
    sides = (shown.width, shown.height)
    if str(shown.rotation or "0").partition(".")[0] in ON_ITS_SIDE:
        sides = (shown.height, shown.width)
    sound = told.audio_tracks[0].format if told.audio_tracks else None
    video = VideoFacts(
        seconds=round(milliseconds / 1000, 3),
        frame_rate=float(shown.frame_rate) if shown.frame_rate else None,
        codec=shown.format or "unknown",
        audio_codec=sound,
    )
    return {"width": sides[0], "height": sides[1], "video": video}
