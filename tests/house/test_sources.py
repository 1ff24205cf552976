"""What every file of the repository keeps to."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

MAX_LINES = 400
PRIVATE_PATHS = re.compile(r"(?<![\w.])/(?:work|home|root|Users|private|mnt)/\w+")
REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|conda\.anaconda\.org|proxy\.golang\.org|registry\.npmjs\.org)"
)


def test_every_module_says_what_it_is(sources: list[Path]) -> None:
    assert [
        str(path) for path in sources if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))
    ] == []


def test_rooms_are_small(sources: list[Path]) -> None:
    assert {str(path): lines for path in sources if (lines := len(path.read_text().splitlines())) > MAX_LINES} == {}


@pytest.mark.slow
def test_nothing_points_at_one_machine_or_one_registry(root: Path) -> None:
    this = Path(__file__).name
    found = {
        str(path.relative_to(root)): hits
        for path in kept(root)
        if path.name != this and (hits := [*PRIVATE_PATHS.findall(text_of(path)), *REGISTRIES.findall(text_of(path))])
    }
    assert found == {}


def kept(root: Path) -> list[Path]:
    """The files under version control, and those about to be."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git repository")
    return [path for name in listed.stdout.split("\0") if name and (path := root / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
