"""Where a SavedModel lies: told by the names of files. TensorFlow is not imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from salver.core.errors import NotFound, Unsupported

FILES: Final = ("saved_model.pb", "saved_model.pbtxt")
SESSION_BUNDLE: Final = "export.meta"
"""The file of the format before SavedModel, which TensorFlow Serving knows well enough to refuse."""


def names_saved_model(path: str) -> bool:
    """Whether a path is the file that makes its folder a SavedModel, or a SessionBundle."""
    return Path(path).name in (*FILES, SESSION_BUNDLE)


def folder_of(path: str) -> Path:
    """The folder of a SavedModel, for the folder itself or that file in it.

    Raises NotFound where there is none, Unsupported for a SessionBundle, in TensorFlow Serving's words.
    """
    folder = Path(path) if Path(path).is_dir() else Path(path).parent
    if (folder / SESSION_BUNDLE).is_file():
        raise Unsupported("Session Bundle is deprecated and removed.")
    if not any((folder / name).is_file() for name in FILES):
        raise NotFound(
            "Specified file path does not appear to contain a SavedModel bundle (should have a file called "
            f"`saved_model.pb`)\nSpecified file path: {folder}"
        )
    return folder
