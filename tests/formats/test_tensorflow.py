"""SavedModels and frozen graphs, against TensorFlow's own `session.run` and its signature functions."""

from __future__ import annotations

import gc
import re
import shutil
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import salver
from salver.core.errors import BadInput, NotFound, Unsupported
from salver.core.servable import Request
from salver.core.signature import Signature
from salver.core.tensor import Tensor
from salver.formats import tensorflow_graph
from salver.formats.table import FormatOptions, open_model
from salver.formats.tensorflow_options import GraphdefOptions, TensorflowOptions

SHARED = Path(__file__).parents[3] / "shared" / "testdata"
SAVED_MODELS = SHARED / "saved_models"
WINE = SHARED / "wine" / "data"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.exists(), reason="../shared/testdata is not there"),
]
F32 = np.float32
WHOLE = sorted(
    str(path.parent.relative_to(SAVED_MODELS))
    for path in SAVED_MODELS.rglob("saved_model.pb")
    if "truncated" not in str(path) and "missing" not in str(path)
)


@pytest.fixture(scope="module")
def tf() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow

        return tensorflow


@pytest.fixture
def open_tf(opened: Callable[..., Any], tf: Any) -> Iterator[Callable[..., Any]]:
    """Opens a model, and closes it after the test."""
    models: list[Any] = []

    def open_it(path: str, options: FormatOptions | None = None) -> Any:
        models.append(opened(path, options))
        return models[-1]

    yield open_it
    for model in models:
        model.close()


def ask_one(model: Any, signature: str, outputs: tuple[str, ...] = (), **arrays: Any) -> dict[str, Any]:
    specs = model.signatures[signature].inputs
    tensors = {
        name: Tensor(specs[name].dtype, array) if isinstance(array, np.ndarray) else Tensor.of(array, specs[name].dtype)
        for name, array in arrays.items()
    }
    model.signatures[signature].check(tensors)
    response = model(Request(tensors, signature, outputs=outputs))
    assert all(type(tensor.array) is np.ndarray for tensor in response.tensors.values())
    return {name: tensor.array for name, tensor in response.tensors.items()}


def example(tf: Any, **features: float) -> bytes:
    kinds = {key: tf.train.Feature(float_list=tf.train.FloatList(value=[value])) for key, value in features.items()}
    return bytes(tf.train.Example(features=tf.train.Features(feature=kinds)).SerializeToString())


def values_for(tf: Any, signature: Signature, shapes: dict[str, Any], rows: int) -> dict[str, Any]:
    """So many rows wherever the graph's own shape lets them be, whatever the type."""
    random = np.random.default_rng(7)
    arrays: dict[str, Any] = {}
    for name, spec in signature.inputs.items():
        shape = [rows if size in (None, -1) else size for size in shapes[name]]
        if spec.dtype == "BYTES":
            arrays[name] = np.array([example(tf, x=float(row), x2=row / 3) for row in range(rows)], object)
        else:
            arrays[name] = random.normal(size=shape).astype(F32)
    return arrays


class Direct:
    """The same SavedModel in a session of its own, run by `session.run`."""

    def __init__(self, tf: Any, folder: Path) -> None:
        self._graph = tf.Graph()
        self._session = tf.compat.v1.Session(graph=self._graph)
        with self._graph.as_default():
            self.meta_graph = tf.compat.v1.saved_model.loader.load(self._session, ["serve"], str(folder))

    def __call__(self, signature: str, **arrays: Any) -> dict[str, Any]:
        definition = self.meta_graph.signature_def[signature]
        feed = {definition.inputs[name].name: array for name, array in arrays.items()}
        fetch = {name: info.name for name, info in definition.outputs.items()}
        return dict(self._session.run(fetch, feed))

    def shapes(self, signature: str) -> dict[str, Any]:
        """The shapes of the graph's own tensors behind the inputs, which `session.run` insists on."""
        inputs = self.meta_graph.signature_def[signature].inputs
        found = {name: self._graph.get_tensor_by_name(info.name).shape for name, info in inputs.items()}
        return {name: [None] if shape.rank is None else shape.as_list() for name, shape in found.items()}

    def close(self) -> None:
        self._session.close()


@pytest.mark.parametrize("model", WHOLE)
def test_every_signature_answers_as_session_run_does(tf, open_tf, model):
    folder = SAVED_MODELS / model
    ours, direct = open_tf(str(folder)), Direct(tf, folder)
    hidden = {"__saved_model_init_op"}
    assert set(ours.signatures) == set(direct.meta_graph.signature_def) - hidden
    for name, signature in ours.signatures.items():
        definition = direct.meta_graph.signature_def[name]
        assert signature.method == definition.method_name
        for key, info in definition.inputs.items():
            shape = info.tensor_shape
            declared = None if shape.unknown_rank else tuple(dim.size for dim in shape.dim)
            assert signature.inputs[key].shape == declared
        if signature.stateful:
            continue
        # The convolution of the mkl model goes with one row only.
        arrays = values_for(tf, signature, direct.shapes(name), 1 if "mkl" in model else 3)
        expected = direct(name, **arrays)
        answer = ask_one(ours, name, **arrays)
        assert list(answer) == list(signature.outputs)
        for key, array in answer.items():
            np.testing.assert_array_equal(array, expected[key])
    direct.close()


def test_a_model_of_the_second_api_answers_as_its_signature_functions_do(tf, open_tf):
    folder = str(SAVED_MODELS / "saved_model_half_plus_two_tf2_cpu" / "00000123")
    ours, theirs = open_tf(folder), tf.saved_model.load(folder)
    for name, signature in ours.signatures.items():
        arrays = values_for(tf, signature, {key: spec.shape for key, spec in signature.inputs.items()}, 3)
        expected = theirs.signatures[name](**{key: tf.constant(array) for key, array in arrays.items()})
        for key, array in ask_one(ours, name, **arrays).items():
            np.testing.assert_array_equal(array, expected[key].numpy())


def test_the_known_answers_of_the_wine_models(open_tf, tf):
    row = np.array([[7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]], F32)
    served = [1.14877e-09, 3.39649e-09, 1.19725e-08, 0.014344, 0.0618138, 0.689735, 0.304, 0.0153118, 0.000971983]
    saved = ask_one(open_tf(str(WINE / "saved" / "1")), "predict", inputs=row)["outputs"]
    np.testing.assert_allclose(saved[0], served, rtol=5e-6)
    frozen = open_tf(str(WINE / "optimized_WineQuality.pb"))
    known = [1.1395783e-09, 3.3764302e-09, 1.1851080e-08, 1.4395327e-02, 6.1780926e-02, 6.9121635e-01, 3.0315071e-01]
    answer = ask_one(frozen, "serving_default", dense_1_input=row)["dense_3/Sigmoid"]
    np.testing.assert_allclose(answer[0], [*known, 1.5147322e-02, 9.5653400e-04], rtol=1e-6)


def test_a_default_stands_for_what_is_left_out(open_tf, tf):
    folder = SAVED_MODELS / "saved_model_half_plus_two_tf2_cpu" / "00000123"
    model = open_tf(str(folder))
    default = tf.make_ndarray(Direct(tf, folder).meta_graph.signature_def["serving_default"].defaults["x"])
    assert ask_one(model, "serving_default")["y"].tolist() == (default / 2 + 2).tolist()
    assert ask_one(model, "serving_default", x=np.array([6], F32))["y"].tolist() == [5.0]


def test_a_counter_counts_each_call_once_and_is_never_run_unasked(open_tf):
    counter = open_tf(str(SAVED_MODELS / "saved_model_counter" / "00000123"))
    stateful = {name for name, signature in counter.signatures.items() if signature.stateful}
    assert stateful == {"incr_counter", "incr_counter_by", "reset_counter"}
    before = ask_one(counter, "get_counter")["output"]
    assert before == 0
    assert ask_one(counter, "incr_counter")["output"] == 1
    assert ask_one(counter, "incr_counter_by", delta=np.array(5, F32))["output"] == 6
    assert ask_one(counter, "get_counter")["output"] == 6
    assert ask_one(counter, "reset_counter")["output"] == 0
    assert before == 0


def test_the_newest_version_is_loaded_embedded(tf):
    with salver.load(SAVED_MODELS / "saved_model_half_plus_two_2_versions") as model:
        assert model.format == "savedmodel"
        assert model.path.endswith("00000124/saved_model.pb")
        assert model.predict([[2.0], [4.0]], signature="serving_default")["y"].tolist() == [[3.0], [4.0]]


def test_shapes_are_told_as_declared_and_judged_by_tensorflow(open_tf):
    model = open_tf(str(SAVED_MODELS / "saved_model_half_plus_two_cpu" / "00000123"))
    assert model.signatures["serving_default"].inputs["x"].shape == (-1, 1)
    for shape in ((3,), (2, 2), (), (0, 1)):
        x = np.ones(shape, F32)
        np.testing.assert_array_equal(ask_one(model, "serving_default", x=x)["y"], x / 2 + 2)
    wine = open_tf(str(WINE / "saved" / "1"))
    with pytest.raises(BadInput, match=r"In\[0\] mismatch In\[1\] shape|Matrix size-incompatible"):
        ask_one(wine, "predict", inputs=np.ones((1, 3), F32))


def test_examples_that_are_none_are_refused_with_tensorflows_words(open_tf, tf):
    model = open_tf(str(SAVED_MODELS / "saved_model_half_plus_two_cpu" / "00000123"))
    assert ask_one(model, "classify_x_to_y", inputs=[example(tf, x=4.0)])["scores"].tolist() == [[4.0]]
    with pytest.raises(BadInput, match="Could not parse example input, value: 'nonsense'"):
        ask_one(model, "classify_x_to_y", inputs=[b"nonsense"])
    with pytest.raises(BadInput, match="missing value"):
        ask_one(model, "classify_x_to_y", inputs=np.array([None], object))


def test_the_signatures_of_the_file_are_told_in_its_own_words(open_tf, tf):
    from tensorflow_serving.apis.get_model_metadata_pb2 import SignatureDefMap

    folder = SAVED_MODELS / "saved_model_half_plus_two_tf2_cpu" / "00000123"
    told = SignatureDefMap.FromString(open_tf(str(folder)).native["tensorflow.serving.SignatureDefMap"])
    kept = Direct(tf, folder).meta_graph.signature_def
    assert "__saved_model_init_op" in told.signature_def
    assert dict(told.signature_def) == dict(kept)
    lite = open_tf(str(SAVED_MODELS / "saved_model_half_plus_two_tflite_with_sigdef" / "00000123"))
    told = SignatureDefMap.FromString(lite.native["tensorflow.serving.SignatureDefMap"])
    assert told.signature_def["serving_default"].inputs["x"].name == "tflite_input:0"


class TestMade:
    """Models that TensorFlow writes for one test each."""

    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, tf: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """A SavedModel of the second API with a table from an asset, variables, strings and every type."""
        folder = tmp_path_factory.mktemp("made")
        vocabulary = folder / "vocabulary.txt"
        vocabulary.write_text("zero\none\ntwo\n")
        kinds = [tf.bool, tf.uint8, tf.uint16, tf.uint32, tf.uint64, tf.int8, tf.int16, tf.int32, tf.int64]
        kinds += [tf.float16, tf.bfloat16, tf.float32, tf.float64, tf.string]

        class Module(tf.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                words = tf.lookup.TextFileInitializer(
                    str(vocabulary), tf.string, tf.lookup.TextFileIndex.WHOLE_LINE, tf.int64,
                    tf.lookup.TextFileIndex.LINE_NUMBER,
                )  # fmt: skip
                self.table = tf.lookup.StaticHashTable(words, -1)
                self.asset = tf.saved_model.Asset(str(vocabulary))
                self.weight = tf.Variable([[2.0], [3.0]])
                self.seen = tf.Variable(0, dtype=tf.int64)

        module = Module()

        def signature(function: Any, *specs: Any) -> Any:
            return tf.function(function, input_signature=specs).get_concrete_function()

        rows = tf.TensorSpec([None, 2], tf.float32, "x")
        signatures = {
            "find": signature(
                lambda word: {"place": module.table.lookup(word)}, tf.TensorSpec([None], tf.string, "word")
            ),
            "weigh": signature(lambda x: {"y": x @ module.weight, "size": tf.size(x), "rank": tf.rank(x)}, rows),
            "count": signature(lambda by: {"seen": module.seen.assign_add(by)}, tf.TensorSpec([], tf.int64, "by")),
            "assert": signature(
                lambda x: {"y": tf.ensure_shape(tf.debugging.check_numerics(x, "not a number"), [None, 2])}, rows
            ),
            "complex": signature(lambda z: {"y": z}, tf.TensorSpec([None], tf.complex64, "z")),
            "wide": signature(
                lambda n: {"y": sum(_spin(tf, n + part) for part in range(2))}, tf.TensorSpec([], tf.int32, "n")
            ),
        }
        signatures |= {
            kind.name: signature(lambda x: {"y": tf.identity(x)}, tf.TensorSpec([None], kind, "x")) for kind in kinds
        }
        tf.saved_model.save(module, str(folder / "1"), signatures=signatures)
        vocabulary.unlink()
        return folder / "1"

    @pytest.fixture(scope="class")
    @classmethod
    def model(cls, made) -> Any:
        return open_model(str(made)).model

    def test_tables_are_filled_from_assets(self, model):
        assert ask_one(model, "find", word=["two", "zero", "ten"])["place"].tolist() == [2, 0, -1]

    def test_variables_are_restored_and_scalars_are_arrays(self, model):
        answer = ask_one(model, "weigh", x=np.array([[1, 0], [0, 1]], F32))
        assert answer["y"].tolist() == [[2.0], [3.0]]
        assert (answer["size"].shape, answer["size"].dtype, int(answer["size"])) == ((), np.int32, 4)

    @pytest.mark.parametrize("outputs", [("size",), ("y", "rank"), ("rank", "y")])
    def test_some_outputs_come_in_the_signatures_order(self, model, outputs):
        answer = ask_one(model, "weigh", outputs, x=np.ones((3, 2), F32))
        assert list(answer) == [name for name in model.signatures["weigh"].outputs if name in outputs]

    def test_choices_of_outputs_are_kept_within_bounds(self, made, monkeypatch):
        monkeypatch.setattr(tensorflow_graph, "MAX_PLANS", 2)
        model: Any = open_model(str(made)).model
        x = np.ones((1, 2), F32)
        for outputs in [(), ("y",), ("size",), ("rank",), ("y", "size"), ("y",), ()]:
            answer = ask_one(model, "weigh", outputs, x=x)
            assert set(answer) == set(outputs or ("y", "size", "rank"))
        assert len(model._plans) == 3
        model.close()

    def test_writing_in_a_function_is_seen(self, model):
        assert [name for name, signature in model.signatures.items() if signature.stateful] == ["count"]
        assert [int(ask_one(model, "count", by=np.array(2))["seen"]) for _ in range(3)] == [2, 4, 6]

    @pytest.mark.parametrize(
        ("kind", "dtype", "values"),
        [
            ("bool", "BOOL", [True, False]),
            *((kind, kind.upper(), [0, 1, 255]) for kind in ("uint8", "uint16", "uint32", "uint64")),
            *((kind, kind.upper(), [-128, 0, 127]) for kind in ("int8", "int16", "int32", "int64")),
            ("uint64", "UINT64", [2**64 - 1]),
            ("int64", "INT64", [-(2**63)]),
            *((kind, dtype, [-1.5, 0.0, np.inf]) for kind, dtype in (("float16", "FP16"), ("bfloat16", "BF16"))),
            *((kind, dtype, [-1.5, 0.0, np.inf]) for kind, dtype in (("float32", "FP32"), ("float64", "FP64"))),
            ("string", "BYTES", [b"ab\0\0", b"", b"\xff\0\xfe", "\u00e9".encode()]),
        ],
    )
    def test_every_type_comes_back_as_it_went(self, model, kind, dtype, values):
        assert model.signatures[kind].inputs["x"].dtype == dtype
        sent = Tensor.of(np.array(values, object) if dtype == "BYTES" else values, dtype)
        answer = model(Request({"x": sent}, kind)).tensors["y"]
        assert answer.dtype == dtype
        assert answer.array.dtype == sent.array.dtype
        assert answer.array.tolist() == sent.array.tolist()

    def test_text_is_taken_as_utf8(self, model):
        assert ask_one(model, "string", x=["\u00e9"])["y"].tolist() == ["\u00e9".encode()]

    def test_a_failing_operation_is_the_inputs_fault(self, model):
        with pytest.raises(BadInput, match="not a number : Tensor had NaN values"):
            ask_one(model, "assert", x=np.array([[np.nan, 1]], F32))

    def test_a_type_that_the_protocols_lack_leaves_its_signature_out(self, made, caplog, model):
        assert "complex" not in model.signatures
        open_model(str(made))
        assert "left out signature 'complex': input 'z' has type complex64" in caplog.text

    def test_the_gil_is_free_while_it_computes(self, model):
        done = threading.Event()

        def compute() -> None:
            ask_one(model, "wide", n=np.array(60_000, np.int32))
            done.set()

        thread = threading.Thread(target=compute)
        thread.start()
        steps = 0
        while not done.wait(0.0):
            steps += 1
        thread.join()
        assert steps > 1000

    @pytest.mark.parametrize("scheduling", ["auto", "inline", "pool"])
    def test_threads_do_not_disturb_each_other_however_it_is_scheduled(self, made, scheduling):
        model: Any = open_model(str(made), FormatOptions(tensorflow=TensorflowOptions(scheduling=scheduling))).model
        wrong: list[Any] = []

        def work(number: int) -> None:
            for _ in range(30):
                n = np.array(number * 200, np.int32)
                answer = ask_one(model, "wide", n=n)["y"]
                if answer != 2 * number * 200 + 1:
                    wrong.append((number, answer))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        model.close()

    def test_closing_gives_everything_back(self, made):
        model: Any = open_model(str(made)).model
        ask_one(model, "weigh", x=np.ones((3, 2), F32))
        graph, session = weakref.ref(model._session.graph), weakref.ref(model._session.session)
        model.close()
        del model
        gc.collect()
        assert (graph(), session()) == (None, None)

    def test_a_file_without_its_assets_is_refused(self, made, tmp_path):
        shutil.copytree(made, tmp_path / "1")
        (tmp_path / "1" / "assets" / "vocabulary.txt").unlink()
        with pytest.raises(BadInput, match=r"vocabulary\.txt"):
            open_model(str(tmp_path / "1"))


def _spin(tf: Any, times: Any) -> Any:
    """Counts to `times`, one by one, in the graph."""
    return tf.while_loop(lambda n: n < times, lambda n: (n + 1,), (0,), parallel_iterations=1)[0]


@pytest.fixture
def write_v1(tf, tmp_path) -> Callable[..., str]:
    """Writes a SavedModel of the first API: a function that builds the graph in it says its signatures."""

    def write(build: Callable[[Any], dict[str, Any]], tags: tuple[str, ...] = ("serve",)) -> str:
        v1 = tf.compat.v1
        builder = v1.saved_model.Builder(str(tmp_path / "1"))
        with tf.Graph().as_default(), v1.Session() as session:
            signatures = build(v1)
            builder.add_meta_graph_and_variables(session, list(tags), signatures)
            builder.save()
        return str(tmp_path / "1")

    return write


def definition(tf: Any, inputs: dict[str, Any], outputs: dict[str, Any]) -> Any:
    v1 = tf.compat.v1
    infos = [
        {name: v1.saved_model.build_tensor_info(tensor) for name, tensor in side.items()} for side in (inputs, outputs)
    ]
    return v1.saved_model.build_signature_def(*infos, "tensorflow/serving/predict")


def test_names_that_share_a_tensor(tf, write_v1, open_tf):
    """Two inputs and two outputs of a signature may be one tensor, and an output may be an input."""

    def build(v1: Any) -> dict[str, Any]:
        x = v1.placeholder(tf.float32, [None])
        y = x * 2
        return {"serving_default": definition(tf, {"a": x, "b": x}, {"y": y, "z": y, "x": x})}

    model = open_tf(write_v1(build))
    x = np.array([1, 2], F32)
    answer = ask_one(model, "serving_default", a=x, b=x.copy())
    assert {name: array.tolist() for name, array in answer.items()} == {"x": [1, 2], "y": [2, 4], "z": [2, 4]}
    assert ask_one(model, "serving_default", ("x",), a=x, b=x)["x"].tolist() == [1, 2]
    with pytest.raises(BadInput, match="'b' is the same tensor of the graph as another"):
        ask_one(model, "serving_default", a=x, b=x + 1)


def test_what_cannot_be_served_is_left_out_or_refused_by_name(tf, write_v1, open_tf, caplog):
    def sparse(v1: Any) -> dict[str, Any]:
        x = v1.sparse_placeholder(tf.float32)
        return {"serving_default": definition(tf, {"x": x}, {"y": v1.sparse.to_dense(x)})}

    with pytest.raises(Unsupported, match="signature 'serving_default': input 'x' is a sparse tensor"):
        open_tf(write_v1(sparse))


def test_a_graph_without_signatures_is_refused(tf, write_v1, open_tf):
    with pytest.raises(BadInput, match="has no signatures"):
        open_tf(write_v1(lambda v1: {}))


def test_tags_choose_the_graph(tf, write_v1, open_tf):
    def build(v1: Any) -> dict[str, Any]:
        x = v1.placeholder(tf.float32, [None])
        return {"serving_default": definition(tf, {"x": x}, {"y": x + 1})}

    path = write_v1(build, tags=("serve", "gpu"))
    with pytest.raises(BadInput, match=r"matching supplied tags: \{ serve \}; .* have the tags \{ serve gpu \}"):
        open_tf(path)
    model = open_tf(path, FormatOptions(tensorflow=TensorflowOptions(tags=("gpu", "serve"))))
    assert ask_one(model, "serving_default", x=np.array([1], F32))["y"].tolist() == [2]


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("generated/half_plus_two_truncated_saved_model", BadInput, r"Cannot parse file .*saved_model\.pb"),
        ("generated/half_plus_two_missing_variables_data", BadInput, "not a SavedModel that can be loaded: .+"),
        ("bad_half_plus_two", Unsupported, r"^Session Bundle is deprecated and removed\.$"),
        ("session_bundle_half_plus_two", Unsupported, r"^Session Bundle is deprecated and removed\.$"),
    ],
)
def test_broken_models_are_refused_with_the_reason(model, kind, words, tf):
    with pytest.raises(kind, match=words):
        open_model(str(SAVED_MODELS / model / "00000123"))


def test_a_folder_that_is_assumed_to_hold_one_is_refused_in_tensorflow_servings_words(tmp_path):
    words = (
        "Specified file path does not appear to contain a SavedModel bundle (should have a file called "
        f"`saved_model.pb`)\nSpecified file path: {tmp_path}"
    )
    with pytest.raises(NotFound, match=f"^{re.escape(words)}$"):
        open_model(str(tmp_path), FormatOptions(assumed="savedmodel"))


def test_an_operation_that_tensorflow_lacks_is_named(tmp_path, tf):
    folder = tmp_path / "1"
    shutil.copytree(SAVED_MODELS / "matrix_half_plus_two" / "1", folder)
    path = folder / "saved_model.pb"
    path.write_bytes(path.read_bytes().replace(b"\x12\x03Add", b"\x12\x03Odd"))
    with pytest.raises(Unsupported, match=r"uses the operation 'Odd', which TensorFlow .* lacks"):
        open_model(str(folder))


@pytest.mark.parametrize(
    ("config", "words"), [("nonsense", "no ConfigProto in text format: 1:"), ("device_count { key: 7 }", "1:")]
)
def test_a_session_config_is_read(config, words, tf):
    path = str(SAVED_MODELS / "matrix_half_plus_two" / "1")
    with pytest.raises(BadInput, match=words):
        open_model(path, FormatOptions(tensorflow=TensorflowOptions(session_config=config)))
    whole = TensorflowOptions(session_config='device_count { key: "CPU" value: 1 } log_device_placement: false')
    assert open_model(path, FormatOptions(tensorflow=whole)).format == "savedmodel"


class TestFrozen:
    @pytest.fixture
    def write(self, tf, tmp_path) -> Callable[..., str]:
        def write_graph(build: Callable[[Any], None]) -> str:
            graph = tf.Graph()
            with graph.as_default():
                build(tf.compat.v1)
            path = tmp_path / "graph.pb"
            path.write_bytes(graph.as_graph_def().SerializeToString())
            return str(path)

        return write_graph

    @pytest.fixture
    def path(self, tf: Any, write: Callable[..., str]) -> str:
        def build(v1: Any) -> None:
            a = v1.placeholder(tf.float32, [None, 2], "a")
            b = v1.placeholder(tf.float32, [None, 2], "b")
            first, second = tf.split(a + b, 2, axis=1, name="halves")
            tf.multiply(first, second, name="product")
            tf.unstack(a, axis=1, name="columns")
            tf.constant(1.0, name="loose")

        return write(build)

    def test_inputs_and_outputs_are_found(self, path, open_tf):
        model = open_tf(path)
        signature = model.signatures["serving_default"]
        assert list(signature.inputs) == ["a", "b"]
        assert set(signature.outputs) == {"product", "columns", "columns:1"}
        a = np.array([[1, 2], [3, 4]], F32)
        answer = ask_one(model, "serving_default", a=a, b=a)
        assert {name: array.tolist() for name, array in answer.items()} == {
            "product": [[8], [48]], "columns": [1, 3], "columns:1": [2, 4]
        }  # fmt: skip

    def test_inputs_and_outputs_are_named(self, path, open_tf):
        options = FormatOptions(graphdef=GraphdefOptions(inputs=("halves:1", "halves"), outputs=("product",)))
        model = open_tf(path, options)
        assert model.signatures["serving_default"].inputs["halves"].shape == (-1, 1)
        assert model.signatures["serving_default"].batched
        answer = ask_one(
            model, "serving_default", (), **{"halves:1": np.full((2, 1), 3, F32), "halves": np.ones((2, 1), F32)}
        )
        assert answer["product"].tolist() == [[3], [3]]

    @pytest.mark.parametrize("name", ["nowhere", "halves:9", "a:b:c"])
    def test_a_name_that_the_graph_lacks_is_refused(self, path, open_tf, name):
        with pytest.raises(BadInput, match=rf"has no tensor '{name}'; its operations are a, b, "):
            open_tf(path, FormatOptions(graphdef=GraphdefOptions(outputs=(name,))))

    @pytest.mark.parametrize("content", [b"", b"\xff\xff\xff", b"\x08\x01", (b"plain text, no graph at all\n") * 9])
    def test_what_is_no_graph_is_refused(self, tmp_path, content, tf):
        path = tmp_path / "graph.pb"
        path.write_bytes(content)
        with pytest.raises(BadInput, match="is no GraphDef"):
            open_model(str(path))

    def test_a_truncated_graph_is_refused(self, tmp_path, tf):
        whole = (WINE / "optimized_WineQuality.pb").read_bytes()
        path = tmp_path / "graph.pb"
        for size in range(1, len(whole), 211):
            path.write_bytes(whole[:size])
            with pytest.raises(BadInput, match=re.escape(str(path))):
                open_model(str(path))

    def test_a_shape_that_is_known_is_checked(self, path, open_tf):
        with pytest.raises(BadInput, match=r"input 'a' has shape \[1, 3\], wanted \[-1, 2\]"):
            ask_one(open_tf(path), "serving_default", a=np.ones((1, 3), F32), b=np.ones((1, 2), F32))
