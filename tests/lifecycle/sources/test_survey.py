"""Fingerprints of real files."""

from __future__ import annotations

import os
import time

import pytest

from salver.core.errors import Unavailable
from salver.lifecycle.sources import survey as survey_module
from salver.lifecycle.sources.survey import MAX_DEPTH, survey


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    (folder / "variables").mkdir(parents=True)
    (folder / "graph").write_text("graph")
    (folder / "variables" / "data").write_text("data")
    return folder


def test_the_same_files_look_the_same(model):
    seen = survey(str(model))
    assert seen == survey(str(model))
    assert seen.files == 2
    assert abs(seen.touched - time.time()) < 60


def test_every_change_shows(model):
    seen = {survey(str(model)).fingerprint}
    (model / "variables" / "data").write_text("other data")
    seen.add(survey(str(model)).fingerprint)
    os.utime(model / "graph", ns=(1, 1))
    seen.add(survey(str(model)).fingerprint)
    (model / "graph").rename(model / "graph2")
    seen.add(survey(str(model)).fingerprint)
    (model / "more").write_text("")
    seen.add(survey(str(model)).fingerprint)
    assert len(seen) == 5


def test_a_copy_that_keeps_old_times_is_still_young(model):
    os.utime(model / "graph", (1, 1))
    assert time.time() - survey(str(model / "graph")).touched < 60


def test_what_python_writes_is_no_part_of_a_model(model):
    before = survey(str(model))
    (model / "__pycache__").mkdir()
    (model / "__pycache__" / "app.pyc").write_text("x")
    assert survey(str(model)).fingerprint == before.fingerprint


def test_a_single_file(model):
    assert survey(str(model / "graph")).files == 1


def test_links_are_followed_but_not_in_circles(model, tmp_path):
    target = tmp_path / "store"
    target.mkdir()
    (target / "blob").write_text("1")
    (model / "linked").symlink_to(target)
    (model / "up").symlink_to(model)
    before = survey(str(model))
    assert before.files == 3
    (target / "blob").write_text("22")
    assert survey(str(model)).fingerprint != before.fingerprint


def test_a_link_to_nothing_shows_when_its_target_comes(model, tmp_path):
    (model / "later").symlink_to(tmp_path / "later")
    before = survey(str(model))
    (tmp_path / "later").write_text("here")
    assert survey(str(model)).fingerprint != before.fingerprint


def test_names_that_are_not_text(tmp_path):
    (tmp_path / os.fsdecode(b"\xff.onnx")).write_text("x")
    assert survey(str(tmp_path)).files == 1


def test_too_many_files(model, monkeypatch):
    monkeypatch.setattr(survey_module, "MAX_FILES", 1)
    with pytest.raises(Unavailable, match="more than 1 files"):
        survey(str(model))


def test_too_deep(tmp_path):
    path = tmp_path
    for _ in range(MAX_DEPTH):
        path = path / "d"
    path.mkdir(parents=True)
    with pytest.raises(Unavailable, match="nested deeper"):
        survey(str(tmp_path))


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        survey(str(tmp_path / "gone"))
