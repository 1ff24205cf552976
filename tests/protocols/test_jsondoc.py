"""JSON as servers of models meet it: TensorFlow Serving's dialect, and number arrays that never become lists."""

import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.errors import BadInput
from salver.protocols import jsondoc

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=30,
)


@given(VALUES)
def test_any_document_reads_as_the_standard_library_reads_it(value):
    assert jsondoc.read(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'{"a": 1} and more', {"a": 1}),
        (b'{"a": 1, "a": 2}', {"a": 1}),
        (b'{"a": {"b": 1, "b": 2}, "c": "x:y"}', {"a": {"b": 1}, "c": "x:y"}),
        (b'[{"a": 1}, {"a": "\\": 2", "a": 3}]', [{"a": 1}, {"a": '": 2'}]),
        (b'{"a\\u0062": 1, "ab": 2}', {"ab": 1}),
        (b"[Inf, -Inf, Infinity, -Infinity]", [math.inf, -math.inf, math.inf, -math.inf]),
        (b'["Inf", "a\\"Inf", Inf]', ["Inf", 'a"Inf', math.inf]),
        (b" 1 ", 1),
    ],
)
def test_the_dialect(body, value):
    assert jsondoc.read(body) == value


def test_nan_is_a_number():
    assert math.isnan(jsondoc.read(b'{"a": [NaN]}')["a"][0])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "The document is empty"),
        (b" \n ", "The document is empty"),
        (b'{"a": }', "Invalid value. at offset: 6"),
        (b'{"\xc3\xa9": }', "Invalid value. at offset: 7"),
        (b'{"a": [1, 2', "at offset: 11"),
        (b'"\xff"', "Invalid UTF-8. at offset: 1"),
        (b"[" * 500_000, "nested too deeply"),
        (b'{"a":' * 500_000, "nested too deeply"),
        (b"[" * 500_000 + b"]" * 500_000, "nested too deeply"),
        (b"[1e400]", "too big"),
        (b"[" + b"9" * 5000 + b"]", "too big"),
        (b"[+1]", "Invalid value"),
    ],
)
def test_what_is_no_document_is_refused_with_the_place(body, words):
    with pytest.raises(jsondoc.NotJson, match=words):
        jsondoc.read(body)


@given(st.binary(max_size=200))
def test_garbage_is_refused_or_read_but_never_breaks(body):
    with contextlib.suppress(BadInput):
        jsondoc.read(body)


SHAPES = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=12)
ARRAYS = st.one_of(
    hnp.arrays(np.int64, SHAPES),
    hnp.arrays(np.float64, SHAPES, elements=st.floats(allow_nan=False, allow_infinity=False)),
    hnp.arrays(np.uint64, SHAPES, elements=st.integers(2**63, 2**64 - 1)),
)


def large(text):
    """The same document, large enough to have its arrays cut out."""
    return b" " * 10_000 + text


@given(ARRAYS, st.sampled_from([None, 1, 2]), st.booleans())
def test_number_arrays_are_read_whole_and_exact(array, indent, spaced):
    text = json.dumps(array.tolist(), indent=indent, separators=(", ", ": ") if spaced else None)
    read = jsondoc.read(large(text.encode()))
    assert isinstance(read, np.ndarray)
    assert read.dtype == array.dtype
    assert np.array_equal(read, array)


@pytest.mark.parametrize(
    "text",
    [
        b"[[1, 2], [3]]",
        b"[[1, 2], [3, 4, 5], [6]]",
        b"[[1], 2]",
        b"[1, [2]]",
        b"[1, true]",
        b'[1, "2"]',
        b"[1, null]",
        b"[[], [1]]",
        b"[1, {}]",
        b"[1,,2]",
        b"[1 2]",
        b"1",
    ],
)
def test_what_is_no_rectangular_number_array_is_left_to_others(text):
    try:
        assert jsondoc.read(large(text)) == json.loads(text)
    except jsondoc.NotJson:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_only_the_first_of_two_large_documents_counts():
    assert jsondoc.read(large(b"[1] [2]")) == [1]


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["a", "b", "instances", "signature_name"]), min_size=1, max_size=4), st.data())
def test_large_documents_read_as_small_ones_do(names, data):
    big = np.arange(4000).reshape(40, 100) * data.draw(st.sampled_from([1, 0.5]))
    rows = [{name: data.draw(st.sampled_from([1, "x", [1, 2], big.tolist()])) for name in names} for _ in range(3)]
    document = {"rows": rows, "all": big.tolist(), "text": "t:\u00e9"}
    assert plain(jsondoc.read(json.dumps(document, ensure_ascii=data.draw(st.booleans())).encode())) == document


def test_equal_keys_in_a_large_document():
    big = json.dumps(list(range(5000)))
    assert plain(jsondoc.read(f'{{"a": 1, "b": {big}, "a": 2}}'.encode())) == {"a": 1, "b": list(range(5000))}
    assert plain(jsondoc.read(f'{{"b": {big}, "b": 2}}'.encode())) == {"b": list(range(5000))}


def test_no_client_can_write_the_name_that_stands_for_an_array():
    big = json.dumps(list(range(5000)))
    body = f'{{"a": "\\u00000", "b": {big}}}'.encode()
    assert plain(jsondoc.read(body)) == {"a": "\x000", "b": list(range(5000))}


def test_large_broken_documents_are_refused_where_they_break():
    body = b'{"instances": [' + b"1," * 10_000 + b"x]}"
    with pytest.raises(jsondoc.NotJson, match=f"offset: {body.index(b'x')}"):
        jsondoc.read(body)


def plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


@given(hnp.arrays(np.float32, SHAPES, elements=st.floats(width=32)))
def test_what_is_written_reads_back_equal(array):
    read = np.array(jsondoc.read(jsondoc.write({"a": array}))["a"], np.float32)
    assert np.array_equal(read, array, equal_nan=True)


def test_floats_are_written_in_their_shortest_form_and_non_finite_ones_as_words():
    assert jsondoc.write(np.array([0.1, 3.0], np.float32)) == b"[0.1,3.0]"
    assert jsondoc.write([math.nan, math.inf, -math.inf, None]) == b"[NaN,Infinity,-Infinity,null]"


def test_arrays_that_are_not_contiguous_are_written_too():
    assert jsondoc.write(np.arange(6).reshape(2, 3).T) == b"[[0,3],[1,4],[2,5]]"
