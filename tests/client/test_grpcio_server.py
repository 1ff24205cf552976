"""Our client against servers of grpcio, with the messages that tritonclient brings."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvloop
from certificates import Authority
from far_server import far

from salver.client import AsyncClient, Client, RemoteOptions, connect_remote
from salver.client.wire import Unsent
from salver.core.errors import BadInput, Fault, Full, Internal, Late, NotFound, Precondition, Unavailable, Unsupported
from salver.core.servable import Request
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor

grpc: Any = pytest.importorskip("grpc")
pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
stubs: Any = pytest.importorskip("tritonclient.grpc.service_pb2_grpc")

X = np.array([1, 2.5, -3], np.float32)


@dataclass
class Model(stubs.GRPCInferenceServiceServicer):  # type: ignore[misc] # grpcio has no types
    """Doubles `x`, unless its name says otherwise."""

    waiting: threading.Event = field(default_factory=threading.Event)
    given_up: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    left_s: float = 0.0
    asked: int = 0

    def ServerReady(self, request: Any, context: Any) -> Any:
        return pb.ServerReadyResponse(ready=True)

    def ModelMetadata(self, request: Any, context: Any) -> Any:
        if request.name == "none":
            context.abort(grpc.StatusCode.NOT_FOUND, "no such model")
        answer = pb.ModelMetadataResponse(name=request.name, versions=["3", "12"], platform="theirs")
        answer.inputs.add(name="x", datatype="FP32", shape=[-1])
        answer.outputs.add(name="y", datatype="FP32", shape=[-1])
        return answer

    def ModelInfer(self, request: Any, context: Any) -> Any:
        self.asked += 1
        self.left_s = context.time_remaining()
        kind, _, value = request.model_name.partition(":")
        if kind == "status":
            context.abort(grpc.StatusCode[value], "said: 100 % – ü")
        if kind == "wait":
            context.add_callback(self.given_up.set)
            self.waiting.set()
            assert self.go.wait(10)
        values = np.frombuffer(request.raw_input_contents[0], np.float32)
        answer = pb.ModelInferResponse(model_name=request.model_name, model_version="12", id=request.id)
        answer.outputs.add(name="y", datatype="FP32", shape=values.shape)
        answer.raw_output_contents.append((values * 2).tobytes())
        return answer


@contextmanager
def served(
    model: Model, address: str = "127.0.0.1:0", credentials: Any = None, **options: Any
) -> Iterator[tuple[Any, int]]:
    """A thread server; yields it and its port."""
    size = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
    more = [(f"grpc.{name}", value) for name, value in options.items()]
    with ThreadPoolExecutor(8) as executor:
        server = grpc.server(executor, options=size + more, compression=grpc.Compression.Gzip)
        stubs.add_GRPCInferenceServiceServicer_to_server(model, server)
        port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
        server.start()
        try:
            yield server, port
        finally:
            model.go.set()
            server.stop(0).wait(10)


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def url(model: Model) -> Iterator[str]:
    with served(model) as (_, port):
        yield f"grpc://127.0.0.1:{port}"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ca")


def credentials(authority: Authority, clients: Authority | None = None) -> Any:
    certificate, key = authority.issue("server")
    root = clients.path.read_bytes() if clients else None
    return grpc.ssl_server_credentials(((key.read_bytes(), certificate.read_bytes()),), root, clients is not None)


def test_the_blocking_client(url: str) -> None:
    with Client(url, "openinference") as client:
        assert client.ready()
        assert client.predict("m", {"x": X})["y"].tobytes() == (X * 2).tobytes()
        assert client.predict("m", {"x": X[:0]})["y"].size == 0
        told = client.metadata("m")
        assert (told.model, told.version, told.versions, told.format) == ("m", 12, (3, 12), "theirs")
        assert str(told.signatures[DEFAULT].inputs["x"]) == "FP32[-1]"


def test_many_at_a_time(url: str) -> None:
    async def main() -> None:
        async with AsyncClient(url, "openinference") as client:
            rows = [np.full(3, number, np.float32) for number in range(100)]
            answers = await asyncio.gather(*(client.predict("m", {"x": row}) for row in rows))
            for row, answer in zip(rows, answers, strict=True):
                assert answer["y"].tobytes() == (row * 2).tobytes()

    asyncio.run(main())


def test_more_than_the_server_takes_at_a_time(model: Model) -> None:
    async def main(port: int) -> None:
        async with AsyncClient(f"grpc://127.0.0.1:{port}", "openinference") as client:
            await asyncio.gather(*(client.predict("m", {"x": X}) for _ in range(50)))

    with served(model, max_concurrent_streams=3) as (_, port):
        asyncio.run(main(port))
    assert model.asked == 50


def test_over_a_unix_socket(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    with served(model, f"unix:{path}"), Client(f"grpc+unix:{path}", "openinference") as client:
        assert client.ready()


@pytest.mark.parametrize("mutual", [False, True])
def test_over_tls(model: Model, authority: Authority, mutual: bool) -> None:
    context = authority.client(as_client=mutual)
    with (
        served(model, credentials=credentials(authority, authority if mutual else None)) as (_, port),
        Client(f"grpcs://localhost:{port}", "openinference", tls=context) as client,
    ):
        assert client.predict("m", {"x": X})["y"].tobytes() == (X * 2).tobytes()


def test_a_server_that_cannot_be_trusted_is_not_asked(model: Model, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path / "other")
    with (
        served(model, credentials=credentials(authority)) as (_, port),
        Client(f"grpcs://localhost:{port}", "openinference", tls=stranger.client()) as client,
        pytest.raises(Unsent, match=r"no TLS connection to grpcs://localhost:.*: unable to get local issuer"),
    ):
        client.ready()


def test_tls_without_http2_is_told_of(authority: Authority) -> None:
    certificate, key = authority.issue("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def script(connection: Any) -> None:
        with suppress(OSError):  # the client may have left when the handshake ends here
            connection.do_handshake()
            connection.recv(1)

    with (
        far(script, tls=context) as server,
        Client(f"grpcs://localhost:{server.port}", "openinference", tls=authority.client()) as client,
        pytest.raises(Unsent, match="does not offer HTTP/2 over TLS"),
    ):
        client.ready()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("INVALID_ARGUMENT", BadInput),
        ("OUT_OF_RANGE", BadInput),
        ("FAILED_PRECONDITION", Precondition),
        ("NOT_FOUND", NotFound),
        ("UNIMPLEMENTED", Unsupported),
        ("UNAVAILABLE", Unavailable),
        ("CANCELLED", Unavailable),
        ("RESOURCE_EXHAUSTED", Full),
        ("DEADLINE_EXCEEDED", Late),
        ("INTERNAL", Internal),
        ("UNKNOWN", Internal),
        ("DATA_LOSS", Internal),
        ("PERMISSION_DENIED", Internal),
    ],
)
def test_every_status_is_a_fault(url: str, status: str, kind: type[Fault]) -> None:
    with Client(url, "openinference") as client, pytest.raises(kind) as caught:
        client.predict(f"status:{status}", {"x": X})
    assert type(caught.value) is kind
    assert caught.value.message == "said: 100 % – ü"


def test_the_deadline_goes_along(url: str, model: Model) -> None:
    with Client(url, "openinference", timeout_s=50) as client:
        client.predict("m", {"x": X})
        assert 40 < model.left_s <= 50
        client.predict("m", {"x": X}, timeout_s=9)
        assert 5 < model.left_s <= 9


@pytest.mark.parametrize("way", ["deadline", "cancelled"])
def test_the_server_stops_when_nobody_waits(url: str, model: Model, way: str) -> None:
    async def main() -> None:
        async with AsyncClient(url, "openinference") as client:
            asked = asyncio.ensure_future(client.predict("wait", {"x": X}, timeout_s=0.1 if way == "deadline" else 60))
            assert await asyncio.to_thread(model.waiting.wait, 10)
            if way == "cancelled":
                asked.cancel()
            assert await asyncio.to_thread(model.given_up.wait, 10)
            with pytest.raises((Late, asyncio.CancelledError)):
                await asked
            assert await client.ready()

    asyncio.run(main())


@pytest.mark.slow
def test_ten_megabytes_each_way(url: str) -> None:
    values = np.random.default_rng(1).normal(size=2_500_000).astype(np.float32)
    with Client(url, "openinference") as client:
        assert client.predict("m", {"x": values})["y"].tobytes() == (values * 2).tobytes()


def test_a_server_that_drains_answers_what_it_has_and_another_takes_over(model: Model) -> None:
    async def main() -> None:
        with served(model) as (server, port):
            async with AsyncClient(f"grpc://127.0.0.1:{port}", "openinference") as client:
                begun = asyncio.ensure_future(client.predict("wait", {"x": X}))
                assert await asyncio.to_thread(model.waiting.wait, 10)
                stopped = server.stop(10)
                with served(Model(), f"127.0.0.1:{port}"):
                    await ask_until_ready(client)
                    model.go.set()
                    assert (await begun)["y"].tobytes() == (X * 2).tobytes()
                    assert await asyncio.to_thread(stopped.wait, 10)

    asyncio.run(main())


async def ask_until_ready(client: AsyncClient) -> None:
    """The old server may be told of only while the question is on its way."""
    async with asyncio.timeout(10):
        while True:
            try:
                assert await client.ready()
                return
            except Unavailable:
                await asyncio.sleep(0.01)


def request(deadline: float | None = None) -> Request:
    return Request({"x": Tensor("FP32", X)}, DEFAULT, deadline=deadline)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_far_model_as_a_servable(url: str, model: Model, loop: Any) -> None:
    async def main() -> None:
        remote = await connect_remote(url, "m")
        assert str(remote.signatures[DEFAULT].outputs["y"]) == "FP32[-1]"
        assert (await remote(request())).tensors["y"].array.tobytes() == (X * 2).tobytes()
        assert 20 < model.left_s <= 30
        await remote.aclose()
        with pytest.raises(NotFound, match="no such model"):
            await connect_remote(url, "none")

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


def test_a_far_model_is_asked_again_while_its_server_is_started_anew(model: Model) -> None:
    async def main() -> None:
        with served(model) as (_, port):
            options = RemoteOptions(retries=9, retry_interval_s=0.01)
            remote = await connect_remote(f"grpc://127.0.0.1:{port}", "m", options=options)
            await remote(request())
        asked = asyncio.ensure_future(remote(request()))
        await asyncio.sleep(0)
        again = Model()
        with served(again, f"127.0.0.1:{port}"):
            assert (await asked).tensors["y"].array.tobytes() == (X * 2).tobytes()
            await remote.aclose()
        assert again.asked == 1

    asyncio.run(main())
