"""TensorFlow Lite models, against LiteRT's own public API and against arithmetic."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from salver.core.errors import BadInput, Unsupported
from salver.core.servable import Request
from salver.core.tensor import Tensor, TensorSpec
from salver.formats.table import FormatOptions, open_model
from salver.formats.tflite_options import TfliteOptions

DATA = Path(__file__).parents[1] / "data" / "tflite"
SAVED_MODELS = Path(__file__).parents[3] / "shared" / "testdata" / "saved_models"
needs_testdata = pytest.mark.skipif(not SAVED_MODELS.exists(), reason="../shared/testdata is not there")
F32 = np.float32


def ask_one(model: Any, signature: str = "serving_default", outputs: tuple[str, ...] = (), **arrays: Any) -> Any:
    tensors = {name: Tensor.of(array, model.signatures[signature].inputs[name].dtype) for name, array in arrays.items()}
    model.signatures[signature].check(tensors)
    response = model(Request(tensors, signature, outputs=outputs))
    return {name: tensor.array for name, tensor in response.tensors.items()}


def directly(path: str, **arrays: Any) -> dict[str, Any]:
    """What LiteRT's documented API gives for these inputs, by tensor name."""
    interpreter = Interpreter(model_path=path)
    for details in interpreter.get_input_details():
        interpreter.resize_tensor_input(details["index"], arrays[details["name"]].shape)
    interpreter.allocate_tensors()
    for details in interpreter.get_input_details():
        interpreter.set_tensor(details["index"], arrays[details["name"]])
    interpreter.invoke()
    return {details["name"]: interpreter.get_tensor(details["index"]) for details in interpreter.get_output_details()}


@pytest.fixture
def two(opened) -> Any:
    return opened(str(DATA / "two_signatures.tflite"))


def test_the_signatures_of_the_files_own_list(two):
    assert set(two.signatures) == {"serving_default", "other"}
    rows, other = two.signatures["serving_default"], two.signatures["other"]
    assert rows.inputs == {"x": TensorSpec("FP32", (-1, 3), checked=False)}
    assert rows.outputs["sum"].shape == (-1,)
    assert rows.batched
    assert other.inputs["b"].shape == ()
    assert not other.batched


@pytest.mark.parametrize("rows", [1, 3, 0, 64])
def test_any_number_of_rows_is_computed(two, rows):
    x = np.arange(3 * rows, dtype=F32).reshape(rows, 3)
    answer = ask_one(two, x=x)
    np.testing.assert_array_equal(answer["double"], 2 * x)
    np.testing.assert_array_equal(answer["sum"], x.sum(axis=1))
    assert list(answer) == list(two.signatures["serving_default"].outputs)


def test_signatures_take_turns_on_one_interpreter(opened):
    model = opened(str(DATA / "two_signatures.tflite"), FormatOptions(tflite=TfliteOptions(interpreters=1)))
    for rows in (1, 2, 1):
        a = np.ones((rows, 2), F32)
        np.testing.assert_array_equal(ask_one(model, "other", a=a, b=np.array(4, F32))["c"], a + 4)
        assert ask_one(model, x=np.ones((rows, 3), F32))["sum"].tolist() == [3.0] * rows


def test_some_outputs(two):
    assert list(ask_one(two, outputs=("sum",), x=np.ones((2, 3), F32))) == ["sum"]


def test_answers_outlive_later_calls(two):
    first = ask_one(two, x=np.ones((1, 3), F32))["double"]
    ask_one(two, x=np.zeros((1, 3), F32))
    assert first.tolist() == [[2.0, 2.0, 2.0]]


def test_strings_keep_their_trailing_nuls(opened):
    model = opened(str(DATA / "strings.tflite"))
    assert ask_one(model, x=np.array([b"ab\0\0", b"x"], object))["y"].tolist() == [b"ab\0\0"] * 2
    assert ask_one(model, x=["\u00e9"])["y"].tolist() == ["\u00e9".encode()] * 2


@pytest.mark.parametrize("values", [[None], [], ["\ud800"]])
def test_what_the_model_cannot_take_is_refused_and_nothing_else_is_disturbed(opened, values):
    model = opened(str(DATA / "strings.tflite"), FormatOptions(tflite=TfliteOptions(interpreters=1)))
    with pytest.raises(BadInput, match="the model fails on this input: "):
        ask_one(model, x=np.array(values, object))
    assert ask_one(model, x=["a"])["y"].tolist() == [b"a", b"a"]


def test_quantised_values_are_raw_integers(opened):
    path = str(DATA / "int8.tflite")
    x = np.array([[1, -2, 3, 127], [0, 0, 0, -128]], np.int8)
    answer = ask_one(opened(path), keras_tensor=x)["output_0"]
    (expected,) = directly(path, **{"serving_default_keras_tensor:0": x}).values()
    assert answer.dtype == np.int8
    np.testing.assert_array_equal(answer, expected)


@pytest.mark.parametrize("shape", [(3,), (1, 4), (1, 1, 3), ()])
def test_other_axes_must_be_as_the_file_says(two, shape):
    words = re.escape(f"'x' has shape {list(shape)}, wanted [-1, 3], with any number of rows")
    with pytest.raises(BadInput, match=words):
        ask_one(two, x=np.zeros(shape, F32))


def test_threads_do_not_disturb_each_other(two):
    wrong: list[Any] = []

    def work(number: int) -> None:
        x = np.full((number, 3), number, F32)
        for _ in range(200):
            answer = ask_one(two, x=x)["sum"]
            wrong.extend(answer[answer != 3 * number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@needs_testdata
@pytest.mark.parametrize("model", ["saved_model_half_plus_two_tflite", "saved_model_half_plus_two_tflite_with_sigdef"])
@pytest.mark.parametrize("rows", [1, 5])
def test_half_plus_two(model, rows, opened):
    path = SAVED_MODELS / model / "00000123"
    x = np.linspace(-3, 3, rows, dtype=F32).reshape(rows, 1)
    np.testing.assert_array_equal(ask_one(opened(str(path)), x=x)["y"], x / 2 + 2)


@needs_testdata
def test_signatures_in_the_metadata_are_declared_as_they_are(opened):
    model = opened(str(SAVED_MODELS / "saved_model_half_plus_two_tflite_with_sigdef" / "00000123"))
    signature = model.signatures["serving_default"]
    assert signature.method == "tensorflow/serving/predict"
    assert (list(signature.inputs), list(signature.outputs)) == (["x"], ["y"])
    assert signature.inputs["x"].shape == (1, 1)


@needs_testdata
def test_an_operation_that_litert_lacks_is_named():
    with pytest.raises(Unsupported, match="ParseExampleV2, which LiteRT has not; serve the SavedModel"):
        open_model(str(SAVED_MODELS / "parse_example_tflite" / "00000123"))


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x1c\0\0\0TFL3" + b"\xff" * 60, b"model: 1\n" * 99])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=re.escape(f"{path}")):
        open_model(str(path))


def test_a_truncated_model_is_refused(tmp_path):
    whole = (DATA / "two_signatures.tflite").read_bytes()
    path = tmp_path / "model.tflite"
    for size in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:size])
        with pytest.raises(BadInput, match="is not a TensorFlow Lite model that can be loaded"):
            open_model(str(path))


def test_which_model_of_a_folder_is_opened(tmp_path):
    shutil.copy(DATA / "int8.tflite", tmp_path / "other.tflite")
    assert open_model(str(tmp_path)).path == str(tmp_path / "other.tflite")
    shutil.copy(DATA / "int8.tflite", tmp_path / "model.tflite")
    assert open_model(str(tmp_path)).path == str(tmp_path / "model.tflite")
    (tmp_path / "saved_model.pb").touch()
    preferred = FormatOptions(tflite=TfliteOptions(preferred=True))
    assert open_model(str(tmp_path), preferred).format == "tflite"
