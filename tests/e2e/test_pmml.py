"""PMML documents behind a server, over every protocol and with clients that others have written: whatever the way, the
answers are those of an independent implementation."""

from __future__ import annotations

import asyncio
import csv
import json
import math
import subprocess
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from serving import DEADLINE_S, Running, salver, serving

import salver as embedded
from salver.client.remote import connect_remote
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT
from salver.core.tensor import Tensor, objects
from salver.protocols.messages import message

grpc: Any = pytest.importorskip("grpc")
triton: Any = pytest.importorskip("tritonclient.grpc")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of gevent, while it is imported
    triton_http: Any = pytest.importorskip("tritonclient.http")

DATA = Path(__file__).parents[1] / "data" / "pmml"
WINE, COLOURS, BASKETS = (
    "wine-decision-tree-classification",
    "hand-schema-categorical-returnInvalid",
    "hand-association-recommendation",
)
MODELS = (WINE, COLOURS, BASKETS)
Rows = list[dict[str, Any]]
Columns = dict[str, list[Any]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The three documents, and the colours once more in batches."""
    folder = tmp_path_factory.mktemp("pmml")
    models: dict[str, Any] = {name: {"path": str(DATA / name / "model.pmml")} for name in MODELS}
    models["batched"] = {**models[COLOURS], "batch": {"timeout_s": 0.01}}
    (folder / "config.yaml").write_text(json.dumps({"models": models}))
    with serving(str(folder / "config.yaml"), state=folder / "state") as running:
        yield running


def table(model: str, name: str) -> list[dict[str, str]]:
    with (DATA / model / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_of(model: str) -> Rows:
    """The inputs as a client of JSON sends them: numbers, null for a missing value, a list for a basket."""
    return [{name: value_of(cell) for name, cell in row.items()} for row in table(model, "input")]


def value_of(cell: str) -> Any:
    if cell.startswith("["):
        return json.loads(cell)
    try:
        return float(cell)
    except ValueError:
        return cell or None


def check(model: str, answers: Columns) -> None:
    """Every expected value is there, and every row that must be refused has a reason."""
    expected = table(model, "expected")
    for index, row in enumerate(expected):
        reason = plain(answers["_error"][index]) if "_error" in answers else None
        assert (reason is not None) == bool(row.get("_error")), (index, reason)
        for name, cell in row.items():
            if name != "_error" and not row.get("_error"):
                assert same(cell, plain(answers[name][index])), (index, name, cell, answers[name][index])


def plain(value: Any) -> Any:
    """A value as any of the protocols gives it; None for each of their ways to say that it is missing."""
    value = value.decode() if isinstance(value, bytes) else value
    missing = value is None or value == "" or (isinstance(value, float) and math.isnan(value))
    return None if missing else value


def same(cell: str, value: Any) -> bool:
    if cell == "" or value is None:
        return cell == "" and value is None
    return math.isclose(float(cell), value, rel_tol=1e-9) if isinstance(value, float) else cell == str(value)


def columns_of(rows: Rows) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


# REST.


@pytest.mark.parametrize("model", MODELS)
def test_rows_and_columns_over_tensorflow_serving(server: Running, model: str) -> None:
    wish = {"parameters": {"row_errors": True}}
    rows = rows_of(model)
    answer = server.post(f"/v1/models/{model}:predict", {"instances": rows, **wish})
    assert answer.status == 200, answer.body
    check(model, columns_of(answer.document["predictions"]))
    answer = server.post(f"/v1/models/{model}:predict", {"inputs": columns_of(rows), **wish})
    assert answer.status == 200, answer.body
    check(model, answer.document["outputs"])


@pytest.mark.parametrize("model", MODELS)
def test_json_over_open_inference(server: Running, model: str) -> None:
    rows = rows_of(model)
    datatype = {WINE: "FP64", COLOURS: "BYTES", BASKETS: "JSON"}[model]
    inputs = [
        {"name": name, "datatype": datatype, "shape": [len(rows)], "data": values}
        for name, values in columns_of(rows).items()
    ]
    with httpx.Client(base_url=server.url, timeout=DEADLINE_S) as client:
        answer = client.post(f"/v2/models/{model}/infer", json={"inputs": inputs, "parameters": {"row_errors": True}})
    assert answer.status_code == 200, answer.text
    check(model, {output["name"]: output["data"] for output in answer.json()["outputs"]})


def test_the_command_line_and_the_program_give_the_same(tmp_path: Path) -> None:
    for model in MODELS:
        path = str(DATA / model / "model.pmml")
        ran = salver("predict", path, str(DATA / model / "input.csv"), state=tmp_path)
        assert ran.returncode == 0, ran.stderr
        check(model, columns_of([json.loads(line) for line in ran.stdout.splitlines()]))
        with embedded.load(path) as opened:
            check(model, {name: column.tolist() for name, column in opened.predict(rows_of(model)).items()})


def test_curl_and_the_examples_of_a_refusal(server: Running) -> None:
    refused = server.post(f"/v1/models/{COLOURS}:predict", {"instances": [{"c": "bad"}, {"c": "red"}]})
    assert refused.status == 400
    assert "row 0" in refused.error
    assert "'bad'" in refused.error
    assert refused.document["expected"]["inputs"]["c"]["domain"]["categories"] == ["red", "green"]
    body = json.dumps(refused.document["example"])
    command = ["curl", "-sS", f"{server.url}/v1/models/{COLOURS}:predict", "-d", body]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=DEADLINE_S)
    assert json.loads(ran.stdout) == {"predictions": [11.0]}


def test_metadata_and_the_page_tell_the_domain(server: Running) -> None:
    (colour,) = server.get(f"/v2/models/{COLOURS}").document["inputs"]
    assert colour["parameters"]["domain"] == {"kind": "categorical", "categories": ["red", "green"]}
    (version,) = server.get(f"/admin/models/{COLOURS}").document["versions"]
    (described,) = version["signatures"]["serving_default"]["inputs"]
    assert (described["loose"], described["domain"]["categories"]) == (True, ["red", "green"])
    assert server.get(f"/v1/models/{WINE}/metadata").status == 200


def test_requests_in_batches(server: Running) -> None:
    """One at a time, several threads: what is refused is refused alone."""
    rows = rows_of(COLOURS)

    def ask(index: int) -> Any:
        body = {"instances": [rows[index]], "parameters": {"row_errors": True}}
        return server.post("/v1/models/batched:predict", body).document["predictions"][0]

    with ThreadPoolExecutor(8) as threads:
        check(COLOURS, columns_of([{"_error": None, **answer} for answer in threads.map(ask, range(len(rows)))]))
        bodies = [{"instances": [row]} for row in rows]
        answers = list(threads.map(lambda body: server.post("/v1/models/batched:predict", body), bodies))
    assert [answer.status for answer in answers] == [
        400 if row["_error"] else 200 for row in table(COLOURS, "expected")
    ]


def test_a_far_document_is_as_loose_as_a_near_one(server: Running) -> None:
    async def ask() -> Response:
        remote = await connect_remote(server.url, COLOURS)
        try:
            assert remote.signatures[DEFAULT].loose
            cells = Tensor("JSON", objects([row["c"] or None for row in table(COLOURS, "input")]))
            remote.signatures[DEFAULT].check({"c": cells})
            return await remote(Request({"c": cells}, DEFAULT, params={"row_errors": True}))
        finally:
            await remote.aclose()

    answer = asyncio.run(asyncio.wait_for(ask(), DEADLINE_S))
    check(COLOURS, {name: tensor.array.tolist() for name, tensor in answer.tensors.items()})


# gRPC, and raw tensors.


def arrays_of(model: str) -> dict[str, np.ndarray]:
    """The inputs in arrays: floats with NaN, or texts, empty where one is missing."""
    rows = rows_of(model)
    if model == WINE:
        return {name: np.array(values, np.float64) for name, values in columns_of(rows).items()}
    texts = {name: [row[name] for row in table(model, "input")] for name in rows[0]}
    return {name: np.array(values, object) for name, values in texts.items()}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", [triton, triton_http], ids=["grpc", "http"])
def test_tritonclient(server: Running, model: str, kind: Any) -> None:
    inputs = []
    for name, array in arrays_of(model).items():
        given = kind.InferInput(name, list(array.shape), "FP64" if array.dtype == np.float64 else "BYTES")
        given.set_data_from_numpy(array)
        inputs.append(given)
    with kind.InferenceServerClient(server.netloc) as client:
        result = client.infer(model, inputs, parameters={"row_errors": True})
        names = [output.name for output in told(result).outputs] if kind is triton else outputs_over_http(result)
        check(model, {name: result.as_numpy(name).tolist() for name in names})
        if model == COLOURS:
            wanted = [kind.InferRequestedOutput(name) for name in ("_error", "y")]
            again = client.infer(model, inputs, outputs=wanted)
            check(model, {name: again.as_numpy(name).tolist() for name in ("_error", "y")})
            with pytest.raises(Exception, match="row 6"):
                client.infer(model, inputs)


def told(result: Any) -> Any:
    return result.get_response()


def outputs_over_http(result: Any) -> list[str]:
    return [output["name"] for output in result.get_response()["outputs"]]


@pytest.fixture
def predict(server: Running) -> Iterator[Callable[[Any], Any]]:
    """The method Predict, called as a stub calls it."""
    answer = message("tensorflow.serving.PredictResponse")
    with grpc.insecure_channel(server.netloc) as channel:
        yield channel.unary_unary(
            "/tensorflow.serving.PredictionService/Predict",
            request_serializer=lambda request: request.SerializeToString(),
            response_deserializer=answer.FromString,
        )


@pytest.mark.parametrize("model", MODELS)
def test_tensor_protos(predict: Callable[..., Any], model: str) -> None:
    request = message("tensorflow.serving.PredictRequest")()
    request.model_spec.name = model
    request.output_filter.append("_error")
    for name, array in arrays_of(model).items():
        proto = request.inputs[name]
        proto.tensor_shape.dim.add(size=len(array))
        proto.dtype, values = (2, proto.double_val) if array.dtype == np.float64 else (7, proto.string_val)
        values.extend(array.tolist() if array.dtype == np.float64 else [text.encode() for text in array])
    answer = predict(request, timeout=DEADLINE_S)
    check(model, {name: listed(proto) for name, proto in answer.outputs.items()})
    if model == COLOURS:
        del request.output_filter[:]
        with pytest.raises(grpc.RpcError) as refused:
            predict(request, timeout=DEADLINE_S)
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert "row 6" in refused.value.details()


def test_the_stubs_of_tensorflow_serving(server: Running) -> None:
    pytest.importorskip("tensorflow_serving.apis", exc_type=ImportError)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import tensorflow as tf
        from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc
    request = predict_pb2.PredictRequest()
    request.model_spec.name = WINE
    for name, array in arrays_of(WINE).items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    with grpc.insecure_channel(server.netloc) as channel:
        answer = prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(request, timeout=DEADLINE_S)
    check(WINE, {name: tf.make_ndarray(proto).tolist() for name, proto in answer.outputs.items()})


def listed(proto: Any) -> list[Any]:
    return [*proto.double_val, *proto.string_val, *proto.int64_val, *proto.bool_val]
