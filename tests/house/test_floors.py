"""The floors hold, and are what the documentation draws."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest


def rooms(text: str) -> frozenset[str]:
    return frozenset(room.strip().removeprefix("salver.") for room in text.split("|"))


@pytest.mark.slow
def test_imports_only_go_down(root: Path) -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    checked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_drawn_floors_are_the_checked_ones(root: Path) -> None:
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = [rooms(floor) for floor in contracts[0]["layers"]]
    drawn = re.findall(r"^ +(\d+) +\| ([\w |]+?) +\|  ", (root / "docs" / "architecture.md").read_text(), re.MULTILINE)
    assert [int(number) for number, _ in drawn] == list(range(len(checked), 0, -1))
    assert [rooms(names) for _, names in drawn] == checked


def test_every_floor_is_checked(root: Path) -> None:
    """A module that no contract names would be bound by none."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = frozenset().union(*map(rooms, contracts[0]["layers"]))
    there = {path.stem for path in (root / "src" / "salver").iterdir() if path.suffix == ".py" or is_package(path)}
    assert there - checked == {"__init__", "__main__", "version"}


def test_every_room_has_its_paragraph(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text()
    package = root / "src" / "salver"
    folders = [f"{path.relative_to(package)}/" for path in package.rglob("*") if is_package(path)]
    files = [path.name for path in package.glob("*.py")]
    assert [room for room in folders + files if f"`{room}`" not in page] == []


def test_every_file_the_page_names_is_there(root: Path) -> None:
    page = (root / "docs" / "architecture.md").read_text()
    package = root / "src" / "salver"
    names = set(re.findall(r"`((?:[\w*]+/)*[\w*]+\.py)`", page))
    assert names
    assert [name for name in names if not any(package.rglob(name))] == []


def is_package(path: Path) -> bool:
    return path.is_dir() and any(path.glob("*.py"))
