"""Pictures made on the spot."""

import io
import struct
import zlib

from PIL import Image


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    row = b"\x00" + bytes(colour) * width
    made = io.BytesIO()
    made.write(b"\x89PNG\r\n\x1a\n")
    made.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    made.write(chunk(b"IDAT", zlib.compress(row * height)))
    made.write(chunk(b"IEND", b""))
    return made.getvalue()


def gif() -> bytes:
    """Two pictures of one dot that take turns."""
    frames = [Image.new("P", (1, 1), colour) for colour in (0, 1)]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return made.getvalue()


RED_DOT = png(1, 1)
