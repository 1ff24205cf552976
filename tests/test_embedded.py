from __future__ import annotations

import asyncio
import os
import pickle
import shutil
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from operator import methodcaller
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnxruntime
import pandas as pd
import polars as pl
import pytest
from onnx import TensorProto, helper
from onnx_files import tensor_info

import salver
from salver.core.errors import BadInput, Fault, Internal, NotFound

WINE = Path(__file__).parents[1] / "examples" / "wine" / "models" / "wine"
FEATURES = np.random.default_rng(7).uniform(0, 10, (40, 11)).astype(np.float32)


@pytest.fixture(scope="module")
def known() -> np.ndarray:
    """What the bare runtime says of FEATURES."""
    session = onnxruntime.InferenceSession(WINE / "1" / "model.onnx")
    return np.asarray(session.run(["probabilities"], {"features": FEATURES})[0])


@pytest.fixture
def app(tmp_path: Path) -> Callable[[str], str]:
    """Writes Python source; returns its path."""

    def write(source: str) -> str:
        path = tmp_path / "app.py"
        path.write_text(textwrap.dedent(source))
        return str(path)

    return write


@pytest.fixture
def add(tmp_path: Path) -> str:
    """ONNX: FP32 [-1] `a` and `b` to their `sum`."""
    ends = [tensor_info(name) for name in ("a", "b", "sum")]
    return write_onnx(tmp_path / "add.onnx", helper.make_node("Add", ["a", "b"], ["sum"]), ends[:2], ends[2:])


def write_onnx(path: Path, node: Any, inputs: list[Any], outputs: list[Any]) -> str:
    graph = helper.make_graph([node], "graph", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return str(path)


def identity(tmp_path: Path, kind: int, shape: Any = ("N",)) -> str:
    ends = [tensor_info(name, kind, shape) for name in ("x", "y")]
    return write_onnx(tmp_path / f"{kind}.onnx", helper.make_node("Identity", ["x"], ["y"]), ends[:1], ends[1:])


# What can be loaded.


@pytest.mark.parametrize("target", [WINE, WINE / "1", WINE / "1" / "model.onnx", str(WINE)])
def test_a_file_a_version_and_a_folder_of_versions(target, known):
    with salver.load(target) as model:
        assert model.format == "onnx"
        assert model.path == str(WINE / "1" / "model.onnx")
        np.testing.assert_array_equal(model.predict(FEATURES)["probabilities"], known)


def test_the_newest_version_is_taken_by_number(tmp_path):
    for version in ("2", "10", "009", "notes"):
        (tmp_path / version).mkdir()
        number = "".join(filter(str.isdigit, version)) or "0"
        (tmp_path / version / "model.py").write_text(f"def predict(x: float) -> float:\n    return {int(number)} + x\n")
    with salver.load(tmp_path) as model:
        assert model.predict(np.zeros(1))["output"].tolist() == [10.0]


def test_what_is_no_model(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "x.onnx").write_text("nothing")
    for target, kind, said in (
        ("none.onnx", NotFound, "there is nothing at"),
        ("none.py:predict", NotFound, "there is no file"),
        ("empty", BadInput, "holds no model of a known format"),
        ("x.onnx", BadInput, "is not an ONNX model"),
    ):
        with pytest.raises(kind, match=said):
            salver.load(tmp_path / target)
    with pytest.raises(NotFound, match="there is no Python module"):
        salver.load("salver_no_such_module:predict")


def test_functions_and_classes(app):
    path = app("""
        def twice(x: float) -> float:
            return 2 * x

        class Model:
            def load(self) -> None:
                self.offset = 10

            def predict(self, x: float) -> float:
                return self.offset + x
        """)
    for name, expected in (("twice", [2.0, 4.0]), ("Model", [11.0, 12.0])):
        with salver.load(f"{path}:{name}") as model:
            assert model.format == "python"
            assert model.predict({"x": [1, 2]})["output"].tolist() == expected


# Ways to ask.


def test_every_way_to_ask_gives_the_same(known):
    with salver.load(WINE) as model:
        rows = FEATURES.tolist()
        for inputs in (
            {"features": FEATURES},
            {"features": rows},
            {"features": FEATURES.astype(np.float64)},
            {"features": FEATURES.astype(">f4")},
            {"features": np.asfortranarray(FEATURES)},
            {"features": np.repeat(FEATURES, 2, axis=1)[:, ::2]},
            FEATURES,
            rows,
            [{"features": row} for row in rows],
        ):
            np.testing.assert_array_equal(model.predict(inputs)["probabilities"], known)


def test_frames(known):
    names = [f"f{number}" for number in range(11)]
    with salver.load(WINE) as model:
        of_pandas = model.predict(pd.DataFrame(FEATURES, columns=names, index=range(100, 140)))
        of_polars = model.predict(pl.DataFrame(FEATURES, schema=names))
    assert of_pandas.index[0] == 100
    for answer in (of_pandas, of_polars):
        assert list(answer.columns) == ["quality", *(f"probabilities.{number}" for number in range(6))]
        np.testing.assert_array_equal(answer["probabilities.2"].to_numpy(), known[:, 2])


def test_several_inputs(add):
    with salver.load(add) as model:
        for inputs in (
            {"a": [1.0, 2.0], "b": np.array([3, 4])},
            [{"a": 1, "b": 3}, {"a": 2.0, "b": 4.0}],
            pd.DataFrame({"b": [3, 4], "a": [1, 2]}),
            pl.DataFrame({"b": [3, 4], "a": [1, 2]}),
        ):
            assert list(model.predict(inputs)["sum"]) == [4.0, 6.0]


def test_some_outputs_only():
    with salver.load(WINE) as model:
        assert list(model.predict(FEATURES, outputs=("quality",))) == ["quality"]
        with pytest.raises(BadInput, match="there is no output 'age'; the outputs are 'quality', 'probabilities'"):
            model.predict(FEATURES, outputs=("age",))
        with pytest.raises(BadInput, match="there is no signature 'other'"):
            model.predict(FEATURES, signature="other")


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"a": [1.0]}, "missing input 'b'"),
        ({"a": [1.0], "b": [1.0], "c": [1.0]}, "there is no input 'c'; the inputs are 'a', 'b'"),
        (np.ones(3), "the model has 2 inputs, so wanted a dict of arrays with the names 'a', 'b'; got one ndarray"),
        ({"a": [1.0], "b": ["x"]}, "input 'b': values are BYTES, wanted FP32"),
        ({"a": [1.0], "b": [[1.0]]}, "input 'b' has shape [1, 1], wanted [-1]"),
        ({"a": [1.0, 2.0], "b": [[1.0], [1.0, 2.0]]}, "input 'b': nested lists are ragged"),
        ([{"a": 1, "b": 2}, {"a": 1}], "row 1 has ['a'], wanted the names of row 0: ['a', 'b']"),
        ([{"a": 1, "b": 2}, 3], "row 1 has int, wanted the names of row 0"),
        ({"a": [1.0], "b": object()}, "input 'b'"),
        ({"a": [1.0], "b": {"c": 1}}, "input 'b'"),
        ({"a": [1.0], "b": None}, "input 'b'"),
        (None, "the model has 2 inputs"),
    ],
)
def test_wrong_input_is_named(add, inputs, said):
    with salver.load(add) as model, pytest.raises(BadInput) as caught:
        model.predict(inputs)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [
        (TensorProto.INT8, [1, -2], np.int8),
        (TensorProto.UINT64, [2**63, 2**64 - 1], np.uint64),
        (TensorProto.FLOAT16, [0.5, 1.5], np.float16),
        (TensorProto.DOUBLE, [0.1, 0.2], np.float64),
        (TensorProto.BOOL, [True, False], np.bool_),
        (TensorProto.STRING, ["wine", "größe"], object),
        (TensorProto.BFLOAT16, [0.5, -3.0], np.float32),
    ],
)
def test_dtypes(tmp_path, kind, values, dtype):
    with salver.load(identity(tmp_path, kind)) as model:
        answer = model.predict({"x": values})["y"]
    assert answer.dtype == dtype
    assert [value.decode() if isinstance(value, bytes) else value for value in answer.tolist()] == values


def test_bfloat16_arrays_of_other_libraries(tmp_path):
    values = np.array([1.0, 2.5, np.nan], ml_dtypes.bfloat16)
    with salver.load(identity(tmp_path, TensorProto.BFLOAT16)) as model:
        np.testing.assert_array_equal(model.predict(values)["y"], values.astype(np.float32))


def test_scalars(tmp_path):
    with salver.load(identity(tmp_path, TensorProto.INT64, ())) as model:
        answer = model.predict(7)["y"]
    assert answer.shape == ()
    assert answer == 7


def test_integers_that_do_not_fit(tmp_path):
    with salver.load(identity(tmp_path, TensorProto.INT8)) as model:
        with pytest.raises(BadInput, match="input 'x': integers from 300 to 300 do not fit INT8"):
            model.predict([300])
        with pytest.raises(BadInput, match="input 'x': values are FP64, wanted INT8"):
            model.predict([1.5])


def test_values_that_are_no_tensors(app):
    path = app("def predict(record: dict) -> dict:\n    return {**record, 'seen': True}\n")
    try:
        model = salver.load(path)
    except BadInput:
        pytest.skip("records are no arguments of a Python model")
    with model:
        assert model.predict({"record": [{"a": 1}]})["output"].tolist() == [{"a": 1, "seen": True}]
        with pytest.raises(BadInput, match="input 'record' is JSON: wanted a list with a value for each row, got dict"):
            model.predict({"record": {"a": 1}})


# Its life.


def test_what_it_says_about_itself():
    with salver.load(WINE) as model:
        assert list(model.signatures) == ["serving_default"]
        assert str(model.signatures["serving_default"].inputs["features"]) == "FP32[-1, 11]"
        assert model.metadata["graph"] == "wine_quality"
        assert repr(model) == f"<salver.Model '{WINE}'>"
    assert repr(model) == f"<salver.Model '{WINE}' (closed)>"


def test_closed_is_closed():
    model = salver.load(WINE)
    model.close()
    model.close()
    for ask in (lambda: model.predict(FEATURES), lambda: model.signatures, lambda: asyncio.run(model.predict_async(1))):
        with pytest.raises(BadInput, match="is closed"):
            ask()


def test_a_class_is_told_of_the_end(app, tmp_path):
    path = app(f"""
        import pathlib
        class Model:
            def predict(self, x: float) -> float:
                return x
            def close(self) -> None:
                pathlib.Path({str(tmp_path / "closed")!r}).touch()
        """)
    with salver.load(path) as model:
        model.predict([1.0])
        assert not (tmp_path / "closed").exists()
    assert (tmp_path / "closed").exists()


def test_what_a_model_raises_is_its_own_fault(app):
    with salver.load(app("def predict(x: float) -> float:\n    return 1 / x\n")) as model:
        with pytest.raises(Internal, match=r"ZeroDivisionError: .*app\.py:2"):
            model.predict([0.0])
        assert model.predict([2.0])["output"].tolist() == [0.5]


def test_a_path_may_be_relative_and_the_folder_changed(tmp_path, monkeypatch, known):
    shutil.copytree(WINE, tmp_path / "wine")
    monkeypatch.chdir(tmp_path)
    with salver.load("wine") as model:
        monkeypatch.chdir("/")
        with pickle.loads(pickle.dumps(model)) as other:
            np.testing.assert_array_equal(other.predict(FEATURES)["probabilities"], known)


# Loops, threads, processes.

ASYNC = """
    import asyncio

    class Model:
        def __init__(self) -> None:
            self.loop = None

        async def predict(self, x: float) -> float:
            loop = asyncio.get_running_loop()
            if self.loop is None:
                self.loop, self.lock = loop, asyncio.Lock()
            async with self.lock:
                await asyncio.sleep(0)
            return 2 * x if loop is self.loop else -1.0
    """


def test_an_async_model_called_from_plain_code_has_one_loop(app):
    with salver.load(app(ASYNC)) as model:
        for number in range(3):
            assert model.predict([number])["output"].tolist() == [2 * number]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda number: model.predict([number])["output"].tolist(), range(50)))
    assert answers == [[2.0 * number] for number in range(50)]


def test_an_async_model_called_from_a_loop(app):
    async def converse(model: salver.Model) -> list[float]:
        plainly = model.predict([1.0])["output"].tolist()
        assert plainly == [2.0]
        return [*plainly]

    with salver.load(app(ASYNC)) as model:
        assert asyncio.run(converse(model)) == [2.0]


def test_an_async_model_awaited_runs_on_the_callers_loop(app):
    async def converse(model: salver.Model) -> list[Any]:
        answers = await asyncio.gather(*(model.predict_async([number]) for number in range(5)))
        return [answer["output"].tolist() for answer in answers]

    with salver.load(app(ASYNC)) as model:
        assert asyncio.run(converse(model)) == [[2.0 * number] for number in range(5)]


def test_a_loop_goes_with_its_model(app):
    model = salver.load(app(ASYNC))
    assert any(thread.name == "salver-async" for thread in threading.enumerate())
    model.predict([1.0])
    del model
    assert not any(thread.name == "salver-async" for thread in threading.enumerate())


def test_awaiting_holds_up_no_loop(app, tmp_path):
    os.mkfifo(tmp_path / "gate")
    path = app(f"""
        def predict(x: float) -> float:
            open({str(tmp_path / "gate")!r}).close()  # waits for somebody who writes
            return x
        """)

    async def converse(model: salver.Model) -> Any:
        asking = asyncio.create_task(model.predict_async([3.0]))
        await asyncio.sleep(0)
        (tmp_path / "gate").open("w").close()  # this runs although the model has not answered
        return (await asking)["output"].tolist()

    with salver.load(path) as model:
        assert asyncio.run(converse(model)) == [3.0]


@pytest.mark.slow
def test_many_threads_get_right_answers(known):
    with salver.load(WINE) as model, ThreadPoolExecutor(16) as threads:

        def ask(number: int) -> bool:
            index = number % len(FEATURES)
            answer = model.predict({"features": FEATURES[index : index + 1]})["probabilities"]
            return bool(np.allclose(answer, known[index], rtol=1e-5))

        assert all(threads.map(ask, range(4000)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("threads", [1, 4])
def test_a_forked_child_answers_and_so_does_the_parent(known, threads):
    options = salver.FormatOptions(onnx=salver.OnnxOptions(intra_op_threads=threads))
    with salver.load(WINE, options) as model:
        model.predict(FEATURES)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                answers = [model.predict(FEATURES)["probabilities"] for _ in range(3)]
                model.close()
                status = 0 if all(np.array_equal(answer, known) for answer in answers) else 2
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        np.testing.assert_array_equal(model.predict(FEATURES)["probabilities"], known)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_async_model_in_a_forked_child(app):
    with salver.load(app(ASYNC)) as model:
        model.predict([1.0])
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = 0 if model.predict([4.0])["output"].tolist() == [8.0] else 2
                model.close()
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert model.predict([2.0])["output"].tolist() == [4.0]


@pytest.mark.slow
def test_another_process_opens_the_same_model(known):
    with salver.load(WINE) as model, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        answer = pool.submit(methodcaller("predict", FEATURES), model).result(60)
        np.testing.assert_array_equal(answer["probabilities"], known)
        with pytest.raises(Fault, match="there is no input 'nothing'"):
            pool.submit(methodcaller("predict", {"nothing": [1]}), model).result(60)
