"""What an uploaded file really is, by its bytes."""

import io
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Picture:
    mime_type: str
    width: int
    height: int
    animated: bool


def look_at(data: bytes) -> Picture | None:
    """None where the bytes are no picture that can be read."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.verify()
            return Picture(
                mime_type=Image.MIME.get(image.format or "", "application/octet-stream"),
                width=image.width,
                height=image.height,
                animated=getattr(image, "is_animated", False),
            )
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
