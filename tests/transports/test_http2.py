"""Requests over HTTP/2 that are not gRPC, the life of a connection, and clients that take their time."""

import json
import random
import socket
import struct
import time

import hpack
import pytest
from grpc_echo import serving_echo
from h2.settings import SettingCodes
from h2_client import connected, message
from serving import until

from salver.protocols.http2.limits import Http2Limits
from salver.transports.limits import HttpLimits

BASE = ((":scheme", "http"), (":authority", "salver.test"))
HASTY = HttpLimits(
    header_timeout_s=0.2, body_timeout_s=0.2, write_timeout_s=0.2, idle_timeout_s=0.2, linger_timeout_s=0.2
)


def head(method, path, *more):
    return ((":method", method), (":path", path), *BASE, *more)


@pytest.fixture(scope="module")
def shared():
    with serving_echo(HttpLimits(max_body_bytes=2_000_000)) as served:
        yield served


@pytest.fixture
def client(shared):
    with connected(shared.port) as client:
        yield client


def ask(client, method, path, *more, body=None):
    stream = client.open(head(method, path, *more), end=body is None)
    if body is not None:
        client.send(stream, body, end=True)
    return client.wait(stream)


def test_a_get(client):
    answer = ask(client, "GET", "/v1/models/wine?x=%20y", ("accept", "*/*"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.data)
    assert answer.headers["date"].endswith("GMT")
    document = json.loads(answer.data)
    assert (document["method"], document["target"], document["body"]) == ("GET", "/v1/models/wine?x=%20y", "")
    assert document["headers"] == [["host", "salver.test"], ["accept", "*/*"]]


def test_a_post(client):
    document = json.loads(ask(client, "POST", "/wait", body=b'{"instances": [1]}').data)
    assert (document["method"], document["body"]) == ("POST", '{"instances": [1]}')


def test_a_post_that_ends_with_trailers(client):
    stream = client.open(head("POST", "/p"))
    client.h2.send_data(stream, b"abc")
    client.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
    assert json.loads(client.wait(stream).data)["body"] == "abc"


def test_authority_stands_for_host_and_cookies_are_joined(client):
    more = ("cookie", "a=1"), ("host", "salver.test"), ("cookie", "b=2")
    lines = json.loads(ask(client, "GET", "/", *more).data)["headers"]
    assert lines == [["host", "salver.test"], ["cookie", "a=1; b=2"]]


def test_head_has_the_length_and_no_body(client):
    answer = ask(client, "HEAD", "/p")
    assert (answer.status, answer.data) == (200, b"")
    assert int(answer.headers["content-length"]) > 10
    answer = ask(client, "HEAD", "/pieces")
    assert (answer.status, answer.data) == (200, b"")


def test_an_answer_without_a_body(client):
    answer = ask(client, "GET", "/empty")
    assert (answer.status, answer.data) == (204, b"")
    assert "content-length" not in answer.headers


def test_an_answer_in_pieces(client):
    answer = ask(client, "GET", "/pieces")
    assert answer.data == b"".join(b"%d," % number * 1000 for number in range(50))
    assert answer.headers["x-two"] == "2"
    assert "content-length" not in answer.headers


def test_an_answer_that_breaks_off_is_not_taken_for_whole(client):
    assert ask(client, "GET", "/broken").reset == 2
    assert ask(client, "GET", "/p").status == 200


def test_an_app_that_raises(client):
    assert ask(client, "GET", "/raise").status == 500
    assert ask(client, "GET", "/p").status == 200


def test_a_body_beyond_the_bound(client):
    stream = client.open(head("POST", "/p"))
    client.h2.send_data(stream, bytes(16_000))
    client.flush()
    refused = client.open(head("POST", "/p", ("content-length", "2000001")))
    assert client.wait(refused).status == 413
    for _ in range(130):
        if client.answers[stream].ended:
            break
        while client.h2.local_flow_control_window(stream) < 16_000 and not client.answers[stream].ended:
            client.read()
        if not client.answers[stream].ended:
            client.h2.send_data(stream, bytes(16_000))
            client.flush()
    assert client.wait(stream).status == 413
    assert len(client.answers[stream].data) < 200
    assert ask(client, "POST", "/p", body=b"x").status == 200


def test_the_largest_body(client):
    assert json.loads(ask(client, "POST", "/p", body=bytes(2_000_000)).data)["size"] == 2_000_000


def test_a_client_that_waits_to_be_asked(client):
    stream = client.open(head("POST", "/p", ("expect", "100-continue")))
    client.flush()
    while not client.answers[stream].informational:
        assert client.read()
    assert client.answers[stream].informational[0][":status"] == "100"
    client.send(stream, b"abc", end=True)
    assert json.loads(client.wait(stream).data)["body"] == "abc"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/" + "a" * 17_000, 414), ("GET", "/test.Echo/Model", 405), ("POST", "/test.Echo/Model", 415)],
)
def test_heads_that_are_refused(client, method, path, status):
    assert ask(client, method, path).status == status


def test_connect_is_not_done(client):
    stream = client.open([(":method", "CONNECT"), (":authority", "h:1")])
    assert client.wait(stream).status == 501


def test_streams_answer_in_any_order():
    with serving_echo() as served, connected(served.port) as client:
        slow = client.grpc("Model")
        client.send(slow, message(b"wait:"), end=True)
        assert served.echo.waiting.wait(10)
        assert ask(client, "GET", "/p").status == 200
        assert not client.answers[slow].ended
        served.call(served.echo.release.set)
        assert client.wait(slow).messages == [(0, b"wait:")]


# The life of a connection.


def test_a_drain_answers_what_has_come_and_takes_nothing_new():
    with serving_echo() as served, connected(served.port) as client:
        slow = client.grpc("Model")
        client.send(slow, message(b"wait:"), end=True)
        assert served.echo.waiting.wait(10)
        served.call(served.connections.drain)
        while not client.goaways:
            assert client.read()
        assert client.goaways[0] == 0
        served.call(served.echo.release.set)
        answer = client.answers[slow]
        client.wait_closed()
        assert answer.messages == [(0, b"wait:")]
        assert answer.grpc == (0, "")
        client.socket.close()
        until(lambda: served.call(served.connections.statistics).open == 0)


def test_a_request_that_crosses_the_first_goaway_is_answered():
    with serving_echo() as served, connected(served.port) as client:
        assert ask(client, "GET", "/p").status == 200
        served.call(served.connections.drain)
        crossing = client.open(head("GET", "/p"), end=True)  # not having read anything
        assert client.wait(crossing).status == 200
        late = client.open(head("GET", "/p"), end=True)
        client.wait_closed()
        assert client.last_streams == [2**31 - 1, crossing]
        assert not client.answers[late].headers


def test_a_drain_closes_an_idle_connection():
    with serving_echo() as served, connected(served.port) as client:
        assert ask(client, "GET", "/p").status == 200
        served.call(served.connections.drain)
        client.wait_closed()
        assert client.goaways[-1] == 0


def test_an_abort_tells_whether_an_answer_was_cut():
    with serving_echo() as served, connected(served.port) as client:
        client.send(client.grpc("Model"), message(b"wait:"), end=True)
        assert served.echo.waiting.wait(10)
        assert served.call(served.connections.abort) == 1
        client.wait_closed()
        assert served.echo.cancelled.wait(10)
        until(lambda: served.call(served.connections.statistics).open == 0)


def test_statistics():
    with serving_echo() as served, connected(served.port) as client:
        for _ in range(3):
            ask(client, "GET", "/p")
        counts = served.call(served.connections.statistics)
        assert (counts.open, counts.accepted, counts.requests) == (1, 1, 3)


def test_too_many_connections():
    with serving_echo(HttpLimits(max_connections=1)) as served, connected(served.port) as client:
        assert ask(client, "GET", "/p").status == 200
        with connected(served.port) as second:
            second.wait_closed()
            assert second.goaways == [11]
        assert served.call(served.connections.statistics).refused == 1
        assert ask(client, "GET", "/p").status == 200


def test_what_is_not_http2():
    with serving_echo() as served, socket.create_connection(("127.0.0.1", served.port), 10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        assert b"HTTP/1.1" not in until(lambda: plain.recv(1000) or b"closed")
        until(lambda: served.call(served.connections.statistics).open == 0)


# Slow clients.


def test_an_idle_connection_is_closed():
    with serving_echo(HASTY) as served, connected(served.port) as client:
        assert ask(client, "GET", "/p").status == 200
        client.wait_closed()
        assert client.goaways[-1] == 0
        assert served.call(served.connections.statistics).cut == 0


def test_a_slow_body():
    with serving_echo(HASTY) as served, connected(served.port) as client:
        plain = client.open(head("POST", "/p"))
        call = client.grpc("Model")
        client.h2.send_data(plain, b"ab")
        client.send(call, message(b"abc")[:-1])
        assert client.wait(plain, call).status == 408
        assert client.answers[call].grpc == (4, "the message came too slowly")


def test_a_client_that_opens_no_window_is_cut():
    with serving_echo(HASTY, max_message_bytes=1_000_000) as served, connected(served.port) as client:
        client.takes = False
        stream = client.grpc("Direct")
        client.send(stream, message(bytes(500_000)), end=True)
        client.wait_closed()
        assert served.call(served.connections.statistics).cut == 1


def test_a_client_that_does_not_read_is_cut():
    with serving_echo(HASTY) as served, socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(10)
        raw.connect(("127.0.0.1", served.port))
        with connected(served.port) as helper:
            stream = helper.grpc("Endless")
            helper.h2.send_data(stream, message(b""), end_stream=True)
            head_and_data = helper.h2.data_to_send()
        settings = frame(4, 0, 0, struct.pack(">HI", 4, 2**31 - 1))
        window = frame(8, 0, 0, struct.pack(">I", 2**31 - 1 - 65_535))
        raw.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + window + head_and_data)
        assert served.echo.closed.wait(10)
        made = served.call(lambda: served.echo.made)
        assert made * 1000 < 20_000_000
        assert served.call(served.connections.statistics).cut == 1


def test_a_silent_peer_with_an_open_call_is_asked_and_cut():
    with serving_echo(HASTY) as served, connected(served.port) as client:
        client.send(client.grpc("Model"), message(b"wait:"), end=True)
        assert served.echo.waiting.wait(10)
        assert served.echo.cancelled.wait(10)  # as nothing here answers the PING
        assert served.call(served.connections.statistics).cut == 1


@pytest.mark.slow
def test_a_peer_that_answers_pings_is_not_cut():
    with serving_echo(HASTY) as served, connected(served.port) as client:
        stream = client.grpc("Model")
        client.send(stream, message(b"wait:"), end=True)
        client.socket.settimeout(0.05)
        end_s = time.monotonic() + 1.5
        while time.monotonic() < end_s:
            try:
                assert client.read()
            except TimeoutError:
                continue
        client.socket.settimeout(10)
        served.call(served.echo.release.set)
        assert client.wait(stream).messages == [(0, b"wait:")]


def frame(kind, flags, stream, payload=b""):
    return (len(payload) << 8 | kind).to_bytes(4, "big") + bytes([flags]) + stream.to_bytes(4, "big") + payload


def junk(chance):
    """A conversation that starts right and goes on with frames made up; many of them on streams that are open."""
    encoder = hpack.Encoder()
    method = chance.choice(["Model", "Chat", "Count"])
    call = head("POST", f"/test.Echo/{method}", ("content-type", "application/grpc"))
    raw = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
    raw += frame(1, 4, 1, encoder.encode(call)) + frame(1, 4, 3, encoder.encode(head("POST", "/p")))
    for _ in range(chance.randrange(1, 30)):
        payload = chance.randbytes(chance.choice([0, 1, 4, 5, 8, 9, 30]))
        kind, flags = chance.choice([0, 0, 0, 1, 2, 3, 4, 6, 8, 9, 250]), chance.choice([0, 1, 4, 5, 8, 32, 255])
        raw += frame(kind, flags, chance.choice([0, 1, 1, 3, 3, 5, 7]), payload)
    return raw


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_junk_disturbs_nobody(seed, caplog):
    chance = random.Random(seed)
    with serving_echo() as served, connected(served.port) as client:
        for _ in range(60):
            with socket.create_connection(("127.0.0.1", served.port), 10) as raw:
                raw.sendall(junk(chance))
            assert ask(client, "GET", "/p").status == 200
        until(lambda: served.call(served.connections.statistics).open == 1)
    assert not [record for record in caplog.records if record.levelname == "ERROR" and record.name == "asyncio"]


def test_streams_beyond_the_limit_are_refused():
    limits = Http2Limits(max_concurrent_streams=3)
    with serving_echo(http2_limits=limits) as served, connected(served.port) as client:
        streams = [client.grpc("Model") for _ in range(4)]
        for stream in streams[:3]:
            client.send(stream, message(b"wait:"), end=True)
        assert client.wait(streams[3]).reset == 7
        served.call(served.echo.release.set)
        assert client.wait(*streams[:3]).messages == [(0, b"wait:")]


def test_answers_that_nobody_takes_are_bounded():
    """What windows keep back may come to sixteen of the largest bodies; further streams may be tried again later."""
    with (
        serving_echo(HttpLimits(max_body_bytes=1000), max_message_bytes=1000) as served,
        connected(served.port) as client,
    ):
        client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
        streams = []
        for _ in range(40):
            streams.append(client.grpc("Model"))
            client.h2.send_data(streams[-1], message(bytes(995)), end_stream=True)
            client.flush()
        while sum(client.answers[stream].reset == 7 for stream in streams) < 23:  # REFUSED_STREAM
            assert client.read()
        client.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 10_000})
        client.wait(*streams)
        answered = [client.answers[stream] for stream in streams if client.answers[stream].reset is None]
        assert [answer.messages for answer in answered] == [[(0, bytes(995))]] * 17
