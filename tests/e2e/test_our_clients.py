"""Our clients against our server as it is run: every protocol, over TCP, TLS and a Unix socket."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from certificates import Authority
from model_servers import free_ports
from serving import DEADLINE_S, Running, serving

from salver.client import AsyncClient, Client, connect_remote
from salver.core.calls import State
from salver.core.errors import BadInput, NotFound
from salver.core.servable import Request
from salver.core.tensor import Tensor

WINE = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"
FEATURES = np.random.default_rng(5).uniform(0, 10, (20, 11)).astype(np.float32)
WAYS = [(scheme, protocol) for scheme in ("http", "grpc") for protocol in ("tfserving", "openinference")]


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """What the bare runtime says of FEATURES."""
    session = onnxruntime.InferenceSession(WINE / "1" / "model.onnx")
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, {"features": FEATURES}), strict=True))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def places(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], str]]:
    """A server at three places; (scheme, place) -> URL."""
    folder = tmp_path_factory.mktemp("server")
    certificate, key = authority.issue("server")
    (port,) = free_ports(1)
    (folder / "config.yaml").write_text(
        textwrap.dedent(f"""\
            models: {{wine: {{path: {WINE}, labels: {{stable: 1}}}}}}
            unix_socket: socket
            listen: [{{port: {port}, tls: {{certificate: {certificate}, key: {key}}}}}]
            """)
    )
    with serving(str(folder / "config.yaml"), state=folder / "state") as running:

        def url(scheme: str, place: str) -> str:
            where = {"tcp": f"://{running.netloc}", "tls": f"s://localhost:{port}", "unix": f"+unix:{folder}/socket"}
            return scheme + where[place]

        yield url


@pytest.mark.parametrize("place", ["tcp", "tls", "unix"])
@pytest.mark.parametrize(("scheme", "protocol"), WAYS)
def test_every_way_gives_what_the_bare_runtime_gives(
    places: Callable[[str, str], str], authority: Authority, known: Any, scheme: str, protocol: str, place: str
) -> None:
    with Client(places(scheme, place), protocol, tls=authority.client()) as client:
        for options in ({}, {"version": 1}, {"label": "stable"} if protocol == "tfserving" else {}):
            told = client.predict("wine", {"features": FEATURES}, **options)
            assert told["quality"].tolist() == known["quality"].tolist()
            assert told["probabilities"].astype(np.float32).tobytes() == known["probabilities"].tobytes()
        if (scheme, protocol) != ("http", "tfserving"):  # which has no words for it
            assert list(client.predict("wine", {"features": FEATURES}, outputs=("quality",))) == ["quality"]
        with pytest.raises(NotFound):
            client.predict("wein", {"features": FEATURES})
        with pytest.raises(BadInput, match="shape"):
            client.predict("wine", {"features": FEATURES[:, :3]})
        (signature,) = client.metadata("wine").signatures.values()
        assert str(signature.inputs["features"]) == "FP32[-1, 11]"


@pytest.mark.parametrize(("scheme", "protocol"), WAYS)
def test_many_at_a_time(places: Callable[[str, str], str], known: Any, scheme: str, protocol: str) -> None:
    async def main() -> None:
        async with AsyncClient(places(scheme, "tcp"), protocol) as client:
            rows = [FEATURES[number : number + 1] for number in range(20)] * 10
            answers = await asyncio.gather(*(client.predict("wine", {"features": row}) for row in rows))
            assert [int(answer["quality"][0]) for answer in answers] == known["quality"].tolist() * 10

    asyncio.run(asyncio.wait_for(main(), DEADLINE_S))


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_states_and_readiness(places: Callable[[str, str], str], scheme: str) -> None:
    with Client(places(scheme, "tcp")) as client:
        (version,) = client.status("wine").versions
        assert (version.version, version.state) == (1, State.AVAILABLE)
    with Client(places(scheme, "tcp"), "openinference") as client:
        assert client.ready()
        assert client.ready("wine")
        assert not client.ready("wein")


@pytest.mark.parametrize(("scheme", "protocol"), WAYS)
def test_a_model_of_another_server_as_a_servable(
    places: Callable[[str, str], str], known: Any, scheme: str, protocol: str
) -> None:
    async def main() -> None:
        remote = await connect_remote(places(scheme, "tcp"), "wine", protocol=protocol)
        ((name, signature),) = remote.signatures.items()
        tensors = {"features": Tensor("FP32", FEATURES)}
        signature.check(tensors)
        told = (await remote(Request(tensors, name))).tensors
        assert list(told) == list(signature.outputs)
        assert {key: tensor.dtype for key, tensor in told.items()} == {"quality": "INT64", "probabilities": "FP32"}
        assert told["probabilities"].array.tobytes() == known["probabilities"].tobytes()
        await remote.aclose()

    asyncio.run(asyncio.wait_for(main(), DEADLINE_S))


@pytest.mark.parametrize(("scheme", "protocol"), WAYS)
def test_strings_and_halves_come_back(house: Running, scheme: str, protocol: str) -> None:
    with Client(house.url.replace("http", scheme), protocol) as client:
        told = client.predict("text", {"x": ["abc", "", "é"]})
        (texts,) = told.values()
        assert [text if isinstance(text, bytes) else text.encode() for text in texts] == [b"cba", b"", b"\xa9\xc3"]
        if (scheme, protocol) == ("http", "tfserving"):  # whose JSON has no halves
            return
        (halves,) = client.predict("half", {"x": np.array([0.5, -2], np.float16)}).values()
        assert halves.tolist() == [0.5, -2]
