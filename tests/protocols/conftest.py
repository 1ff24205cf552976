from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Models over gRPC (`grpc_house.House`); tests leave them as they found them."""
    from grpc_house import grpc_house  # other tests of this folder need no grpcio

    with grpc_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def channel(house: Any) -> Iterator[Any]:
    """grpcio, connected to the house."""
    import grpc

    with grpc.insecure_channel(house.target) as opened:
        yield opened
