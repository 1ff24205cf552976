"""The wheel alone, with its base dependencies and nothing else, serves and predicts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def pip(python: Path, *arguments: str | Path) -> None:
    """Runs pip; skips where the package index cannot be reached."""
    command = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and any(sign in done.stderr for sign in ("Connection", "No matching distribution", "timed out")):
        pytest.skip(f"the package index cannot be reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(Path(sys.executable), "wheel", "--no-deps", "--wheel-dir", folder, root)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("base")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip(python, "install", wheel)
    return python


def run(python: Path, *arguments: str | Path, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, *arguments], capture_output=True, text=True, check=False, cwd=cwd, env=clean)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_what_is_no_python(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"salver/py.typed", "salver/protocols/admin/page.html"} <= names
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert [name for name in names if not name.startswith("salver") or "test_" in name] == []


def test_only_what_is_declared_is_there(python: Path, root: Path, tmp_path: Path) -> None:
    """Were an extra's package to come along, the tests below would prove nothing."""
    extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    named = {re.split(r"[\[>=<]", requirement)[0].lower() for group in extras.values() for requirement in group}
    listed = json.loads(run(python, "-m", "pip", "list", "--format=json", cwd=tmp_path))
    assert {package["name"].lower() for package in listed} & named == set()


EXTRAS = {
    "salver.formats.graphdef": "tensorflow",
    "salver.formats.savedmodel": "tensorflow",
    "salver.formats.tensorflow_graph": "tensorflow",
    "salver.formats.tensorflow_runtime": "tensorflow",
    "salver.formats.tflite": "ai_edge_litert",
    "salver.graph.transformers.image_files": "PIL",
}
"""The modules that need an extra, and the package they miss without it."""


def test_every_module_can_be_imported_but_those_of_an_extra(python: Path, tmp_path: Path) -> None:
    code = """
import importlib, pkgutil, salver
for module in pkgutil.walk_packages(salver.__path__, "salver."):
    if not module.name.endswith("__main__"):
        try:
            importlib.import_module(module.name)
        except ModuleNotFoundError as error:
            print(module.name, error.name.partition(".")[0])
        else:
            print(module.name, "imported")
"""
    told = dict(line.split() for line in run(python, "-c", code, cwd=tmp_path).splitlines())
    assert told["salver.transports.http1"] == "imported"
    assert {module: missing for module, missing in told.items() if missing != "imported"} == EXTRAS


def test_the_demo_serves_and_predicts(python: Path, root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "examples" / "wine", tmp_path / "wine")
    told = run(python, "wine/demo.py", "--check", cwd=tmp_path)
    assert "agree on all 1,599 wines" in told


def test_the_command_is_there(python: Path, root: Path, tmp_path: Path) -> None:
    assert run(python.with_name("salver"), "--version", cwd=tmp_path).startswith("salver ")
    model = root / "examples" / "wine" / "models" / "wine"
    assert "FP32[-1, 11]" in run(python.with_name("salver"), "inspect", model, cwd=tmp_path)
