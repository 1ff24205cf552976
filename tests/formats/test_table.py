"""What is recognised, where the model in a folder is found, and how everything else is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from onnx import TensorProto

from salver.core.errors import BadInput, NotFound
from salver.formats.table import FORMATS, open_model, recognises

SOURCE = "def predict(x: float) -> float:\n    return 2 * x\n"


def test_formats_have_names_of_their_own_and_a_line_for_the_documentation():
    assert len({known.name for known in FORMATS}) == len(FORMATS)
    assert all(known.summary and "\n" not in known.summary for known in FORMATS)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("models/wine.onnx", "onnx"),
        ("wine.onnx", "onnx"),
        ("app.py:predict", "python"),
        ("some/where/app.py:Model", "python"),
        ("package.module:predict", "python"),
        ("models/1/model.py", "python"),
        ("models/train.py", None),
        ("models/1/saved_model.pb", "savedmodel"),
        ("models/1/saved_model.pbtxt", "savedmodel"),
        ("models/1/export.meta", "savedmodel"),
        ("models/frozen.pb", "graphdef"),
        ("models/1/model.tflite", "tflite"),
        ("models/1/batching_params.pbtxt", None),
        ("models/1/variables", None),
        ("wine.csv", None),
        ("wine", None),
        ("models/wine:1", None),
        ("http://host/model:predict", None),
        (":predict", None),
        ("", None),
    ],
)
def test_recognised_by_name(path, name):
    assert recognises(path) == name


def test_a_folder_is_opened_by_its_model_file(write_identity, write_app, tmp_path):
    path = write_identity(TensorProto.FLOAT, name="anything.onnx")
    (tmp_path / "labels.txt").write_text("a\nb\n")
    write_app("raise RuntimeError('a training script must not run')", "train.py")
    opened = open_model(str(tmp_path))
    assert (opened.format, opened.path) == ("onnx", path)


def test_a_folder_with_model_py_is_a_python_model(write_app, tmp_path):
    write_app(SOURCE, "1/model.py")
    opened = open_model(str(tmp_path / "1"))
    assert (opened.format, opened.path) == ("python", str(tmp_path / "1" / "model.py"))


def test_model_onnx_comes_before_every_other_file(write_identity, write_app, tmp_path):
    write_identity(TensorProto.FLOAT, name="other.onnx")
    path = write_identity(TensorProto.FLOAT, name="model.onnx")
    write_app(SOURCE, "model.py")
    assert open_model(str(tmp_path)).path == path


def test_an_ambiguous_folder_is_refused_with_the_candidates(write_identity, tmp_path):
    for name in ("b.onnx", "a.onnx"):
        write_identity(TensorProto.FLOAT, name=name)
    with pytest.raises(BadInput, match=r"more than one model: a\.onnx, b\.onnx; name one"):
        open_model(str(tmp_path))


def test_a_folder_without_a_model_is_refused_with_what_it_holds(tmp_path):
    with pytest.raises(BadInput, match="holds no model of a known format, but nothing; there are onnx"):
        open_model(str(tmp_path))
    for number in range(12):
        (tmp_path / f"file{number:02}.txt").touch()
    with pytest.raises(BadInput, match=r"but file00\.txt, .* and 2 more; there are onnx .*; python "):
        open_model(str(tmp_path))


def test_an_unknown_kind_of_file_is_refused_with_the_formats_there_are(tmp_path):
    path = tmp_path / "model.pickle"
    path.write_bytes(b"\x80\x04")
    with pytest.raises(BadInput, match=re.escape(f"{path} is no model of a known format; there are onnx")):
        open_model(str(path))


@pytest.mark.parametrize(
    "path", ["nothing", "nothing.onnx", "nothing.py", "nothing.py:predict", "nothing_here.at_all:predict"]
)
def test_what_is_not_there_is_not_found(tmp_path, path):
    with pytest.raises(NotFound, match=r"no(thing| file| Python module)"):
        open_model(path if "at_all" in path else str(tmp_path / path))


@pytest.mark.parametrize("path", ["\0", "a\0.onnx", "x" * 5000])
def test_a_path_that_cannot_be_is_refused(path):
    with pytest.raises(BadInput, match="cannot be read"):
        open_model(path)


OPEN = """
import os, sys
from salver.formats.table import open_model
if os.geteuid() == 0:  # root may read everything
    os.seteuid(65534)
open_model(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["folder", "model.onnx"])
def test_what_may_not_be_read_is_refused(tmp_path: Path, name):
    path = tmp_path / name
    path.mkdir() if name == "folder" else path.touch()
    path.chmod(0)
    tried = subprocess.run([sys.executable, "-c", OPEN, str(path)], capture_output=True, text=True)
    path.chmod(0o700)
    assert f"BadInput: {path} may not be read: permission denied" in tried.stderr


@pytest.mark.slow
def test_the_table_imports_no_runtime():
    runtimes = "{'onnxruntime', 'onnx', 'tensorflow', 'ai_edge_litert', 'flatbuffers', 'google'}"
    code = f"import sys, salver.formats.table; assert not {runtimes} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
