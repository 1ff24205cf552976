"""The stubs of the package `tensorflow-serving-api` against our methods: what its users write, and what they get."""

from __future__ import annotations

import importlib
import warnings
from types import SimpleNamespace
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CLASSIFY, REGRESS = "tensorflow/serving/classify", "tensorflow/serving/regress"


@pytest.fixture(scope="module")
def apis() -> Any:
    """Its modules, by short names."""
    pytest.importorskip("tensorflow_serving.apis", exc_type=ImportError)
    names = "classification get_model_metadata get_model_status inference model_management predict regression"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {name: importlib.import_module(f"tensorflow_serving.apis.{name}_pb2") for name in names.split()}
        for name in ("prediction_service", "model_service"):
            found[name] = importlib.import_module(f"tensorflow_serving.apis.{name}_pb2_grpc")
        return SimpleNamespace(**found, tf=importlib.import_module("tensorflow"))


@pytest.fixture
def predictions(apis: Any, channel: Any) -> Any:
    return apis.prediction_service.PredictionServiceStub(channel)


@pytest.fixture
def models(apis: Any, channel: Any) -> Any:
    return apis.model_service.ModelServiceStub(channel)


def refusal(call: Any, request: Any) -> tuple[str, str]:
    grpc = importlib.import_module("grpc")
    with pytest.raises(grpc.RpcError) as refused:
        call(request, timeout=10)
    return refused.value.code().name, refused.value.details()


def example(apis: Any, *values: float) -> Any:
    feature = apis.tf.train.Feature(float_list=apis.tf.train.FloatList(value=values))
    return apis.tf.train.Example(features=apis.tf.train.Features(feature={"x": feature}))


def test_predict(apis: Any, predictions: Any) -> None:
    request = apis.predict.PredictRequest()
    request.model_spec.name = "m"
    request.inputs["x"].CopyFrom(apis.tf.make_tensor_proto([1.0, 2.5], dtype=apis.tf.float32))
    answer = predictions.Predict(request, timeout=10)
    assert list(answer.outputs["y"].float_val) == [3.0, 4.5]
    assert (answer.model_spec.version.value, answer.model_spec.signature_name) == (2, "serving_default")
    request.model_spec.version.value = 1
    assert apis.tf.make_ndarray(predictions.Predict(request, timeout=10).outputs["y"]).tolist() == [2.0, 3.5]


def test_predict_refused(apis: Any, predictions: Any) -> None:
    request = apis.predict.PredictRequest()
    assert refusal(predictions.Predict, request) == ("INVALID_ARGUMENT", "Missing ModelSpec")
    request.model_spec.name = "unheard"
    assert refusal(predictions.Predict, request) == ("NOT_FOUND", "Servable not found for request: Latest(unheard)")
    request.model_spec.name = "m"
    request.model_spec.version.value = 9
    assert refusal(predictions.Predict, request) == ("NOT_FOUND", "Servable not found for request: Specific(m, 9)")
    request.model_spec.version_label = "l"
    assert refusal(predictions.Predict, request) == (
        "INVALID_ARGUMENT",
        "Unrecognized servable version label: l",
    )
    request.model_spec.ClearField("version_label")
    assert refusal(predictions.Predict, request)[1].startswith("input size does not match signature: 0!=1")
    request.model_spec.signature_name = "odd"
    assert refusal(predictions.Predict, request) == (
        "FAILED_PRECONDITION",
        'Serving signature key "odd" not found.',
    )
    request.model_spec.signature_name = ""
    request.inputs["x"].CopyFrom(apis.tf.make_tensor_proto([1, 2]))
    assert refusal(predictions.Predict, request)[0] == "INVALID_ARGUMENT"


def test_examples(apis: Any, predictions: Any) -> None:
    """The model has no signature of TensorFlow's, so its columns are filled and its one output is read."""
    regression = apis.regression.RegressionRequest()
    regression.model_spec.name = "m"
    regression.input.example_list.examples.extend([example(apis, 1.0), example(apis, 5.0)])
    answer = predictions.Regress(regression, timeout=10)
    assert [each.value for each in answer.result.regressions] == [3.0, 7.0]
    assert (answer.model_spec.name, answer.model_spec.version.value) == ("m", 2)

    classification = apis.classification.ClassificationRequest()
    classification.model_spec.name = "m"
    classification.input.example_list_with_context.context.CopyFrom(example(apis, 2.0))
    classification.input.example_list_with_context.examples.extend([apis.tf.train.Example(), example(apis, 3.0)])
    told = predictions.Classify(classification, timeout=10).result.classifications
    assert [[(each.label, each.score) for each in row.classes] for row in told] == [[("", 4.0)], [("", 5.0)]]


def test_several_questions(apis: Any, predictions: Any) -> None:
    request = apis.inference.MultiInferenceRequest()
    task = request.tasks.add(method_name=REGRESS)
    task.model_spec.name = "m"
    task.model_spec.version.value = 1
    request.input.example_list.examples.extend([example(apis, 1.0)])
    (result,) = predictions.MultiInference(request, timeout=10).results
    assert result.regression_result.regressions[0].value == 2.0
    assert (result.model_spec.version.value, result.model_spec.signature_name) == (1, "serving_default")
    request.tasks.add(method_name=CLASSIFY).model_spec.name = "m"
    assert refusal(predictions.MultiInference, request) == (
        "INVALID_ARGUMENT",
        "Duplicate evaluation of signature: serving_default",
    )


def test_metadata(apis: Any, predictions: Any) -> None:
    request = apis.get_model_metadata.GetModelMetadataRequest(metadata_field=["signature_def"])
    request.model_spec.name = "m"
    answer = predictions.GetModelMetadata(request, timeout=10)
    packed = apis.get_model_metadata.SignatureDefMap()
    assert answer.metadata["signature_def"].Unpack(packed)
    signature = packed.signature_def["serving_default"]
    assert signature.inputs["x"].dtype == apis.tf.float32.as_datatype_enum
    assert [dim.size for dim in signature.inputs["x"].tensor_shape.dim] == [-1]
    assert signature.method_name == "tensorflow/serving/predict"
    assert answer.model_spec.version.value == 2


def test_status(apis: Any, models: Any) -> None:
    request = apis.get_model_status.GetModelStatusRequest()
    request.model_spec.name = "m"
    answer = models.GetModelStatus(request, timeout=10)
    available = apis.get_model_status.ModelVersionStatus.AVAILABLE
    assert [(each.version, each.state) for each in answer.model_version_status] == [(2, available), (1, available)]
    request.model_spec.name = "broken"
    (failed,) = models.GetModelStatus(request, timeout=10).model_version_status
    assert failed.state == apis.get_model_status.ModelVersionStatus.END
    assert "this is no model" in failed.status.error_message
    request.model_spec.name = "unheard"
    assert refusal(models.GetModelStatus, request) == (
        "NOT_FOUND",
        "Could not find any versions of model unheard",
    )


def test_a_configuration_that_is_none(apis: Any, models: Any) -> None:
    request = apis.model_management.ReloadConfigRequest()
    code, text = refusal(models.HandleReloadConfigRequest, request)
    assert code == "INVALID_ARGUMENT"
    assert text.startswith("ServerModelConfig type not supported by HandleReloadConfigRequest.")
