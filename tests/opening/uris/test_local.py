"""Paths, file:// and the root that they must not leave; names that must not leave a folder."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput, NotFound
from salver.opening.uris.budget import Fetch
from salver.opening.uris.fetching import fetch
from salver.opening.uris.names import safe_path
from salver.opening.uris.uri import parse_uri, without_secrets


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside.onnx").write_bytes(b"outside")
    root = tmp_path / "models"
    (root / "net").mkdir(parents=True)
    (root / "net" / "a b.onnx").write_bytes(b"inside")
    return root


def test_a_path_and_a_file_uri_are_where_they_are(root: Path, cache: Path) -> None:
    path = root / "net" / "a b.onnx"
    for uri in (str(path), f"file://{root}/net/a%20b.onnx", f"file://localhost{root}/net/a b.onnx"):
        assert fetch(uri, cache) == path
    assert fetch(f"file://{root}/net", cache) == root / "net"
    assert not cache.exists()


def test_a_relative_path_is_relative_to_the_root(root: Path, cache: Path) -> None:
    assert fetch("net/a b.onnx", cache, Fetch(root=str(root))) == root / "net" / "a b.onnx"


@pytest.mark.parametrize("uri", ["../outside.onnx", "net/../../outside.onnx", "/etc/passwd", "file:///etc/passwd"])
def test_what_lies_outside_the_root_is_refused(root: Path, cache: Path, uri: str) -> None:
    with pytest.raises(BadInput, match="must lie below the folder"):
        fetch(uri, cache, Fetch(root=str(root)))


def test_links_out_of_the_root_are_refused_wherever_they_are(root: Path, cache: Path) -> None:
    (root / "link.onnx").symlink_to(root.parent / "outside.onnx")
    with pytest.raises(BadInput, match="must lie below the folder"):
        fetch("link.onnx", cache, Fetch(root=str(root)))
    (root / "net" / "link.onnx").symlink_to(root.parent / "outside.onnx")
    with pytest.raises(BadInput, match=r"'link\.onnx' in it is a link that leads out"):
        fetch("net", cache, Fetch(root=str(root)))


def test_links_inside_the_root_are_followed(root: Path, cache: Path) -> None:
    (root / "latest").symlink_to("net")
    assert fetch("latest/a b.onnx", cache, Fetch(root=str(root))).read_bytes() == b"inside"


def test_what_is_not_there_is_not_found(root: Path, cache: Path) -> None:
    for options in (Fetch(), Fetch(root=str(root))):
        with pytest.raises(NotFound, match="there is no such file"):
            fetch(str(root / "other"), cache, options)


@pytest.mark.parametrize("uri", ["file://host/m", "file://", "file:///m?x=1", "file:///a%00b"])
def test_other_file_uris_are_refused(uri: str, cache: Path) -> None:
    with pytest.raises(BadInput):
        fetch(uri, cache)


def test_a_link_that_holds_itself_is_refused(root: Path, cache: Path) -> None:
    (root / "loop").symlink_to("loop")
    for options in (Fetch(), Fetch(root=str(root))):
        with pytest.raises(BadInput, match="cannot be looked at"):
            fetch(str(root / "loop"), cache, options)


def test_a_local_file_is_held_to_its_checksum(root: Path, cache: Path) -> None:
    with pytest.raises(BadInput, match="its sha256 is"):
        fetch(f"{root}/net/a b.onnx#sha256={'0' * 64}", cache)


def test_a_local_archive_is_unpacked_once_for_each_time_it_was_written(root: Path, cache: Path) -> None:
    path = root / "net.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1/model.onnx", "one")
    first = fetch(str(path), cache)
    assert (first / "1" / "model.onnx").read_text() == "one"
    assert fetch(str(path), cache) == first
    os.utime(path, ns=(1, 1))
    assert fetch(str(path), cache) != first


def test_a_copy_that_was_checked_serves_who_wants_no_check(root: Path, cache: Path) -> None:
    path = root / "net.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1/model.onnx", "one")
    checked = fetch(f"{path}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}", cache)
    node = checked.stat().st_ino
    assert fetch(str(path), cache).stat().st_ino == node


@pytest.mark.parametrize("name", ["timeout_s", "idle_timeout_s"])
@pytest.mark.parametrize("value", [0, float("nan"), float("inf"), 1e10])
def test_a_time_that_nothing_can_wait_is_refused(name: str, value: float) -> None:
    with pytest.raises(BadInput, match=f"{name} must be"):
        Fetch(**{name: value})  # type: ignore[arg-type] # whole numbers, for the type checker


@given(st.text(max_size=40) | st.lists(st.sampled_from(["a", "..", ".", "", "b"]), max_size=6).map("/".join))
def test_a_name_that_is_taken_stays_below(name: str) -> None:
    try:
        path = safe_path(name, "here")
    except BadInput:
        return
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert os.path.normpath(PurePosixPath("/srv/of") / path).startswith("/srv/of")
    str(path).encode()


@given(
    st.text(alphabet=st.characters(categories=["L", "Nd"]), min_size=8, max_size=12), st.sampled_from(["http", "https"])
)
def test_secrets_are_never_shown(secret: str, scheme: str) -> None:
    uri = parse_uri(f"{scheme}://user:{secret}@host.example:8080/m.onnx?signature={secret}")
    assert secret not in uri.shown
    assert secret not in repr(uri)
    assert secret not in without_secrets(f"GET {uri.address} failed: secret_key={secret}, token: {secret}")
