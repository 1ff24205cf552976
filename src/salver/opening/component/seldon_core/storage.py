"""Files of a model, by their address. Those of this machine only, as in Seldon's own package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_LOCAL: Final = "file://"


class Storage:
    """Where models are kept."""

    @staticmethod
    def download(uri: str, out_dir: str | None = None) -> str:
        """The folder or file at a path or `file://` address; with `out_dir`, links to what is there, made in it
        unless they are there already.

        Raises RuntimeError for what is not there, ValueError for addresses of other kinds.
        """
        path = Path(uri.removeprefix(_LOCAL))
        if "://" in uri and not uri.startswith(_LOCAL):
            raise ValueError(f"cannot fetch {uri}: wanted a path, or {_LOCAL}...")
        if not path.exists():
            raise RuntimeError(f"there is no {uri}")
        if out_dir is None:
            return str(path)
        target = Path(out_dir)
        target.mkdir(parents=True, exist_ok=True)
        for source in path.iterdir() if path.is_dir() else (path,):
            link = target / source.name
            if link.exists() and link.samefile(source):
                continue
            if link.is_symlink() and not link.exists():
                link.unlink()
            link.symlink_to(source.absolute())
        return out_dir
