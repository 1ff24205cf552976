from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from salver.core.errors import BadInput, Internal
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import TensorSpec
from salver.warmup import MAX_BODIES, is_body, read_request, warm

ROWS = Signature({"x": TensorSpec("FP32", (-1, 3))}, {"y": TensorSpec("FP32", (-1,))}, batched=True)
TENSOR = {"name": "x", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]}


@dataclass
class Asked:
    """Notes what it is asked; fails from the given request on."""

    signatures: Mapping[str, Signature] = field(default_factory=lambda: {DEFAULT: ROWS})
    requests: list[Request] = field(default_factory=list)
    faults: dict[int, Exception] = field(default_factory=dict)

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if len(self.requests) - 1 in self.faults:
            raise self.faults[len(self.requests) - 1]
        return Response({})

    async def aclose(self) -> None:
        pass


@pytest.fixture
def bodies(tmp_path: Path) -> Callable[[Any], Path]:
    """Writes `warmup.json`; returns its folder."""

    def write(document: Any) -> Path:
        (tmp_path / "warmup.json").write_text(document if isinstance(document, str) else json.dumps(document))
        return tmp_path

    return write


def asked(servable: Asked, folder: Path) -> list[list[int]]:
    """The shapes that it was asked with."""
    asyncio.run(warm(servable, folder))
    return [list(tensor.array.shape) for request in servable.requests for tensor in request.tensors.values()]


def test_one_request_for_each_signature(tmp_path):
    other = Signature({"ids": TensorSpec("INT64", (2, 2))}, {})
    servable = Asked({DEFAULT: ROWS, "other": other})
    assert asked(servable, tmp_path) == [[1, 3], [2, 2]]
    assert [request.signature for request in servable.requests] == [DEFAULT, "other"]


def test_a_stateful_signature_is_never_asked_what_nobody_has_asked(tmp_path):
    counter = Signature({}, {"n": TensorSpec("INT64", ())}, stateful=True)
    servable = Asked({"count": counter, DEFAULT: ROWS})
    asked(servable, tmp_path)
    assert [request.signature for request in servable.requests] == [DEFAULT]


def test_bodies_of_both_protocols(bodies):
    folder = bodies(
        [
            {"instances": [[1, 2, 3]] * 4},
            {"inputs": {"x": [[1, 2, 3]] * 5}},
            {"inputs": [[1, 2, 3]] * 6},
            {"inputs": [TENSOR]},
        ]
    )
    assert asked(Asked(), folder) == [[1, 3], [4, 3], [5, 3], [6, 3], [2, 3]]


def test_a_model_may_refuse_what_was_made_up_but_not_break_on_it(tmp_path):
    asyncio.run(warm(Asked(faults={0: BadInput("I want more")}), tmp_path))
    with pytest.raises(BadInput, match="the warm-up request for signature 'serving_default' failed: it broke"):
        asyncio.run(warm(Asked(faults={0: Internal("it broke")}), tmp_path))


def test_a_body_must_be_answered(bodies):
    folder = bodies([{"instances": [[1, 2, 3]]}] * 3)
    with pytest.raises(BadInput, match=r"warmup\.json: request 1 failed: not this one"):
        asyncio.run(warm(Asked(faults={2: BadInput("not this one")}), folder))


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "warmup.json cannot be read"),
        ("[" * 100_000, "warmup.json cannot be read"),
        ({"instances": [1]}, f"warmup.json: wanted a list of at most {MAX_BODIES} request bodies"),
        ([{}] * (MAX_BODIES + 1), "wanted a list of at most"),
        ([{"instances": [[1, 2]]}], r"warmup.json: request 0: "),
        ([{"instances": [[1, 2, 3]]}, {"inputs": [{**TENSOR, "name": "z"}]}], "request 1: "),
        ([{"instances": [[1, 2, 3]], "signature_name": "odd"}], 'request 0: Serving signature name: "odd" not found'),
        ([{"inputs": [TENSOR], "outputs": [{"name": "odd"}]}], "there is no output 'odd'"),
        ([7], "request 0: "),
    ],
)
def test_what_is_wrong_with_the_file_is_said(bodies, document, said):
    with pytest.raises(BadInput) as caught:
        asyncio.run(warm(Asked(), bodies(document)))
    assert said in caught.value.message


def test_an_input_too_large_to_make_up_is_left_alone(tmp_path):
    huge = Signature({"x": TensorSpec("FP32", (100_000, 100_000))}, {})
    assert asked(Asked({DEFAULT: huge}), tmp_path) == []


def test_a_request_names_its_signature():
    signatures = {"one": ROWS, "two": ROWS}
    request = read_request(b'{"signature_name": "two", "instances": [[1, 2, 3]]}', signatures)
    assert request.signature == "two"


@pytest.mark.parametrize(
    ("document", "name", "is_one"),
    [
        ({"instances": []}, "x", True),
        ({"inputs": {"x": []}}, "x", True),
        ({"inputs": [TENSOR]}, "inputs", True),
        ({"inputs": [[1.0]]}, "inputs", False),
        ({"x": [1.0]}, "x", False),
    ],
)
def test_what_reads_like_a_body(document, name, is_one):
    assert is_body(document, Signature({name: TensorSpec("FP32", None)}, {})) is is_one
