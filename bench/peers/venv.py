"""A peer's own virtual environment: `.venvs/<name>` in the repository, made on the first run."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

VENVS = Path(__file__).parents[2] / ".venvs"


class Missing(Exception):
    """A peer that cannot be had here, and why."""


def make(name: str, *requirements: str, runtime: bool = True) -> Path:
    """The environment's folder, with these packages in it, and our own version of onnxruntime unless it is not
    wanted. Raises Missing."""
    folder = VENVS / name
    wanted = [*requirements, *([f"onnxruntime=={version('onnxruntime')}"] if runtime else [])]
    stamp = folder / "installed.txt"
    if stamp.exists() and stamp.read_text().split() == wanted:
        return folder
    print(f"installing {', '.join(wanted)} into {folder.relative_to(VENVS.parent)}", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    _run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *wanted])
    stamp.write_text("\n".join(wanted))
    return folder


def packages(folder: Path) -> Path:
    """The environment's `site-packages`."""
    return next((folder / "lib").glob("python*/site-packages"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines()
        errors = [line for line in lines if "ERROR" in line] or lines or ["no words"]
        raise Missing(f"{' '.join(command[1:4])} failed: {errors[-1]}")
