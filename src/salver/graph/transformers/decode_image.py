"""Decode image: files of images become numbers. What a file is made into is said here; `image_files.py` reads it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from salver.core.bounds import at_least
from salver.core.errors import BadInput, Unsupported
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.transformers.base64_bytes import bytes_of
from salver.graph.transformers.transforming import Transforming, the_tensor


@dataclass(frozen=True, slots=True)
class DecodeImage:
    """BYTES [n], each a file (JPEG, PNG, GIF, WebP, BMP), become UINT8 or FP32 [n, height, width, channels]. Of
    several images in a file the first counts; how a camera was held is not looked at. Needs Pillow."""

    base64: bool = False
    """Whether files are written in base64, as in JSON. Text is taken for base64 in any case."""
    mode: Literal["RGB", "RGBA", "L"] = "RGB"
    """The channels: colours, colours and opacity, or grey."""
    size: tuple[int, ...] = ()
    """Height and width to which images are scaled, whatever their proportions; without, all must be of one size."""
    resample: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    """How they are scaled."""
    layout: Literal["nhwc", "nchw"] = "nhwc"
    """Whether channels are the last axis, or come before height and width."""
    scale: float = 1.0
    """What values from 0 to 255 are multiplied by, first of all: 0.00392156862745098 brings them to 0 to 1."""
    mean: tuple[float, ...] = ()
    """What is subtracted from each channel then."""
    std: tuple[float, ...] = ()
    """What each channel is divided by last."""
    max_pixels: int = 16_777_216
    """The pixels that all images of a request may have together, before they are scaled and after."""
    tensor: str = ""
    """The tensor that is meant, others going on as they are; may be left out where there is one."""

    def __post_init__(self) -> None:
        at_least(self, 1, "max_pixels")
        if self.size and (len(self.size) != 2 or min(self.size) < 1 or math.prod(self.size) > self.max_pixels):
            raise BadInput(f"size must be height and width, of {self.max_pixels} pixels at most; got {list(self.size)}")
        channels = {"RGB": 3, "RGBA": 4, "L": 1}[self.mode]
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values and (len(values) != channels or not all(map(math.isfinite, values))):
                raise BadInput(f"{name} must be {channels} numbers, one for each channel; got {list(values)}")
        if not all(value > 0 for value in self.std):
            raise BadInput(f"std must be more than 0, got {list(self.std)}")
        if not (math.isfinite(self.scale) and self.scale):
            raise BadInput(f"scale must be a number other than 0, got {self.scale}")

    def __call__(self, name: str) -> ImageDecoded:
        """Raises Unsupported where Pillow is not installed."""
        try:
            from salver.graph.transformers.image_files import pixels_of
        except ImportError:
            raise Unsupported("decode_image needs Pillow, which is not there: pip install 'salver[image]'") from None
        return ImageDecoded(self, pixels_of, name)


class ImageDecoded(Transforming):
    """A transformer."""

    may_be_slow = True

    def __init__(self, options: DecodeImage, read: Callable[..., Any], name: str) -> None:
        super().__init__(name)
        self._options = options
        self._read = read
        self._is_plain = options.scale == 1 and not options.mean and not options.std

    def transform(self, request: Request) -> Response:
        name, tensor = the_tensor(request.tensors, self._options.tensor)
        shape = tensor.array.shape
        if tensor.dtype != "BYTES" or not (len(shape) < 2 or shape[1:] == (1,)):
            raise BadInput(f"'{name}' must be files, BYTES [n], got {tensor}")
        files = [self._file(value, f"'{name}', row {row}") for row, value in enumerate(tensor.array.flat)]
        if not files:
            raise BadInput(f"'{name}' must be one image at least, got none")
        images = self._images(files, name)
        if self._options.layout == "nchw":
            images = images.transpose(0, 3, 1, 2)
        dtype = "UINT8" if self._is_plain else "FP32"
        return Response({**request.tensors, name: Tensor(dtype, np.ascontiguousarray(images))})

    def _file(self, value: str | bytes | None, where: str) -> bytes:
        if value is None:
            raise BadInput(f"{where}: wanted an image, got nothing")
        return bytes_of(value, self._options.base64 or isinstance(value, str), where)

    def _images(self, files: list[bytes], name: str) -> np.ndarray[Any, Any]:
        options = self._options
        left = options.max_pixels
        images: list[np.ndarray[Any, Any]] = []
        for row, file in enumerate(files):
            where = f"'{name}', row {row}"
            image, pixels = self._read(file, options.mode, options.size, options.resample, left, where)
            left -= max(pixels, image.shape[0] * image.shape[1])
            if images and image.shape != images[0].shape:
                wanted = f"{images[0].shape[0]} x {images[0].shape[1]}, as row 0"
                raise BadInput(f"{where}: must be {wanted}, got {image.shape[0]} x {image.shape[1]}; say a `size`")
            images.append(image)
        return np.stack(images) if self._is_plain else self._numbers(np.stack(images))

    def _numbers(self, images: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        options = self._options
        numbers = images.astype(np.float32)
        numbers *= np.float32(options.scale)
        if options.mean:
            numbers -= np.array(options.mean, np.float32)
        if options.std:
            numbers /= np.array(options.std, np.float32)
        return numbers
