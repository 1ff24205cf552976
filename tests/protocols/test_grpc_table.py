"""Every method of every service that the descriptors name is answered, and nothing else."""

from __future__ import annotations

import pytest

from salver.protocols.grpc_table import GRPC_PROTOCOLS, METHODS
from salver.protocols.messages import POOL
from salver.protocols.rpc import GrpcProtocol, Streaming, Unary


@pytest.mark.parametrize("protocol", GRPC_PROTOCOLS, ids=lambda protocol: protocol.name)
def test_every_method_of_a_service_is_answered(protocol: GrpcProtocol):
    described = {
        f"/{service}/{method.name}".encode()
        for service in protocol.services
        for method in POOL.FindServiceByName(service).methods
    }
    assert {method.path for method in protocol.methods} == described


@pytest.mark.parametrize("path", METHODS, ids=bytes.decode)
def test_what_streams_on_the_wire_streams_here(path: bytes):
    _, method = METHODS[path]
    service, _, name = path[1:].decode().partition("/")
    described = POOL.FindServiceByName(service).methods_by_name[name]
    if described.client_streaming or described.server_streaming:
        assert isinstance(method, Streaming)
    assert isinstance(method, Streaming | Unary)


def test_names_and_services_are_told_once():
    assert len({protocol.name for protocol in GRPC_PROTOCOLS}) == len(GRPC_PROTOCOLS)
    services = [service for protocol in GRPC_PROTOCOLS for service in protocol.services]
    assert len(services) == len(set(services))
