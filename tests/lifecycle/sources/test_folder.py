"""One model's path, looked at again and again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from salver.core.errors import Unavailable
from salver.lifecycle.sources.folder import ModelPath, ModelsFolder
from salver.lifecycle.sources.settle import SettleCheck
from salver.lifecycle.versions import All, Latest, Specific
from salver.testing.clock import HandClock


def recognises(path):
    return "onnx" if path.endswith(".onnx") else None


@pytest.fixture
def clock():
    """Far enough ahead that the files of a test are old."""
    clock = HandClock()
    clock.advance(60)
    return clock


def write(path: Path, content: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_the_latest_versions_are_wanted(tmp_path, clock):
    for version in ("1", "2", "10"):
        write(tmp_path / version / "model.onnx")
    assert ModelPath(str(tmp_path), recognises, None, None, clock).look().versions.keys() == {10}
    assert ModelPath(str(tmp_path), recognises, Latest(2), None, clock).look().versions.keys() == {10, 2}
    assert ModelPath(str(tmp_path), recognises, All(), None, clock).look().versions.keys() == {1, 2, 10}


def test_specific_versions_that_are_missing_are_told(tmp_path, clock):
    write(tmp_path / "1" / "model.onnx")
    sight = ModelPath(str(tmp_path), recognises, Specific(frozenset({1, 5})), None, clock).look()
    assert sight.versions.keys() == {1}
    assert sight.error == "version 5 is wanted but not there"


def test_a_version_being_copied_yields_to_the_one_before(tmp_path, clock):
    write(tmp_path / "1" / "model.onnx")
    source = ModelPath(str(tmp_path), recognises, clock=clock, check=SettleCheck(quiet_s=50))
    assert source.look().versions.keys() == {1}
    clock.advance(-30)
    write(tmp_path / "2" / "model.onnx", "ha")
    sight = source.look()
    assert (set(sight.versions), set(sight.pending)) == ({1}, {2})
    write(tmp_path / "2" / "model.onnx", "half")
    clock.advance(1)
    assert source.look().versions.keys() == {1}
    clock.advance(1)
    sight = source.look()
    assert (set(sight.versions), set(sight.pending)) == ({2}, set())


def test_a_change_in_place_is_another_fingerprint_once_it_is_quiet(tmp_path, clock):
    write(tmp_path / "1" / "model.onnx")
    source = ModelPath(str(tmp_path), recognises, clock=clock)
    before = source.look().versions[1]
    write(tmp_path / "1" / "model.onnx", "longer")
    assert source.look().versions[1] == before
    clock.advance(1)
    after = source.look().versions[1]
    assert after.path == before.path
    assert after.fingerprint != before.fingerprint


def test_an_empty_version_is_not_wanted(tmp_path, clock):
    (tmp_path / "2").mkdir()
    write(tmp_path / "1" / "model.onnx")
    sight = ModelPath(str(tmp_path), recognises, None, None, clock).look()
    assert sight.versions.keys() == {1}
    assert sight.error == f"version 2: '{tmp_path}/2' is empty"


def test_a_marker_is_waited_for(tmp_path):
    clock = HandClock()
    source = ModelPath(str(tmp_path), recognises, check=SettleCheck(complete_marker="_SUCCESS"), clock=clock)
    write(tmp_path / "1" / "model.onnx")
    clock.advance(60)
    sight = source.look()
    assert (sight.versions, sight.pending) == ({}, frozenset())
    assert "_SUCCESS" in sight.error
    write(tmp_path / "1" / "_SUCCESS", "")
    assert source.look().versions.keys() == {1}


def test_a_python_target_watches_its_file(tmp_path, clock):
    write(tmp_path / "app.py", "def predict(): ...")
    target = f"{tmp_path}/app.py:predict"
    source = ModelPath(target, recognises, None, None, clock)
    before = source.look().versions
    assert {version: found.path for version, found in before.items()} == {1: target}
    write(tmp_path / "app.py", "def predict(): return 1")
    source.look()
    clock.advance(1)
    assert source.look().versions[1].fingerprint != before[1].fingerprint


def test_a_missing_path(tmp_path, clock):
    source = ModelPath(str(tmp_path / "gone"), recognises, None, None, clock)
    with pytest.raises(Unavailable, match="there is nothing at"):
        source.look()
    (tmp_path / "gone").mkdir()
    assert source.look().versions == {}


def test_a_path_below_a_file_cannot_be_read(tmp_path, clock):
    write(tmp_path / "file")
    with pytest.raises(Unavailable, match="Not a directory"):
        ModelPath(str(tmp_path / "file" / "wine"), recognises, None, None, clock).look()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_version_without_permission_leaves_the_others(tmp_path, clock):
    for version in ("1", "2"):
        write(tmp_path / version / "model.onnx")
    (tmp_path / "2").chmod(0)
    try:
        sight = ModelPath(str(tmp_path), recognises, All(), None, clock).look()
    finally:
        (tmp_path / "2").chmod(0o700)
    assert sight.versions.keys() == {1}
    assert "Permission denied" in sight.error


def test_a_version_nested_too_deep_leaves_the_others(tmp_path, clock):
    write(tmp_path / "1" / "model.onnx")
    write(Path(str(tmp_path / "2") + "/d" * 40) / "model.onnx")
    sight = ModelPath(str(tmp_path), recognises, All(), None, clock).look()
    assert sight.versions.keys() == {1}
    assert sight.error.startswith("version 2: the folders below")


def test_a_version_that_was_whole_stays_when_it_cannot_be_read_for_once(tmp_path, clock):
    write(tmp_path / "1" / "model.onnx")
    source = ModelPath(str(tmp_path), recognises, None, None, clock)
    before = source.look().versions
    write(Path(str(tmp_path / "1") + "/d" * 40) / "x")
    sight = source.look()
    assert sight.versions == before
    assert sight.error


def test_a_missing_folder_of_models(tmp_path):
    with pytest.raises(Unavailable, match="there is nothing at"):
        ModelsFolder(str(tmp_path / "gone"), recognises).look()
