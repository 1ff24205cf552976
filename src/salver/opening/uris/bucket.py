"""Objects of buckets (s3, gs), through fsspec: one, or all below a prefix as a folder.

Credentials are fsspec's own business: those of the environment, never of a URI.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from salver.core.errors import BadInput, NotFound, Unavailable, Unsupported
from salver.opening.uris.budget import Budget
from salver.opening.uris.names import safe_name, safe_path
from salver.opening.uris.patience import in_time
from salver.opening.uris.shelf import Shelf, Version, sync
from salver.opening.uris.uri import Uri
from salver.opening.uris.whole import keep_file

_CHUNK: Final = 1 << 20
_PACKAGES: Final = {"s3": ("s3fs", "s3"), "gs": ("gcsfs", "gcs")}
"""The package that reads a scheme, and the extra of this one that brings it."""
_MARKS: Final = ("ETag", "etag", "generation", "md5Hash", "LastModified", "updated", "mtime", "created")
"""What an object's version is told by, whatever the store calls it."""


@dataclass(frozen=True, slots=True)
class _Object:
    key: str
    path: PurePosixPath
    size: int
    mark: str


def fetch_bucket(uri: Uri, shelf: Shelf, budget: Budget) -> Path:
    """The newest copy, fetched where there is none yet. Raises as `fetching.fetch`."""
    store = _store(uri)
    objects, is_folder = _listed(uri, store, budget)
    if is_folder and uri.sha256:
        raise BadInput(f"{uri.shown}: is a folder; a sha256 is that of one file")
    version = _version(objects)
    copy = shelf.copy_for(uri)
    if copy is not None and copy.version == version:
        return copy.path
    if shelf.begun() != version:
        shelf.begin(version)
    budget.expect(version.size)
    budget.start(0)
    for one in objects:
        _fetch_object(store, one, shelf.partial / one.path, budget)
    if _version(_listed(uri, store, budget)[0]) != version:
        shelf.discard()
        raise Unavailable(f"{uri.shown}: changed while it was fetched")
    if not is_folder:
        return keep_file(uri, shelf.partial / objects[0].path, shelf, version, budget)
    return shelf.keep(shelf.partial, objects[0].path.parts[0], version, "")


def _store(uri: Uri) -> Any:
    import fsspec  # it takes its time, which a server without buckets need not spend

    package, extra = _PACKAGES[uri.scheme]
    try:
        return fsspec.filesystem(uri.scheme, skip_instance_cache=True, use_listings_cache=False)
    except ImportError:
        raise Unsupported(
            f"{uri.shown}: {uri.scheme}:// needs the package {package}: pip install 'salver[{extra}]'"
        ) from None


def _listed(uri: Uri, store: Any, budget: Budget) -> tuple[list[_Object], bool]:
    """The objects, and whether they are a folder's. Their paths begin with the URI's own name."""
    name = safe_name(uri.name, uri.shown)
    count = Budget(budget.options, budget.source)
    root = in_time(budget, lambda: store.info(uri.address))
    if root["type"] == "file":
        return [_Object(root["name"], PurePosixPath(name), _size(root, budget), _mark(root))], False
    prefix = str(root["name"]).rstrip("/") + "/"
    found = []
    for info in _walk(store, uri.address, budget):
        if str(info["name"]).endswith("/") and not info.get("size"):
            continue  # a folder that somebody made by hand
        count.add_file()
        found.append(_object(info, prefix, PurePosixPath(name), budget))
    if not found:
        raise NotFound(f"{uri.shown}: no object is there")
    if len({one.path for one in found}) < len(found):
        raise BadInput(f"{uri.shown}: two objects in it have the same path")
    return sorted(found, key=lambda one: one.path), True


def _walk(store: Any, address: str, budget: Budget) -> Iterator[dict[str, Any]]:
    folders = store.walk(address, detail=True, on_error="raise")
    while (step := in_time(budget, lambda: next(folders, None))) is not None:
        yield from step[2].values()


def _object(info: dict[str, Any], prefix: str, folder: PurePosixPath, budget: Budget) -> _Object:
    key = str(info["name"])
    if not key.startswith(prefix) or info["type"] != "file" or info.get("islink"):
        raise BadInput(f"{budget.source}: {key!r:.80} in it is no object below it: links are refused")
    return _Object(key, folder / safe_path(key.removeprefix(prefix), budget.source), _size(info, budget), _mark(info))


def _size(info: dict[str, Any], budget: Budget) -> int:
    size = info.get("size")
    if not isinstance(size, int) or size < 0:
        raise BadInput(f"{budget.source}: {info['name']!r:.80} in it has no size")
    return size


def _mark(info: dict[str, Any]) -> str:
    return next((f"{name}={info[name]}" for name in _MARKS if info.get(name)), "")


def _version(objects: list[_Object]) -> Version:
    """Of all together. Where a store marks no versions, sizes must do."""
    told = "\n".join(f"{one.path}\t{one.size}\t{one.mark}" for one in objects)
    return Version(hashlib.sha256(told.encode()).hexdigest(), size=sum(one.size for one in objects))


def _fetch_object(store: Any, one: _Object, file: Path, budget: Budget) -> None:
    """Goes on where an earlier fetch of this version stopped."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as out:
        had = min(out.tell(), one.size)
        out.truncate(had)
        budget.spend(had)
        try:
            if had < one.size:
                _copy(store, one, had, out, budget)
        finally:
            sync(out)
        if out.tell() != one.size:
            raise Unavailable(f"{budget.source}: '{one.path}' has {out.tell()} bytes, its listing says {one.size}")


def _copy(store: Any, one: _Object, had: int, out: Any, budget: Budget) -> None:
    source = in_time(budget, lambda: store.open(one.key, "rb"))
    try:
        in_time(budget, lambda: source.seek(had))
        while chunk := in_time(budget, lambda: source.read(_CHUNK)):
            budget.spend(len(chunk))
            out.write(chunk)
    finally:
        source.close()
