"""The wine example's models, held against the answer a real TensorFlow Serving gave, and against NumPy."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

Array = np.ndarray[Any, Any]
Import = Callable[[str], ModuleType]

WINE = Path(__file__).parents[2] / "examples" / "wine"
VARIABLES = WINE / "data" / "tutorial" / "variables"

# What TensorFlow Serving 1.x answered, by the README of lightbend/model-serving-tutorial.
ASKED = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]
ANSWERED = [1.14877e-09, 3.39649e-09, 1.19725e-08, 0.014344, 0.0618138, 0.689735, 0.304, 0.0153118, 0.000971983]


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Import:
    """Imports a script of the example as Python would when it is run."""
    monkeypatch.syspath_prepend(WINE)
    return importlib.import_module


@pytest.fixture(scope="module")
def rows() -> Array:
    return np.loadtxt(WINE / "data" / "winequality_red.csv", delimiter=";")


def run(model: Path | bytes, features: Array) -> list[Array]:
    session = onnxruntime.InferenceSession(model)
    outputs: list[Array] = session.run(None, {session.get_inputs()[0].name: features.astype(np.float32)})
    return outputs


def by_hand(variables: dict[str, Array], features: Array) -> Array:
    value = features.astype(np.float64)
    for layer in ("dense_1", "dense_2"):
        value = np.maximum(value @ variables[f"{layer}/kernel"] + variables[f"{layer}/bias"], 0)
    return 1 / (1 + np.exp(-(value @ variables["dense_3/kernel"] + variables["dense_3/bias"])))


def test_tutorial_model_gives_what_tensorflow_serving_gave() -> None:
    (outputs,) = run(WINE / "models" / "tutorial" / "1" / "model.onnx", np.array([ASKED]))
    np.testing.assert_allclose(outputs, [ANSWERED], rtol=0, atol=1e-6)


def test_weights_read_from_the_checkpoint_give_it_to_the_printed_digit(example: Import) -> None:
    variables = example("tensor_bundle").read(VARIABLES)
    np.testing.assert_allclose(by_hand(variables, np.array([ASKED])), [ANSWERED], rtol=1e-5)


def test_tutorial_model_agrees_with_numpy_on_every_row(example: Import, rows: Array) -> None:
    variables = example("tensor_bundle").read(VARIABLES)
    (outputs,) = run(WINE / "models" / "tutorial" / "1" / "model.onnx", rows[:, :-1])
    expected = by_hand(variables, rows[:, :-1])
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=1e-6)
    assert (outputs.argmax(axis=1) == expected.argmax(axis=1)).all()
    assert round(float(np.mean(outputs.argmax(axis=1) == rows[:, -1])), 4) == 0.5916


def test_shipped_tutorial_model_is_what_the_script_makes(example: Import) -> None:
    made = example("convert_tutorial").convert(VARIABLES)
    shipped = onnx.load(WINE / "models" / "tutorial" / "1" / "model.onnx")
    assert made == shipped


@pytest.mark.parametrize("name", ["wine", "tutorial"])
def test_shipped_models_pass_the_checker_of_onnx(name: str) -> None:
    onnx.checker.check_model(onnx.load(WINE / "models" / name / "1" / "model.onnx"), full_check=True)


def test_shipped_model_is_as_accurate_as_it_claims(example: Import, rows: Array) -> None:
    path = WINE / "models" / "wine" / "1" / "model.onnx"
    claims = {entry.key: float(entry.value) for entry in onnx.load(path).metadata_props}
    quality, probabilities = run(path, rows[:, :-1])
    right = quality == rows[:, -1]
    train = example("train")
    _, unseen = train.split(*train.read())
    assert round(float(right.mean()), 4) == claims["accuracy"] > 0.65
    assert round(float(right[unseen].mean()), 4) == claims["accuracy_unseen"] > 0.5
    assert (np.array(train.GRADES)[probabilities.argmax(axis=1)] == quality).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_training_twice_gives_the_same_file(example: Import) -> None:
    train = example("train")
    assert train.train().SerializeToString(deterministic=True) == train.train().SerializeToString(deterministic=True)


def test_nothing_held_out_was_trained_on(example: Import) -> None:
    train = example("train")
    features, grades = train.read()
    seen, unseen = train.split(features, grades)
    wines = [set(map(tuple, np.column_stack([features, grades])[index])) for index in (seen, unseen)]
    assert not wines[0] & wines[1]


def test_function_finds_each_wine_itself(example: Import, rows: Array) -> None:
    assert (example("app").predict(rows[:40, :-1].astype(np.float32)) == rows[:40, -1]).all()


@pytest.mark.parametrize("length", [0, 47, 100, 300, 696])
def test_a_cut_index_is_refused(example: Import, tmp_path: Path, length: int) -> None:
    for part in (".index", ".data-00000-of-00001"):
        (tmp_path / f"cut{part}").write_bytes(VARIABLES.with_name(f"variables{part}").read_bytes())
    index = tmp_path / "cut.index"
    index.write_bytes(index.read_bytes()[:length])
    with pytest.raises(ValueError, match="index"):
        example("tensor_bundle").read(tmp_path / "cut")


def test_damage_to_the_index_is_refused_or_harmless(example: Import, tmp_path: Path) -> None:
    bundle = example("tensor_bundle")
    whole = VARIABLES.with_name("variables.index").read_bytes()
    (tmp_path / "bad.data-00000-of-00001").write_bytes(
        VARIABLES.with_name("variables.data-00000-of-00001").read_bytes()
    )
    for position in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[position] ^= 0xFF
        (tmp_path / "bad.index").write_bytes(damaged)
        try:
            bundle.read(tmp_path / "bad")
        except ValueError:
            continue
