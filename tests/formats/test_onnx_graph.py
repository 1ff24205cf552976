"""The facts read from a file are those that ONNX's own reader finds, and rubbish is refused quietly."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from salver.formats.onnx_graph import read_facts

LABELS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1), st.lists(st.text("abcé\n", max_size=5), min_size=1)
)
OPSETS = st.dictionaries(st.sampled_from(["", "ai.onnx.ml", "x.y"]), st.integers(1, 99))
SHAPES = st.none() | st.lists(st.integers(0, 9) | st.text("NM", min_size=1), max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    LABELS,
    st.lists(SHAPES, max_size=4),
    st.dictionaries(st.sampled_from(["", "ai.onnx.ml", "x.y"]), st.integers(1, 99)),
)
def test_facts_are_those_of_the_model(tmp_path: Path, labels, shapes, opsets):
    name = "classlabels_int64s" if isinstance(labels[0], int) else "classlabels_strings"
    nodes = [
        helper.make_node("Relu", ["i0"], ["r"], name="ZipMap"),
        helper.make_node("ZipMap", ["r"], ["p"], domain="ai.onnx.ml", **{name: labels}),
    ]
    inputs = [helper.make_tensor_value_info(f"i{at}", TensorProto.FLOAT, shape) for at, shape in enumerate(shapes)]
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("p", TensorProto.FLOAT, [2])])
    versions = [helper.make_opsetid(domain, version) for domain, version in opsets.items()]
    path = tmp_path / "model.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=versions or None).SerializeToString())
    facts = read_facts(str(path), maps=True)
    assert facts.keys == {"p": tuple(labels)}
    assert facts.shaped == {"p"} | {f"i{at}" for at, shape in enumerate(shapes) if shape is not None}
    assert not versions or facts.opsets == opsets
    assert read_facts(str(path), maps=False).keys == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60), st.sampled_from([b"", b"\x3a\x30", b"\x42\x10", b"\x3a\x20\x0a\x1e"]))
def test_rubbish_is_read_or_refused(tmp_path: Path, content, start):
    path = tmp_path / "model.onnx"
    path.write_bytes(start + content)
    with contextlib.suppress(ValueError):
        read_facts(str(path), maps=True)


@pytest.mark.parametrize("content", [b"\x3a\xff\xff\xff\xff\x7f", b"\xff" * 20, b"\x3f", b"\x38\x01"])
def test_what_does_not_fit_is_refused(tmp_path: Path, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"message|number"):
        read_facts(str(path), maps=True)
