"""What a request that cannot be answered gets: the protocol's own status, a sentence, and a server that goes on."""

from __future__ import annotations

import gzip
import json
import re
import socket
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from serving import DEADLINE_S, Running, until

TF, OI = "/v1/models/pair:predict", "/v2/models/pair/infer"
DEEP = 500_000


@pytest.fixture(autouse=True)
def goes_on(house: Running) -> Iterator[None]:
    """After each of these the server answers right, over both protocols."""
    yield
    good = {"inputs": {"a": [[1, 2]], "b": [[10, 20]]}}
    assert house.post(TF, good).document == {"outputs": [[11.0, 22.0]]}
    assert house.post(OI, infer(a=[1, 2], b=[10, 20])).document["outputs"][0]["data"] == [11.0, 22.0]


def infer(shape: tuple[int, ...] = (1, 2), datatype: str = "FP32", **data: Any) -> dict[str, Any]:
    """A body of Open Inference with inputs of one shape and type."""
    inputs = [{"name": n, "datatype": datatype, "shape": list(shape), "data": d} for n, d in data.items()]
    return {"inputs": inputs}


ROW = [[1, 2]]
PROBLEMS: dict[str, tuple[Any, Any, str]] = {
    "nothing": (b"", b"", ""),
    "malformed": (b'{"inputs": {"a": [[1, 2]', b'{"inputs": [{"name": "a"', ""),
    "not JSON at all": (b"a=1&b=2", b"a=1&b=2", ""),
    "no object": ([1, 2], [1, 2], "object"),
    "the wrong keys": ({"rows": ROW}, {"rows": ROW}, "inputs"),
    "not UTF-8": (b'{"inputs": {"a": [["\xff\xfe"]]}}', b'{"inputs": [{"name": "\xff\xfe"}]}', ""),
    "ragged": (
        {"inputs": {"a": [[1, 2], [3]], "b": [[1, 2], [3, 4]]}},
        infer((2, 2), a=[[1, 2], [3]], b=[[1, 2], [3, 4]]),
        "",
    ),
    "words for numbers": ({"inputs": {"a": [["x", "y"]], "b": ROW}}, infer(a=["x", "y"], b=[1, 2]), "x"),
    "null for a number": ({"inputs": {"a": [[None, 1]], "b": ROW}}, infer(a=[None, 1], b=[1, 2]), "ull"),
    "another datatype": ({"inputs": {"a": [[True, False]], "b": ROW}}, infer(datatype="INT32", a=[1, 2], b=[1, 2]), ""),
    "too low a rank": ({"inputs": {"a": [1, 2], "b": ROW}}, infer((2,), a=[1, 2], b=[1, 2]), "[2]"),
    "too high a rank": (
        {"inputs": {"a": [ROW], "b": [ROW]}},
        infer((1, 1, 2), a=[1, 2], b=[1, 2]),
        "[1, 1, 2]",
    ),
    "a wrong size": ({"inputs": {"a": [[1, 2, 3]], "b": [[1, 2, 3]]}}, infer((1, 3), a=[1, 2, 3], b=[1, 2, 3]), "3"),
    "a wrong name": ({"inputs": {"a": ROW, "c": ROW}}, infer(a=[1, 2], c=[1, 2]), "c"),
    "a missing input": ({"inputs": {"a": ROW}}, infer(a=[1, 2]), "b"),
    "an extra input": (
        {"instances": [{"a": [1, 2], "b": [1, 2], "c": [1, 2]}]},
        infer(a=[1, 2], b=[1, 2], c=[1, 2]),
        "c",
    ),
    "different numbers of rows": (
        {"inputs": {"a": ROW, "b": ROW * 2}},
        {"inputs": infer(a=[1, 2])["inputs"] + infer((2, 2), b=[1, 2, 3, 4])["inputs"]},
        "rows",
    ),
    "nested in lists": (b'{"inputs":' + b"[" * DEEP + b"]" * DEEP + b"}",) * 2 + ("",),
    "nested in objects": (b'{"i":' * DEEP,) * 2 + ("",),
    "nested in a value": (
        b'{"inputs": {"a": ' + b"[" * DEEP + b"1" + b"]" * DEEP + b', "b": [[1, 2]]}}',
        b'{"inputs": [{"name": "a", "datatype": "FP32", "shape": [1, 2], "data": '
        + b"[" * DEEP + b"1" + b"]" * DEEP + b"}]}",
        "",
    ),
    "an unknown signature": (
        {"signature_name": "other", "inputs": {"a": ROW, "b": ROW}},
        {"parameters": {"signature_name": "other"}, **infer(a=[1, 2], b=[1, 2])},
        "other",
    ),
    "a shape that is no shape": ({"inputs": 3}, infer((-1, 2), a=[1, 2], b=[1, 2]), ""),
    "a shape larger than the world": ({"inputs": "a"}, infer((2**62, 2**62), a=[1, 2], b=[1, 2]), ""),
}  # fmt: skip


@pytest.mark.parametrize("protocol", [0, 1], ids=["tfserving", "openinference"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_body_that_can_never_be_answered(house: Running, problem: str, protocol: int) -> None:
    body, said = PROBLEMS[problem][protocol], PROBLEMS[problem][2]
    answer = house.post((TF, OI)[protocol], body)
    assert answer.status == 400, answer.body[:500]
    assert answer.headers["content-type"] == "application/json"
    assert said in answer.error
    assert 10 < len(answer.error) < 1000
    assert "Traceback" not in answer.error
    example = answer.document["example"]
    assert house.post((TF, OI)[protocol], example).status == 200, "the example that is shown must work"


def test_rows_are_refused_by_their_number(house: Running) -> None:
    rows = [{"a": [1, 2], "b": [3, 4]}, {"a": [1], "b": [3, 4]}]
    answer = house.post(TF, {"instances": rows})
    assert answer.status == 400
    assert "element: 1" in answer.error


@pytest.mark.parametrize("number", [128, -129, 2**31, 2**63, 10**30])
def test_numbers_out_of_range(house: Running, number: int) -> None:
    answer = house.post("/v1/models/small:predict", {"instances": [1, number]})
    assert answer.status == 400
    assert str(number)[:5] in answer.error or "INT8" in answer.error or "int8" in answer.error
    answer = house.post("/v2/models/small/infer", infer((2,), "INT8", x=[1, number]))
    assert answer.status == 400
    assert "INT8" in answer.error
    assert house.predict("small", [127, -128]) == [127, -128]


def test_half_precision_has_no_json_in_tensorflow_serving(house: Running) -> None:
    assert house.post("/v1/models/half:predict", {"instances": [1.5]}).status == 501
    assert house.post("/v2/models/half/infer", infer((1,), "FP16", x=[1.5])).document["outputs"][0]["data"] == [1.5]


def test_the_first_of_equal_keys_wins(house: Running) -> None:
    twice = b'{"inputs": {"a": [[1, 2]], "b": [[3, 4]], "b": [[9, 9]]}, "inputs": {"a": [[7, 7]], "b": [[7, 7]]}}'
    assert house.post(TF, twice).document == {"outputs": [[4.0, 6.0]]}
    first, other = json.dumps(infer(a=[1, 2], b=[3, 4])), json.dumps(infer(a=[7, 7], b=[7, 7]))
    answer = house.post(OI, (first[:-1] + "," + other[1:]).encode())
    assert answer.document["outputs"][0]["data"] == [4.0, 6.0]


@pytest.mark.parametrize("path", [TF, OI])
def test_a_body_over_the_limit(house: Running, path: str) -> None:
    answer = said_to(house, path, b"Content-Length: 100000000\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"4000000 bytes" in answer


@pytest.mark.parametrize("path", [TF, OI])
def test_a_chunked_body_over_the_limit(house: Running, path: str) -> None:
    chunk = b"%x\r\n%b\r\n" % (1_000_000, b" " * 1_000_000)
    answer = said_to(house, path, b"Transfer-Encoding: chunked\r\n", chunk * 5)
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("path", [TF, OI])
def test_half_a_body(house: Running, path: str) -> None:
    answer = said_to(house, path, b"Content-Length: 1000\r\n", b'{"inputs": {', leave=True)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"ended" in answer


def test_clients_that_leave_are_forgotten(house: Running) -> None:
    for _ in range(20):
        with socket.create_connection(house.address, DEADLINE_S) as client:
            client.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{" % TF.encode())
    until(lambda: open_connections(house) <= 1)  # the one that asks


@pytest.mark.parametrize("path", [TF, OI])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_broken_compression(house: Running, path: str, coding: str) -> None:
    whole = gzip.compress(b'{"inputs": {}}' * 100) if coding == "gzip" else zlib.compress(b'{"inputs": {}}' * 100)
    for body in (b"this is not compressed", whole[: len(whole) // 2], whole[:-1], whole + b"more"):
        answer = house.post(path, body, {"Content-Encoding": coding})
        assert answer.status == 400
        assert coding in answer.error.lower()


def test_a_coding_that_nobody_knows(house: Running) -> None:
    answer = house.post(TF, b"{}", {"Content-Encoding": "br2"})
    assert answer.status in (400, 415)
    assert "br2" in answer.error


@pytest.mark.parametrize("path", [TF, OI])
def test_a_bomb(house: Running, path: str) -> None:
    bomb = gzip.compress(b" " * 200_000_000, 1)
    assert len(bomb) < 1_500_000
    answer = house.post(path, bomb, {"Content-Encoding": "gzip"})
    assert answer.status == 413
    assert "4000000" in answer.error


def test_compressed_bodies_are_read(house: Running) -> None:
    body = gzip.compress(json.dumps({"inputs": {"a": ROW * 500, "b": ROW * 500}}).encode())
    answer = house.post(TF, body, {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.body)) == {"outputs": [[2.0, 4.0]] * 500}


def test_a_huge_header(house: Running) -> None:
    assert house.post(TF, b"{}", {"X-Long": "a" * 100_000}).status == 431
    assert house.post(TF, b"{}", {f"X-{number}": "a" for number in range(200)}).status == 431
    assert house.get("/v1/models/" + "a" * 20_000).status == 414


def test_what_is_not_there(house: Running) -> None:
    body = {"instances": [[0.0] * 11]}
    assert house.post("/v1/models/wein:predict", body).status == 404
    assert house.post("/v1/models/wine/versions/7:predict", body).status == 404
    assert house.post("/v1/models/wine/labels/stabel:predict", body).status == 400
    assert house.post("/v1/models/wine/labels/stable:predict", body).status == 200
    assert house.post("/v1/models/wine/versions/99999999999999999999:predict", body).status == 400
    assert house.get("/v1/models/wein").status == 404
    assert house.get("/v1/models/wein/metadata").status == 404
    assert house.post("/v1/models/wine:explain", body).status == 400

    body = infer((1, 11), features=[0.0] * 11)
    assert house.post("/v2/models/wein/infer", body).status == 404
    assert house.post("/v2/models/wine/versions/7/infer", body).status == 404
    assert house.post("/v2/models/wine/infer", {**body, "outputs": [{"name": "colour"}]}).status == 400
    assert house.get("/v2/models/wein").status == 404
    assert house.get("/v2/nothing").status == 404
    assert house.get("/nothing").status == 404


def test_column_format_ignores_unknown_names_as_tensorflow_serving_does(house: Running) -> None:
    answer = house.post(TF, {"inputs": {"a": ROW, "b": ROW, "c": ROW}})
    assert answer.document == {"outputs": [[2.0, 4.0]]}


def test_the_refusal_names_what_is_not_there(house: Running) -> None:
    assert "wein" in house.post("/v1/models/wein:predict", {"instances": [1]}).error
    assert "7" in house.post("/v2/models/wine/versions/7/infer", infer(a=[1, 2])).error
    assert "stabel" in house.post("/v1/models/wine/labels/stabel:predict", {"instances": [1]}).error


def test_a_label_whose_version_is_not_there(house: Running) -> None:
    answer = house.post("/v1/models/wine/labels/next:predict", {"instances": [[0.0] * 11]})
    assert answer.status in (400, 404, 503)
    assert "next" in answer.error or "7" in answer.error


@pytest.mark.parametrize(
    "sent",
    [b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"],
)
def test_what_is_not_http(house: Running, sent: bytes) -> None:
    with socket.create_connection(house.address, DEADLINE_S) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        answer = received(client)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 505 "))
    assert b'"error"' in answer


@pytest.mark.parametrize("length", ["x", "-1", "10", str(10**30)])
def test_a_binary_header_that_lies(house: Running, length: str) -> None:
    answer = house.post(OI, b"{}", {"Inference-Header-Content-Length": length})
    assert answer.status == 400
    assert len(answer.error) > 10


def test_raw_tensors_that_do_not_fit(house: Running) -> None:
    inputs = [
        {"name": name, "datatype": "FP32", "shape": [1, 2], "parameters": {"binary_data_size": 8}} for name in "ab"
    ]
    document = json.dumps({"inputs": inputs}).encode()
    header = {"Inference-Header-Content-Length": str(len(document))}
    assert house.post(OI, document + bytes(16), header).status == 200
    for size in (0, 8, 15, 17, 160):
        answer = house.post(OI, document + bytes(size), header)
        assert answer.status == 400
        assert "bytes" in answer.error


def open_connections(server: Running) -> float:
    found = re.search(rb"^salver_connections (\S+)$", server.get("/metrics").body, re.MULTILINE)
    assert found
    return float(found[1])


def said_to(server: Running, path: str, framing: bytes, body: bytes = b"", leave: bool = False) -> bytes:
    """What a server answers to bytes sent by hand; it may stop reading before their end."""
    with socket.create_connection(server.address, DEADLINE_S) as client:
        client.sendall(b"POST %b HTTP/1.1\r\nHost: x\r\n%b\r\n" % (path.encode(), framing))
        try:
            client.sendall(body)
            if leave:
                client.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        return received(client)


def received(client: socket.socket) -> bytes:
    """All that comes until the server closes."""
    pieces = []
    while True:
        try:
            piece = client.recv(65536)
        except ConnectionError:
            break
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces)
