"""What gRPC says in headers, against the public document's words and against what grpcio's own tables say."""

import base64
import math

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.errors import BadInput
from salver.protocols.grpc import (
    HTTP_CODES,
    Code,
    GrpcStatus,
    Refused,
    RequestHead,
    decode_message,
    decode_metadata,
    encode_message,
    encode_metadata,
    format_timeout,
    is_grpc,
    parse_timeout,
    read_request,
    read_status,
    request_headers,
    trailers,
)

HEAD = (
    (b":method", b"POST"),
    (b":scheme", b"http"),
    (b":path", b"/s.S/M"),
    (b":authority", b"h"),
    (b"te", b"trailers"),
)


def head(*more, content_type=b"application/grpc"):
    return dict((*HEAD, (b"content-type", content_type), *more))


def test_codes_are_those_of_grpcio():
    assert {code.name: code.value for code in Code} == {code.name: code.value[0] for code in grpc.StatusCode}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (b"application/grpc", True),
        (b"application/grpc+proto", True),
        (b"application/grpc+json", True),
        (b"application/grpc;charset=utf-8", True),
        (b"application/grpc-web", False),
        (b"application/grpc-web+proto", False),
        (b"application/json", False),
        (b"", False),
        (None, False),
    ],
)
def test_is_grpc(value, wanted):
    assert is_grpc(value) is wanted


def test_read_request():
    assert read_request(head()) == RequestHead(b"/s.S/M", b"identity", False)
    encoding, accepts = (b"grpc-encoding", b"gzip"), (b"grpc-accept-encoding", b"identity, deflate, gzip")
    full = read_request(head(encoding, accepts, content_type=b"application/grpc+proto; v=1"))
    assert full == RequestHead(b"/s.S/M", b"gzip", True)
    assert not read_request(head(encoding)).gzip
    assert not read_request(head(accepts)).gzip


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (head(content_type=b"application/grpc+json"), "application/grpc+json"),
        (head((b"grpc-encoding", b"snappy")), "identity, deflate, gzip"),
    ],
)
def test_a_request_that_is_refused(fields, text):
    with pytest.raises(Refused) as caught:
        read_request(fields)
    assert caught.value.status.code is Code.UNIMPLEMENTED
    assert text in caught.value.status.message


def test_a_request_as_the_client_makes_it_is_read_by_the_server():
    made = request_headers(b"/s.S/M", b"h:1", timeout_s=2.5, encoding=b"gzip", metadata=((b"a", b"b"),))
    assert made[:4] == ((b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/s.S/M"), (b":authority", b"h:1"))
    assert read_request(dict(made)) == RequestHead(b"/s.S/M", b"gzip", True)
    assert parse_timeout(dict(made)[b"grpc-timeout"]) == 2.5
    assert decode_metadata(made) == (("a", "b"),)


@pytest.mark.parametrize(
    ("value", "wanted_s"),
    [
        (b"1H", 3600.0),
        (b"2M", 120.0),
        (b"3S", 3.0),
        (b"4m", 0.004),
        (b"5u", 5e-6),
        (b"6n", 6e-9),
        (b"99999999H", 99999999 * 3600.0),
        (b"0S", 0.0),
        (b"00000001S", 1.0),
    ],
)
def test_timeouts(value, wanted_s):
    assert parse_timeout(value) == wanted_s


@pytest.mark.parametrize(
    "value", [b"", b"S", b"1", b"1s", b"123456789S", b"-1S", b"+1S", b"1.5S", b" 1S", b"1S ", b"\xb21S"]
)
def test_timeouts_that_are_none(value):
    with pytest.raises(Refused) as caught:
        parse_timeout(value)
    assert caught.value.status.code is Code.INTERNAL


@given(st.floats(min_value=1e-9, max_value=3e11))
def test_a_timeout_is_told_within_a_unit_and_never_shorter(timeout_s):
    told = format_timeout(timeout_s)
    assert len(told) <= 9
    came_s = parse_timeout(told)
    assert came_s >= timeout_s * (1 - 1e-12) - 1e-9
    assert came_s <= timeout_s * (1 + 1e-5) + 1e-9


def test_timeouts_out_of_bounds():
    assert format_timeout(-1) == format_timeout(0) == b"1n"
    assert format_timeout(math.inf) == format_timeout(1e30) == b"99999999H"


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("plain text, with ~ and /", b"plain text, with ~ and /"),
        ("50%", b"50%25"),
        ("a\nb", b"a%0Ab"),
        ("\tschön ☃", b"%09sch%C3%B6n %E2%98%83"),
    ],
)
def test_status_messages(message, wanted):
    assert encode_message(message) == wanted
    assert decode_message(wanted) == message


@pytest.mark.parametrize(
    ("value", "wanted"), [(b"a%", "a%"), (b"a%zz", "a%zz"), (b"%FF", "\ufffd"), (b"%e2%98%83", "☃"), (b"%4", "%4")]
)
def test_broken_status_messages_are_kept(value, wanted):
    assert decode_message(value) == wanted


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_status_messages_return(message):
    encoded = encode_message(message)
    assert all(0x20 <= byte <= 0x7E for byte in encoded)
    assert decode_message(encoded) == message


@given(st.text(max_size=50))
def test_status_messages_with_lone_surrogates_are_still_told(message):
    assert decode_message(encode_message(message)) == message.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("letter", ["a", "é", "☃", "\n"])
def test_a_long_status_message_is_cut_between_letters(letter):
    encoded = encode_message(letter * 20_000)
    assert 4000 < len(encoded) <= 4096
    assert set(decode_message(encoded)) == {letter}


def test_trailers():
    assert trailers(GrpcStatus(Code.OK)) == ((b"grpc-status", b"0"),)
    assert trailers(GrpcStatus(Code.NOT_FOUND, "no such")) == ((b"grpc-status", b"5"), (b"grpc-message", b"no such"))


@pytest.mark.parametrize(
    ("headers", "http_status", "wanted"),
    [
        (((b"grpc-status", b"0"),), 200, GrpcStatus(Code.OK)),
        (((b"grpc-status", b"5"), (b"grpc-message", b"a%20b")), 503, GrpcStatus(Code.NOT_FOUND, "a b")),
        (((b"grpc-status", b"77"), (b"grpc-message", b"m")), 200, GrpcStatus(Code.UNKNOWN, "m")),
    ],
)
def test_read_status(headers, http_status, wanted):
    assert read_status(headers, http_status) == wanted


@pytest.mark.parametrize("told", [b"", b"x", b"-1", b"17", b"\xb2", b"1" * 99])
def test_a_status_that_is_none_is_unknown(told):
    assert read_status(((b"grpc-status", told),)).code is Code.UNKNOWN


@pytest.mark.parametrize("http_status", [200, 302, 500, *HTTP_CODES])
def test_an_answer_without_a_status_is_judged_by_http(http_status):
    wanted = HTTP_CODES.get(http_status, Code.UNKNOWN)
    assert read_status((), http_status).code is wanted
    assert str(http_status) in read_status((), http_status).message


METADATA = st.tuples(
    st.from_regex(r"x[0-9a-z_.-]{0,9}", fullmatch=True).filter(lambda name: not name.endswith("-bin")),
    st.from_regex(r"([!-~]([ -~]{0,20}[!-~])?)?", fullmatch=True),
) | st.tuples(st.from_regex(r"x[0-9a-z_.-]{0,5}-bin", fullmatch=True), st.binary(max_size=30))


@given(st.lists(METADATA, max_size=5))
def test_metadata_returns(pairs):
    assert decode_metadata((*HEAD, *encode_metadata(pairs))) == tuple(pairs)


def test_binary_metadata_is_base64_padded_or_not_and_joined_by_commas():
    ((name, value),) = encode_metadata([("k-bin", b"\x00\xff")])
    assert (name, value) == (b"k-bin", base64.b64encode(b"\x00\xff").rstrip(b"="))
    assert decode_metadata(((b"k-bin", b"AP8=, AP8,"),)) == (("k-bin", b"\0\xff"), ("k-bin", b"\0\xff"), ("k-bin", b""))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upper", "a"),
        ("", "a"),
        ("grpc-x", "a"),
        ("a", "ä"),
        ("a", "a\nb"),
        ("a", b"a"),
        ("a-bin", "text"),
        ("a b", ""),
    ],
)
def test_metadata_that_cannot_be_carried(name, value):
    with pytest.raises(BadInput):
        encode_metadata([(name, value)])


def test_metadata_that_is_not_base64():
    with pytest.raises(BadInput, match="k-bin"):
        decode_metadata(((b"k-bin", b"a!"),))
