"""Loading source: always afresh, with its siblings, and without a trace in the process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from salver.core.errors import BadInput
from salver.formats.python_module import PythonOptions
from salver.formats.table import FormatOptions, open_model

COUNTER = """
import threading
count = 0
def predict(x: float) -> float:
    global count
    count += 1
    return float(count)
"""


def test_two_loads_share_no_state(write_app, opened, ask):
    path = write_app(COUNTER)
    first, second = opened(path), opened(path)
    assert ask(first, x=[0.0, 0.0])["output"].tolist() == [1, 2]
    assert ask(second, x=[0.0])["output"].tolist() == [1]


def test_a_reload_sees_new_code_of_the_same_size_and_time(write_app, opened, ask):
    path = write_app("def predict(x: float) -> float: return 1.0\n")
    stamp = Path(path).stat()
    assert ask(opened(path), x=[0.0])["output"].tolist() == [1]
    write_app("def predict(x: float) -> float: return 2.0\n")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert ask(opened(path), x=[0.0])["output"].tolist() == [2]


def test_each_version_imports_its_own_siblings(write_app, opened, ask):
    models = []
    for version in (1, 2):
        write_app(f"VALUE = {version}.0\n", f"{version}/sibling_features.py")
        write_app("", f"{version}/sibling_package/__init__.py")
        write_app("from sibling_features import VALUE\n", f"{version}/sibling_package/inner.py")
        source = "from sibling_package.inner import VALUE\ndef predict(x: float) -> float: return VALUE\n"
        models.append(opened(write_app(source, f"{version}/model.py")))
    assert [ask(model, x=[0.0])["output"].tolist() for model in models] == [[1], [2]]


def test_nothing_is_left_in_the_process(write_app, opened):
    write_app("", "sibling_left.py")
    path, modules = list(sys.path), set(sys.modules)
    model = opened(write_app("import sibling_left\ndef predict(x: float) -> float: return x\n"))
    assert sys.path == path
    model.close()
    assert {name for name in set(sys.modules) - modules if "sibling" in name or "salver_model" in name} == set()
    with pytest.raises(BadInput):
        open_model(write_app("1 / 0"))
    assert {name for name in set(sys.modules) - modules if "salver_model" in name} == set()


def test_siblings_can_be_forbidden(write_app):
    write_app("", "sibling_forbidden.py")
    path = write_app("import sibling_forbidden\ndef predict(x: float) -> float: return x\n")
    with pytest.raises(BadInput, match="No module named 'sibling_forbidden'"):
        open_model(path, FormatOptions(python=PythonOptions(siblings=False)))


def test_a_module_of_a_package_in_the_working_folder(write_app, opened, ask, tmp_path, monkeypatch):
    write_app("", "served_package/__init__.py")
    write_app("FACTOR = 5\n", "served_package/parts.py")
    source = "from .parts import FACTOR\ndef score(x: float) -> float: return x * FACTOR\n"
    write_app(source, "served_package/deep.py")
    monkeypatch.chdir(tmp_path)
    assert ask(opened("served_package.deep:score"), x=[2.0])["output"].tolist() == [10]


def test_a_broken_package_is_told(write_app, tmp_path, monkeypatch):
    write_app("1 / 0", "broken_package/__init__.py")
    write_app("", "broken_package/deep.py")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"module broken_package\.deep cannot be imported: ZeroDivisionError"):
        open_model("broken_package.deep:score")
