"""Pixels are those that were written, and no file makes a server work for nothing."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from salver.core.errors import BadInput
from salver.core.servable import Request
from salver.core.tensor import Tensor, objects
from salver.graph.transformers.decode_image import DecodeImage

PIXELS = np.random.default_rng(3).integers(0, 256, (4, 6, 3), np.uint8)


def written(pixels: Any = PIXELS, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return file.getvalue()


def decoded(options: DecodeImage, *files: Any) -> Tensor:
    request = Request({"image": Tensor("BYTES", objects(files))})
    return options(name="decode").transform(request).tensors["image"]


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_pixels_are_those_that_were_written(kind: str):
    made = decoded(DecodeImage(), written(kind=kind), written(kind="PNG"))
    assert made.dtype == "UINT8"
    np.testing.assert_array_equal(made.array, [PIXELS, PIXELS])


def test_jpeg_is_near_what_was_written():
    smooth = np.tile(np.arange(0, 160, 10, dtype=np.uint8), (16, 1))
    made = decoded(DecodeImage(mode="L"), written(smooth, "JPEG")).array[0, :, :, 0]
    assert np.abs(made.astype(int) - smooth).max() <= 8


def test_base64_is_read_and_text_is_taken_for_it():
    text = base64.b64encode(written()).decode()
    np.testing.assert_array_equal(decoded(DecodeImage(), text).array[0], PIXELS)
    np.testing.assert_array_equal(decoded(DecodeImage(base64=True), text.encode()).array[0], PIXELS)


def test_channels_can_come_first():
    np.testing.assert_array_equal(decoded(DecodeImage(layout="nchw"), written()).array[0], PIXELS.transpose(2, 0, 1))


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("RGBA", 4)])
def test_every_mode_has_its_channels(mode: Any, channels: int):
    grey = np.full((2, 3), 100, np.uint8)
    made = decoded(DecodeImage(mode=mode), written(grey)).array
    assert made.shape == (1, 2, 3, channels)
    assert (made[..., :3] == 100).all()


def test_values_are_scaled_then_shifted_then_divided():
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    made = decoded(DecodeImage(scale=1 / 255, mean=mean, std=std), written())
    assert made.dtype == "FP32"
    np.testing.assert_allclose(made.array[0], (PIXELS / 255 - mean) / std, rtol=1e-4, atol=1e-5)


def test_images_of_any_size_are_brought_to_one():
    small, large = np.full((3, 3, 3), 7, np.uint8), np.full((9, 5, 3), 7, np.uint8)
    made = decoded(DecodeImage(size=(4, 2)), written(small), written(large)).array
    assert made.shape == (2, 4, 2, 3)
    assert (made == 7).all()


def test_images_of_different_sizes_do_not_go_together():
    with pytest.raises(BadInput, match="'image', row 1: must be 4 x 6, as row 0, got 2 x 2; say a `size`"):
        decoded(DecodeImage(), written(), written(PIXELS[:2, :2]))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_a_small_file_of_a_huge_image_is_refused_by_its_header():
    with pytest.raises(BadInput, match="'image', row 0: 5000 x 5000 pixels are too many; 16777216 are left"):
        decoded(DecodeImage(), bomb(5000, 5000))
    with pytest.raises(BadInput, match="'image', row 0: "):
        decoded(DecodeImage(), bomb(50000, 50000))


def test_the_pixels_of_all_images_are_counted_together():
    assert decoded(DecodeImage(max_pixels=48), written(), written()).array.shape[0] == 2
    with pytest.raises(BadInput, match="row 1: 6 x 4 pixels are too many; 23 are left"):
        decoded(DecodeImage(max_pixels=47), written(), written())
    with pytest.raises(BadInput, match="row 1: 6 x 4 pixels are too many; 20 are left"):
        decoded(DecodeImage(max_pixels=120, size=(10, 10)), written(), written())


@settings(max_examples=40)
@given(st.binary(max_size=60), st.integers(0, 80))
def test_broken_files_are_refused(noise: bytes, cut: int):
    for file in (noise, written()[:cut] + noise):
        with pytest.raises(BadInput, match="'image', row 0: "):
            decoded(DecodeImage(), file)


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (None, "'image', row 0: wanted an image, got nothing"),
        ("no base64", "'image', row 0: this is no base64"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "'image', row 0: this is no image"),
    ],
)
def test_what_is_no_image_is_refused(file: Any, told: str):
    with pytest.raises(BadInput, match=told):
        decoded(DecodeImage(), file)


def test_files_are_wanted():
    decode = DecodeImage()(name="decode")
    with pytest.raises(BadInput, match=r"'x' must be files, BYTES \[n\], got Tensor\(FP64, \[1\]\)"):
        decode.transform(Request({"x": Tensor.of([1.0])}))
    with pytest.raises(BadInput, match="'x' must be one image at least"):
        decode.transform(Request({"x": Tensor("BYTES", objects([]))}))
    assert decode.may_be_slow


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"size": (4,)}, "size"),
        ({"size": (0, 4)}, "size"),
        ({"size": (5000, 5000)}, "size"),
        ({"mean": (1.0,)}, "mean"),
        ({"std": (1.0, 0.0, 1.0)}, "std"),
        ({"scale": 0.0}, "scale"),
        ({"max_pixels": 0}, "max_pixels"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], field: str):
    with pytest.raises(BadInput, match=f"^{field} must be"):
        DecodeImage(**options)
