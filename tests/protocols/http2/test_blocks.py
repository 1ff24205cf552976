"""Header blocks that come in: the examples of RFC 7541, the library `hpack` as the judge of everything else."""

from __future__ import annotations

import tracemalloc

import hpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salver.protocols.http2.blocks import Decoder
from salver.protocols.http2.encoding import encode_static
from salver.protocols.http2.errors import ConnectionFailed, ErrorCode

MAX_BYTES = 64 * 1024
REQUEST = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")]
SECURE = [(":method", "GET"), (":scheme", "https"), (":path", "/index.html"), (":authority", "www.example.com")]
CACHED = ("cache-control", "no-cache")
CUSTOM = ("custom-key", "custom-value")
DATE, LATER = "Mon, 21 Oct 2013 20:13:21 GMT", "Mon, 21 Oct 2013 20:13:22 GMT"
PLACE = ("location", "https://www.example.com")
FOUND = [(":status", "302"), ("cache-control", "private"), ("date", DATE), PLACE]
MOVED = [(":status", "307"), ("cache-control", "private"), ("date", DATE), PLACE]
COOKIE = ("set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1")
LAST = [(":status", "200"), ("cache-control", "private"), ("date", LATER), PLACE, ("content-encoding", "gzip"), COOKIE]

EXAMPLES = {
    "C.2.1": [("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [("custom-key", "custom-header")])],
    "C.2.2": [("040c 2f73 616d 706c 652f 7061 7468", [(":path", "/sample/path")])],
    "C.2.3": [("1008 7061 7373 776f 7264 0673 6563 7265 74", [("password", "secret")])],
    "C.2.4": [("82", [(":method", "GET")])],
    "C.3": [
        ("8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", REQUEST),
        ("8286 84be 5808 6e6f 2d63 6163 6865", [*REQUEST, CACHED]),
        ("8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", [*SECURE, CUSTOM]),
    ],
    "C.4": [
        ("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", REQUEST),
        ("8286 84be 5886 a8eb 1064 9cbf", [*REQUEST, CACHED]),
        ("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", [*SECURE, CUSTOM]),
    ],
    "C.5": [
        (
            "3fe1 0148 0333 3032 5807 7072 6976 6174 6561 1d4d 6f6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32"
            "3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            FOUND,
        ),
        ("4803 3330 37c1 c0bf", MOVED),
        (
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738"
            "666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33"
            "3630 303b 2076 6572 7369 6f6e 3d31",
            LAST,
        ),
    ],
    "C.6": [
        (
            "3fe1 0148 8264 0258 85ae c377 1a4b 6196 d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff 6e91 9d29"
            "ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3",
            FOUND,
        ),
        ("4883 640e ffc1 c0bf", MOVED),
        (
            "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7"
            "b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
            LAST,
        ),
    ],
}
"""RFC 7541 appendix C. In C.5 and C.6 the table holds 256 bytes, which is said in front of the first block here."""


def text(headers: tuple[tuple[bytes, bytes], ...]) -> list[tuple[str, str]]:
    return [(name.decode(), value.decode()) for name, value in headers]


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_specification(example: str):
    decoder = Decoder(MAX_BYTES, 100)
    for block, headers in EXAMPLES[example]:
        assert text(decoder.decode(bytes.fromhex(block)).headers) == headers


# The library as the judge.

_NAMES = st.sampled_from([b":method", b":path", b"cookie", b"x", b"grpc-timeout", b"accept-encoding", b"long" * 40])
_VALUES = st.one_of(
    st.sampled_from([b"", b"GET", b"/", b"gzip, deflate", b"1", b"v" * 130, b"w" * 4000]), st.binary(max_size=40)
)
_WAYS = st.sampled_from([hpack.HeaderTuple, hpack.NeverIndexedHeaderTuple])
_LISTS = st.lists(st.builds(lambda way, name, value: way(name, value), _WAYS, _NAMES, _VALUES), max_size=12)
_TABLES = st.one_of(st.none(), st.integers(0, 4096), st.sampled_from([0, 64, 200, 4096]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TABLES, st.booleans(), _LISTS, st.integers(1, 3)), max_size=12))
def test_what_hpack_writes_is_read_as_hpack_reads_it(steps):
    encoder, theirs, ours = hpack.Encoder(), hpack.Decoder(), Decoder(MAX_BYTES, 100)
    for table, huffman, headers, times in steps:
        if table is not None:
            encoder.header_table_size = table
        for _ in range(times):
            block = encoder.encode(headers, huffman=huffman)
            read = ours.decode(block).headers
            assert read == tuple(theirs.decode(block, raw=True))
            assert read == tuple((header[0], header[1]) for header in headers)


@st.composite
def _representations(draw: st.DrawFn) -> bytes:
    """A field in any of its representations, right or wrong."""
    string = st.one_of(st.just(b"\x00"), st.binary(max_size=20).map(lambda raw: bytes((len(raw),)) + raw))
    broken = st.binary(max_size=6).map(lambda raw: bytes((0x80 | len(raw),)) + raw)  # as Huffman code mostly wrong
    start = draw(st.sampled_from([0x00, 0x10, 0x20, 0x40, 0x80]))
    room = {0x00: 0x0F, 0x10: 0x0F, 0x20: 0x1F, 0x40: 0x3F, 0x80: 0x7F}[start]
    index = draw(st.integers(0, 70))
    head = bytes((start | index,)) if index < room else bytes((start | room, index - room))
    if start in (0x20, 0x80):
        return head
    rest = draw(string | broken) if index else draw(string) + draw(string | broken)
    return head + rest


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.lists(_representations(), max_size=8).map(b"".join), st.binary(max_size=12)), max_size=8))
def test_any_bytes_are_read_or_refused_as_by_hpack(blocks: list[bytes]):
    theirs, ours = hpack.Decoder(), Decoder(MAX_BYTES, 1000)
    for block in blocks:
        try:
            expected = tuple(theirs.decode(block, raw=True))
        except hpack.HPACKError:
            with pytest.raises(ConnectionFailed) as raised:
                ours.decode(block)
            assert raised.value.code is ErrorCode.COMPRESSION_ERROR
            return
        assert ours.decode(block).headers == expected


# What is broken (RFC 7541).


@pytest.mark.parametrize(
    "block",
    [
        pytest.param("80", id="index-0"),
        pytest.param("be", id="index-beyond-the-tables"),
        pytest.param("ff 80", id="integer-cut"),
        pytest.param("ff 80 80 80 80 80 80 01", id="integer-too-long"),
        pytest.param("ff ff ff ff ff 0f", id="index-far-beyond"),
        pytest.param("7e 01 61", id="name-beyond-the-tables"),
        pytest.param("00 05 61", id="string-cut"),
        pytest.param("00 01 61", id="value-missing"),
        pytest.param("00 01 61 7f", id="length-cut"),
        pytest.param("00 01 61 7f 80 ff ff ff 07", id="length-of-2-GB"),
        pytest.param("82 3f e1 1f", id="table-size-behind-a-field"),
        pytest.param("3f e2 1f", id="table-size-beyond-the-setting"),
        pytest.param("00 85 f2 b2 4a 84 ff 84 49 50 9f ff", id="padding-of-eight-bits"),
        pytest.param("00 85 f2 b2 4a 84 ff 83 49 50 90", id="padding-of-zeros"),
        pytest.param("00 85 f2 b2 4a 87 ff ff ff fd ff ff ff", id="EOS-in-a-string"),
    ],
)
def test_broken_blocks_are_compression_errors(block: str):
    with pytest.raises(ConnectionFailed) as raised:
        Decoder(MAX_BYTES, 100).decode(bytes.fromhex(block))
    assert raised.value.code is ErrorCode.COMPRESSION_ERROR


def test_the_largest_table_is_the_default():
    assert Decoder(MAX_BYTES, 100).decode(bytes.fromhex("3f e1 1f 82")).headers == ((b":method", b"GET"),)


def test_an_entry_larger_than_the_table_empties_it():
    decoder = Decoder(MAX_BYTES, 100)
    decoder.decode(b"\x40\x01a\x01b")
    assert decoder.decode(b"\xbe").headers == ((b"a", b"b"),)
    decoder.decode(b"\x40\x01a\x7f\xe1\x1f" + b"x" * (127 + 0x1F * 128 + 0x61 - 0))
    with pytest.raises(ConnectionFailed):
        decoder.decode(b"\xbe")


# The memory.


def go_like(timeout: str) -> list[tuple[str, str]]:
    return [
        *[(":method", "POST"), (":scheme", "http"), (":path", "/inference.GRPCInferenceService/ModelInfer")],
        *[(":authority", "127.0.0.1:8001"), ("content-type", "application/grpc"), ("te", "trailers")],
        ("grpc-timeout", timeout),
    ]


def test_a_repeated_block_gives_the_same_headers():
    encoder, decoder = hpack.Encoder(), Decoder(MAX_BYTES, 100)
    decoder.decode(encoder.encode(go_like("1S")))
    repeated = encoder.encode(go_like("1S"))
    first = decoder.decode(repeated)
    assert decoder.decode(bytes(bytearray(repeated))) is first
    assert text(first.headers) == go_like("1S")


def test_the_same_bytes_mean_something_else_when_the_table_has_changed():
    encoder, decoder = hpack.Encoder(), Decoder(MAX_BYTES, 100)
    decoder.decode(encoder.encode([("a", "1")]))
    assert text(decoder.decode(b"\xbe").headers) == [("a", "1")]
    decoder.decode(encoder.encode([("a", "2")]))
    assert text(decoder.decode(b"\xbe").headers) == [("a", "2")]
    assert text(decoder.decode(b"\xbf").headers) == [("a", "1")]
    decoder.decode(b"\x20")
    with pytest.raises(ConnectionFailed):
        decoder.decode(b"\xbe")


@pytest.mark.parametrize("sensitive", [False, True], ids=["inserted", "literal"])
def test_values_that_change_are_read(sensitive: bool):
    encoder, decoder = hpack.Encoder(), Decoder(MAX_BYTES, 100)
    for number in range(500):
        headers = go_like(f"{90000 + number}u")
        block = encoder.encode([*headers[:-1], (*headers[-1], sensitive)])
        assert text(decoder.decode(block).headers) == headers


def test_the_memory_is_bounded():
    decoder = Decoder(MAX_BYTES, 100)
    for number in range(5000):
        decoder.decode(b"\x00\x01a\x04%04d" % number)
        assert len(decoder.known) <= 64
    decoder.decode(b"\x00\x01a\x7f\xe1\x0f" + b"x" * (127 + 0x61 + 0x0F * 128))
    assert max(map(len, decoder.known)) <= 1024


# Bombs.


def test_a_bomb_is_not_inflated():
    decoder = Decoder(MAX_BYTES, 100)
    big = b"\x40\x01a\x7f\x81\x1e" + b"x" * (127 + 1 + 0x1E * 128)
    decoder.decode(big)
    tracemalloc.start()
    bomb = decoder.decode(b"\xbe" * 16_000)  # 60 MB of fields
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000
    assert (bomb.too_long, bomb.headers) == (True, ())
    assert decoder.decode(b"\xbe").headers[0][0] == b"a"


def test_what_is_too_long_still_fills_the_table():
    decoder = Decoder(1000, 100)
    assert decoder.decode(b"\x00\x01a\x7f\xe1\x06" + b"x" * (127 + 0x61 + 6 * 128) + b"\x40\x01b\x01c").too_long
    assert decoder.decode(b"\xbe").headers == ((b"b", b"c"),)


@pytest.mark.parametrize(("count", "too_long"), [(5, False), (6, True)])
def test_fields_are_counted(count: int, too_long: bool):
    assert Decoder(MAX_BYTES, 5).decode(b"\x82" * count).too_long is too_long


@pytest.mark.parametrize(("size", "too_long"), [(167, False), (168, True)])
def test_fields_are_measured(size: int, too_long: bool):
    block = encode_static([(b"a", b"x" * size)])
    assert Decoder(200, 5).decode(block).too_long is too_long
