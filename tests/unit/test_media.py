import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image

from tellal.errors import Unacceptable
from tellal.media import MOST_BYTES, check_promise
from tellal.media.images import FIRST_READ, LAST_READ
from tellal.media.probing import probe
from tellal.posts import MediaKind
from tests.pictures import png


def picture(kind: str, *, size: tuple[int, int] = (3, 2), **options: object) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size).save(made, kind, **options)
    return made.getvalue()


def reading(body: bytes) -> Callable[[int, int], bytes]:
    return lambda start, length: body[start : start + length]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_an_images_type_and_dimensions_are_read_from_its_bytes(kind: str) -> None:
    body = picture(kind)
    probed = probe(reading(body), size=len(body), claimed=f"image/{kind.lower()}")
    assert (probed.width, probed.height) == (3, 2)


def test_dimensions_are_those_that_are_shown() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    body = picture("JPEG", exif=exif)
    probed = probe(reading(body), size=len(body), claimed="image/jpeg")
    assert (probed.width, probed.height) == (2, 3)


def test_a_png_called_a_jpeg_is_told_to_its_author() -> None:
    body = png(1, 1)
    with pytest.raises(Unacceptable, match="announced as image/jpeg, but the file is image/png"):
        probe(reading(body), size=len(body), claimed="image/jpeg")


@pytest.mark.parametrize("body", [b"hello", b"<svg/>", b"%PDF-1.7", b"BM" + bytes(60)])
def test_what_is_no_image_we_take_is_refused(body: bytes) -> None:
    with pytest.raises(Unacceptable, match="not an image we can read"):
        probe(reading(body), size=len(body), claimed="image/png")


def test_an_image_that_would_unpack_to_gigabytes_is_refused_unread() -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    body = b"\x89PNG\r\n\x1a\n" + chunk + png(1, 1)[33:]
    with pytest.raises(Unacceptable, match="pixels"):
        probe(reading(body), size=len(body), claimed="image/png")


def test_no_more_than_a_header_is_read_of_a_large_image() -> None:
    made = io.BytesIO()
    Image.effect_noise((900, 900), 100).save(made, "PNG")
    body = made.getvalue()
    assert len(body) > FIRST_READ + LAST_READ
    asked: list[int] = []

    def read(start: int, length: int) -> bytes:
        asked.append(length)
        return body[start : start + length]

    probe(read, size=len(body), claimed="image/png")
    assert asked == [FIRST_READ, LAST_READ]


def test_a_header_that_is_longer_is_read_in_full() -> None:
    body = picture("JPEG", icc_profile=bytes(FIRST_READ + 1))
    assert probe(reading(body), size=len(body), claimed="image/jpeg").width == 3


def test_a_promise_is_checked_before_the_upload() -> None:
    for mime_type, kind in {"image/png": MediaKind.IMAGE, "video/mp4": MediaKind.VIDEO}.items():
        check_promise(mime_type, MOST_BYTES[kind])
        with pytest.raises(Unacceptable, match="size: too large"):
            check_promise(mime_type, MOST_BYTES[kind] + 1)
    with pytest.raises(Unacceptable, match="is not one of"):
        check_promise("image/svg+xml", 1)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_file_that_is_cut_off_is_refused(kind: str) -> None:
    made = io.BytesIO()
    Image.effect_noise((600, 600), 100).save(made, kind, quality=95)
    body = made.getvalue()[: len(made.getvalue()) // 2]
    assert len(body) > LAST_READ
    with pytest.raises(Unacceptable):
        probe(reading(body), size=len(body), claimed=f"image/{kind.lower()}")


def test_a_photo_with_a_film_behind_it_is_whole() -> None:
    made = io.BytesIO()
    Image.effect_noise((600, 600), 100).save(made, "JPEG", quality=95)
    body = made.getvalue() + bytes(LAST_READ + 1)
    assert probe(reading(body), size=len(body), claimed="image/jpeg").width == 600


def test_of_a_png_no_pixel_is_unpacked() -> None:
    body = picture("PNG")
    start = body.index(b"IDAT") + 4
    broken = body[:start] + b"no pixels here" + body[start + 14 :]
    assert probe(reading(broken), size=len(broken), claimed="image/png").width == 3


def test_an_orientation_that_cannot_be_read_turns_nothing() -> None:
    body = picture("PNG", exif=b"\xff" * 50)
    assert probe(reading(body), size=len(body), claimed="image/png").width == 3
