"""Names that come from outside and become files here: none leaves its folder."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from salver.core.errors import BadInput

_MAX_DEPTH: Final = 32
_MAX_BYTES: Final = 255
"""Of one part of a path, as file systems have it."""


def safe_path(name: str, source: str) -> PurePosixPath:
    """The path below a folder that a listing or an archive names; a folder's own name may end with a slash.

    Raises BadInput for what is absolute, climbs (`..`), is empty or too deep, or has characters that are none.
    """
    parts = name.split("/")
    if parts[-1] == "":
        parts.pop()
    parts = [part for part in parts if part != "."]
    if not all(map(_is_safe, parts)) or len(parts) > _MAX_DEPTH:
        raise BadInput(f"{source}: the name {name!r:.80} is refused: it must stay below the model's folder")
    return PurePosixPath(*parts)


def safe_name(name: str, source: str) -> str:
    """The same for one word. Raises BadInput."""
    if not _is_safe(name) or name == ".":
        raise BadInput(f"{source}: must end with the name of a file or folder, got {name!r:.80}")
    return name


def _is_safe(part: str) -> bool:
    if part in ("", "..") or "/" in part or "\\" in part or not part.isprintable():
        return False
    return len(part.encode(errors="replace")) <= _MAX_BYTES and part.encode("utf-8", "replace").decode() == part
