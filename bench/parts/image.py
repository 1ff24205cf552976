"""A large input: one 224 x 224 x 3 image of float32, as JSON (3 MB) and as a binary tensor (602 kB)."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np
import onnxruntime

from bench import load, models, questions, servers
from bench.effort import Effort
from bench.figures import Part, Target
from bench.questions import Array, Question

CALLS = 30
WORDS = (
    "`decode` is the codec alone, in this process: from the bytes of the body to a tensor that fits the model's "
    "signature. `answer` is the median of a whole request over the loopback, one in flight. The bare protocol reads "
    "the JSON with orjson and NumPy, and takes the binary tensor by its length. `session.run` is the model alone."
)


def measure(effort: Effort) -> Part:
    image = np.random.default_rng(0).random(models.IMAGE_SHAPE, dtype=np.float32)
    session = onnxruntime.InferenceSession(models.path("image"))
    (expected,) = session.run(None, {"image": image})
    asked = {
        "JSON": questions.rows("image", image),
        "binary": questions.open_inference_binary("image", "image", image),
    }
    part = Part("An image", WORDS, ("what", "decode ms", "answer ms", "bare answer ms", "session.run ms"))
    run_ms = _median_ms(lambda: session.run(None, {"image": image}))
    decode_ms = {form: _decode_ms(question, image) for form, question in asked.items()}
    answer_ms = {}
    for form, question in asked.items():
        answer_ms[form], bare_ms = _answers_ms(effort, form, question, expected)
        figures = (decode_ms[form], answer_ms[form], bare_ms, run_ms)
        part.rows.append([form, *(f"{figure:.2f}" for figure in figures)])
    part.targets += [
        Target("image as JSON, decoded and checked", decode_ms["JSON"], 6, "ms"),
        Target("image as binary, answer over session.run", answer_ms["binary"] - run_ms, 0.5, "ms"),
    ]
    return part


def _decode_ms(question: Question, image: Array) -> float:
    """Through the route table, as the server does."""
    import salver
    from salver.core.calls import Predict
    from salver.protocols.http import HttpRequest, HttpResponse
    from salver.protocols.table import find

    found = find(b"POST", question.path.encode())
    assert not isinstance(found, HttpResponse)
    headers = [(name.lower().encode(), value.encode()) for name, value in question.headers.items()]
    request = HttpRequest(b"POST", question.path.encode(), headers, question.body)
    with salver.load(models.path("image")) as model:
        signatures = model.signatures

    def decode() -> Array:
        call = found.route.decode_call(request, **found.args)
        assert isinstance(call, Predict)
        return call.read(signatures).tensors["image"].array

    np.testing.assert_array_equal(decode(), image)
    return _median_ms(decode)


def _answers_ms(effort: Effort, form: str, question: Question, expected: Array) -> tuple[float, float]:
    """Ours and the bare protocol's, taken in turn."""
    ours_ms, bare_ms = [], []
    with ExitStack() as stack:
        ours = stack.enter_context(servers.salver(models.FOLDER, question, expected))
        codec = {"JSON": "rows", "binary": "binary"}[form]
        bare = stack.enter_context(servers.bare(codec, "image", question, expected))
        for _ in range(effort.rounds):
            ours_ms.append(load.measure(ours.port, question, 1, effort.seconds).p50_us / 1000)
            bare_ms.append(load.measure(bare.port, question, 1, effort.seconds).p50_us / 1000)
    return statistics.median(ours_ms), statistics.median(bare_ms)


def _median_ms(call: Callable[[], object]) -> float:
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        call()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000
