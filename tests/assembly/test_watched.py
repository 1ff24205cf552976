"""What a monitor counts of a server, seen from its page: requests over REST and gRPC, without a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from salver.assembly.watched import status_name
from salver.build import Server, build
from salver.core.errors import BadInput, Full, Internal, Late, NotFound, Precondition, Unavailable
from salver.lifecycle.wishes_file import WishesFile
from salver.observe.metrics import Metrics
from salver.options import ModelOptions, ServerOptions
from salver.protocols.http import HttpRequest
from salver.protocols.messages import message
from salver.transports.grpc_exchange import Admitted

PAGE = "/monitoring/prometheus/metrics"
APP = """
def predict(x: float) -> float:
    if x > 100:
        raise ValueError("too much")
    return x / 2 + 2
"""


@pytest.fixture
def count(tmp_path: Path):
    """Has a conversation with a server, and returns its samples: lines of the page, by what stands before the value."""

    def count(conversation: Callable[[Server], Awaitable[None]], path: str | None = PAGE) -> dict[str, str]:
        app = tmp_path / "app.py"
        app.write_text(APP)
        options = ServerOptions({"app": ModelOptions(str(app))}, onnx_threads=-1, monitoring_path=path)

        async def serve() -> str:
            server = build(options, WishesFile(tmp_path / "wishes.json"), Metrics())
            async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
                tasks.create_task(server.manager.run())
                assert (await server.manager.wait_ready(10)).ready
                await conversation(server)
                response = await server.exchange(HttpRequest(b"GET", f"{path}?a=1".encode(), [], b""))
                await server.manager.aclose()
            assert (response.status, response.content_type) == (200, b"text/plain")
            assert isinstance(response.body, bytes)
            return response.body.decode()

        lines = asyncio.run(serve()).splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    return count


async def post(server: Server, target: str, body: Any) -> int:
    request = HttpRequest(b"POST", target.encode(), [], json.dumps(body).encode())
    return (await server.exchange(request)).status


@pytest.mark.slow
def test_rest(count):
    async def conversation(server: Server) -> None:
        for _ in range(3):
            assert await post(server, "/v1/models/app:predict", {"instances": [1.0]}) == 200
        assert await post(server, "/v1/models/app:predict", {"instances": ["text"]}) == 400
        assert await post(server, "/v1/models/app:predict", {"instances": [1000.0]}) == 500
        assert await post(server, "/v1/models/nobody:predict", {"instances": [1.0]}) == 404
        assert (await server.exchange(HttpRequest(b"GET", b"/v1/models/app", [], b""))).status == 200

    found = count(conversation)
    name = ":tensorflow:serving:"
    counts = {key: value for key, value in found.items() if key.startswith(f"{name}request_count")}
    assert counts == {
        f'{name}request_count{{model_name="app",status="OK"}}': "4",
        f'{name}request_count{{model_name="app",status="INVALID_ARGUMENT"}}': "1",
        f'{name}request_count{{model_name="app",status="INTERNAL"}}': "1",
        f'{name}request_count{{model_name="nobody",status="NOT_FOUND"}}': "1",
    }
    assert found[f'{name}request_latency_count{{model_name="app",API="predict",entrypoint="REST"}}'] == "3"
    assert found[f'{name}runtime_latency_count{{model_name="app",API="predict",runtime="TF1"}}'] == "3"
    (load,) = (key for key in found if "load_attempt_count" in key)
    assert load.endswith('/app.py",status="success"}')


@pytest.mark.slow
def test_grpc(count):
    async def conversation(server: Server) -> None:
        path = b"/tensorflow.serving.PredictionService/Predict"
        request = message("tensorflow.serving.PredictRequest")()
        request.model_spec.name = "app"
        request.inputs["x"].dtype = 2
        request.inputs["x"].double_val.append(3.0)
        request.inputs["x"].tensor_shape.dim.add().size = 1
        admitted, _ = server.grpc.admit(((b":method", b"POST"), (b":path", path), *GRPC_HEADERS))
        assert isinstance(admitted, Admitted)
        answer = await server.grpc.unary(admitted, request.SerializeToString(), None)
        assert isinstance(answer, bytes), answer
        request.model_spec.signature_name = "nothing"
        assert not isinstance(await server.grpc.unary(admitted, request.SerializeToString(), None), bytes)

    found = count(conversation)
    name = ":tensorflow:serving:"
    assert found[f'{name}request_count{{model_name="app",status="OK"}}'] == "1"
    assert found[f'{name}request_latency_count{{model_name="app",API="Predict",entrypoint="GRPC"}}'] == "1"


GRPC_HEADERS = (
    (b":scheme", b"http"),
    (b":authority", b"x"),
    (b"content-type", b"application/grpc"),
    (b"te", b"trailers"),
)


@pytest.mark.slow
def test_a_path_that_is_another_protocols_is_the_operators(count):
    async def conversation(server: Server) -> None:
        pass

    assert not any("salver_" in key for key in count(conversation, "/metrics"))


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (BadInput(""), "INVALID_ARGUMENT"),
        (Precondition(""), "FAILED_PRECONDITION"),
        (NotFound("", model="m"), "NOT_FOUND"),
        (NotFound("", model="m", label="l"), "INVALID_ARGUMENT"),
        (Unavailable(""), "UNAVAILABLE"),
        (Full(""), "RESOURCE_EXHAUSTED"),
        (Late(""), "DEADLINE_EXCEEDED"),
        (Internal(""), "INTERNAL"),
        (ValueError(""), "INTERNAL"),
        (asyncio.CancelledError(), "CANCELLED"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_names_of_status_codes(error, name):
    assert status_name(error) == name
