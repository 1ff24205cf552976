"""How versions and models lie on disk. Reads folders, judges names; keeps nothing in mind.

A version is a folder whose name is a decimal number. A model is a folder of versions, a folder with a model file in
it, or a model file. What is a model file, `recognises` says (a folder may be one too); nothing is opened here.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from salver.core.errors import Unavailable

Recognises: TypeAlias = Callable[[str], str | None]
"""Path of a file or folder -> name of the format it is in, None if it is no model. Asked at every look: cheap."""

MAX_VERSION: Final = 2**63 - 1
MAX_CHILDREN: Final = 100_000
ONLY: Final = 1
"""The version of a model that has no folder of versions."""

_TARGET: Final = re.compile(r"(?P<file>.+\.py):(?P<name>[^\W\d]\w*(\.[^\W\d]\w*)*)")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Layout:
    """The versions of one model and where each lies; none when there is nothing that could be a model."""

    paths: Mapping[int, str]


def file_of(target: str) -> str:
    """The path to watch for a model: `app.py` of the Python target `app.py:predict`, any other path itself."""
    matched = _TARGET.fullmatch(target)
    return matched["file"] if matched else target


def version_number(name: str) -> int | None:
    """The version a folder of that name holds; leading zeros are fine, signs and spaces are not."""
    if not (name.isascii() and name.isdigit()):
        return None
    number = int(name) if len(name.lstrip("0")) <= len(str(MAX_VERSION)) else MAX_VERSION + 1
    return number if number <= MAX_VERSION else None


def children(path: str) -> list[str]:
    """The names in a folder, sorted. Raises OSError, or Unavailable when there are too many."""
    names = sorted(os.listdir(path))  # noqa: PTH208  names only, half the price
    if len(names) > MAX_CHILDREN:
        raise Unavailable(f"there are more than {MAX_CHILDREN} names in '{path}'")
    return names


def layout(path: str, recognises: Recognises) -> Layout:
    """The versions at a model's path. Raises OSError when it cannot be read."""
    if not Path(path).is_dir():
        Path(path).stat()
        return Layout({ONLY: path})
    names = children(path)
    found = _version_folders(path, names)
    return Layout(found or ({ONLY: path} if _has_model_file(path, names, recognises) else {}))


def models(path: str, recognises: Recognises) -> dict[str, str]:
    """Name and path of each model in a folder of models. Raises OSError when it cannot be read."""
    found: dict[str, str] = {}
    for child in children(path):
        inside = f"{path}/{child}"
        if child.startswith("."):
            continue
        if Path(inside).is_dir():
            if _is_model(inside, recognises):
                found[child] = inside
        elif recognises(inside) is not None:
            name = Path(child).stem
            if name in found:
                _log.warning("'%s' is left out: '%s' is the model '%s' already", inside, found[name], name)
            found.setdefault(name, inside)
    return found


def holds_one_model(path: str, recognises: Recognises) -> bool:
    """Whether a path is one model, as opposed to a folder of models: it has versions, or a file `model.*` or
    `saved_model.*` in it.

    Raises OSError when it cannot be read.
    """
    if not Path(path).is_dir():
        return True
    names = children(path)
    called_model = [name for name in names if Path(name).stem in ("model", "saved_model")]
    return bool(_version_folders(path, names)) or _has_model_file(path, called_model, recognises)


def _version_folders(path: str, names: list[str]) -> dict[int, str]:
    """The sorted names that are versions. Of two spellings of one number the first in string order wins."""
    found: dict[int, str] = {}
    for name in names:
        version = version_number(name)
        inside = f"{path}/{name}"
        if version is None or not Path(inside).is_dir():
            continue
        if version in found:
            _log.warning("'%s' is left out: '%s' is version %d already", inside, found[version], version)
        found.setdefault(version, inside)
    return found


def _is_model(path: str, recognises: Recognises) -> bool:
    """Whether a folder is one model. One that cannot be read counts: the model itself will say why."""
    try:
        names = children(path)
    except (OSError, Unavailable):
        return True
    if any(version_number(name) is not None and Path(path, name).is_dir() for name in names):
        return True
    return _has_model_file(path, names, recognises)


def _has_model_file(path: str, names: list[str], recognises: Recognises) -> bool:
    """Whether a folder is itself in a known format, or has such a file directly in it."""
    files = (f"{path}/{name}" for name in names)
    return recognises(path) is not None or any(Path(file).is_file() and recognises(file) is not None for file in files)
