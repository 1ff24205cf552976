"""The compiled descriptors are what the .proto files beside them say."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

PROTOS = Path("src", "salver", "protocols", "protos")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("grpc_tools") is None, reason="protoc is not installed")
def test_every_descriptor_is_what_its_proto_says_now(root: Path, tmp_path: Path) -> None:
    folder = root / PROTOS
    sources = sorted(folder.rglob("*.proto"))
    assert {source.with_suffix(".bin") for source in sources} == set(folder.rglob("*.bin"))
    stale = [source.name for source in sources if compiled(source, folder, tmp_path) != descriptor(source)]
    assert stale == [], "run scripts/protos"


def compiled(source: Path, folder: Path, to: Path) -> bytes:
    out = to / f"{source.stem}.bin"
    # In a process of its own: protoc's library and TensorFlow's do not live together.
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"--descriptor_set_out={out}", str(source)]
    subprocess.run(command, check=True)
    return out.read_bytes()


def descriptor(source: Path) -> bytes:
    return source.with_suffix(".bin").read_bytes()
