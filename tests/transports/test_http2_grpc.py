"""gRPC as grpcio's own clients understand it, and what broken clients get."""

import asyncio
import gzip
import threading
import time

import grpc
import grpc.aio
import pytest
import uvloop
from grpc_echo import serving_echo
from h2_client import connected, message

from salver.transports.limits import HttpLimits

UNLIMITED = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


@pytest.fixture(scope="module", params=[uvloop.new_event_loop, asyncio.new_event_loop], ids=["uvloop", "asyncio"])
def served(request):
    with serving_echo(loop_factory=request.param) as served:
        yield served


@pytest.fixture(scope="module")
def channel(served):
    with grpc.insecure_channel(served.target, options=UNLIMITED) as channel:
        yield channel


@pytest.fixture
def alone():
    """A service that nobody else asks."""
    with serving_echo() as served:
        yield served


def unary(channel, name="Model"):
    return channel.unary_unary(f"/test.Echo/{name}")


# grpcio, all four forms.


def test_a_unary_call(channel):
    assert unary(channel)(b"hello", timeout=10) == b"hello"
    assert unary(channel)(b"", timeout=10) == b""
    assert unary(channel, "Direct")(b"direct", timeout=10) == b"direct"


def test_a_call_that_waits(channel):
    futures = [unary(channel).future(b"turn:%d" % number, timeout=10) for number in range(50)]
    assert [future.result() for future in futures] == [b"turn:%d" % number for number in range(50)]


def test_client_streaming(channel):
    collect = channel.stream_unary("/test.Echo/Collect")
    assert collect(iter([b"a", b"bc", b"", b"d"]), timeout=10) == b"abcd"
    assert collect(iter([]), timeout=10) == b""


def test_server_streaming(channel):
    count = channel.unary_stream("/test.Echo/Count")
    assert list(count(b"2000", timeout=10)) == [b"%d" % number for number in range(2000)]
    assert list(count(b"0", timeout=10)) == []


def test_streaming_both_ways(channel):
    chat = channel.stream_stream("/test.Echo/Chat")
    turn = threading.Semaphore(1)

    def ask():
        for number in range(20):
            turn.acquire()
            yield b"turn:%d" % number

    answers = []
    for answer in chat(ask(), timeout=10):
        answers.append(answer)  # the next question is asked only now
        turn.release()
    assert answers == [b"turn:%d" % number for number in range(20)]


def test_the_asyncio_client(served):
    async def main():
        async with grpc.aio.insecure_channel(served.target) as channel:
            call = channel.unary_unary("/test.Echo/Model")
            answers = await asyncio.gather(*(call(b"turn:%d" % number, timeout=10) for number in range(100)))
            assert answers == [b"turn:%d" % number for number in range(100)]
            chat = channel.stream_stream("/test.Echo/Chat")(timeout=10)
            for number in range(5):
                await chat.write(b"%d" % number)
                assert await chat.read() == b"%d" % number
            await chat.done_writing()
            assert await chat.read() == grpc.aio.EOF
            assert await chat.code() is grpc.StatusCode.OK

    asyncio.run(main())


@pytest.mark.slow
def test_ten_megabytes_each_way(channel):
    body = bytes(range(256)) * 40_000
    assert unary(channel, "Direct")(body, timeout=20) == body
    assert unary(channel, "Model")(body, timeout=20) == body
    assert channel.stream_unary("/test.Echo/Collect")(iter([body[:5_000_000], body[5_000_000:]]), timeout=20) == body


# Status.


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"bad:ni\xc3\xb1o %41\nend", grpc.StatusCode.INVALID_ARGUMENT, "niño %41\nend"),
        (b"fault:why", grpc.StatusCode.INTERNAL, "why"),
        (b"boom:", grpc.StatusCode.INTERNAL, "ZeroDivisionError while answering"),
    ],
)
def test_faults(channel, body, code, text):
    with pytest.raises(grpc.RpcError) as caught:
        unary(channel)(body, timeout=10)
    assert (caught.value.code(), caught.value.details()) == (code, text)
    with pytest.raises(grpc.RpcError) as caught:
        list(channel.stream_stream("/test.Echo/Chat")(iter([b"first", body]), timeout=10))
    assert (caught.value.code(), caught.value.details()) == (code, text)


def test_a_fault_behind_answers(channel):
    answers = channel.stream_stream("/test.Echo/Chat")(iter([b"one", b"bad:two"]), timeout=10)
    assert next(answers) == b"one"
    with pytest.raises(grpc.RpcError) as caught:
        next(answers)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/test.Echo/Other", "unknown method Other for service test.Echo"),
        ("/other.Echo/Model", "unknown service other.Echo"),
        ("/Model", "malformed method name: '/Model'"),
    ],
)
def test_what_nobody_answers(channel, path, text):
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(path)(b"a", timeout=10)
    assert (caught.value.code(), caught.value.details()) == (grpc.StatusCode.UNIMPLEMENTED, text)


def test_a_long_fault_still_arrives(channel):
    with pytest.raises(grpc.RpcError) as caught:
        unary(channel)(b"fault:" + b"why " * 10_000, timeout=10)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert caught.value.details().startswith("why why")


def test_metadata_and_unknown_headers_change_nothing(channel):
    metadata = (("x-some", "thing"), ("x-some", "else"), ("x-bin", b"\x00\xff"), ("grpc-tags-bin", b"\1"))
    assert unary(channel)(b"m", timeout=10, metadata=metadata) == b"m"


# Deadlines and cancellation.


def test_a_deadline_ends_the_call_and_cancels_the_model(alone):
    with connected(alone.port) as client:
        for method in ("Model", "Chat"):
            alone.echo.cancelled.clear()
            stream = client.grpc(method, ("grpc-timeout", "50m"))
            client.send(stream, message(b"wait:"), end=method == "Model")
            assert client.wait(stream).grpc == (4, "Deadline Exceeded")
            assert alone.echo.cancelled.wait(10)


@pytest.mark.parametrize("method", ["Model", "Direct", "Chat"])
@pytest.mark.parametrize("timeout", ["0S", "1n"])
def test_a_deadline_already_past_is_answered_at_once(alone, method, timeout):
    with connected(alone.port) as client:
        stream = client.grpc(method, ("grpc-timeout", timeout))
        client.send(stream, message(b"m"), end=True)
        assert client.wait(stream).grpc == (4, "Deadline Exceeded")
    assert not alone.echo.calls


def test_the_deadline_goes_with_the_call(alone):
    with connected(alone.port) as client:
        for method in ("Model", "Chat"):
            before = time.monotonic()
            stream = client.grpc(method, ("grpc-timeout", "5S"))
            client.send(stream, message(b"m"), end=True)
            assert client.wait(stream).grpc == (0, "")
            assert before + 5 <= alone.echo.calls[-1].deadline <= time.monotonic() + 5
        stream = client.grpc("Model")
        client.send(stream, message(b"m"), end=True)
        client.wait(stream)
        assert alone.echo.calls[-1].deadline is None


def test_grpcio_with_a_deadline(alone):
    with grpc.insecure_channel(alone.target) as channel:
        with pytest.raises(grpc.RpcError) as caught:
            unary(channel)(b"wait:", timeout=0.2)
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert alone.echo.cancelled.wait(10)


@pytest.mark.parametrize("method", ["Model", "Chat"])
def test_a_client_that_cancels(alone, method):
    with grpc.insecure_channel(alone.target) as channel:
        if method == "Model":
            call = unary(channel).future(b"wait:")
        else:
            call = channel.stream_stream("/test.Echo/Chat")(iter([b"wait:"]))
        assert alone.echo.waiting.wait(10)
        call.cancel()
        assert alone.echo.cancelled.wait(10)
        assert unary(channel)(b"still there", timeout=10) == b"still there"


def test_a_client_that_leaves(alone):
    with connected(alone.port) as client:
        client.send(client.grpc("Model"), message(b"wait:"), end=True)
        assert alone.echo.waiting.wait(10)
    assert alone.echo.cancelled.wait(10)


def test_a_reset_in_the_middle_of_a_message(alone):
    with connected(alone.port) as client:
        cut, chat = client.grpc("Model"), client.grpc("Chat")
        client.send(cut, message(b"abc", length=10_000))
        client.send(chat, message(b"abc", length=10_000))
        client.h2.reset_stream(cut, 8)
        client.h2.reset_stream(chat, 8)
        stream = client.grpc("Model")
        client.send(stream, message(b"next"), end=True)
        assert client.wait(stream).messages == [(0, b"next")]
    assert [call.model for call in alone.echo.calls] == ["next"]


# Messages that are none.


@pytest.mark.parametrize("method", ["Model", "Collect"])
@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (message(b"abc")[:-1], 13, "ended within a message"),
        (message(b"abc")[:3], 13, "ended within a message"),
        (message(b"abc", length=50), 13, "3 of 50 bytes"),
        (message(b"abc", length=2**31), 8, "Received message larger than max (2147483648 vs. 67108864)"),
        (message(b"abc", flag=1), 13, "grpc-encoding"),
        (message(b"abc", flag=7), 13, "compressed flag is 7"),
    ],
    ids=["cut", "cut prefix", "lying", "2 GB", "compressed", "flag"],
)
def test_a_message_that_is_none(served, method, body, code, text):
    with connected(served.port) as client:
        stream = client.grpc(method)
        client.send(stream, body, end=True)
        told = client.wait(stream).grpc
        assert told[0] == code
        assert text in told[1]
        stream = client.grpc("Model")
        client.send(stream, message(b"next"), end=True)
        assert client.wait(stream).messages == [(0, b"next")]


@pytest.mark.parametrize(("body", "came"), [(b"", "none"), (message(b"a") + message(b"b"), "several")])
def test_a_unary_call_takes_one_message(served, body, came):
    with connected(served.port) as client:
        stream = client.grpc("Model")
        client.send(stream, body, end=True)
        assert client.wait(stream).grpc == (12, f"this method takes one message, and {came} came")


def test_a_unary_call_without_a_body(served):
    with connected(served.port) as client:
        head = [(":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Model"), (":authority", "h")]
        stream = client.open([*head, ("content-type", "application/grpc")], end=True)
        assert client.wait(stream).grpc[0] == 12


def test_a_call_that_ends_with_trailers(served):
    with connected(served.port) as client:
        stream = client.grpc("Model")
        client.h2.send_data(stream, message(b"trailed"))
        client.h2.send_headers(stream, [("x-checksum", "1")], end_stream=True)
        assert client.wait(stream).messages == [(0, b"trailed")]


def test_a_refusal_before_the_client_has_ended_frees_the_stream(served):
    with connected(served.port) as client:
        stream = client.grpc("Other")
        answer = client.wait(stream)
        assert answer.grpc[0] == 12
        while answer.reset is None:
            assert client.read()
        assert answer.reset == 0


@pytest.mark.parametrize("size", [1000, 1001])
def test_the_largest_message(size):
    with serving_echo(max_message_bytes=1000) as served, connected(served.port) as client:
        for method in ("Direct", "Collect"):
            stream = client.grpc(method)
            client.send(stream, message(bytes(size)), end=True)
            answer = client.wait(stream)
            if size == 1000:
                assert answer.messages == [(0, bytes(size))]
            else:
                assert answer.grpc == (8, "Received message larger than max (1001 vs. 1000)")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (("grpc-encoding", "snappy"), 12),
        (("grpc-timeout", "1 minute"), 13),
    ],
)
def test_heads_that_are_refused(served, header, code):
    with connected(served.port) as client:
        stream = client.grpc("Model", header)
        client.send(stream, message(b"m"), end=True)
        answer = client.wait(stream)
        assert answer.grpc[0] == code
        assert (answer.headers.get("grpc-accept-encoding") == "identity,deflate,gzip") is (code == 12)


def test_json_is_not_served(served):
    with connected(served.port) as client:
        head = [(":method", "POST"), (":scheme", "http"), (":path", "/test.Echo/Model"), (":authority", "h")]
        stream = client.open([*head, ("content-type", "application/grpc+json")])
        assert client.wait(stream).grpc[0] == 12
        stream = client.open([*head, ("content-type", "application/json")])
        client.send(stream, b"{}", end=True)
        assert client.wait(stream).status == 415


# Compression.


def test_grpcio_compresses_both_ways(channel):
    body = b"squeeze me " * 1000
    assert unary(channel)(body, timeout=10, compression=grpc.Compression.Gzip) == body
    assert unary(channel)(body, timeout=10, compression=grpc.Compression.Deflate) == body
    chat = channel.stream_stream(
        "/test.Echo/Chat",
    )
    assert list(chat(iter([body, b"small"]), timeout=10, compression=grpc.Compression.Gzip)) == [body, b"small"]


def test_answers_are_compressed_for_who_compresses(served):
    body = b"squeeze me " * 1000
    accepts = ("grpc-accept-encoding", "identity, gzip")
    with connected(served.port) as client:
        for method in ("Model", "Chat"):
            stream = client.grpc(method, ("grpc-encoding", "gzip"), accepts)
            client.send(stream, message(gzip.compress(body), 1), end=True)
            answer = client.wait(stream)
            assert answer.headers["grpc-encoding"] == "gzip"
            ((flag, packed),) = answer.messages
            assert flag == 1
            assert gzip.decompress(packed) == body
        for headers in ([("grpc-encoding", "gzip")], [accepts]):
            stream = client.grpc("Model", *headers)
            client.send(stream, message(body), end=True)
            assert client.wait(stream).messages == [(0, body)]


def test_a_bomb_does_not_go_off(served):
    with connected(served.port) as client:
        stream = client.grpc("Model", ("grpc-encoding", "gzip"))
        client.send(stream, message(gzip.compress(bytes(80_000_000), 1), 1), end=True)
        assert client.wait(stream).grpc[0] == 8


# Many at once, and back-pressure.


@pytest.mark.slow
def test_a_thousand_streams_interleaved(alone):
    with connected(alone.port) as client:
        while not client.h2.remote_settings.max_concurrent_streams < 2**31:
            client.read()
        streams = [client.grpc("Model") for _ in range(1000)]
        for part in (slice(0, 3), slice(3, 9), slice(9, None)):
            for stream in streams:
                client.h2.send_data(stream, message(b"turn:%d" % stream)[part], end_stream=part.stop is None)
        client.wait(*streams)
        for stream in streams:
            assert client.answers[stream].messages == [(0, b"turn:%d" % stream)]
            assert client.answers[stream].grpc == (0, "")


@pytest.mark.parametrize(("method", "size"), [("Endless", 1000), ("Trickle", 10_000)])
def test_a_client_that_does_not_read_holds_the_method_up(alone, method, size):
    with connected(alone.port) as client:
        client.takes = False
        stream = client.grpc(method)
        client.send(stream, message(b""), end=True)
        while len(client.answers[stream].data) < 65_000:
            assert client.read()
        other = client.grpc("Model", ("grpc-timeout", "9S"))
        client.send(other, message(b"bad:still answered"), end=True)  # needs no window
        assert client.wait(other).grpc == (3, "still answered")
        made = alone.call(lambda: alone.echo.made)
        assert made * size < 2_000_000
        assert alone.call(lambda: alone.echo.made) == made
        client.h2.reset_stream(stream, 8)
        client.flush()
        assert alone.echo.closed.wait(10)


def test_a_method_that_does_not_read_holds_the_client_up(alone):
    with connected(alone.port) as client:
        stream = client.grpc("SlowReader")
        client.flush()
        while not client.answers[stream].data:
            assert client.read()
        sent, piece = 0, message(bytes(1000))
        while (room := client.h2.local_flow_control_window(stream)) >= len(piece):
            client.h2.send_data(stream, piece)
            sent += 1000
            if room < 2 * len(piece):
                client.h2.ping(b"12345678")
                client.read()
        assert 200_000 < sent < 3_000_000
        alone.call(alone.echo.release.set)
        client.send(stream, b"", end=True)
        assert client.wait(stream).messages[-1] == (0, b"%d" % sent)


def test_unfinished_messages_of_one_client_are_bounded():
    limits = HttpLimits(max_body_bytes=100_000)
    with serving_echo(limits, max_message_bytes=100_000) as served, connected(served.port) as client:
        streams = [client.grpc("Model") for _ in range(5)]
        for stream in streams:
            client.send(stream, message(bytes(90_000), length=95_000))
        (crowded,) = [stream for stream in streams if stream == streams[-1]]
        assert client.wait(crowded).grpc == (8, "too many unfinished messages at once")
        for stream in streams[:-1]:
            client.h2.reset_stream(stream, 8)
        stream = client.grpc("Direct")
        client.send(stream, message(bytes(90_000)), end=True)
        assert client.wait(stream).messages == [(0, bytes(90_000))]
