"""Pictures for the demo and the measurements, made on the spot."""

import io

from PIL import Image, ImageDraw


def postcard() -> bytes:
    """A bakery window at dawn, as a PNG: rings of sesame bread on a tray."""
    picture = Image.new("RGB", (1200, 675), (250, 214, 165))
    draw = ImageDraw.Draw(picture)
    for row in range(675):
        shade = row / 675
        draw.line(
            [(0, row), (1200, row)],
            fill=(int(250 - 60 * shade), int(200 - 90 * shade), int(150 - 60 * shade)),
        )
    draw.rectangle([100, 430, 1100, 470], fill=(92, 58, 33))
    for left in range(160, 1000, 210):
        draw.ellipse([left, 260, left + 180, 440], outline=(150, 84, 32), width=44)
        for seed in range(0, 180, 18):
            draw.ellipse(
                [left + seed, 268 + (seed * 7) % 30, left + seed + 7, 273 + (seed * 7) % 30],
                fill=(246, 226, 179),
            )
    held = io.BytesIO()
    picture.save(held, format="PNG")
    return held.getvalue()
