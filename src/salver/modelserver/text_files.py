"""The text-format files that flags name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from salver.core.errors import BadInput, NotFound
from salver.protocols.texts import MAX_TEXT_BYTES, parse_text


def read_text_file(path: str, name: str, *, lenient: bool = False) -> Any:
    """The message of that full name in a file, as `parse_text` reads it. Raises as `read_bytes` does, and BadInput
    when it cannot be parsed."""
    return parse_text(read_bytes(path), name, path, lenient=lenient)


def read_text(path: str) -> str:
    """What stands in a file that could be parsed."""
    return read_bytes(path).decode()


def read_bytes(path: str) -> bytes:
    """A file's bytes, up to one more than a text may have. Raises NotFound when the file is not there, BadInput when it
    cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_TEXT_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(f"{path}; No such file or directory") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
