"""Cells and pools that are kept in files: relative ones inside the model's folder, where the operator allows any."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from salver.formats.pfa.avro.types import Map, Type
from salver.formats.pfa.errors import PFAInitializationError, PFAInputError, PFASyntaxError
from salver.formats.pfa.prepared import Files
from salver.formats.pfa.syntax.node import Cell
from salver.formats.pfa.syntax.texts import from_json, unpacked
from salver.formats.pfa.values.binary import read_container
from salver.formats.pfa.values.decode import decoder

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def files_beside(folder: Path, max_bytes: int) -> Files:
    """What reads the files of a folder. Raises PFAInitializationError for any other, and for what is in none."""
    root = folder.resolve()

    def read(cell: Cell, of: Type) -> Any:
        data = _bytes_of(root, cell, max_bytes)
        try:
            if cell.source == "json":
                return decoder(of, f"{cell.path}.init", words=True)(from_json(unpacked(data, max_bytes)))
            return _from_avro(data, of, f"{cell.path}.init", max_bytes)
        except (PFAInputError, PFASyntaxError) as error:
            raise PFAInitializationError(f"the file {cell.init!r}: {error}", f"{cell.path}.init") from None

    return read


def _bytes_of(root: Path, cell: Cell, max_bytes: int) -> bytes:
    place = f"{cell.path}.init"
    name = cell.init
    if not isinstance(name, str) or not name or "\0" in name:
        raise PFAInitializationError(f"source {cell.source!r} wants the name of a file, not {name!r:.60}", place)
    if _URL.match(name) or Path(name).is_absolute():
        raise PFAInitializationError(
            f"{name!r:.200} is no relative path; only files in the model's folder are read", place
        )
    try:
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise PFAInitializationError(f"{name!r:.200} leads out of the model's folder", place)
        if not path.is_file():
            raise PFAInitializationError(f"there is no file {name!r:.200} in the model's folder", place)
        if path.stat().st_size > max_bytes:
            raise PFAInitializationError(f"the file {name!r:.200} has more than {max_bytes} bytes", place)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise PFAInitializationError(f"the file {name!r:.200} cannot be read: {error}", place) from None


def _from_avro(data: bytes, of: Type, place: str, max_bytes: int) -> Any:
    """The one value of a container file; for a pool, which is a map, its first too."""
    values = read_container(data, of, max_bytes)
    if not values:
        raise PFAInputError(f"holds no value, wanted one{' map of items' if isinstance(of, Map) else ''}", place)
    return values[0]
