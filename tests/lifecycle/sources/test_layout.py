"""Folder layouts, judged on real folders."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from salver.lifecycle.sources.layout import MAX_VERSION, file_of, holds_one_model, layout, models, version_number


def recognises(path):
    return "onnx" if path.endswith(".onnx") else None


def versions_at(path, recognises):
    return layout(path, recognises).paths


def make(root: Path, *names: str) -> str:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).mkdir() if name.endswith("/") else (root / name).write_text("x")
    return str(root)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("1", 1),
        ("00000123", 123),
        ("0", 0),
        ("0" * 250 + "7", 7),
        (str(MAX_VERSION), MAX_VERSION),
        (str(MAX_VERSION + 1), None),
        ("9" * 250, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        (" 1", None),
        ("1.0", None),
        ("1_0", None),
        ("v1", None),
        ("٣", None),
        ("²", None),
        ("temp-1", None),
    ],
)
def test_version_names(name, number):
    assert version_number(name) == number


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("app.py:predict", "app.py"),
        ("a/b.py:Model.predict", "a/b.py"),
        ("models/wine", "models/wine"),
        ("app.py", "app.py"),
        ("odd:name.py", "odd:name.py"),
        ("app.py:", "app.py:"),
        ("app.py:1x", "app.py:1x"),
    ],
)
def test_python_targets(target, file):
    assert file_of(target) == file


def test_a_folder_of_versions(tmp_path):
    base = make(tmp_path, "1/model.onnx", "003/model.onnx", "notes/readme", ".tmp/x", "7", "v4/x", "5/")
    assert versions_at(base, recognises) == {1: f"{base}/1", 3: f"{base}/003", 5: f"{base}/5"}


def test_of_two_spellings_the_first_in_string_order_wins(tmp_path, caplog):
    base = make(tmp_path, "1/a", "01/a", "001/a")
    with caplog.at_level(logging.WARNING):
        assert versions_at(base, recognises) == {1: f"{base}/001"}
    assert "is version 1 already" in caplog.text


def test_single_models_are_version_one(tmp_path):
    base = make(tmp_path, "iris/model.onnx", "iris/notes.txt", "foo.onnx", "other/readme")
    assert versions_at(f"{base}/iris", recognises) == {1: f"{base}/iris"}
    assert versions_at(f"{base}/foo.onnx", recognises) == {1: f"{base}/foo.onnx"}
    assert versions_at(f"{base}/other", recognises) == {}


def test_a_folder_that_is_a_model_itself(tmp_path):
    base = make(tmp_path, "saved/saved_model.pb")
    assert versions_at(f"{base}/saved", lambda path: "savedmodel" if path.endswith("saved") else None) == {
        1: f"{base}/saved"
    }


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        versions_at(str(tmp_path / "gone"), recognises)


def test_a_folder_of_models(tmp_path):
    base = make(
        tmp_path, "wine/1/model.onnx", "iris/model.onnx", "foo.onnx", "readme.md", ".git/1/x", "empty/", "src/a"
    )
    assert models(base, recognises) == {"wine": f"{base}/wine", "iris": f"{base}/iris", "foo": f"{base}/foo.onnx"}


def test_of_a_folder_and_a_file_of_one_name_the_folder_wins(tmp_path, caplog):
    base = make(tmp_path, "foo/1/x", "foo.onnx")
    assert models(base, recognises) == {"foo": f"{base}/foo"}
    assert "the model 'foo' already" in caplog.text


@pytest.mark.parametrize(
    ("names", "one"),
    [
        (["1/model.onnx"], True),
        (["model.onnx"], True),
        (["foo.onnx", "bar.onnx"], False),
        (["wine/1/model.onnx"], False),
        ([], False),
    ],
)
def test_one_model_or_many(tmp_path, names, one):
    assert holds_one_model(make(tmp_path, *names), recognises) is one


def test_a_file_is_one_model(tmp_path):
    make(tmp_path, "foo.onnx")
    assert holds_one_model(str(tmp_path / "foo.onnx"), recognises)
