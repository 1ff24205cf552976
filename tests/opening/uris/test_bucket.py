"""Buckets, by fsspec's own memory file system in the place of S3."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import _registry

from salver.core.errors import BadInput, NotFound, Unavailable, Unsupported
from salver.opening.uris.budget import Fetch
from salver.opening.uris.fetching import fetch

KEYS = {"saved_model.pb": b"graph", "variables/variables.index": b"index", "variables/variables.data": b"x" * 1_500_000}


class Bucket(MemoryFileSystem):  # type: ignore[misc]  # it has no types
    """Keys of objects are what they are: nothing is normalised. It can break off, and counts what is read."""

    protocol = "s3"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    opened: ClassVar[list[str]] = []
    broken: ClassVar[set[str]] = set()
    listing: ClassVar[list[dict[str, Any]]] = []

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("s3://").strip("/")

    def walk(self, path: str, **kwargs: Any) -> Any:
        yield from super().walk(path, **kwargs)
        if self.listing:
            yield path, {}, {str(index): info for index, info in enumerate(self.listing)}

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        if mode == "rb":
            self.opened.append(path)
        if path in self.broken:
            raise OSError("https://host/key?X-Amz-Signature=hush is not reached, secret_key=hush")
        return super()._open(path, mode, **kwargs)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    fsspec.register_implementation("s3", Bucket, clobber=True)
    for state in (Bucket.store, Bucket.opened, Bucket.broken, Bucket.listing):
        state.clear()
    Bucket.pseudo_dirs[:] = [""]
    made = Bucket()
    for key, content in KEYS.items():
        made.pipe_file(f"/b/models/net/{key}", content)
    yield made
    _registry.pop("s3")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("uri", ["s3://b/models/net", "s3://b/models/net/"])
def test_a_prefix_comes_as_a_folder(bucket: Bucket, cache: Path, uri: str) -> None:
    path = fetch(uri, cache)
    assert (path.name, files(path)) == ("net", KEYS)


def test_an_object_comes_as_a_file(bucket: Bucket, cache: Path) -> None:
    path = fetch("s3://b/models/net/saved_model.pb", cache)
    assert (path.name, path.read_bytes()) == ("saved_model.pb", b"graph")


def test_an_object_is_held_to_its_checksum_and_a_folder_has_none(bucket: Bucket, cache: Path) -> None:
    right = hashlib.sha256(b"graph").hexdigest()
    assert fetch(f"s3://b/models/net/saved_model.pb#sha256={right}", cache).read_bytes() == b"graph"
    with pytest.raises(BadInput, match="its sha256 is"):
        fetch(f"s3://b/models/net/saved_model.pb#sha256={'0' * 64}", cache)
    with pytest.raises(BadInput, match="is a folder"):
        fetch(f"s3://b/models/net#sha256={right}", cache)


def test_unchanged_objects_are_listed_and_not_read_again(bucket: Bucket, cache: Path) -> None:
    first = fetch("s3://b/models/net", cache)
    Bucket.opened.clear()
    assert fetch("s3://b/models/net", cache) == first
    assert Bucket.opened == []


def test_a_changed_object_makes_a_new_copy(bucket: Bucket, cache: Path) -> None:
    first = fetch("s3://b/models/net", cache)
    bucket.pipe_file("/b/models/net/saved_model.pb", b"GRAPH")
    second = fetch("s3://b/models/net", cache)
    assert (files(first), files(second)) == (KEYS, KEYS | {"saved_model.pb": b"GRAPH"})


def test_a_fetch_that_broke_goes_on_with_the_rest(bucket: Bucket, cache: Path) -> None:
    Bucket.broken.add("/b/models/net/variables/variables.index")
    with pytest.raises(Unavailable) as fault:
        fetch("s3://b/models/net", cache)
    assert "hush" not in fault.value.message
    (data,) = cache.rglob("partial/net/variables/variables.data")
    data.write_bytes(data.read_bytes()[:1_000_000])
    Bucket.broken.clear()
    Bucket.opened.clear()
    assert files(fetch("s3://b/models/net", cache)) == KEYS
    assert "/b/models/net/saved_model.pb" not in Bucket.opened


def test_the_last_copy_serves_while_the_bucket_does_not(bucket: Bucket, cache: Path) -> None:
    first = fetch("s3://b/models/net", cache)
    bucket.pipe_file("/b/models/net/saved_model.pb", b"GRAPH")
    Bucket.broken.add("/b/models/net/saved_model.pb")
    assert fetch("s3://b/models/net", cache) == first


def test_too_much_is_refused_before_anything_is_read(bucket: Bucket, cache: Path) -> None:
    with pytest.raises(BadInput, match="has 1500010 bytes, max_bytes is 1000"):
        fetch("s3://b/models/net", cache, Fetch(max_bytes=1000))
    with pytest.raises(BadInput, match="more files than max_files, 2"):
        fetch("s3://b/models/net", cache, Fetch(max_files=2))
    assert Bucket.opened == []


def test_nothing_there_is_not_found(bucket: Bucket, cache: Path) -> None:
    with pytest.raises(NotFound, match="s3://b/models/other: is not there"):
        fetch("s3://b/models/other", cache)


@pytest.mark.parametrize(
    "name",
    [
        "/b/models/net/../../evil",
        "/b/models/net//abs",
        "/etc/passwd",
        "/b/models/netx",
        "/b/models/net/a\\b",
        "/b/models/net/a\nb",
        "/b/models/net/" + "d/" * 40 + "f",
        "/b/models/net/" + "n" * 300,
        "/b/models/net/..",
    ],
)
def test_a_listing_that_leaves_its_folder_is_refused(bucket: Bucket, cache: Path, name: str) -> None:
    Bucket.listing.append({"name": name, "type": "file", "size": 4, "created": "now"})
    with pytest.raises(BadInput, match=r"must stay below|no object below it"):
        fetch("s3://b/models/net", cache)
    assert not list(cache.rglob("evil"))


def test_links_in_a_listing_are_refused(bucket: Bucket, cache: Path) -> None:
    Bucket.listing.append({"name": "/b/models/net/l", "type": "link", "size": 4})
    with pytest.raises(BadInput, match="links are refused"):
        fetch("s3://b/models/net", cache)
    Bucket.listing[:] = [{"name": "/b/models/net/l", "type": "file", "size": 4, "islink": True}]
    with pytest.raises(BadInput, match="links are refused"):
        fetch("s3://b/models/net", cache)


def test_an_object_of_another_size_than_listed_is_no_whole_copy(
    bucket: Bucket, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {"name": "/b/models/net/saved_model.pb", "type": "file", "size": 400}
    monkeypatch.setattr(Bucket, "info", lambda self, path, **_: listed)
    with pytest.raises(Unavailable, match="has 5 bytes, its listing says 400"):
        fetch("s3://b/models/net/saved_model.pb", cache)
    assert not list(cache.rglob("current.json"))


@pytest.mark.skipif(importlib.util.find_spec("gcsfs") is not None, reason="gcsfs is installed")
def test_a_package_that_is_missing_is_named(cache: Path) -> None:
    with pytest.raises(Unsupported, match=r"gs:// needs the package gcsfs: pip install 'salver\[gcs\]'"):
        fetch("gs://b/m", cache)
