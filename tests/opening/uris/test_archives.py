"""Archives made by the standard library, honest ones and others."""

from __future__ import annotations

import contextlib
import io
import stat
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.opening.uris.archives import unpack
from salver.opening.uris.budget import Budget, Fetch
from salver.opening.uris.fetching import fetch

FILES = {"1/saved_model.pb": b"graph", "1/variables/data": b"x" * 5000, "empty": b""}


def zipped(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz", *entries: tarfile.TarInfo) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for entry in entries:
            archive.addfile(entry)
    return out.getvalue()


def unpacked(tmp_path: Path, name: str, content: bytes, **options: Any) -> Path:
    (tmp_path / name).write_bytes(content)
    folder = tmp_path / "out" / "in"
    unpack(tmp_path / name, folder, Budget(Fetch(**options), "here"))
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.zip", zipped(FILES)),
        ("m.tar.gz", tarred(FILES)),
        ("m.tgz", tarred(FILES)),
        ("m.tar", tarred(FILES, "w")),
        ("M.ZIP", zipped({f"./{name}": content for name, content in FILES.items()})),
    ],
)
def test_an_archive_gives_back_what_was_put_in(tmp_path: Path, name: str, content: bytes) -> None:
    assert files(unpacked(tmp_path, name, content)) == FILES


BAD_NAMES = ["../evil", "/evil", "a/../../evil", "a//evil", "a\\evil", "a/\nevil", "n" * 300, "d/" * 40 + "f"]


@pytest.mark.parametrize("bad", BAD_NAMES)
@pytest.mark.parametrize("name", ["m.zip", "m.tar.gz"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str, bad: str) -> None:
    content = (zipped if name.endswith("zip") else tarred)({"good": b"x", bad: b"x"})
    with pytest.raises(BadInput, match="must stay below the model's folder"):
        unpacked(tmp_path, name, content)
    assert set(tmp_path.rglob("*evil*")) == set()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_of_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("link")
    entry.type, entry.linkname = kind, "/etc/passwd"
    with pytest.raises(BadInput, match="'link' in the archive is neither file nor folder"):
        unpacked(tmp_path, "m.tgz", tarred({}, "w:gz", entry))


def test_links_of_a_zip_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(BadInput, match="neither file nor folder"):
        unpacked(tmp_path, "m.zip", out.getvalue())


@pytest.mark.parametrize(
    ("name", "content"), [("m.zip", zipped({"zeros": bytes(300_000)})), ("m.tgz", tarred({"zeros": bytes(300_000)}))]
)
def test_bombs_are_counted_as_they_come_out(tmp_path: Path, name: str, content: bytes) -> None:
    assert len(content) < 2000
    with pytest.raises(BadInput, match="max_bytes, 200000"):
        unpacked(tmp_path, name, content, max_bytes=200_000)


@pytest.mark.parametrize("name", ["m.zip", "m.tgz"])
def test_too_many_files_are_refused(tmp_path: Path, name: str) -> None:
    content = (zipped if name.endswith("zip") else tarred)({f"f{index}": b"" for index in range(20)})
    with pytest.raises(BadInput, match="max_files, 10"):
        unpacked(tmp_path, name, content, max_files=10)


def test_a_header_of_a_tar_is_not_read_into_memory_whatever_it_says(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("name")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 2**31
    with pytest.raises(BadInput, match="a header has 2147483648 bytes"):
        unpacked(tmp_path, "m.tar", entry.tobuf(tarfile.GNU_FORMAT) + bytes(2048))


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a", "1")
        archive.writestr("./a", "2")
    with pytest.raises(BadInput, match="twice"):
        unpacked(tmp_path, "m.zip", out.getvalue())


@pytest.mark.parametrize("name", ["m.zip", "m.tgz", "m.tar"])
def test_what_is_no_archive_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="is no archive that can be read"):
        unpacked(tmp_path, name, b"no archive at all" * 100)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data(), name=st.sampled_from(["m.zip", "m.tgz", "m.tar"]))
def test_a_broken_archive_is_refused_or_read_and_writes_nothing_outside(
    tmp_path: Path, data: st.DataObject, name: str
) -> None:
    whole = bytearray(zipped(FILES) if name == "m.zip" else tarred(FILES, "w:gz" if name == "m.tgz" else "w"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    here = tmp_path / str(sum(1 for _ in tmp_path.iterdir()))
    here.mkdir()
    with contextlib.suppress(BadInput):
        unpacked(here, name, bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    assert {path.name for path in here.iterdir()} <= {name, "out"}


def test_an_archive_of_a_web_server_is_a_folder(site: Any, cache: Path) -> None:
    site.files["/models/net.tar.gz"] = tarred(FILES)
    path = fetch(site.url("/models/net.tar.gz"), cache)
    assert files(path) == FILES
    assert fetch(site.url("/models/net.tar.gz"), cache) == path


def test_an_archive_that_is_refused_leaves_nothing(site: Any, cache: Path) -> None:
    site.files["/net.zip"] = zipped({"good": b"x", "../evil": b"x"})
    with pytest.raises(BadInput):
        fetch(site.url("/net.zip"), cache)
    assert [path.name for path in cache.rglob("*") if path.is_file()] == ["lock"]
