"""Where and with what was measured, and the place of the figures in the documentation."""

from __future__ import annotations

import datetime
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench import cores

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
PACKAGES = ("salver", "onnxruntime", "numpy", "uvloop", "httptools", "orjson", "pysimdjson")


def heading(arguments: str) -> str:
    """Date, command, machine and versions, as Markdown."""
    today = datetime.datetime.now(datetime.UTC).date()
    command = f"python -m bench {arguments}".strip()
    versions = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"Measured on {today} by `{command}` on {_processor()}: the server on core {cores.SERVER}, "
        f"the load on core {cores.LOAD}, of {len(cores.AVAILABLE)}.\n\n"
        f"Python {platform.python_version()}, {versions}."
    )


def replace(file: Path, text: str) -> None:
    """Puts the text between the markers of the file. Raises SystemExit where there are none."""
    page = file.read_text() if file.exists() else f"{BEGIN}\n{END}\n"
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{file} has no lines '{BEGIN}' and '{END}' to write between")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
