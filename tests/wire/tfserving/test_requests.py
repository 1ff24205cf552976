"""Predict bodies, byte by byte: what TensorFlow Serving documents each of them to mean, or the text it refuses with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from salver.core.errors import BadInput, Fault, Unsupported
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, TensorSpec
from salver.protocols.tfserving.body import Body
from salver.protocols.tfserving.faults import encode_fault


def taking(**dtypes: str) -> Signature:
    return Signature({name: TensorSpec(dtype, None) for name, dtype in dtypes.items()}, {})


X = taking(x="FP32")
INTS = taking(x="INT32")
TEXT = taking(x="BYTES")
TWO = taking(a="FP32", b="INT64")
WORDS = taking(word="BYTES", count="INT32")
JSON = taking(x="JSON")

READS: list[tuple[bytes, Signature, dict[str, Any]]] = [
    # row format, plain
    (b'{"instances": [1.0, 2.0, 5.0]}', X, {"x": [1.0, 2.0, 5.0]}),
    (b'{"instances": [[1, 2], [3, 4], [5, 6]]}', INTS, {"x": [[1, 2], [3, 4], [5, 6]]}),
    (b'{"instances": [[[1], [2]], [[3], [4]]]}', INTS, {"x": [[[1], [2]], [[3], [4]]]}),
    (b'{"instances": [[], []]}', X, {"x": [[], []]}),
    (b'{"instances": ["one", "two"]}', TEXT, {"x": ["one", "two"]}),
    (b'{"instances": [{"b64": "/wA="}, "plain"]}', TEXT, {"x": [b"\xff\x00", "plain"]}),
    (b'{"instances": [["a", {"b64": "YQ"}]]}', TEXT, {"x": [["a", b"a"]]}),
    (b'{"instances": [true, false]}', taking(x="BOOL"), {"x": [True, False]}),
    # row format, objects
    (b'{"instances": [{"x": 1}, {"x": 2}]}', X, {"x": [1.0, 2.0]}),
    (b'{"instances": [{"a": [1], "b": 7}, {"b": 8, "a": [2]}]}', TWO, {"a": [[1.0], [2.0]], "b": [7, 8]}),
    (
        b'{"instances": [{"word": {"b64": "aGk="}, "count": 1}, {"word": "ho", "count": 2}]}',
        WORDS,
        {"word": [b"hi", "ho"], "count": [1, 2]},
    ),
    # column format
    (b'{"inputs": 3}', X, {"x": 3.0}),
    (b'{"inputs": [[1, 2], [3, 4]]}', X, {"x": [[1.0, 2.0], [3.0, 4.0]]}),
    (b'{"inputs": {"b64": "aGk="}}', TEXT, {"x": b"hi"}),
    (b'{"inputs": {"x": [1]}}', X, {"x": [1.0]}),
    (b'{"inputs": {"a": [1], "b": [[2, 3]], "unknown": 0}}', TWO, {"a": [1.0], "b": [[2, 3]]}),
    (b'{"inputs": []}', X, {"x": []}),
    # the document
    (b'\xef\xbb\xbf {"instances": [1]} and more', X, {"x": [1.0]}),
    (b'{"instances": [1], "instances": [2]}', X, {"x": [1.0]}),
    (b'{"instances": [{"x": 1, "x": 2}]}', X, {"x": [1.0]}),
    (b'{"unknown": {"deep": [null]}, "instances": [1]}', X, {"x": [1.0]}),
    (b'{"signature_name": "", "instances": [1]}', X, {"x": [1.0]}),
    (b'{"signature_name": "serving_default", "instances": [1]}', X, {"x": [1.0]}),
    (b'{"instances": [Infinity, -Infinity, Inf, -Inf]}', X, {"x": [math.inf, -math.inf, math.inf, -math.inf]}),
    (b'{"instances": ["Inf", "-Infinity", "\xc3\xbc\\u00fc"]}', TEXT, {"x": ["Inf", "-Infinity", "üü"]}),
    # numbers
    (b'{"instances": [1e39, -1e39, 1e-60, 16777217]}', X, {"x": [math.inf, -math.inf, 0.0, 16777216.0]}),
    (b'{"instances": [9223372036854775807]}', taking(x="INT64"), {"x": [9223372036854775807]}),
    (b'{"instances": [18446744073709551615]}', taking(x="UINT64"), {"x": [18446744073709551615]}),
    (b'{"instances": [0, 255]}', taking(x="UINT8"), {"x": [0, 255]}),
    # JSON inputs: any value, one a row
    (b'{"instances": [{"age": 3}, [1, "a"], null, 2]}', JSON, {"x": [{"age": 3}, [1, "a"], None, 2]}),
    (b'{"instances": [{"x": {"age": 3}}, {"x": null}]}', JSON, {"x": [{"age": 3}, None]}),
    (b'{"inputs": {"x": [{"age": 3}]}}', JSON, {"x": [{"age": 3}]}),
    (b'{"inputs": {"age": 3}}', JSON, {"x": [{"age": 3}]}),
]


@pytest.mark.parametrize(("body", "signature", "tensors"), READS)
def test_reads(body: bytes, signature: Signature, tensors: dict[str, Any]) -> None:
    request = Body(body)({"serving_default": signature})
    assert request.signature == "serving_default"
    assert {name: tensor.array.tolist() for name, tensor in request.tensors.items()} == tensors
    for name, tensor in request.tensors.items():
        assert tensor.dtype == signature.inputs[name].dtype
        assert tensor.array.dtype == NUMPY[tensor.dtype]


def test_not_a_number_is_a_number() -> None:
    request = Body(b'{"instances": [NaN, [1]]}'.replace(b", [1]", b""))({"serving_default": X})
    assert np.isnan(request.tensors["x"].array).all()


ROW = "Failed to process element: {} of 'instances' list. Error: INVALID_ARGUMENT: {}"
KEYED = "Failed to process element: {} key: {} of 'instances' list. Error: INVALID_ARGUMENT: {}"

REFUSES: list[tuple[bytes, Signature, str]] = [
    # the document
    (b"", X, "JSON Parse error: The document is empty"),
    (b'{"instances": [1,, 2]}', X, "JSON Parse error: Invalid value. at offset: 17"),
    (b"[1, 2]", X, "JSON Value: [1,2] Is not object"),
    (b'"instances"', X, 'JSON Value: "instances" Is not object'),
    (b"{}", X, "Missing 'inputs' or 'instances' key"),
    (
        b'{"instances": [1], "inputs": [1]}',
        X,
        'JSON Value: {"instances":[1],"inputs":[1]} Not formatted correctly expecting only one of '
        "'inputs' or 'instances' keys to exist ",
    ),
    (
        b'{"signature_name": 5, "inputs": 1}',
        X,
        'JSON Value: {"signature_name":5,"inputs":1} not formatted correctly. '
        "'signature_name' key must be a string value.",
    ),
    (b'{"signature_name": "no", "inputs": 1}', X, 'Serving signature name: "no" not found in signature def'),
    # the outline
    (b'{"instances": 5}', X, "JSON Value: {\"instances\":5} Expecting 'instances' to be an list/array"),
    (b'{"instances": {"x": 1}}', X, 'JSON Value: {"instances":{"x":1}} Expecting \'instances\' to be an list/array'),
    (b'{"instances": []}', X, "JSON Value: {\"instances\":[]} No values in 'instances' array"),
    (
        b'{"instances": [1, 2]}',
        TWO,
        "instances is a plain list, but expecting list of objects as multiple input tensors required "
        "as per tensorinfo_map",
    ),
    (
        b'{"inputs": [1, 2]}',
        TWO,
        "inputs is a plain value/list, but expecting an object as multiple input tensors required "
        "as per tensorinfo_map",
    ),
    (b'{"inputs": {"a": 1}}', TWO, "Missing named input: b in 'inputs' object."),
    (b'{"instances": [{"x": 1}, [2]]}', X, "Expecting object but got list at item 1 of input list"),
    (b'{"instances": [1, {"x": 2}]}', X, "Expecting value/list but got object at item 1 of input list"),
    (
        b'{"instances": [{"a": 1, "b": 2}, {"a": 1}]}',
        TWO,
        "Failed to process element: 1 of 'instances' list. JSON object: {\"a\":1} keys must be equal to: a,b",
    ),
    (
        b'{"instances": [{"a": 1, "b": 2, "c": 3}]}',
        TWO,
        KEYED.format(0, "c", "JSON object: does not have named input: c"),
    ),
    # shapes
    (b'{"instances": [[1, 2], [3, 4], [5, 6, 7]]}', X, ROW.format(2, "Expecting tensor size: 2 but got: 3")),
    (b'{"instances": [[1, 2], [[3, 4]]]}', X, ROW.format(1, "Expecting shape [2] but got: [1,2]")),
    (b'{"instances": [{"x": [1]}, {"x": [1, 2]}]}', X, KEYED.format(1, "x", "Expecting tensor size: 1 but got: 2")),
    (
        b'{"inputs": [[1, 2], [3]]}',
        X,
        "Encountered list at unexpected size: 1 at level: 1 expected size: 2",
    ),
    (
        b'{"inputs": [[1, 2], 3]}',
        X,
        "JSON Value: 3 found at incorrect level: 2 in the JSON DOM. Expected at level: 2",
    ),
    (b'{"inputs": [1, [2]]}', X, "Encountered list at unexpected level: 1 expected < 1"),
    # values
    (b'{"inputs": "x"}', X, 'JSON Value: "x" Type: String is not of expected type: float'),
    (b'{"inputs": null}', X, "JSON Value: null Type: Null is not of expected type: float"),
    (b'{"inputs": [true]}', X, "JSON Value: true Type: True is not of expected type: float"),
    (b'{"inputs": [{"b64": "YQ=="}]}', X, 'JSON Value: {"b64":"YQ=="} Type: Object is not of expected type: float'),
    (b'{"inputs": 1.0}', INTS, "JSON Value: 1.0 Type: Number is not of expected type: int32"),
    (b'{"inputs": 2147483648}', INTS, "JSON Value: 2147483648 Type: Number is not of expected type: int32"),
    (b'{"inputs": [1, 256]}', taking(x="UINT8"), "JSON Value: 256 Type: Number is not of expected type: uint8"),
    (b'{"inputs": -1}', taking(x="UINT64"), "JSON Value: -1 Type: Number is not of expected type: uint64"),
    (b'{"inputs": 1}', taking(x="BOOL"), "JSON Value: 1 Type: Number is not of expected type: bool"),
    (b'{"inputs": 1}', TEXT, "JSON Value: 1 Type: Number is not of expected type: string"),
    (b'{"inputs": "x"}', taking(x="FP64"), 'JSON Value: "x" Type: String is not of expected type: double'),
    (
        b'{"instances": [[1], ["x"]]}',
        X,
        ROW.format(1, 'JSON Value: "x" Type: String is not of expected type: float'),
    ),
    (
        b'{"instances": [{"a": 1, "b": 1}, {"a": 1, "b": 1.5}]}',
        TWO,
        KEYED.format(1, "b", "JSON Value: 1.5 Type: Number is not of expected type: int64"),
    ),
    (b'{"inputs": {"b64": "*"}}', TEXT, "Unable to base64 decode"),
    (b'{"inputs": [{"b65": "YQ=="}]}', TEXT, 'JSON Value: {"b65":"YQ=="} not formatted correctly for base64 data'),
]


@pytest.mark.parametrize(("body", "signature", "text"), REFUSES)
def test_refuses(body: bytes, signature: Signature, text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Body(body)({"serving_default": signature})
    assert caught.value.message == text
    assert encode_fault(caught.value, None).status == 400


@pytest.mark.parametrize(("dtype", "name"), [("FP16", "half"), ("BF16", "bfloat16")])
@pytest.mark.parametrize("body", [b'{"instances": [1.5]}', b'{"instances": [{"x": 1.5}]}', b'{"inputs": {"x": 1.5}}'])
def test_half_floats_have_no_json_form(dtype: str, name: str, body: bytes) -> None:
    with pytest.raises(Unsupported, match=f"^Conversion of JSON Value: 1.5 to type: {name}$") as caught:
        Body(body)({"serving_default": taking(x=dtype)})
    assert encode_fault(caught.value, None).status == 501


def test_a_refused_value_is_quoted_up_to_256_bytes() -> None:
    with pytest.raises(Fault) as caught:
        Body(b'{"inputs": "%s"}' % (b"y" * 1000))({"serving_default": X})
    assert caught.value.message == f'JSON Value: "{"y" * 255} Type: String is not of expected type: float'
