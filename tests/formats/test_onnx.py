"""ONNX models: what they say of themselves, what they compute, and what they refuse."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from onnx_files import tensor_info

from salver.core.errors import BadInput, Internal, Unsupported
from salver.core.servable import Interrupt, Request
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor, TensorSpec, narrow, widen
from salver.formats.onnx_options import OnnxOptions

SEQUENCE = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, None))


def make_map(key, value=TensorProto.FLOAT):
    return helper.make_map_type_proto(key, helper.make_tensor_type_proto(value, []))


# What a model says of itself


def test_signature_of_a_model_with_an_open_first_dimension(write_onnx, opened):
    nodes = [
        helper.make_node("Identity", ["x"], ["y"]),
        helper.make_node("ArgMax", ["x"], ["best"], keepdims=0, axis=1),
    ]
    outputs = [tensor_info("y", TensorProto.FLOAT, ["N", 3]), tensor_info("best", TensorProto.INT64, ["N"])]
    signature = opened(write_onnx(nodes, [tensor_info("x", TensorProto.FLOAT, ["N", 3])], outputs)).signatures[DEFAULT]
    assert signature.inputs == {"x": TensorSpec("FP32", (-1, 3))}
    assert signature.outputs == {"y": TensorSpec("FP32", (-1, 3)), "best": TensorSpec("INT64", (-1,))}
    assert signature.batched


def test_no_dimensions_mean_a_scalar_only_where_the_file_says_so(write_identity, opened):
    scalar = opened(write_identity(TensorProto.FLOAT, [])).signatures[DEFAULT]
    anything = opened(write_identity(TensorProto.FLOAT, None)).signatures[DEFAULT]
    assert scalar.inputs["x"] == scalar.outputs["y"] == TensorSpec("FP32", ())
    assert anything.inputs["x"] == anything.outputs["y"] == TensorSpec("FP32", None)
    assert not scalar.batched
    assert not anything.batched


@pytest.mark.parametrize(
    ("first", "second", "batched"),
    [
        (["N", 2], ["N", 2], True),
        (["N", 2], ["M", 2], False),
        (["unk__3", 2], ["unk__9", 2], True),
        (["N", 2], [1, 2], False),
        ([None, 2], ["N", 2], True),
    ],
)
def test_batched_when_the_inputs_agree_on_an_open_first_dimension(write_onnx, opened, first, second, batched):
    inputs = [tensor_info("a", TensorProto.FLOAT, first), tensor_info("b", TensorProto.FLOAT, second)]
    outputs = [tensor_info("y", TensorProto.FLOAT, ["rows", 2]), tensor_info("z", TensorProto.FLOAT, ["other", 2])]
    nodes = [helper.make_node("Identity", ["a"], ["y"]), helper.make_node("Add", ["a", "b"], ["z"])]
    assert opened(write_onnx(nodes, inputs, outputs)).signatures[DEFAULT].batched is batched


def test_metadata_names_producer_opsets_providers_and_the_models_own(write_identity, opened):
    path = write_identity(TensorProto.FLOAT, producer_name="trainer", model_version=7)
    model = onnx.load(path)
    helper.set_model_props(model, {"author": "somebody"})
    onnx.save(model, path)
    metadata = opened(path).metadata
    assert metadata["producer"] == "trainer"
    assert metadata["version"] == "7"
    assert metadata["opsets"] == "ai.onnx 17, ai.onnx.ml 3"
    assert metadata["providers"] == "CPUExecutionProvider"
    assert metadata["author"] == "somebody"


# What it computes


def test_a_matrix_product_is_numpys(write_onnx, opened, ask):
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    nodes = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    info = [tensor_info("x", TensorProto.FLOAT, ["N", 3])], [tensor_info("y", TensorProto.FLOAT, ["N", 2])]
    model = opened(write_onnx(nodes, *info, {"w": weights}))
    rows = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
    np.testing.assert_array_equal(ask(model, x=rows)["y"], rows @ weights)
    assert ask(model, x=rows[:0])["y"].shape == (0, 2)


def test_only_the_outputs_wanted_come_in_the_signatures_order(write_onnx, opened, ask):
    nodes = [helper.make_node(kind, ["x"], [kind]) for kind in ("Neg", "Abs", "Sqrt")]
    model = opened(write_onnx(nodes, [tensor_info("x")], [tensor_info(kind) for kind in ("Neg", "Abs", "Sqrt")]))
    assert list(ask(model, x=[4.0])) == ["Neg", "Abs", "Sqrt"]
    answer = ask(model, outputs=("Sqrt", "Neg"), x=[4.0])
    assert [(name, array.tolist()) for name, array in answer.items()] == [("Neg", [-4]), ("Sqrt", [2])]


def test_inputs_with_a_value_in_the_model_may_be_left_out(write_onnx, opened, ask):
    infos = [tensor_info("x"), tensor_info("scale", shape=[1])], [tensor_info("y")]
    path = write_onnx([helper.make_node("Mul", ["x", "scale"], ["y"])], *infos, {"scale": np.array([10], np.float32)})
    model = opened(path)
    assert model.signatures[DEFAULT].defaults == {"scale": None}
    assert ask(model, x=[1.0, 2.0])["y"].tolist() == [10, 20]
    assert ask(model, x=[1.0, 2.0], scale=[3.0])["y"].tolist() == [3, 6]


def test_absent_optional_inputs_and_outputs(write_onnx, opened, ask):
    kind = helper.make_optional_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2]))
    infos = [helper.make_value_info("x", kind)], [helper.make_value_info("y", kind)]
    model = opened(write_onnx([helper.make_node("Identity", ["x"], ["y"])], *infos))
    assert model.signatures[DEFAULT].inputs["x"] == TensorSpec("FP32", (2,))
    assert ask(model, x=[1.0, 2.0])["y"].tolist() == [1, 2]
    assert ask(model) == {}


def test_data_beside_the_model_file(write_onnx, opened, ask, tmp_path):
    weights = np.arange(300, dtype=np.float32).reshape(3, 100)
    infos = [tensor_info("x", shape=["N", 3])], [tensor_info("y", shape=["N", 100])]
    path = write_onnx([helper.make_node("MatMul", ["x", "w"], ["y"])], *infos, {"w": weights})
    onnx.save(onnx.load(path), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert (tmp_path / "weights.bin").stat().st_size >= weights.nbytes
    model = opened(path, OnnxOptions(prepack=False))
    np.testing.assert_array_equal(ask(model, x=np.ones((1, 3), np.float32))["y"], weights.sum(0, keepdims=True))


# Strings


@pytest.mark.parametrize(
    "given", [np.array([b"hello", b"x"]), np.array(["hello", "x"]), np.array([b"hello", "x"], object)]
)
def test_strings_of_every_kind_come_back_whole(write_identity, opened, given):
    """NumPy's own byte strings would be read past their end, and bytes objects printed as b'...'."""
    model = opened(write_identity(TensorProto.STRING))
    answer = model(Request({"x": Tensor("BYTES", given)})).tensors["y"]
    assert answer.array.tolist() == ["hello", "x"]
    assert answer.dtype == "BYTES"


def test_strings_keep_their_zeros_and_their_accents(write_identity, opened, ask):
    words = np.array(["a\0b\0", "", "naïve ✓ 🍷", "ü".encode()], object)
    assert ask(opened(write_identity(TensorProto.STRING)), x=words)["y"].tolist() == ["a\0b\0", "", "naïve ✓ 🍷", "ü"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(b"\xff\xfe", "not UTF-8"), ("\ud800", "not UTF-8"), (None, "a missing value"), (3, "int 3")],
)
def test_what_is_no_text_is_refused(write_identity, opened, value, said):
    model = opened(write_identity(TensorProto.STRING))
    with pytest.raises(BadInput, match=f"input 'x' holds .*{said}.* at place 1"):
        model(Request({"x": Tensor("BYTES", np.array(["fine", value], object))}))


# Types that NumPy lacks


def test_bfloat16_passes_as_bits(write_onnx, opened, ask):
    nodes = [helper.make_node("Cast", ["x"], ["wide"], to=TensorProto.FLOAT)]
    nodes += [helper.make_node("Cast", ["w"], ["narrow"], to=TensorProto.BFLOAT16)]
    inputs = [tensor_info("x", TensorProto.BFLOAT16), tensor_info("w")]
    model = opened(write_onnx(nodes, inputs, [tensor_info("wide"), tensor_info("narrow", TensorProto.BFLOAT16)]))
    values = np.array([1.0, -2.5, 3.1415927, np.inf], np.float32)
    answer = ask(model, x=narrow(values), w=values)
    np.testing.assert_array_equal(answer["wide"], widen(narrow(values)))
    np.testing.assert_array_equal(answer["narrow"], narrow(values))
    assert model.signatures[DEFAULT].outputs["narrow"].dtype == "BF16"


def test_small_integers_pass_as_their_values(write_onnx, opened, ask):
    nodes = [helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT)]
    opset = [helper.make_opsetid("", 21)]
    path = write_onnx(
        nodes, [tensor_info("x", TensorProto.INT4)], [tensor_info("y")], opset_imports=opset, ir_version=10
    )
    model = opened(path)
    assert model.signatures[DEFAULT].inputs["x"].dtype == "INT8"
    assert ask(model, x=[-8, 7, 0])["y"].tolist() == [-8, 7, 0]
    with pytest.raises(BadInput, match=r"input 'x' holds values from -9 to 1, wanted -8 to 7"):
        ask(model, x=[1, -9])


def test_types_without_a_word_are_refused_at_load(write_identity, opened):
    with pytest.raises((Unsupported, BadInput), match=re.compile(r"complex", re.IGNORECASE)):
        opened(write_identity(TensorProto.COMPLEX64))


def test_a_type_numpy_lacks_beside_strings_is_refused_at_load(write_onnx, opened):
    nodes = [
        helper.make_node("Cast", ["x"], ["y"], to=TensorProto.BFLOAT16),
        helper.make_node("Identity", ["s"], ["t"]),
    ]
    inputs = [tensor_info("x"), tensor_info("s", TensorProto.STRING)]
    outputs = [tensor_info("y", TensorProto.BFLOAT16), tensor_info("t", TensorProto.STRING)]
    with pytest.raises(Unsupported, match=r"output 'y' has a type that NumPy lacks.*'s'"):
        opened(write_onnx(nodes, inputs, outputs))


# Sequences and maps


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        ({"classlabels_int64s": [7, -3]}, ["p.7", "p.-3"]),
        ({"classlabels_strings": ["red", "blé"]}, ["p.red", "p.blé"]),
    ],
)
def test_zipmap_becomes_columns_in_the_models_order(write_onnx, opened, ask, labels, columns):
    node = helper.make_node("ZipMap", ["x"], ["p"], domain="ai.onnx.ml", **labels)
    kind = make_map(TensorProto.INT64 if "classlabels_int64s" in labels else TensorProto.STRING)
    output = helper.make_value_info("p", helper.make_sequence_type_proto(kind))
    model = opened(write_onnx([node], [tensor_info("x", shape=["N", 2])], [output]))
    signature = model.signatures[DEFAULT]
    assert signature.outputs == {name: TensorSpec("FP32", (-1,)) for name in columns}
    assert list(signature.outputs) == columns
    assert signature.batched
    answer = ask(model, x=np.array([[0.25, 0.75], [1, 0]], np.float32))
    assert {name: array.tolist() for name, array in answer.items()} == {columns[0]: [0.25, 1], columns[1]: [0.75, 0]}
    assert list(ask(model, outputs=(columns[1],), x=np.ones((3, 2), np.float32))) == [columns[1]]
    assert ask(model, x=np.ones((0, 2), np.float32))[columns[0]].shape == (0,)


@pytest.fixture
def sequence_model(write_onnx, opened):
    info = [helper.make_value_info(name, SEQUENCE) for name in ("x", "y")]
    return opened(write_onnx([helper.make_node("Identity", ["x"], ["y"])], info[:1], info[1:]))


def test_sequences_are_json_of_arrays_lists_or_described_tensors(sequence_model, ask):
    assert sequence_model.signatures[DEFAULT].inputs["x"] == TensorSpec("JSON", (-1,))
    described = {"datatype": "FP32", "shape": [2, 1], "data": [5, 6]}
    answer = ask(sequence_model, x=[np.ones((2, 2), np.float32), [[1.5, 2]], described, 7])["y"]
    assert [item.tolist() for item in answer] == [[[1, 1], [1, 1]], [[1.5, 2]], [[5], [6]], 7]
    assert all(isinstance(item, np.ndarray) and item.dtype == np.float32 for item in answer)
    assert ask(sequence_model, x=[])["y"].shape == (0,)


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (["a"], "input 'x'[1]: values are BYTES, wanted FP32"),
        ({"datatype": "INT8", "data": [1]}, "input 'x'[1] has datatype 'INT8', wanted FP32"),
        ({"shape": [3], "data": [1]}, "input 'x'[1] has shape [3], which its 1 values do not fill"),
        ({"shape": "wide", "data": [1]}, "input 'x'[1] has shape 'wide', which its 1 values do not fill"),
        ([[1], [2, 3]], "input 'x'[1]: nested lists are ragged"),
        (None, "input 'x'[1]: "),
    ],
)
def test_wrong_sequence_items_are_named(sequence_model, ask, item, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        ask(sequence_model, x=[[1.0], item])


@pytest.fixture
def map_model(write_onnx, opened):
    node = helper.make_node("DictVectorizer", ["m"], ["y"], domain="ai.onnx.ml", string_vocabulary=["a", "b"])
    info = helper.make_value_info("m", make_map(TensorProto.STRING))
    return opened(write_onnx([node], [info], [tensor_info("y", shape=[1, 2])]))


def test_a_map_is_one_json_object(map_model, ask):
    assert ask(map_model, m=[{"b": 2, "a": 0.5}])["y"].tolist() == [[0.5, 2]]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], "input 'm' has 0 values, wanted one object"),
        ([{"a": 1.0}, {"a": 1.0}], "input 'm' has 2 values, wanted one object"),
        ([[1.0]], "input 'm' is list [1.0], wanted an object"),
        ([{}], "input 'm' is an empty object"),
        ([{"a": "x"}], "values are BYTES, wanted FP32"),
        ([{3: 1.0}], "a key of input 'm' holds int 3"),
    ],
)
def test_wrong_maps_are_refused(map_model, ask, values, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        ask(map_model, m=values)


def test_a_maps_keys_are_text_in_json(write_onnx, opened, ask):
    info = helper.make_value_info("m", make_map(TensorProto.INT64))
    model = opened(write_onnx([], [info], [info]))
    assert ask(model, m=[{"1": 2.0, 3: 4.0}])["m"].tolist() == [{"1": 2.0, "3": 4.0}]
    with pytest.raises(BadInput, match="input 'm' has the key 'one', wanted whole numbers"):
        ask(model, m=[{"one": 2.0}])


def test_a_sequence_of_maps_as_input_is_refused_at_load(write_onnx, opened):
    info = helper.make_value_info("m", helper.make_sequence_type_proto(make_map(TensorProto.INT64)))
    with pytest.raises(Unsupported, match="input 'm' has type"):
        opened(write_onnx([], [info], [info]))


def test_strings_in_sequences_keep_their_zeros(write_onnx, opened, ask):
    kind = helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.STRING, None))
    infos = [helper.make_value_info("x", kind)], [helper.make_value_info("y", kind)]
    model = opened(write_onnx([helper.make_node("Identity", ["x"], ["y"])], *infos))
    answer = ask(model, x=[["a\0", b"b"], {"data": ["c"], "shape": [1, 1]}])["y"]
    assert [item.tolist() for item in answer] == [["a\0", "b"], [["c"]]]
    with pytest.raises(BadInput, match=r"input 'x'\[0\]"):
        ask(model, x=[[["a"], ["b", "c"]]])


# What goes wrong


@pytest.mark.parametrize("content", [b"", b"this is not a model", b"\x08\x07", bytes(range(256))])
def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path, opened, capfd, content):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(BadInput) as raised:
        opened(str(path))
    assert raised.value.message.startswith(f"{path} is not an ONNX model")
    assert "ONNXRuntimeError" not in raised.value.message
    assert capfd.readouterr() == ("", "")


def test_a_truncated_file_is_refused(write_onnx, opened):
    weights = {"w": np.zeros((3, 100), np.float32)}
    infos = [tensor_info("x", shape=["N", 3])], [tensor_info("y", shape=["N", 100])]
    path = Path(write_onnx([helper.make_node("MatMul", ["x", "w"], ["y"])], *infos, weights))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadInput, match="is not an ONNX model"):
        opened(str(path))


def test_an_operator_that_the_runtime_lacks_is_named(write_onnx, opened):
    node = helper.make_node("Add", ["x", "x"], ["y"])
    path = write_onnx([node], [tensor_info("x", TensorProto.STRING)], [tensor_info("y", TensorProto.STRING)])
    with pytest.raises((Unsupported, BadInput), match="Add"):
        opened(path)


def test_a_fault_of_the_input_is_bad_input_without_the_runtimes_own_words(write_onnx, opened, ask, capfd):
    node = helper.make_node("Gather", ["data", "x"], ["y"])
    infos = [tensor_info("x", TensorProto.INT64)], [tensor_info("y")]
    model = opened(write_onnx([node], *infos, {"data": np.zeros(2, np.float32)}))
    with pytest.raises(BadInput) as raised:
        ask(model, x=[9])
    assert "idx=9" in raised.value.message
    for word in ("ONNXRuntimeError", ".cc", "onnxruntime_src", "Non-zero status"):
        assert word not in raised.value.message
    assert capfd.readouterr() == ("", "")


def test_a_fault_of_the_model_is_internal(write_onnx, opened, ask):
    node = helper.make_node("Reshape", ["x", "shape"], ["y"])
    infos = [tensor_info("x")], [tensor_info("y", shape=[2, 2])]
    model = opened(write_onnx([node], *infos, {"shape": np.array([2, 2], np.int64)}))
    with pytest.raises(Internal, match=r"the model failed: .*reshaped") as raised:
        ask(model, x=[1.0, 2.0, 3.0])
    assert "onnxruntime_src" not in raised.value.message


# Options


def test_an_unknown_provider_is_refused_with_those_there_are(write_identity, opened):
    with pytest.raises(BadInput, match=r"'AbacusExecutionProvider' is not installed; there are .*CPUExecutionProvider"):
        opened(write_identity(TensorProto.FLOAT), OnnxOptions(providers=("AbacusExecutionProvider",)))


def test_free_dimensions_are_fixed(write_identity, opened):
    path = write_identity(TensorProto.FLOAT, ["N", 2])
    signature = opened(path, OnnxOptions(free_dimensions={"N": 4})).signatures[DEFAULT]
    assert signature.inputs["x"].shape == (4, 2)
    assert not signature.batched


@pytest.mark.parametrize("optimisation", ["all", "extended", "basic", "none"])
def test_every_level_of_optimisation_computes_the_same(write_identity, opened, ask, optimisation):
    model = opened(write_identity(TensorProto.FLOAT), OnnxOptions(optimisation=optimisation, intra_op_threads=0))
    assert ask(model, x=[1.0])["y"].tolist() == [1]


SHARING = """
import sys, threading
from pathlib import Path
from salver.formats.onnx_options import OnnxOptions
from salver.formats.table import FormatOptions, open_model

assert "onnxruntime" not in sys.modules, "the table must not import onnxruntime"
threads = lambda: len(list(Path("/proc/self/task").iterdir()))
options = FormatOptions(onnx=OnnxOptions(intra_op_threads=0, shared_threads=2))
first = open_model(sys.argv[1], options)
before = threads()
options = FormatOptions(onnx=OnnxOptions(shared_threads=7))
models = [open_model(sys.argv[1], options) for _ in range(20)]
assert threads() == before, (before, threads())
"""


@pytest.mark.slow
def test_models_that_share_threads_start_none(write_identity):
    path = write_identity(TensorProto.FLOAT)
    subprocess.run([sys.executable, "-c", SHARING, path], check=True)


def test_many_threads_may_open_and_ask(write_onnx, opened, ask):
    weights = np.arange(6, dtype=np.float32).reshape(3, 2)
    infos = [tensor_info("x", shape=["N", 3])], [tensor_info("y", shape=["N", 2])]
    path = write_onnx([helper.make_node("MatMul", ["x", "w"], ["y"])], *infos, {"w": weights})
    shared = opened(path)

    def work(number: int) -> bool:
        rows = np.full((number + 1, 3), number, np.float32)
        answers = [ask(model, x=rows)["y"] for model in (shared, opened(path))]
        return all(np.array_equal(answer, rows @ weights) for answer in answers)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(16)))


def test_a_model_may_name_its_signature(write_onnx, opened, ask):
    path = write_onnx([helper.make_node("Identity", ["x"], ["y"])], [tensor_info("x")], [tensor_info("y")])
    model = onnx.load(path)
    helper.set_model_props(model, {"salver.signature": "predict"})
    onnx.save(model, path)
    assert list(opened(path).signatures) == ["predict"]


def test_a_version_that_was_never_set_is_not_told(write_identity, opened):
    assert "version" not in opened(write_identity(TensorProto.FLOAT)).metadata


def test_close_drops_the_session(write_identity, opened):
    model = opened(write_identity(TensorProto.FLOAT))
    model.close()
    assert not hasattr(model, "_session")


def test_a_run_that_nobody_waits_for_ends_early(write_onnx, opened):
    """A loop over 10^12 rounds would go on for days."""
    counted = [helper.make_node("Add", ["before", "one"], ["after"]), helper.make_node("Identity", ["go"], ["on"])]
    body = helper.make_graph(
        counted,
        "body",
        [
            tensor_info("round", TensorProto.INT64, []),
            tensor_info("go", TensorProto.BOOL, []),
            tensor_info("before", TensorProto.FLOAT, [1]),
        ],
        [tensor_info("on", TensorProto.BOOL, []), tensor_info("after", TensorProto.FLOAT, [1])],
        [helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])],
    )
    nodes = [helper.make_node("Loop", ["rounds", "", "x"], ["y"], body=body)]
    inputs = [tensor_info("rounds", TensorProto.INT64, []), tensor_info("x", TensorProto.FLOAT, [1])]
    model = opened(write_onnx(nodes, inputs, [tensor_info("y", TensorProto.FLOAT, [1])]))

    def request(rounds: int) -> Request:
        tensors = {"rounds": Tensor("INT64", np.array(rounds)), "x": Tensor("FP32", np.zeros(1, np.float32))}
        asked = Request(tensors, DEFAULT)
        asked.interrupt = Interrupt()
        return asked

    endless = request(10**12)
    assert endless.interrupt is not None
    timer = threading.Timer(0.01, endless.interrupt.set)
    timer.start()
    with pytest.raises(Internal, match="terminate"):
        model(endless)
    timer.join()
    assert model(request(3)).tensors["y"].array.tolist() == [3.0]
