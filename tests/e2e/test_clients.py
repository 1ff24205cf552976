"""Clients that people have already, unmodified: each must not see a difference."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from serving import DEADLINE_S, Running, serving

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of gevent, while it is imported
    triton: Any = pytest.importorskip("tritonclient.http")
    triton_aio: Any = pytest.importorskip("tritonclient.http.aio")

WINE = np.array([[7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]], np.float32)


# tritonclient


@pytest.fixture
def client(house: Running) -> Iterator[Any]:
    with triton.InferenceServerClient(house.netloc) as client:
        yield client


def given(name: str, array: np.ndarray, datatype: str, *, binary: bool = True) -> Any:
    item = triton.InferInput(name, list(array.shape), datatype)
    item.set_data_from_numpy(array, binary_data=binary)
    return item


def test_tritonclient_sees_health_and_metadata(client: Any) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("wine")
    assert client.is_model_ready("wine", "1")
    assert not client.is_model_ready("wine", "7")
    assert not client.is_model_ready("wein")
    assert client.get_server_metadata()["name"] == "salver"
    metadata = client.get_model_metadata("wine")
    assert (metadata["name"], metadata["versions"]) == ("wine", ["1"])
    assert metadata["inputs"] == [{"name": "features", "datatype": "FP32", "shape": [-1, 11]}]


@pytest.mark.parametrize("asks_raw", [True, False])
@pytest.mark.parametrize("sends_raw", [True, False])
def test_tritonclient_infers(client: Any, sends_raw: bool, asks_raw: bool) -> None:
    wanted = [triton.InferRequestedOutput("sum", binary_data=asks_raw)]
    rng = np.random.default_rng(1)
    for rows in (1, 7, 5000):
        a, b = (rng.standard_normal((rows, 2)).astype(np.float32) for _ in "ab")
        inputs = [given("a", a, "FP32", binary=sends_raw), given("b", b, "FP32", binary=sends_raw)]
        result = client.infer("pair", inputs, outputs=wanted, request_id="7")
        assert result.as_numpy("sum").tobytes() == (a + b).tobytes()
        assert result.get_response()["id"] == "7"
        assert result.get_response()["model_version"] == "1"


@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient_sends_and_gets_strings(client: Any, binary: bool) -> None:
    texts = [b"abc", b"", b"\xff\x00" if binary else b'"\\']
    wanted = [triton.InferRequestedOutput("output", binary_data=binary)]
    result = client.infer("text", [given("x", np.array(texts, object), "BYTES", binary=binary)], outputs=wanted)
    got = [item.encode() if isinstance(item, str) else item for item in result.as_numpy("output")]
    assert got == [text[::-1] for text in texts]


def test_tritonclient_compresses(client: Any) -> None:
    a = np.zeros((1000, 2), np.float32)
    inputs = [given("a", a, "FP32"), given("b", a + 1, "FP32")]
    result = client.infer("pair", inputs, request_compression_algorithm="gzip", response_compression_algorithm="gzip")
    assert (result.as_numpy("sum") == 1).all()


def test_tritonclient_in_parallel(house: Running) -> None:
    with triton.InferenceServerClient(house.netloc, concurrency=4) as client:
        rows = [np.full((1, 2), number, np.float32) for number in range(20)]
        asked = [client.async_infer("pair", [given("a", row, "FP32"), given("b", row, "FP32")]) for row in rows]
        assert [one.get_result().as_numpy("sum")[0, 0] for one in asked] == [2 * number for number in range(20)]


def test_tritonclient_gets_faults_as_its_own_exception(client: Any) -> None:
    bad = np.zeros((1, 3), np.float32)
    with pytest.raises(triton.InferenceServerException, match="shape") as caught:
        client.infer("pair", [given("a", bad, "FP32"), given("b", bad, "FP32")])
    assert caught.value.status() == "400"
    with pytest.raises(triton.InferenceServerException, match="unknown model"):
        client.infer("wein", [given("a", bad, "FP32")])
    with pytest.raises(triton.InferenceServerException, match="unknown model"):
        client.get_model_metadata("wein")


def test_tritonclient_sees_statistics(client: Any) -> None:
    def of_pair() -> Any:
        (found,) = client.get_inference_statistics("pair")["model_stats"]
        return found

    before = of_pair()
    a = np.zeros((1, 2), np.float32)
    client.infer("pair", [given("a", a, "FP32"), given("b", a, "FP32")])
    after = of_pair()
    assert after["inference_count"] == before["inference_count"] + 1
    assert after["inference_stats"]["success"]["ns"] > before["inference_stats"]["success"]["ns"]
    assert {entry["name"] for entry in client.get_inference_statistics()["model_stats"]} > {"pair", "wine"}


def test_tritonclient_unloads_and_loads(client: Any) -> None:
    index = {entry["name"]: entry["state"] for entry in client.get_model_repository_index()}
    assert index["column"] == "READY"
    client.unload_model("column")
    try:
        assert not client.is_model_ready("column")
        with pytest.raises(triton.InferenceServerException, match="unloaded"):
            client.infer("column", [given("x", np.zeros(1), "FP64")])
    finally:
        client.load_model("column")
    assert client.is_model_ready("column")
    assert client.infer("column", [given("x", np.array([1.5]), "FP64")]).as_numpy("output").tolist() == [3.0]


def test_tritonclient_on_an_event_loop(house: Running) -> None:
    async def main() -> None:
        async with triton_aio.InferenceServerClient(house.netloc) as client:
            assert await client.is_server_ready()
            assert (await client.get_model_metadata("wine"))["platform"] == "onnx"
            asked = [client.infer("wine", [given("features", WINE, "FP32")]) for _ in range(10)]
            for result in await asyncio.gather(*asked):
                assert result.as_numpy("quality").tolist() == [5]
            with pytest.raises(triton_aio.InferenceServerException, match="unknown model"):
                await client.infer("wein", [given("features", WINE, "FP32")])

    asyncio.run(main())


# curl


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_banners_command_works_as_it_stands(house: Running) -> None:
    (command,) = re.findall(r"^  (curl .*)$", house.banner, re.MULTILINE)
    ran = subprocess.run(
        ["sh", "-c", command.replace("curl ", "curl -s -w '\\n%{http_code}' --noproxy '*' ", 1)],
        capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    body, _, status = ran.stdout.rpartition("\n")
    assert (ran.returncode, status) == (0, "200"), ran
    assert json.loads(body)["predictions"]


# JavaScript

SCRIPT = """
const url = process.argv[1];
const ask = async (path, body) => {
  const answer = await fetch(url + path, {method: "POST", body: JSON.stringify(body)});
  return [answer.status, await answer.json()];
};
(async () => {
  const pair = {inputs: {a: [[1, 2]], b: [[10, 20]]}};
  const many = await Promise.all([...Array(20).keys()].map(
      n => ask("/v1/models/column:predict", {instances: [n]})));
  console.log(JSON.stringify({
    pair: await ask("/v1/models/pair:predict", pair),
    missing: await ask("/v1/models/wein:predict", pair),
    many: many.map(([status, answer]) => answer.predictions[0]),
    models: (await (await fetch(url + "/v2/models")).json()).models.length,
  }));
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_fetch_of_javascript(house: Running) -> None:
    ran = subprocess.run(["node", "-e", SCRIPT, house.url], capture_output=True, text=True, timeout=DEADLINE_S)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["pair"] == [200, {"outputs": [[11, 22]]}]
    assert told["missing"][0] == 404
    assert told["many"] == [2 * number for number in range(20)]
    assert told["models"] == 7


# Python's own


def test_urllib(house: Running) -> None:
    def ask(path: str, document: Any) -> Any:
        request = urllib.request.Request(house.url + path, json.dumps(document).encode())
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return json.load(answer)

    answer = ask("/v1/models/wine/versions/1:predict", {"instances": WINE.tolist()})
    assert answer["predictions"][0]["quality"] == 5
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask("/v1/models/wine:predict", {"instances": [[1]]})
    with caught.value as refused:
        assert refused.code == 400
        assert json.load(refused)["expected"]["inputs"]["features"]["shape"] == [-1, 11]


def test_http_client_on_one_connection(house: Running) -> None:
    connection = http.client.HTTPConnection(*house.address, timeout=DEADLINE_S)
    connection.connect()
    first = connection.sock
    for number in range(50):
        connection.request("POST", "/v1/models/column:predict", json.dumps({"instances": [number]}))
        assert json.loads(connection.getresponse().read()) == {"predictions": [2.0 * number]}
        connection.request("POST", "/v1/models/column:predict", b"nonsense")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (400, True)
    assert connection.sock is first, "a refusal must not cost the connection"
    connection.close()


@pytest.mark.parametrize(
    ("target", "holds"),
    [("/v1/models/wine", b'"AVAILABLE"'), ("/metrics", b"salver_"), ("/docs", b"<html"), ("/openapi.json", b'"3.1.0"')],
)
def test_a_socket_that_speaks_http_1_0(house: Running, target: str, holds: bytes) -> None:
    with socket.create_connection(house.address, DEADLINE_S) as client:
        client.sendall(f"GET {target} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"chunked" not in head.lower()
    assert holds in body


def test_the_docs_page_is_the_same_for_everyone(house: Running) -> None:
    plain = house.get("/docs").body
    for _ in range(3):
        coded = house.ask("GET", "/docs", headers={"Accept-Encoding": "gzip"})
        assert coded.headers["content-encoding"] == "gzip"
    assert house.get("/docs").body == plain
    assert "content-encoding" not in house.get("/docs").headers


@pytest.mark.parametrize("name", ["a%20b+c", "a%20b%2Bc", "%61%20b%2bc"])
def test_a_model_by_each_spelling_of_its_name(spelt: Running, name: str) -> None:
    """Clients percent-encode differently, and mean the same model."""
    assert spelt.predict(name, [1.0]) == [-1.0]
    assert spelt.get(f"/v2/models/{name}").document["name"] == "a b+c"
    assert spelt.get(f"/admin/models/{name}").document["model"] == "a b+c"


@pytest.fixture(scope="module")
def spelt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("spelt")
    path = folder / "models" / "a b+c"
    path.mkdir(parents=True)
    (path / "model.py").write_text("def predict(x: float) -> float:\n    return -x\n")
    with serving(str(folder / "models"), state=folder / "state") as running:
        yield running
