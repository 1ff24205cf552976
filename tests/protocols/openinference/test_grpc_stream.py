"""ModelStreamInfer, with grpcio and tritonclient's messages as its client."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from grpc_house import House
from serving import until

from salver.protocols.openinference.grpc_stream import MAX_IN_FLIGHT

grpc: Any = pytest.importorskip("grpc")
pb: Any = pytest.importorskip("tritonclient.grpc.service_pb2")
triton: Any = pytest.importorskip("tritonclient.grpc")

pytestmark = pytest.mark.slow
PATH = "/inference.GRPCInferenceService/ModelStreamInfer"


class Stream:
    """A stream that is fed by hand."""

    def __init__(self, channel: Any) -> None:
        self.sent: queue.Queue[Any] = queue.Queue()
        self.answers = channel.stream_stream(PATH, None, pb.ModelStreamInferResponse.FromString)(
            iter(self.sent.get, None), timeout=30
        )

    def send(self, *messages: Any) -> None:
        for message in messages:
            self.sent.put(message if isinstance(message, bytes) else message.SerializeToString())

    def end(self) -> None:
        self.sent.put(None)


@pytest.fixture
def stream(channel: Any) -> Iterator[Stream]:
    stream = Stream(channel)
    yield stream
    stream.answers.cancel()
    stream.end()


def request(name: str, value: float, model: str = "m", **fields: Any) -> Any:
    message = pb.ModelInferRequest(model_name=model, id=name, **fields)
    message.inputs.add(name="x", datatype="FP32", shape=[1])
    message.raw_input_contents.append(np.float32(value).tobytes())
    return message


def told(answer: Any) -> Any:
    return answer.error_message or float(triton.InferResult(answer.infer_response).as_numpy("y")[0])


def test_answers_come_in_order_with_their_ids(stream: Stream):
    stream.send(*(request(str(n), n) for n in range(200)))
    stream.end()
    answers = list(stream.answers)
    assert [answer.infer_response.id for answer in answers] == [str(n) for n in range(200)]
    assert [told(answer) for answer in answers] == [n + 2.0 for n in range(200)]
    assert {answer.infer_response.parameters["triton_final_response"].bool_param for answer in answers} == {True}
    assert stream.answers.code() is grpc.StatusCode.OK


def test_what_is_wrong_with_one_request_is_told_in_its_answer(stream: Stream):
    typed = request("typed", 0)
    del typed.raw_input_contents[:]
    typed.inputs[0].contents.fp32_contents.append(1.5)
    stream.send(
        request("a", 1),
        request("b", 1, model="nope"),
        request("c", 1, model_version="x"),
        pb.ModelInferRequest(model_name="m", id="d"),
        b"\xff",
        request("", 1, model="broken"),
        typed,
        request("e", 2, model_version="1"),
    )
    stream.end()
    answers = list(stream.answers)
    assert [answer.infer_response.id for answer in answers] == ["a", "b", "c", "d", "", "", "typed", "e"]
    assert all(answer.infer_response.parameters["triton_final_response"].bool_param for answer in answers)
    first, unknown, version, missing, unreadable, broken, mirrored, last = answers
    assert (told(first), told(last)) == (3.0, 3.0)
    assert told(unknown) == "Request for unknown model: 'nope' is not found"
    assert "specified version string 'x'" in told(version)
    assert "missing input 'x'" in told(missing)
    assert "no inference.ModelInferRequest" in told(unreadable)
    assert "this is no model" in told(broken) or "broken" in told(broken)
    assert list(mirrored.infer_response.outputs[0].contents.fp32_contents) == [3.5]
    assert stream.answers.code() is grpc.StatusCode.OK


def test_requests_of_a_stream_are_under_way_together_and_no_more_than_allowed(house: House, stream: Stream):
    count = MAX_IN_FLIGHT + 20
    stream.send(*(request(str(n), -1 - n) for n in range(count)))
    until(lambda: len(house.waiting) >= MAX_IN_FLIGHT)
    assert len(house.waiting) == MAX_IN_FLIGHT
    house.do(house.gate.set)
    stream.end()
    try:
        assert [told(answer) for answer in stream.answers] == [1.0 - n for n in range(count)]
    finally:
        house.do(house.gate.clear)


def test_a_client_that_leaves_cancels_what_is_under_way(house: House, stream: Stream):
    stream.send(*(request(str(n), -1 - n) for n in range(5)))
    until(lambda: len(house.waiting) == 5)
    stream.answers.cancel()
    until(lambda: house.waiting == [])


def test_tritonclients_own_stream_is_served(house: House):
    client = triton.InferenceServerClient(house.target)
    answers: queue.Queue[Any] = queue.Queue()
    client.start_stream(lambda result, error: answers.put(error or result))
    item = triton.InferInput("x", [1], "FP32")
    item.set_data_from_numpy(np.array([5], np.float32))
    client.async_stream_infer("m", [item], request_id="a", enable_empty_final_response=True)
    client.async_stream_infer("nope", [item], request_id="b")
    result = answers.get(timeout=10)
    assert result.as_numpy("y").tolist() == [7.0]
    assert result.get_response().parameters["triton_final_response"].bool_param
    assert "unknown model: 'nope'" in str(answers.get(timeout=10))
    client.stop_stream()
    client.close()
