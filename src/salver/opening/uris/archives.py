"""Archives, unpacked with care: nothing leaves the folder, no links, no devices, no bombs.

Bytes and files are counted as they come out, not as an archive announces them. Modes and owners are not heeded.
"""

from __future__ import annotations

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Protocol

from salver.core.errors import BadInput
from salver.opening.uris.budget import Budget
from salver.opening.uris.names import safe_path
from salver.opening.uris.shelf import sync

_CHUNK: Final = 1 << 20
_MAX_HEADER: Final = 1 << 20
"""Bytes of a tar header that is no file: a long name, say."""
_PLAIN: Final = (tarfile.REGTYPE, tarfile.AREGTYPE)


def unpack(archive: Path, folder: Path, budget: Budget) -> None:
    """Everything in a .zip, .tar, .tar.gz or .tgz below a folder, which is made. Raises BadInput, and leaves what it
    had unpacked till then."""
    folder.mkdir(parents=True)
    try:
        (_unzip if archive.name.lower().endswith(".zip") else _untar)(archive, folder, budget)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError) as error:
        raise BadInput(f"{budget.source}: is no archive that can be read: {error}") from None
    except (NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{budget.source}: is packed in a way that is not known here: {error}") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise BadInput(f"{budget.source}: a name stands in the archive twice") from None


def _unzip(archive: Path, folder: Path, budget: Budget) -> None:
    with zipfile.ZipFile(archive) as opened:
        for entry in opened.infolist():
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if entry.is_dir():
                _make_folder(folder, entry.filename, budget)
            elif kind not in (0, stat.S_IFREG):
                raise _not_plain(entry.filename, budget)
            else:
                with opened.open(entry) as content:
                    _write(folder, entry.filename, content, budget)


def _untar(archive: Path, folder: Path, budget: Budget) -> None:
    with _plain_tar(archive) as raw, _open_tar(_Counted(raw, budget)) as opened:
        for entry in opened:
            content = opened.extractfile(entry) if entry.type in _PLAIN and not entry.issparse() else None
            if entry.isdir():
                _make_folder(folder, entry.name, budget)
            elif content is None:
                raise _not_plain(entry.name, budget)
            else:
                _write(folder, entry.name, content, budget)


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def _open_tar(stream: Any) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode="r|", tarinfo=_Entry)


@contextmanager
def _plain_tar(archive: Path) -> Iterator[_Readable]:
    with archive.open("rb") as raw:
        if archive.name.lower().endswith(".tar"):
            yield raw
        else:
            with gzip.open(raw) as plain:
                yield plain


class _Counted:
    """A tar's own bytes, headers and padding too, which are no file's."""

    def __init__(self, raw: _Readable, budget: Budget) -> None:
        self._raw = raw
        self._budget = budget
        self._left = 2 * budget.options.max_bytes + 4096 * budget.options.max_files

    def read(self, size: int) -> bytes:
        chunk = self._raw.read(size)
        self._left -= len(chunk)
        self._budget.left_s()
        if self._left < 0:
            raise BadInput(f"{self._budget.source}: unpacks to more than max_bytes, {self._budget.options.max_bytes}")
        return chunk


class _Entry(tarfile.TarInfo):
    """Headers are read whole into memory: one that is too long is refused before."""

    def _proc_member(self, tar: tarfile.TarFile) -> Any:
        if self.type not in (*_PLAIN, tarfile.CONTTYPE, tarfile.DIRTYPE) and self.size > _MAX_HEADER:
            raise tarfile.ReadError(f"a header has {self.size} bytes")
        return super()._proc_member(tar)  # type: ignore[misc]  # the door that tarfile names for subclasses


def _make_folder(folder: Path, name: str, budget: Budget) -> None:
    budget.add_file()
    (folder / safe_path(name, budget.source)).mkdir(parents=True, exist_ok=True)


def _write(folder: Path, name: str, content: IO[bytes], budget: Budget) -> None:
    budget.add_file()
    path = folder / safe_path(name, budget.source)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        while chunk := content.read(_CHUNK):
            budget.spend(len(chunk))
            file.write(chunk)
        sync(file)


def _not_plain(name: str, budget: Budget) -> BadInput:
    return BadInput(f"{budget.source}: {name!r:.80} in the archive is neither file nor folder: links are refused")
