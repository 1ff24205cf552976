from __future__ import annotations

import json
import shlex
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import NUMPY, TensorSpec
from salver.examples import MAX_SHOWN_BYTES, body_for, curl_for, python_for
from salver.protocols.openinference.rest import PROTOCOL as OPEN_INFERENCE
from salver.protocols.tfserving.rest import PROTOCOL as TF_SERVING
from salver.warmup import read_request

SMALL = {DEFAULT: Signature({"x": TensorSpec("FP32", (-1, 2))}, {}, batched=True)}
LARGE = {DEFAULT: Signature({"x": TensorSpec("UINT8", (1, 50, 50, 3)), "t": TensorSpec("FP32", ())}, {})}

shapes = st.lists(st.sampled_from([-1, 1, 2, 3]), max_size=3).map(tuple)
specs = st.builds(TensorSpec, st.sampled_from([name for name in NUMPY if name != "JSON"]), shapes)
signatures = st.dictionaries(st.text("abc", min_size=1), specs, min_size=1, max_size=3).map(
    lambda inputs: {DEFAULT: Signature(inputs, {})}
)


@given(signatures)
def test_the_body_is_one_that_the_model_accepts(made: dict[str, Signature]):
    dtypes = {spec.dtype for spec in made[DEFAULT].inputs.values()}
    for protocol in (OPEN_INFERENCE, TF_SERVING):
        if protocol is OPEN_INFERENCE or not dtypes & {"FP16", "BF16"}:
            request = read_request(body_for(protocol, made), made)
            assert request.tensors.keys() == made[DEFAULT].inputs.keys()


def test_the_command_line_is_one_that_shells_take_apart():
    words = shlex.split(curl_for(TF_SERVING, "it's $HOME", SMALL, "http://h:1", "/m"))
    assert words[:3] == ["curl", "http://h:1/v1/models/it%27s%20%24HOME:predict", "-d"]
    assert json.loads(words[3]) == {"instances": [[1.0, 1.0]]}
    words = shlex.split(curl_for(OPEN_INFERENCE, "m", SMALL, "http://h:1", "/m"))
    assert words[1] == "http://h:1/v2/models/m/infer"


def test_what_is_too_long_to_read_is_made_where_it_is_sent():
    command = curl_for(OPEN_INFERENCE, "m", LARGE, "http://h:1", "/a folder/m.onnx")
    assert command == (
        "salver inspect '/a folder/m.onnx' --request openinference | curl http://h:1/v2/models/m/infer -d @-"
    )


@pytest.mark.parametrize("made", [SMALL, LARGE])
def test_the_lines_of_python_make_what_the_signature_wants(made):
    lines = python_for("m.onnx", made)
    assert len(lines) < MAX_SHOWN_BYTES + 100
    given: list[dict[str, Any]] = []
    names: dict[str, Any] = {}
    code = lines.replace("import salver\n", "").replace("model = salver.load('m.onnx')\n", "")
    exec(code.replace("model.predict", "given.append"), {**names, "given": given})
    for name, spec in made[DEFAULT].inputs.items():
        assert spec.accepts(np.asarray(given[0][name]).shape)


def test_optional_inputs_are_left_out_and_the_default_signature_is_shown():
    optional = Signature({"x": TensorSpec("INT64", (2,)), "y": TensorSpec("INT64", (2,))}, {}, {"y": None})
    assert json.loads(body_for(TF_SERVING, {"other": SMALL[DEFAULT], DEFAULT: optional})) == {"inputs": {"x": [0, 0]}}
