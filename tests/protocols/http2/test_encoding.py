"""Header blocks that go out, read by the library `hpack`."""

from __future__ import annotations

import hpack
from hypothesis import given
from hypothesis import strategies as st

from salver.protocols.http2.encoding import EMPTY_TABLE, encode_static

_TEXT = st.one_of(st.binary(max_size=30), st.sampled_from([b"x" * 126, b"x" * 127, b"x" * 128, b"x" * 20_000]))
_NAMES = st.one_of(
    st.sampled_from([b":status", b"content-type", b"www-authenticate", b"cookie", b"grpc-status"]), _TEXT
)


@given(st.lists(st.tuples(_NAMES, _TEXT), max_size=10))
def test_hpack_reads_it_and_remembers_nothing(headers):
    decoder = hpack.Decoder(max_header_list_size=1 << 20)
    assert list(decoder.decode(encode_static(headers), raw=True)) == headers
    assert not decoder.header_table.dynamic_entries


def test_it_keeps_to_a_table_without_room():
    decoder = hpack.Decoder()
    decoder.max_allowed_table_size = 0
    block = EMPTY_TABLE + encode_static([(b":status", b"200"), (b"a", b"b")])
    assert list(decoder.decode(block, raw=True)) == [(b":status", b"200"), (b"a", b"b")]
    assert decoder.header_table_size == 0


def test_the_static_table_is_used():
    assert encode_static([(b":status", b"200")]) == b"\x88"
    assert encode_static([(b":status", b"418")]) == b"\x08\x03418"
    assert encode_static([(b"www-authenticate", b"x")]) == b"\x0f\x2e\x01x"


def test_secrets_are_never_indexed_by_anybody():
    (secret,) = hpack.Decoder().decode(encode_static([(b"authorization", b"Bearer 1")]), raw=True)
    assert not secret.indexable
    (open_to_all,) = hpack.Decoder().decode(encode_static([(b"user-agent", b"me")]), raw=True)
    assert open_to_all.indexable
