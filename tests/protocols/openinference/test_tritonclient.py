"""tritonclient's own encoder and decoder as the judge, for every dtype it knows, in JSON and raw."""

from __future__ import annotations

import gzip
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from salver.core.calls import Predict, Predicted
from salver.core.servable import Request, Response
from salver.core.signature import Signature
from salver.core.tensor import NUMPY, Tensor, TensorSpec
from salver.protocols.http import HttpRequest, HttpResponse
from salver.protocols.openinference.rest import PROTOCOL
from salver.protocols.route import Match

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of gevent, while it is imported
    triton: Any = pytest.importorskip("tritonclient.http")
    ml_dtypes: Any = pytest.importorskip("ml_dtypes")

pytestmark = pytest.mark.slow
DTYPES = [name for name in NUMPY if name != "JSON"]
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def arrays(draw: st.DrawFn, dtype: str, *, text: bool) -> np.ndarray[Any, Any]:
    shape = draw(SHAPES)
    if dtype == "BYTES":
        element = st.text(max_size=6).map(str.encode) if text else st.binary(max_size=6)
        return draw(hnp.arrays(object, shape, elements=element))
    if dtype == "BF16":
        return draw(hnp.arrays(np.uint16, shape)).view(ml_dtypes.bfloat16)
    return draw(hnp.arrays(NUMPY[dtype], shape))


def held(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array as a Tensor holds it."""
    return array.view(np.uint16) if array.dtype == ml_dtypes.bfloat16 else array


def signatures(dtype: str, shape: tuple[int, ...]) -> dict[str, Signature]:
    return {"serving_default": Signature({"x": TensorSpec(dtype, shape)}, {"y": TensorSpec(dtype, shape)})}


def asked(dtype: str, array: np.ndarray[Any, Any], *, binary: bool, **kwargs: Any) -> HttpRequest:
    """The request tritonclient writes."""
    item = triton.InferInput("x", list(array.shape), dtype)
    item.set_data_from_numpy(array, binary_data=binary)
    body, length = triton.InferenceServerClient.generate_request_body([item], **kwargs)
    headers = [] if length is None else [(b"inference-header-content-length", b"%d" % length)]
    return HttpRequest(b"POST", b"/v2/models/m/infer", headers, body if isinstance(body, bytes) else body.encode())


def call_of(request: HttpRequest) -> tuple[Match, Predict]:
    found = PROTOCOL.match(request.method, request.target)
    assert isinstance(found, Match)
    call = found.route.decode_call(request, **found.args)
    assert isinstance(call, Predict)
    return found, call


def answered(response: HttpResponse) -> Any:
    """What tritonclient reads in an answer."""
    length = dict(response.headers).get(b"Inference-Header-Content-Length")
    return triton.InferenceServerClient.parse_response_body(
        response.body, header_length=None if length is None else int(length)
    )


def equal(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    if one.shape != other.shape:
        return False
    if one.dtype == object:
        texts = [[item.encode() if isinstance(item, str) else item for item in array.flat] for array in (one, other)]
        return texts[0] == texts[1]
    return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


@pytest.mark.parametrize("dtype", DTYPES)
@given(st.data())
def test_its_raw_requests_are_read(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype, text=False))
    _, call = call_of(asked(dtype, array, binary=True))
    tensor = call.read(signatures(dtype, array.shape)).tensors["x"]
    assert tensor.array.dtype == held(array).dtype
    assert tensor.array.tobytes() == held(array).tobytes() if dtype != "BYTES" else equal(tensor.array, array)
    assert tensor.array.shape == array.shape


@pytest.mark.parametrize("dtype", [name for name in DTYPES if name != "BF16"])
@given(st.data())
def test_its_json_requests_are_read(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype, text=True))
    _, call = call_of(asked(dtype, array, binary=False))
    assert equal(call.read(signatures(dtype, array.shape)).tensors["x"].array, array)


@pytest.mark.parametrize("dtype", DTYPES)
@given(st.data())
def test_it_reads_raw_answers(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype, text=False))
    result = echoed(dtype, array, asked(dtype, array, binary=True))
    read = result.as_numpy("y")
    assert equal(read, array) if dtype != "BF16" else equal(read.view(np.uint16), held(array))


@pytest.mark.parametrize("dtype", [name for name in DTYPES if name != "BF16"])
@given(st.data())
def test_it_reads_json_answers(dtype: str, data: st.DataObject):
    array = data.draw(arrays(dtype, text=True))
    wanted = [triton.InferRequestedOutput("y", binary_data=False)]
    assert equal(echoed(dtype, array, asked(dtype, array, binary=False, outputs=wanted)).as_numpy("y"), array)


def echoed(dtype: str, array: np.ndarray[Any, Any], request: HttpRequest) -> Any:
    match, call = call_of(request)
    found = signatures(dtype, array.shape)
    tensor = call.read(found).tensors["x"]
    reply = Predicted("m", 1, "serving_default", found["serving_default"], Response({"y": tensor}))
    return answered(match.route.encode_reply(call, reply))


@pytest.mark.parametrize("dtype", DTYPES)
@given(st.data())
def test_it_reads_what_our_client_would_send(dtype: str, data: st.DataObject):
    """A request has an answer's shape, but for the name of the list: its decoder judges our encoder's raw layout."""
    array = data.draw(arrays(dtype, text=False))
    request = Request({"x": Tensor(dtype, held(array))}, params={"binary_data": True})
    sent = PROTOCOL.encode_call(Predict("openinference", "m", None, None, lambda _: request))
    length = sent.header(b"inference-header-content-length")
    body = sent.body.replace(b'"inputs":', b'"outputs":')
    result = triton.InferenceServerClient.parse_response_body(body, header_length=int(length or b"0") + 1)
    read = result.as_numpy("x")
    assert equal(read, array) if dtype != "BF16" else equal(read.view(np.uint16), held(array))


def test_ids_timeouts_and_parameters_are_read():
    array = np.zeros(2, np.float32)
    _, call = call_of(
        asked("FP32", array, binary=True, request_id="7", priority=3, timeout=5_000_000, parameters={"who": "me"})
    )
    request = call.read(signatures("FP32", (2,)))
    assert request.deadline is not None
    assert request.params == {"priority": 3, "who": "me"}


def test_an_id_comes_back():
    array = np.zeros(2, np.float32)
    assert echoed("FP32", array, asked("FP32", array, binary=True, request_id="7")).get_response()["id"] == "7"
    assert "id" not in echoed("FP32", array, asked("FP32", array, binary=True)).get_response()


def test_classes_come_back():
    array = np.array([[0.25, 0.5]], np.float32)
    wanted = [triton.InferRequestedOutput("y", class_count=1)]
    request = asked("FP32", array, binary=True, outputs=wanted)
    assert echoed("FP32", array, request).as_numpy("y").tolist() == [b"0.5:1"]


def test_a_compressed_answer_is_read():
    array = np.arange(3, dtype=np.float32)
    match, call = call_of(asked("FP32", array, binary=True))
    found = signatures("FP32", (3,))
    response = match.route.encode_reply(
        call, Predicted("m", 1, "", found["serving_default"], Response(call.read(found).tensors))
    )
    assert isinstance(response.body, bytes)
    length = int(dict(response.headers)[b"Inference-Header-Content-Length"])
    result = triton.InferenceServerClient.parse_response_body(
        gzip.compress(response.body), header_length=length, content_encoding="gzip"
    )
    assert result.as_numpy("x").tolist() == [0, 1, 2]
