"""A classify or regress body: JSON objects of features, one an example, as serialized `tf.Example`s."""

from __future__ import annotations

from typing import Any, Final

from salver.core.errors import BadInput
from salver.protocols.jsondoc import read
from salver.protocols.jsontensor import from_base64
from salver.protocols.messages import message
from salver.protocols.tfserving import refusals
from salver.protocols.tfserving.arrays import plain
from salver.protocols.tfserving.columns import check_count
from salver.protocols.tfserving.questions import behind

_EXAMPLE: Final = message("tensorflow.Example")
_KINDS: Final = {"int64_list": "int64", "float_list": "float", "bytes_list": "bytes"}
"""The kinds of feature, and what an error text calls them."""
_LEAST_INT64, _MOST_INT64, _MOST_UINT64 = -(2**63), 2**63 - 1, 2**64 - 1


def read_examples(body: bytes) -> tuple[str, list[bytes]]:
    """The name of the signature, empty for the default one, and the examples, each behind the context if there is one.

    Raises BadInput for a body that is none, or holds a feature that is none.
    """
    document = read(body)
    name = refusals.signature_name(document)
    context = _example(document["context"]) if "context" in document else b""
    if "examples" not in document:
        raise refusals.misformed(document, "When method is classify, key 'examples' is expected and was not found")
    examples = plain(document["examples"])
    if type(examples) is not list:
        raise refusals.misformed(document, "Expecting 'examples' value to be an list/array")
    if not examples:
        raise refusals.misformed(document, "'examples' value is an empty array")
    check_count(examples)
    return name, behind(context, list(map(_example, examples)))


def _example(value: Any) -> bytes:
    if type(value) is not dict:
        raise BadInput(f"Example must be JSON object but got JSON {refusals.type_of(plain(value))}")
    example = _EXAMPLE()
    features = example.features.feature
    for name, content in value.items():
        content = plain(content)
        _fill(features[_encodable(name)], name, content if type(content) is list else [content])
    raw: bytes = example.SerializeToString()
    return raw


def _fill(feature: Any, name: str, content: list[Any]) -> None:
    filled = ""
    values = []
    for item in content:
        kind, value = _value(name, item)
        if filled and kind != filled:
            raise BadInput(f"Unexpected element type in feature: {name} expecting type: {_KINDS[filled]}")
        filled = kind
        values.append(value)
    if filled:
        getattr(feature, filled).value.extend(values)


def _value(name: str, item: Any) -> tuple[str, Any]:
    """The kind of feature that a value makes, and the value in it."""
    if type(item) is bool:
        return "int64_list", int(item)
    if type(item) is int and _LEAST_INT64 <= item <= _MOST_UINT64:
        if item > _MOST_INT64:
            raise BadInput(f"Feature: {name} has uint64 element. Only int64 is supported.")
        return "int64_list", item
    if type(item) in (int, float):
        return "float_list", _float(item)
    if type(item) is str:
        return "bytes_list", item.encode(errors="replace")
    if type(item) is dict and len(item) == 1 and type(item.get("b64")) is str:
        return "bytes_list", from_base64(item)
    raise BadInput(f"Feature: {name} has element with unexpected JSON type: {refusals.type_of(item)}")


def _float(number: float) -> float:
    """The number, or infinity for one beyond what Python calls a float."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _encodable(name: str) -> str:
    return name.encode(errors="replace").decode()
