"""Images as they leave us: nothing of where and when, upright, and small enough."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from tellal.errors import Rejected
from tellal.platforms.images import MOST_PIXELS, clean

RED, BLUE = (250, 0, 0), (0, 0, 250)
SECRET = b"41.0082"


def photograph(kind: str, *, orientation: int = 1, size: tuple[int, int] = (64, 32)) -> bytes:
    """The left half red, the right half blue, and everything known of where it was made."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = SECRET.decode()
    options: dict[str, Any] = {"exif": exif}
    if kind == "JPEG":
        options |= {"comment": SECRET, "xmp": SECRET, "quality": 95}
    if kind == "WEBP":
        options |= {"xmp": SECRET, "lossless": True}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", SECRET.decode())
        options["pnginfo"].add_text("Location", SECRET.decode())
    return saved(image, kind, **options)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def noise(mode: str, side: int = 300) -> Image.Image:
    return Image.effect_noise((side, side), 90).convert(mode)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_no_metadata_leaves_and_the_picture_stays_upright(kind: str, orientation: int) -> None:
    data = photograph(kind, orientation=orientation)
    assert SECRET in data
    cleaned = clean(data)
    assert cleaned.mime_type == f"image/{kind.lower()}"
    assert SECRET not in cleaned.data
    image = opened(cleaned.data)
    assert not image.getexif()
    assert image.size == ((64, 32) if orientation == 1 else (32, 64))
    first, last = image.convert("RGB").getpixel((2, 2)), image.convert("RGB").getpixel((-3, -3))
    assert isinstance(first, tuple)
    assert isinstance(last, tuple)
    assert first[0] > 200 > first[2]
    assert last[2] > 200 > last[0]


def test_a_picture_keeps_its_colours_and_what_shows_through() -> None:
    seen_through = Image.new("RGBA", (4, 4), (*RED, 128))
    kept = opened(clean(saved(seen_through, "PNG", icc_profile=b"profile")).data)
    assert kept.getpixel((0, 0)) == (*RED, 128)
    assert kept.info["icc_profile"] == b"profile"


def test_moving_pictures_keep_moving() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    for kind in ("WEBP", "PNG", "GIF"):
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        assert getattr(opened(clean(moving).data), "n_frames", 1) == 2


@pytest.mark.parametrize(
    ("mode", "kind", "becomes"),
    [
        ("RGB", "JPEG", "image/jpeg"),
        ("RGB", "PNG", "image/jpeg"),
        ("L", "PNG", "image/jpeg"),
        ("CMYK", "JPEG", "image/jpeg"),
        ("RGBA", "PNG", "image/webp"),
    ],
)
def test_what_is_too_large_is_made_to_fit(mode: str, kind: str, becomes: str) -> None:
    image = noise(mode)
    if mode == "RGBA":
        image.putalpha(Image.effect_noise(image.size, 90))
    data = saved(image, kind)
    most = 15_000
    assert len(data) > most
    fitted = clean(data, most_bytes=most)
    assert len(fitted.data) <= most
    assert fitted.mime_type == becomes
    shown = opened(fitted.data)
    assert shown.width == shown.height > 50
    assert shown.has_transparency_data == (mode == "RGBA")


def test_what_fits_is_not_made_worse() -> None:
    assert opened(clean(photograph("PNG"), most_bytes=10_000).data).getpixel((2, 2)) == RED


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", b"GIF89a", photograph("JPEG")[:300], photograph("PNG")[:60]],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(Rejected, match="cannot be read"):
        clean(data)


def test_more_pixels_than_memory_allows_are_refused() -> None:
    large = saved(Image.new("1", (MOST_PIXELS // 5000 + 1, 5000)), "PNG")
    with pytest.raises(Rejected, match="50,000,000 pixels"):
        clean(large)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "I;16"])
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_what_must_be_a_jpeg_becomes_one(mode: str, kind: str) -> None:
    made = Image.new(mode, (8, 6))
    if kind == "GIF":
        made = made.convert("P")
    cleaned = clean(saved(made, kind), as_jpeg=True)
    assert cleaned.mime_type == "image/jpeg"
    shown = opened(cleaned.data)
    assert (shown.format, shown.size, shown.mode) == ("JPEG", (8, 6), "RGB")


def test_what_shows_through_is_laid_upon_white_in_a_jpeg() -> None:
    half = Image.new("RGBA", (16, 16), (*RED, 255))
    half.paste((0, 0, 0, 0), (8, 0, 16, 16))
    shown = opened(clean(saved(half, "PNG"), as_jpeg=True).data)
    left, right = shown.getpixel((1, 1)), shown.getpixel((14, 14))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 200 > left[2]
    assert min(right) > 240


def test_a_jpeg_stays_the_jpeg_it_was_and_keeps_its_profile() -> None:
    plain = photograph("JPEG")
    assert clean(plain, as_jpeg=True) == clean(plain)
    profiled = saved(Image.new("RGB", (4, 4), RED), "PNG", icc_profile=b"profile")
    assert opened(clean(profiled, as_jpeg=True).data).info["icc_profile"] == b"profile"


def test_no_metadata_leaves_with_what_was_made_a_jpeg() -> None:
    for kind in ("PNG", "WEBP"):
        cleaned = clean(photograph(kind, orientation=6), as_jpeg=True)
        assert SECRET not in cleaned.data
        assert opened(cleaned.data).size == (32, 64)


def test_a_jpeg_is_made_to_fit_whatever_it_was() -> None:
    image = noise("RGBA")
    image.putalpha(Image.effect_noise(image.size, 90))
    fitted = clean(saved(image, "PNG"), most_bytes=15_000, as_jpeg=True)
    assert len(fitted.data) <= 15_000
    assert opened(fitted.data).format == "JPEG"
