"""Avro's binary encoding: the specification's examples, round trips, other schemas, hostile bytes."""

from __future__ import annotations

import contextlib
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_calls import record

from salver.formats.pfa.avro.types import (
    BOOLEAN,
    BYTES,
    DOUBLE,
    FLOAT,
    INT,
    LONG,
    NULL,
    STRING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Record,
    Type,
    Union,
)
from salver.formats.pfa.errors import PFAInputError
from salver.formats.pfa.values import binary
from salver.formats.pfa.values.binary import binary_decoder, binary_encoder, read_container

some = settings(max_examples=30, deadline=None)
LINKED = Record("Linked")
LINKED.fields = (Field("value", LONG), Field("next", Union([NULL, LINKED])))
KIND = Enum("Kind", ["A", "B", "C", "D"])
SIZED = Fixed("Sized", 3)

# Values of random types.

Typed = tuple[Type, st.SearchStrategy[Any]]
PLAIN: list[Typed] = [
    (NULL, st.none()),
    (BOOLEAN, st.booleans()),
    (INT, st.integers(-(2**31), 2**31 - 1)),
    (LONG, st.integers(-(2**63), 2**63 - 1)),
    (FLOAT, st.floats(width=32)),
    (DOUBLE, st.floats()),
    (BYTES, st.binary(max_size=5)),
    (STRING, st.text(st.characters(exclude_categories=["Cs"]), max_size=5)),
    (KIND, st.sampled_from(KIND.symbols)),
    (SIZED, st.binary(min_size=3, max_size=3)),
]


def tagged(of: Type, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values if of is NULL else st.tuples(st.just(of.tag), values)


@st.composite
def typed_values(draw: st.DrawFn, depth: int = 3, name: str = "R") -> Typed:
    """A type and what makes its values."""
    kind = draw(st.sampled_from(["plain", "array", "map", "record", "union"] if depth else ["plain"]))
    if kind == "plain":
        plain: Typed = draw(st.sampled_from(PLAIN))
        return plain
    parts = [draw(typed_values(depth - 1, f"{name}{at}")) for at in range(draw(st.integers(1, 3)))]
    (of, values), *_ = parts
    if kind == "array":
        return Array(of), st.lists(values, max_size=3)
    if kind == "map":
        return Map(of), st.dictionaries(st.text("ab", max_size=3), values, max_size=3)
    if kind == "record":
        named = {f"f{at}": part for at, part in enumerate(parts)}
        fields = st.fixed_dictionaries({key: part[1] for key, part in named.items()})
        return record(name, **{key: part[0] for key, part in named.items()}), fields
    branches = {of.tag: (of, values) for of, values in parts if not isinstance(of, Union)} or {"null": PLAIN[0]}
    return Union([of for of, _ in branches.values()]), st.one_of([tagged(*branch) for branch in branches.values()])


def canonical(value: Any) -> Any:
    """The value as something that equals itself, whatever order its keys are in and whether NaN is in it."""
    if isinstance(value, dict):
        return sorted((key, canonical(one)) for key, one in value.items())
    return list(map(canonical, value)) if isinstance(value, (list, tuple)) else repr(value)


@pytest.mark.slow
@some
@given(st.data())
def test_what_is_written_is_read_again(data: st.DataObject) -> None:
    of, values = data.draw(typed_values())
    value = data.draw(values)
    assert canonical(binary_decoder(of)(binary_encoder(of)(value))) == canonical(value)


@pytest.mark.slow
@some
@given(st.data(), st.binary(max_size=40))
def test_other_bytes_are_refused_or_are_a_value(data: st.DataObject, junk: bytes) -> None:
    of, _ = data.draw(typed_values())
    try:
        value = binary_decoder(of)(junk)
    except PFAInputError:
        return
    binary_encoder(of)(value)


@pytest.mark.parametrize(
    ("of", "value", "written"),
    [
        (LONG, 0, "00"),
        (LONG, -1, "01"),
        (LONG, 1, "02"),
        (LONG, -64, "7f"),
        (LONG, 64, "8001"),
        (LONG, -(2**63), "ffffffffffffffffff01"),
        (STRING, "foo", "06666f6f"),
        (BOOLEAN, True, "01"),
        (DOUBLE, 1.5, "000000000000f83f"),
        (FLOAT, 1.5, "0000c03f"),
        (BYTES, b"\xff", "02ff"),
        (SIZED, b"abc", "616263"),
        (KIND, "D", "06"),
        (Array(LONG), [3, 27], "04063600"),
        (Array(LONG), [], "00"),
        (Array(FLOAT), [1.5], "020000c03f00"),
        (Map(LONG), {"a": 1}, "0202610200"),
        (Union([STRING, NULL]), None, "02"),
        (Union([STRING, NULL]), ("string", "a"), "000261"),
        (record("Test", a=LONG, b=STRING), {"b": "foo", "a": 27}, "3606666f6f"),
        (LINKED, {"value": 1, "next": ("Linked", {"value": 2, "next": None})}, "02020400"),
    ],
)
def test_the_encoding_is_that_of_the_specification(of: Type, value: Any, written: str) -> None:
    assert binary_encoder(of)(value).hex() == written
    assert binary_decoder(of)(bytes.fromhex(written)) == value


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert binary_encoder(STRING)("\ud800a") == b"\x04?a"


def test_blocks_may_say_their_size() -> None:
    assert binary_decoder(Array(LONG))(bytes.fromhex("030406360204 00".replace(" ", ""))) == [3, 27, 2]
    assert binary_decoder(Array(DOUBLE))(bytes.fromhex("0110" + "000000000000f83f" + "00")) == [1.5]


@pytest.mark.parametrize(
    ("of", "written", "why"),
    [
        (LONG, "", "too early"),
        (LONG, "80", "too early"),
        (LONG, "ff" * 10, "64 bits"),
        (LONG, "ff" * 9 + "02", "64 bits"),
        (LONG, "0000", "left over"),
        (INT, "8080808010", "32 bits"),
        (BOOLEAN, "02", "truth"),
        (DOUBLE, "00", "too early"),
        (STRING, "01", "size of -1"),
        (STRING, "02ff", "UTF-8"),
        (STRING, "feffffff0f00", "too early"),
        (KIND, "08", "symbol 4"),
        (KIND, "01", "symbol -1"),
        (Union([NULL, LONG]), "04", "branch 2"),
        (Union([NULL, LONG]), "01", "branch -1"),
        (Array(NULL), "feffffffffffffffff01", "more values"),
        (Array(DOUBLE), "feffffffffffffffff01", "more values"),
        (Array(DOUBLE), "0200", "too early"),
        (Array(record("Empty")), "feffffffffffffffff01", "more values"),
        (Array(LONG), "0301", "negative size"),
        (Map(NULL), "ffffffffffffffffff0100", "more values"),
    ],
)
def test_hostile_bytes_are_refused(of: Type, written: str, why: str) -> None:
    with pytest.raises(PFAInputError, match=why):
        binary_decoder(of)(bytes.fromhex(written))


def test_a_value_that_is_nested_too_deep_is_refused() -> None:
    with pytest.raises(PFAInputError, match="nested too deep"):
        binary_decoder(LINKED)(b"\x00\x02" * 100_000)


def test_a_record_of_nothing_but_itself_is_refused() -> None:
    of = Record("Endless")
    of.fields = (Field("self", of),)
    with pytest.raises(PFAInputError, match="nested too deep"):
        binary_decoder(of)(b"")


# Container files.

SYNC = bytes(range(16))


def container(schema: Any, *blocks: tuple[int, bytes], codec: str | None = None, **extra: bytes) -> bytes:
    """A file with blocks of so many values each; they are packed as `codec` says."""
    metadata = {"avro.schema": json.dumps(schema).encode(), **extra}
    if codec is not None:
        metadata["avro.codec"] = codec.encode()
    parts = [b"Obj\x01", binary_encoder(Map(BYTES))(metadata), SYNC]
    for count, data in blocks:
        packed = zlib.compress(data, wbits=-15) if codec == "deflate" else data
        parts += [binary_encoder(LONG)(count), binary_encoder(BYTES)(packed), SYNC]
    return b"".join(parts)


TREE_SCHEMA = {
    "type": "record",
    "name": "Tree",
    "namespace": "a.b",
    "fields": [
        {"name": "x", "type": "int"},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["one", "two"]}},
        {"name": "next", "type": ["null", "Tree"]},
        {"name": "weights", "type": {"type": "array", "items": "float"}},
    ],
}


def tree_type() -> Record:
    tree = Record("Tree", (), "a.b")
    tree.fields = (
        Field("x", INT),
        Field("kind", Enum("Kind", ["one", "two"], "a.b")),
        Field("next", Union([NULL, tree])),
        Field("weights", Array(FLOAT)),
    )
    return tree


LEAF = {"x": -65, "kind": "two", "next": None, "weights": [1.5, -2.0]}
BRANCH = {**LEAF, "next": ("a.b.Tree", LEAF)}


@pytest.mark.parametrize("codec", [None, "null", "deflate"])
def test_all_blocks_of_a_file_are_read(codec: str | None) -> None:
    encode = binary_encoder(tree_type())
    data = container(TREE_SCHEMA, (2, encode(LEAF) + encode(BRANCH)), (0, b""), (1, encode(LEAF)), codec=codec)
    assert read_container(data, tree_type()) == [LEAF, BRANCH, LEAF]


def test_a_file_of_another_writer_is_read() -> None:
    """Made by Avro for Python."""
    data = bytes.fromhex(
        "4f626a0104146176726f2e636f6465630e6465666c617465166176726f2e736368656d61aa027b2274797065223a20227265"
        "636f7264222c20226e616d65223a202252222c20226669656c6473223a205b7b2274797065223a207b2274797065223a2022"
        "6d6170222c202276616c756573223a2022646f75626c65227d2c20226e616d65223a202277227d2c207b2274797065223a20"
        "5b226e756c6c222c2022737472696e67225d2c20226e616d65223a2022776f7264227d5d7d0050c44eda5f65d2c3855ebb81"
        "3d0f4f7f04266362ca6600831ff64082892de3f04a0016e80350c44eda5f65d2c3855ebb813d0f4f7f"
    )
    assert read_container(data, record("R", w=Map(DOUBLE), word=Union([NULL, STRING]))) == [
        {"w": {"k": 1.5}, "word": None},
        {"w": {}, "word": ("string", "hé")},
    ]


def test_values_become_those_of_the_wanted_type() -> None:
    written = {
        "type": "record",
        "name": "R",
        "fields": [
            {"name": "extra", "type": {"type": "map", "values": "string"}},
            {"name": "b", "type": "int"},
            {"name": "a", "type": "long"},
            {"name": "c", "type": ["int", "null"]},
        ],
    }
    data = binary_encoder(Map(STRING))({"k": "v"}) + b"\x02" + b"\x04" + b"\x00\x06"
    wanted = Record(
        "R",
        [
            Field("a", DOUBLE),
            Field("b", Union([NULL, FLOAT])),
            Field("c", Union([NULL, STRING, DOUBLE])),
            Field("d", Array(INT), default=[7]),
        ],
    )
    (found,) = read_container(container(written, (1, data)), wanted)
    assert found == {"a": 2.0, "b": ("float", 1.0), "c": ("double", 3.0), "d": [7]}
    assert list(found) == ["a", "b", "c", "d"]
    assert isinstance(found["a"], float)
    assert isinstance(found["b"][1], float)


def test_a_bare_schema_is_enough() -> None:
    assert read_container(container("int", (2, b"\x02\x04")), DOUBLE) == [1.0, 2.0]
    assert read_container(container("int"), DOUBLE) == []


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "too early"),
        (b"PK\x03\x04", "no Avro object container"),
        (b"Obj\x01\x00" + SYNC, "no schema"),
        (container("string"), "wanted long"),
        (container(["long", "string"]), "wanted long"),
        (container({"type": "array"}), "schema in the Avro file is wrong"),
        (container("long", codec="snappy"), "codec"),
        (container("long", (2, b"\x02")), "too early"),
        (container("long", (1, b"\x02\x02")), "left over"),
        (container("long", (-1, b"")), "block of -1"),
        (container("long", (2**40, b"")), "more values"),
        (container("long", (1, b"\x02"))[:-1], "too early"),
        (container("long", (1, b"\x02"))[:-1] + b"\xff", "mark"),
        (container("long", codec="deflate") + b"\x02\x02\xff" + SYNC, "broken"),
        (container("long", codec="deflate") + b"\x02\x02\x00" + SYNC, "broken"),
    ],
)
def test_files_that_are_wrong_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(PFAInputError, match=why):
        read_container(data, LONG)


@pytest.mark.parametrize("schema", [b"", b"{", b"\xff", b"9" * 5000, b"[" * 100_000, b'{"type":' * 50_000])
def test_schemas_that_are_none_are_refused(schema: bytes) -> None:
    data = b"Obj\x01" + binary_encoder(Map(BYTES))({"avro.schema": schema}) + SYNC
    with pytest.raises(PFAInputError):
        read_container(data, LONG)


def test_what_is_packed_is_bounded() -> None:
    data = container("bytes", (1, binary_encoder(BYTES)(bytes(100_000))), codec="deflate")
    assert len(data) < 1000
    assert len(read_container(data, BYTES)[0]) == 100_000
    with pytest.raises(PFAInputError, match="too large"):
        read_container(data, BYTES, 99_999)
    block = (1, binary_encoder(BYTES)(bytes(100_000)))
    with pytest.raises(PFAInputError, match="too large"):
        read_container(container("bytes", block, block, codec="deflate"), BYTES, 150_000)


def test_values_without_bytes_are_bounded_over_all_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binary, "SPARE_VALUES", 100)
    assert read_container(container("null", (50, b""), (50, b"")), NULL) == [None] * 100
    with pytest.raises(PFAInputError, match="more values"):
        read_container(container("null", *[(50, b"")] * 3), NULL)


@some
@given(st.data())
def test_broken_files_are_refused_or_read(data: st.DataObject) -> None:
    whole = bytearray(container(TREE_SCHEMA, (1, binary_encoder(tree_type())(BRANCH)), codec="deflate"))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(PFAInputError):
        read_container(bytes(whole), tree_type())
