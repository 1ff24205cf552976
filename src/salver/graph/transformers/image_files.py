"""Image files: bytes become pixels. The only file that imports Pillow."""

from __future__ import annotations

import io
from typing import Any, Final

import numpy as np
from PIL import Image

from salver.core.errors import BadInput

_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_RESAMPLE: Final = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def pixels_of(
    file: bytes, mode: str, size: tuple[int, ...], resample: str, max_pixels: int, where: str
) -> tuple[np.ndarray[Any, Any], int]:
    """Pixels [height, width, channels] of 0 to 255, and how many the file has. Its header is looked at first, so that a
    small file of a huge image costs nothing. Raises BadInput."""
    try:
        with Image.open(io.BytesIO(file), formats=_FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels or (size and size[0] * size[1] > max_pixels):
                raise BadInput(f"{where}: {width} x {height} pixels are too many; {max_pixels} are left")
            converted = image.convert(mode)
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001 - its readers raise whatever broken bytes lead them to
        raise BadInput(f"{where}: this is no image that can be read: {error}") from None
    if size and converted.size != (size[1], size[0]):
        converted = converted.resize((size[1], size[0]), _RESAMPLE[resample])
    pixels = np.asarray(converted, np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1), width * height
