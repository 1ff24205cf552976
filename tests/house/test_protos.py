"""The compiled descriptors are what the .proto files beside them say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

protoc: Any = pytest.importorskip("grpc_tools.protoc")

PROTOS = Path("src", "salver", "protocols", "protos")


@pytest.mark.slow
def test_every_descriptor_is_what_its_proto_says_now(root: Path, tmp_path: Path) -> None:
    folder = root / PROTOS
    sources = sorted(folder.rglob("*.proto"))
    assert {source.with_suffix(".bin") for source in sources} == set(folder.rglob("*.bin"))
    stale = [source.name for source in sources if compiled(source, folder, tmp_path) != descriptor(source)]
    assert stale == [], "run scripts/protos"


def compiled(source: Path, folder: Path, to: Path) -> bytes:
    out = to / f"{source.stem}.bin"
    arguments = ["protoc", f"-I{folder}", f"-I{well_known()}", f"--descriptor_set_out={out}", str(source)]
    assert protoc.main(arguments) == 0
    return out.read_bytes()


def well_known() -> Path:
    """Where the .proto files that come with protoc lie."""
    return Path(protoc.__file__).parent / "_proto"


def descriptor(source: Path) -> bytes:
    return source.with_suffix(".bin").read_bytes()
