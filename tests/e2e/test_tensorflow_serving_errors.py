"""Every error that TensorFlow Serving's contract names, with its code and its text, from a server as it is run: REST by
http.client, gRPC by grpcio. Errors at the start are in `test_model_server` and `test_model_server_tensorflow`."""

from __future__ import annotations

import gzip
import importlib.util
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from model_servers import ModelServer, model_server
from odd_models import write_odd_models
from serving import DEADLINE_S

from salver.protocols.messages import message

EXAMPLES = Path(__file__).parents[2] / "examples" / "wine" / "models" / "wine"
SAVED_MODELS = (Path(__file__).parents[2] / ".." / "shared" / "testdata" / "saved_models").resolve()
MISSING = (
    "../shared/testdata/saved_models is not there"
    if not SAVED_MODELS.is_dir()
    else "" if importlib.util.find_spec("tensorflow") else "tensorflow is not installed"
)  # fmt: skip
with_tensorflow = pytest.mark.skipif(bool(MISSING), reason=MISSING)
SERVICE = "/tensorflow.serving.PredictionService/"
MODEL_SERVICE = "/tensorflow.serving.ModelService/"
OK, INVALID_ARGUMENT, NOT_FOUND = grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
FAILED_PRECONDITION, UNIMPLEMENTED = grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNIMPLEMENTED

SLOW = """
import time

def predict(x: float) -> float:
    time.sleep(x)
    return x
"""


def config(path: Path, bases: Mapping[str, Path], more: Mapping[str, str] | None = None) -> str:
    """Writes a configuration; the flag that names it."""
    models = "".join(
        f'config {{ name: "{name}" base_path: "{base}" model_platform: "tensorflow" {(more or {}).get(name, "")} }}\n'
        for name, base in bases.items()
    )
    path.write_text(f"model_config_list {{ {models} }}")
    return f"--model_config_file={path}"


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    found = write_odd_models(folder)
    (folder / "slow" / "1").mkdir(parents=True)
    (folder / "slow" / "1" / "model.py").write_text(SLOW)
    found |= {"slow": folder / "slow", "wine": EXAMPLES}
    if not MISSING:
        found["halves"] = SAVED_MODELS / "saved_model_half_plus_two_cpu"
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, bases: dict[str, Path]) -> Iterator[ModelServer]:
    state = tmp_path_factory.mktemp("server")
    labels = {"wine": 'version_labels { key: "stable" value: 1 }'}
    given = (config(state / "models.config", bases, labels), "--rest_api_timeout_in_ms=1000")
    with model_server(*given, "--max_num_load_retries=0", state=state) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(autouse=True)
def goes_on(server: ModelServer) -> Iterator[None]:
    yield
    answer = server.ask("POST", "/v1/models/float:predict", {"instances": [1.5]})
    assert (answer.status, answer.document) == (200, {"predictions": [1.5]})


# REST: where it is asked.


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("POST", "/v1/models/wine:explain", 400, "Malformed request: POST /v1/models/wine:explain"),
        ("POST", "/v1/models/wine", 400, "Malformed request: POST /v1/models/wine"),
        ("GET", "/v1/models/wine:predict", 400, "Malformed request: GET /v1/models/wine:predict"),
        ("GET", "/v1/nothing", 400, "Malformed request: GET /v1/nothing"),
        ("GET", "/v1/models/wine/versions/one", 400, "Malformed request: GET /v1/models/wine/versions/one"),
        ("PUT", "/v1/models/wine", 400, "Malformed request: PUT /v1/models/wine"),
        ("DELETE", "/V1/MODELS/wine", 400, "Malformed request: DELETE /V1/MODELS/wine"),
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", f"/v1/models/wine/versions/{2**63}", 400, f"Failed to convert version: {2**63} to numeric."),
        ("POST", f"/v1/models/wine/versions/{10**40}:predict", 400, f"Failed to convert version: {10**40} to numeric."),
        ("GET", "/v1/models/wein", 404, "Could not find any versions of model wein"),
        ("GET", "/v1/models/w%2Fe", 404, "Could not find any versions of model w/e"),
        ("GET", "/v1/models/wine/versions/7", 404, "Could not find version 7 of model wine"),
        ("GET", "/v1/models/wein/metadata", 404, "Servable not found for request: Latest(wein)"),
        ("GET", "/v1/models/wine/versions/7/metadata", 404, "Servable not found for request: Specific(wine, 7)"),
        ("GET", "/v1/models/wine/labels/odd/metadata", 400, "Unrecognized servable version label: odd"),
        ("POST", "/v1/models/wein:predict", 404, "Servable not found for request: Latest(wein)"),
        ("POST", "/v1/models/wine/versions/7:predict", 404, "Servable not found for request: Specific(wine, 7)"),
        ("POST", "/v1/models/wine/labels/odd:predict", 400, "Unrecognized servable version label: odd"),
        ("POST", "/v1/models/wein:classify", 404, "Servable not found for request: Latest(wein)"),
        ("POST", "/v1/models/wein:regress", 404, "Servable not found for request: Latest(wein)"),
    ],
)
def test_a_path_that_leads_nowhere(server: ModelServer, method: str, path: str, status: int, text: str) -> None:
    answer = server.ask(method, path, {"instances": [1.0]} if method == "POST" else None)
    assert (answer.status, answer.document) == (status, {"error": text})
    assert answer.headers["content-type"] == "application/json"
    assert "date" in answer.headers


def test_what_is_not_below_v1_is_not_there(server: ModelServer) -> None:
    assert server.get("/v2/none").status == 404
    assert server.get("/").status in (200, 404)


def test_options_without_a_web_origin(server: ModelServer) -> None:
    for origin, status in (("", 400), ("ftp://here", 400), ("http://here", 200), ("https://here", 200)):
        headers: dict[str, Any] = {"Origin": origin} if origin else {}
        answer = server.ask("OPTIONS", "/v1/models/wine:predict", None, **headers)
        assert (answer.status, answer.body) == (status, b"")


# REST: what is asked of predict.

NO_ROW = "Failed to process element: {} of 'instances' list."
BAD_ROW = NO_ROW + " Error: INVALID_ARGUMENT: {}"
PREDICT: list[tuple[str, Any, int, str]] = [
    ("float", b"", 400, "JSON Parse error: The document is empty"),
    ("float", b"  \n", 400, "JSON Parse error: The document is empty"),
    ("float", b'{"instances": [1,, 2]}', 400, "JSON Parse error: Invalid value. at offset: 17"),
    ("float", [1.0], 400, "JSON Value: [1.0] Is not object"),
    ("float", {"rows": [1.0]}, 400, "Missing 'inputs' or 'instances' key"),
    (
        "float", {"inputs": [1.0], "instances": [1.0]}, 400,
        'JSON Value: {"inputs":[1.0],"instances":[1.0]} Not formatted correctly expecting only one of '
        "'inputs' or 'instances' keys to exist ",
    ),
    (
        "float", {"signature_name": 1, "instances": [1.0]}, 400,
        'JSON Value: {"signature_name":1,"instances":[1.0]} not formatted correctly. '
        "'signature_name' key must be a string value.",
    ),
    (
        "float", {"signature_name": "odd", "instances": [1.0]}, 400,
        'Serving signature name: "odd" not found in signature def',
    ),
    ("float", {"instances": 1.0}, 400, "JSON Value: {\"instances\":1.0} Expecting 'instances' to be an list/array"),
    ("float", {"instances": []}, 400, "JSON Value: {\"instances\":[]} No values in 'instances' array"),
    (
        "pair", {"instances": [[1, 2]]}, 400,
        "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
        "tensorinfo_map",
    ),
    (
        "pair", {"inputs": [[1, 2]]}, 400,
        "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
        "tensorinfo_map",
    ),
    ("pair", {"inputs": {"a": [[1, 2]]}}, 400, "Missing named input: b in 'inputs' object."),
    ("pair", {"instances": [{"a": [1, 2], "b": [1, 2]}, {"a": [1, 2]}]}, 400,
     NO_ROW.format(1) + ' JSON object: {"a":[1,2]} keys must be equal to: a,b'),
    ("pair", {"instances": [{"a": [1, 2], "c": [1, 2]}]}, 400,
     "Failed to process element: 0 key: c of 'instances' list. Error: INVALID_ARGUMENT: JSON object: does not have "
     "named input: c"),
    ("pair", {"instances": [{"a": [1, 2], "b": [1, 2]}, [1, 2]]}, 400,
     "Expecting object but got list at item 1 of input list"),
    ("float", {"instances": [1.0, {"x": 1.0}]}, 400, "Expecting value/list but got object at item 1 of input list"),
    ("pair", {"instances": [{"a": [1, 2], "b": [1, 2]}, {"a": [1, 2, 3], "b": [1, 2]}]}, 400,
     "Failed to process element: 1 key: a of 'instances' list. Error: INVALID_ARGUMENT: Expecting tensor size: 2 but "
     "got: 3"),
    ("wine", {"instances": [[1, 2, 3], [1, 2]]}, 400, BAD_ROW.format(1, "Expecting tensor size: 3 but got: 2")),
    ("wine", {"instances": [[1, 2], [[1, 2]]]}, 400, BAD_ROW.format(1, "Expecting shape [2] but got: [1,2]")),
    ("wine", {"inputs": [[1, 2], [1]]}, 400,
     "Encountered list at unexpected size: 1 at level: 1 expected size: 2"),
    ("float", {"instances": ["a"]}, 400,
     BAD_ROW.format(0, 'JSON Value: "a" Type: String is not of expected type: float')),
    ("float", {"instances": [1, None]}, 400,
     BAD_ROW.format(1, "JSON Value: null Type: Null is not of expected type: float")),
    ("float", {"inputs": [True]}, 400, "JSON Value: true Type: True is not of expected type: float"),
    ("int", {"inputs": [1.0]}, 400, "JSON Value: 1.0 Type: Number is not of expected type: int32"),
    ("int", {"inputs": [2**31]}, 400, f"JSON Value: {2**31} Type: Number is not of expected type: int32"),
    ("wide", {"inputs": [2**63]}, 400, f"JSON Value: {2**63} Type: Number is not of expected type: int64"),
    ("flag", {"inputs": [1]}, 400, "JSON Value: 1 Type: Number is not of expected type: bool"),
    ("text", {"inputs": [1]}, 400, "JSON Value: 1 Type: Number is not of expected type: string"),
    ("text", {"inputs": [{"b64": "a*b"}]}, 400, "Unable to base64 decode"),
    ("half", {"inputs": [1.5]}, 501, "Conversion of JSON Value: 1.5 to type: half"),
    ("half", {"instances": [1.5]}, 501, "Conversion of JSON Value: 1.5 to type: half"),
    ("flat", {"instances": [1.0, 2.0]}, 400, "Tensor name: y has no shape information "),
    ("uneven", {"instances": [1.0, 2.0]}, 400, "Tensor name: {} has inconsistent batch size: {} expecting: {}"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "body", "status", "text"), PREDICT)
def test_a_body_that_predict_does_not_take(server: ModelServer, model: str, body: Any, status: int, text: str) -> None:
    answer = server.ask("POST", f"/v1/models/{model}:predict", body)
    told = answer.error
    if model == "uneven":
        assert told in (text.format("z", 1, 2), text.format("y", 2, 1))  # their map has no order
    elif "b64" in str(body):
        assert told.endswith(text)
    else:
        assert told == text
    assert answer.status == status


@pytest.mark.parametrize(
    ("body", "headers"),
    [(b"this is not gzip", {"Content-Encoding": "gzip"}),
     (gzip.compress(b'{"instances": [1.0]}')[:-5], {"Content-Encoding": "gzip"})],
    ids=["none", "half"],
)  # fmt: skip
def test_a_broken_gzip_body(server: ModelServer, body: bytes, headers: dict[str, Any]) -> None:
    assert server.ask("POST", "/v1/models/float:predict", body, **headers).status == 400


def test_a_prediction_that_takes_too_long(server: ModelServer) -> None:
    answer = server.ask("POST", "/v1/models/slow:predict", {"instances": [1.5]})
    assert (answer.status, answer.error) == (504, "Timed out waiting for notification")


# REST: what is asked of classify and regress.


@pytest.mark.parametrize("verb", ["classify", "regress"])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "JSON Parse error: The document is empty"),
        ([1], "JSON Value: [1] Is not object"),
        ({"rows": 1}, "When method is classify, key 'examples' is expected and was not found"),
        ({"examples": 1}, "Expecting 'examples' value to be an list/array"),
        ({"examples": []}, "'examples' value is an empty array"),
        ({"examples": [1]}, "Example must be JSON object but got JSON Number"),
        ({"examples": [{"x": None}]}, "Feature: x has element with unexpected JSON type: Null"),
        ({"examples": [{"x": [[1.0]]}]}, "Feature: x has element with unexpected JSON type: Array"),
        ({"examples": [{"x": {"y": 1}}]}, "Feature: x has element with unexpected JSON type: Object"),
        ({"examples": [{"x": [1.5, "a"]}]}, "Unexpected element type in feature: x expecting type: float"),
        ({"examples": [{"x": ["a", 1]}]}, "Unexpected element type in feature: x expecting type: bytes"),
        ({"examples": [{"x": 2**63}]}, "Feature: x has uint64 element. Only int64 is supported."),
        ({"examples": [{"x": {"b64": "a*b"}}]}, "Unable to base64 decode"),
        ({"context": 1, "examples": [{"x": 1.0}]}, "Example must be JSON object but got JSON Number"),
        ({"signature_name": [], "examples": [{"x": 1.0}]}, "'signature_name' key must be a string value."),
        ({"signature_name": "odd", "examples": [{"x": 1.0}]}, "No signature was found with the name: odd"),
    ],
)
def test_a_body_that_examples_do_not_take(server: ModelServer, verb: str, body: Any, text: str) -> None:
    answer = server.ask("POST", f"/v1/models/float:{verb}", body)
    assert answer.status == 400
    assert answer.error.endswith(text)


# gRPC.


def ask(server: ModelServer, method: str, request: Any, timeout_s: float = DEADLINE_S) -> tuple[grpc.StatusCode, str]:
    """The status of a call and its text."""
    service = MODEL_SERVICE if method in ("GetModelStatus", "HandleReloadConfigRequest") else SERVICE
    with grpc.insecure_channel(server.grpc) as channel:
        call = channel.unary_unary(service + method, lambda sent: sent.SerializeToString(), bytes)
        try:
            call(request, timeout=timeout_s)
        except grpc.RpcError as error:
            return error.code(), error.details()
    return OK, ""


def to(model: str = "float", signature: str = "", filters: tuple[str, ...] = (), **inputs: Any) -> Any:
    """PredictRequest with inputs FP32, lists of one axis."""
    spec = {"name": model, "signature_name": signature}
    proto = message("tensorflow.serving.PredictRequest")(model_spec=spec, output_filter=filters)
    for name, values in inputs.items():
        shape = {"dim": [{"size": len(values)}]}
        tensor = message("tensorflow.TensorProto")(dtype=1, float_val=values, tensor_shape=shape)
        proto.inputs[name].CopyFrom(tensor)
    return proto


def about(kind: str, model: str = "float", signature: str = "", **features: Any) -> Any:
    """ClassificationRequest or RegressionRequest with one example, or without any."""
    spec = {"name": model, "signature_name": signature}
    proto = message(f"tensorflow.serving.{kind}Request")(model_spec=spec)
    proto.input.example_list.SetInParent()
    if features:
        example = proto.input.example_list.examples.add()
        for name, value in features.items():
            example.features.feature[name].float_list.value.append(value)
    return proto


def several(*tasks: tuple[str, str, str], **features: float) -> Any:
    """MultiInferenceRequest: (model, signature, method) of each task."""
    proto = message("tensorflow.serving.MultiInferenceRequest")()
    for model, signature, method in tasks:
        proto.tasks.add(model_spec={"name": model, "signature_name": signature}, method_name=method)
    example = proto.input.example_list.examples.add()
    for name, value in features.items():
        example.features.feature[name].float_list.value.append(value)
    return proto


def metadata(*fields: str, **spec: Any) -> Any:
    proto = message("tensorflow.serving.GetModelMetadataRequest")(metadata_field=fields)
    if spec:
        proto.model_spec.CopyFrom(message("tensorflow.serving.ModelSpec")(**spec))
    return proto


def versioned(request: Any, **spec: Any) -> Any:
    request.model_spec.MergeFrom(message("tensorflow.serving.ModelSpec")(**spec))
    return request


def empty(kind: str) -> Any:
    return message(f"tensorflow.serving.{kind}Request")()


REGRESS, CLASSIFY = "tensorflow/serving/regress", "tensorflow/serving/classify"
CALLS: list[tuple[str, Any, grpc.StatusCode, str]] = [
    *((method, empty(kind), INVALID_ARGUMENT, "Missing ModelSpec") for method, kind in (
        ("Predict", "Predict"), ("Classify", "Classification"), ("Regress", "Regression"),
        ("GetModelMetadata", "GetModelMetadata"), ("GetModelStatus", "GetModelStatus"),
    )),
    ("Predict", to("", x=[1.0]), INVALID_ARGUMENT, "ModelSpec has no name specified."),
    ("Classify", about("Classification", "", x=1.0), INVALID_ARGUMENT, "ModelSpec has no name specified."),
    ("Predict", to("wein", x=[1.0]), NOT_FOUND, "Servable not found for request: Latest(wein)"),
    ("Predict", versioned(to("wine", x=[1.0]), version={"value": 7}), NOT_FOUND,
     "Servable not found for request: Specific(wine, 7)"),
    ("Predict", versioned(to("wine", x=[1.0]), version_label="odd"), INVALID_ARGUMENT,
     "Unrecognized servable version label: odd"),
    ("Regress", about("Regression", "wein", x=1.0), NOT_FOUND, "Servable not found for request: Latest(wein)"),
    ("GetModelMetadata", metadata("signature_def", name="wein"), NOT_FOUND,
     "Servable not found for request: Latest(wein)"),
    ("GetModelStatus", versioned(empty("GetModelStatus"), name="wein"), NOT_FOUND,
     "Could not find any versions of model wein"),
    ("GetModelStatus", versioned(empty("GetModelStatus"), name="wine", version={"value": 7}), NOT_FOUND,
     "Could not find version 7 of model wine"),
    ("Predict", to(signature="odd", x=[1.0]), FAILED_PRECONDITION, 'Serving signature key "odd" not found.'),
    ("Predict", to(), INVALID_ARGUMENT,
     "input size does not match signature: 0!=1 len({}) != len({x}). Sent extra: {}. Missing but required: {x}."),
    ("Predict", to(x=[1.0], z=[1.0]), INVALID_ARGUMENT,
     "input size does not match signature: 2!=1 len({x,z}) != len({x}). Sent extra: {z}. Missing but required: {}."),
    ("Predict", to(z=[1.0]), INVALID_ARGUMENT,
     "Signature input alias: x(feed name: x:0) not found in request and no default value provided. Inputs expected to "
     "be in the request {z}, or default input alias set: "),
    ("Predict", to(filters=("q",), x=[1.0]), INVALID_ARGUMENT,
     "output tensor alias not found in signature: q Outputs expected to be in the set {y}."),
    ("Predict", to(filters=("y", "y"), x=[1.0]), INVALID_ARGUMENT, "duplicate output tensor alias: y"),
    ("Classify", about("Classification", signature="odd", x=1.0), INVALID_ARGUMENT,
     "No signature was found with the name: odd"),
    ("Regress", about("Regression", signature="odd", x=1.0), INVALID_ARGUMENT,
     "No signature was found with the name: odd"),
    ("Classify", about("Classification"), INVALID_ARGUMENT, "Input is empty."),
    ("Regress", about("Regression"), INVALID_ARGUMENT, "Input is empty."),
    ("MultiInference", several(x=1.0), INVALID_ARGUMENT, "ModelSpec has no name specified."),
    ("MultiInference", several(("float", "", REGRESS), ("wine", "", REGRESS), x=1.0), INVALID_ARGUMENT,
     "All ModelSpecs in a MultiInferenceRequest must access the same model name."),
    ("MultiInference", several(("float", "", REGRESS), ("float", "", REGRESS), x=1.0), INVALID_ARGUMENT,
     "Duplicate evaluation of signature: serving_default"),
    ("MultiInference", several(("float", "", "tensorflow/serving/predict"), x=1.0), UNIMPLEMENTED,
     "Unsupported signature method_name: tensorflow/serving/predict"),
    ("GetModelMetadata", metadata(name="float"), INVALID_ARGUMENT,
     "GetModelMetadataRequest must specify at least one metadata_field"),
    ("GetModelMetadata", metadata("odd", name="float"), INVALID_ARGUMENT, "Metadata field odd is not supported"),
    ("HandleReloadConfigRequest", empty("ReloadConfig"), INVALID_ARGUMENT,
     "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is currently supported"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "request_", "code", "text"), CALLS)
def test_a_call_that_is_refused(
    server: ModelServer, method: str, request_: Any, code: grpc.StatusCode, text: str
) -> None:
    assert ask(server, method, request_) == (code, text)


def test_an_input_that_cannot_be_parsed_is_named(server: ModelServer) -> None:
    request = to(x=[1.0, 2.0])
    request.inputs["x"].tensor_shape.dim[0].size = 1
    code, text = ask(server, "Predict", request)
    assert (code, text[:23]) == (INVALID_ARGUMENT, "tensor parsing error: x")


def test_a_text_beyond_1024_bytes_is_cut_over_grpc_and_whole_over_rest(server: ModelServer) -> None:
    name = "n" * 2000
    code, text = ask(server, "Predict", to(name, x=[1.0]))
    assert code is NOT_FOUND
    assert text == f"Servable not found for request: Latest({name})"[:1024] + "...TRUNCATED"
    answer = server.ask("POST", f"/v1/models/{name}:predict", {"instances": [1.0]})
    assert answer.error == f"Servable not found for request: Latest({name})"


def test_a_deadline_that_passes(server: ModelServer) -> None:
    request = to("slow")
    request.inputs["x"].CopyFrom(message("tensorflow.TensorProto")(dtype=2, double_val=[2.0]))
    request.inputs["x"].tensor_shape.dim.add(size=1)
    assert ask(server, "Predict", request, timeout_s=0.2)[0] is grpc.StatusCode.DEADLINE_EXCEEDED


# TensorFlow's own models, whose signatures say what they are for.


@with_tensorflow
@pytest.mark.parametrize(
    ("method", "request_", "code", "text"),
    [
        ("Classify", about("Classification", "halves", x=1.0), INVALID_ARGUMENT, "No classification inputs found in "),
        ("Regress", about("Regression", "halves", x=1.0), INVALID_ARGUMENT, "No regression inputs found in "),
        ("Classify", about("Classification", "halves", "regress_x_to_y", x=1.0), INVALID_ARGUMENT,
         'Expected classification signature outputs to contain at least one of "classes" or "scores". Signature was: '),
        ("Regress", about("Regression", "halves", "classify_x_to_y", x=1.0), INVALID_ARGUMENT,
         "No regression outputs found in "),
        ("Predict", to("halves", x=[]), OK, ""),
        ("Predict", to("halves", signature="regress_x_to_y", inputs=[1.0]), INVALID_ARGUMENT, ""),
        ("MultiInference", several(("halves", "odd", REGRESS), x=1.0), INVALID_ARGUMENT,
         "Requested signature not found in model graph: odd"),
        ("MultiInference", several(("halves", "regress_x_to_y", REGRESS), ("halves", "classify_x_to_y", "odd"), x=1.0),
         UNIMPLEMENTED, "Unsupported signature method_name: odd"),
    ],
)  # fmt: skip
def test_a_signature_that_is_for_something_else(
    server: ModelServer, method: str, request_: Any, code: grpc.StatusCode, text: str
) -> None:
    told, words = ask(server, method, request_)
    assert told is code
    assert words.startswith(text)
    assert bool(words) is (code is not OK)


@with_tensorflow
def test_a_serialized_example_that_is_none(server: ModelServer) -> None:
    answer = server.ask("POST", "/v1/models/halves:regress", {
        "signature_name": "regress_x_to_y", "examples": [{"other": 1.0}],
    })  # fmt: skip
    assert answer.status == 400
    assert "x" in answer.error


# Configurations.


def reload(server: ModelServer, *configs: dict[str, Any]) -> tuple[grpc.StatusCode, str]:
    request = message("tensorflow.serving.ReloadConfigRequest")()
    request.config.model_config_list.SetInParent()
    for each in configs:
        request.config.model_config_list.config.add(**each)
    return ask(server, "HandleReloadConfigRequest", request)


def entry(name: str, base: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "base_path": str(base), "model_platform": "tensorflow", **more}


NEITHER = "neither ModelServerConfig::model_type (deprecated) nor ModelServerConfig::model_platform."
BOTH = "both ModelServerConfig::model_type (deprecated) and ModelServerConfig::model_platform."


@pytest.mark.parametrize(
    ("configs", "text"),
    [
        ([entry("a", "/a"), entry("a", "/b")], "Illegal to list model a multiple times in config list"),
        ([entry("a", "here")], "Expected model a to have an absolute path or URI; got base_path()=here"),
        ([entry("a", "")], "Expected model a to have an absolute path or URI; got base_path()="),
        ([entry("a", "/a", model_platform="")], f"Illegal setting {NEITHER}"),
        ([entry("a", "/a", model_type=1)], f"Illegal setting {BOTH}"),
        ([entry("a", "/a", model_platform="", model_type=2)], "ModelServerConfig::model_type choice 2 not supported."),
    ],
)
def test_a_configuration_that_is_refused_changes_nothing(server: ModelServer, configs: Any, text: str) -> None:
    assert reload(server, *configs) == (INVALID_ARGUMENT, text)


def test_an_unsupported_platform(server: ModelServer) -> None:
    code, text = reload(server, entry("a", "/a", model_platform="odd"))
    assert code is INVALID_ARGUMENT
    assert "odd" in text


def everything(bases: dict[str, Path], **more: dict[str, Any]) -> list[dict[str, Any]]:
    return [entry(name, base, **more.get(name, {})) for name, base in bases.items()]


def test_a_platform_may_not_change(server: ModelServer, bases: dict[str, Path]) -> None:
    code, text = reload(server, *everything(bases, wine={"model_platform": "onnx"}))
    assert code is INVALID_ARGUMENT
    assert "wine" in text


def test_a_label_for_a_version_that_is_not_available(server: ModelServer, bases: dict[str, Path]) -> None:
    code, text = reload(server, *everything(bases, wine={"version_labels": {"next": 7}}))
    assert (code, text) == (
        FAILED_PRECONDITION,
        "Request to assign label to version 7 of model wine, which is not currently available for inference",
    )


@with_tensorflow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("session_bundle_half_plus_two", "Session Bundle is deprecated and removed."),
        ("generated/half_plus_two_truncated_saved_model", "saved_model.pb"),
        ("generated/half_plus_two_missing_variables_data", "variables"),
        ("generated/half_plus_two_warmup_corrupt", "Please verify your warmup data is in TFRecord format."),
        ("generated/half_plus_two_warmup_1001_records", "Number of warmup records exceeds the maximum (1000) at "),
        ("generated/half_plus_two_warmup_failing_request", 'Serving signature key "'),
        ("generated/half_plus_two_warmup_unsupported_log_type", "session_run_log"),
        ("", "Specified file path does not appear to contain a SavedModel bundle (should have a file called "),
    ],
)
def test_a_model_that_cannot_be_loaded_harms_no_other(
    server: ModelServer, bases: dict[str, Path], tmp_path: Path, name: str, words: str
) -> None:
    if name:
        base = SAVED_MODELS / name
    else:
        base = tmp_path / "nothing"
        (base / "1").mkdir(parents=True)
        (base / "1" / "readme.txt").write_text("no model")
    code, text = reload(server, *everything(bases), entry("broken", base))
    (version,) = server.get("/v1/models/broken").document["model_version_status"]
    answer = server.ask("POST", "/v1/models/broken:predict", {"instances": [1.0]})
    assert reload(server, *everything(bases)) == (OK, "")
    assert code is grpc.StatusCode.UNKNOWN
    assert text.startswith("1 servable(s) did not become available: {{name: broken version: ")
    assert words in text or text.endswith("...TRUNCATED")
    assert version["state"] == "END"
    assert words in version["status"]["error_message"]
    assert (answer.status, answer.document) == (404, {"error": "Servable not found for request: Latest(broken)"})


# Batching.


@pytest.fixture(scope="module")
def batching(tmp_path_factory: pytest.TempPathFactory, bases: dict[str, Path]) -> Iterator[ModelServer]:
    """Batches of at most two rows, one at a time, one waiting; over within a second."""
    state = tmp_path_factory.mktemp("batching")
    parameters = state / "batching.txt"
    parameters.write_text(
        "max_batch_size { value: 2 } max_enqueued_batches { value: 1 } num_batch_threads { value: 1 }"
        " batch_timeout_micros { value: 0 }"
    )
    given = (config(state / "models.config", bases), "--enable_batching", f"--batching_parameters_file={parameters}")
    with model_server(*given, "--max_num_load_retries=0", state=state) as server:
        yield server
        assert "Traceback" not in server.log.read_text()


def test_a_request_larger_than_a_batch(batching: ModelServer) -> None:
    text = "Task size 3 is larger than maximum input batch size 2"
    assert ask(batching, "Predict", to(x=[1.0, 2.0, 3.0])) == (INVALID_ARGUMENT, text)
    answer = batching.ask("POST", "/v1/models/float:predict", {"instances": [1.0] * 3})
    assert (answer.status, answer.error) == (400, text)


def test_rows_that_differ_in_number(batching: ModelServer) -> None:
    answer = batching.ask("POST", "/v1/models/pair:predict", {"inputs": {"a": [[1, 2]], "b": [[1, 2], [3, 4]]}})
    assert answer.status == 400
    assert "rows" in answer.error or "0th-dimension" in answer.error


def test_a_queue_that_is_full(batching: ModelServer) -> None:
    """One runs, one waits, and a third is told so."""
    body = {"instances": [1.0, 1.0]}
    running = _begin(batching, "/v1/models/slow:predict", b'{"instances": [1.5, 1.5]}')
    waiting = _begin(batching, "/v1/models/slow:predict", b'{"instances": [0.0, 0.0]}')
    answers = [batching.ask("POST", "/v1/models/slow:predict", body) for _ in range(2)]
    assert _end(running).startswith(b"HTTP/1.1 200 ")
    assert _end(waiting)[9:12] in (b"200", b"503")
    full = [answer for answer in answers if answer.status == 503]
    assert full
    assert full[0].error.startswith(
        "The batch scheduling queue to which this task was submitted is full; currently 1 batches enqueued and "
        "max_enqueued_batches is 1"
    )


def _begin(server: ModelServer, path: str, body: bytes) -> socket.socket:
    """A request whose answer is not waited for."""
    client = socket.create_connection(("127.0.0.1", server.rest_port), DEADLINE_S)
    client.sendall(b"POST %b HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%b" % (path.encode(), len(body), body))
    return client


def _end(client: socket.socket) -> bytes:
    with client:
        return client.recv(1 << 16)


def test_parameters_of_a_version_that_contradict_themselves(tmp_path: Path) -> None:
    base = tmp_path / "wine"
    shutil.copytree(EXAMPLES / "1", base / "1")
    (base / "1" / "batching_params.pbtxt").write_text("max_batch_size { value: 4 } allowed_batch_sizes: 3")
    given = (config(tmp_path / "models.config", {"wine": base}), "--enable_batching")
    flags = (*given, "--enable_per_model_batching_parameters", "--max_num_load_retries=0")
    with model_server(*flags, state=tmp_path / "s", wait_for="") as server:
        assert server.process.wait(DEADLINE_S) == 255
        assert "Last entry in allowed_batch_sizes must match max_batch_size; last entry was 3; expected 4" in (
            server.out.read_text()
        )
