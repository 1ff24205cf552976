"""Models that lie on this machine already: their path, if it may be used."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from salver.core.errors import BadInput, NotFound
from salver.opening.uris.budget import Budget
from salver.opening.uris.shelf import Version
from salver.opening.uris.uri import Uri


def local_path(uri: Uri, budget: Budget) -> Path:
    """The path. With a root it must lie below it, links followed, and so must all that it links to.

    Raises BadInput, NotFound when nothing is there.
    """
    root = budget.options.root
    path = Path(root) / _path_of(uri)
    try:
        if root:
            _check_below(path, Path(root).resolve(), budget)
        path.stat()
    except FileNotFoundError:
        raise NotFound(f"{uri.shown}: there is no such file or folder") from None
    except (OSError, RuntimeError, ValueError) as error:
        raise BadInput(f"{uri.shown}: cannot be looked at: {type(error).__name__}") from None
    return path


def version_of(path: Path) -> Version:
    """Of a file: its size and when it was written."""
    found = path.stat()
    return Version(modified=str(found.st_mtime_ns), size=found.st_size)


def _path_of(uri: Uri) -> str:
    if not uri.scheme:
        return uri.address
    parts = urlsplit(uri.address)
    if parts.hostname not in (None, "localhost") or parts.query:
        raise BadInput(f"{uri.shown}: file:// is followed by a path on this machine, as in file:///models/iris")
    path = unquote(parts.path)
    if not path or "\0" in path:
        raise BadInput(f"{uri.shown}: file:// must be followed by a path")
    return path


def _check_below(path: Path, root: Path, budget: Budget) -> None:
    """Of a folder everything in it too, as a link may lead anywhere."""
    if not path.resolve(strict=True).is_relative_to(root):
        raise BadInput(f"{budget.source}: must lie below the folder '{budget.options.root}'")
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            budget.add_file()
            inside = Path(folder, name)
            if inside.is_symlink() and not inside.resolve().is_relative_to(root):
                raise BadInput(f"{budget.source}: '{name}' in it is a link that leads out of '{budget.options.root}'")
