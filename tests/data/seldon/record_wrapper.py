# mypy: ignore-errors
"""Asks the genuine wrapper, and writes down what it answers. See README.md; not run by the tests."""

import importlib
import json
import sys
from pathlib import Path

from google.protobuf import json_format
from seldon_core import seldon_methods
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.metrics import SeldonMetrics
from seldon_core.proto import prediction_pb2

HERE = Path(__file__).parent
METRICS = SeldonMetrics()
NODE = "node"


def ndarray(*rows, names=None, meta=None):
    return {"data": {**({"names": names} if names else {}), "ndarray": list(rows)}, **({"meta": meta} if meta else {})}


def tensor(shape, values, **more):
    return {"data": {"tensor": {"shape": shape, "values": values}, **more}}


TOLD = {"puid": "p1", "tags": {"t": 1}}
FLOWERS = ndarray([5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3], names=["a", "b", "c", "d"], meta=TOLD)
ONE = ndarray([1.0, 2.0])
KINDS = [
    "str",
    "bytes",
    "dict",
    "list",
    "one axis",
    "ints",
    "bools",
    "texts",
    "mixed",
    "records",
    "empty",
    "response",
    "bad metric",
    "bad value",
    "number",
    "none",
    "tuple",
]
CASES = [
    (
        "Iris",
        {},
        [("predict", FLOWERS), ("predict", ndarray([5, 3, 1, 0])), ("predict", tensor([1, 4], [5.1, 3.5, 1.4, 0.2]))],
    ),
    ("Iris", {"temperature": 2.0}, [("predict", ndarray([5.1, 3.5, 1.4, 0.2]))]),
    ("Iris", {}, [("predict", ndarray([1.0, 2.0]))]),
    ("Iris", {}, [("transform_input", FLOWERS), ("transform_output", FLOWERS)]),
    (
        "MeanTransformer",
        {},
        [("transform_input", ndarray([1.0, 3.0], [2.0, 5.0])), ("transform_output", ndarray([1.5, 2.0]))],
    ),
    ("Threshold", {}, [("route", ndarray([0.4])), ("route", ndarray([0.6]))]),
    ("Threshold", {"limit": 0.1, "wrapped": True}, [("route", ndarray([0.4]))]),
    ("Threshold", {"strange": 1.5}, [("route", ndarray([0.4]))]),
    ("Threshold", {"strange": True}, [("route", ndarray([0.4]))]),
    ("Threshold", {"strange": "1"}, [("route", ndarray([0.4]))]),
    (
        "Average",
        {},
        [
            (
                "aggregate",
                [
                    ndarray([1.0, 2.0], names=["a", "b"], meta={"tags": {"x": 1}}),
                    ndarray([3.0, 4.0], names=["a", "b"], meta={"tags": {"y": 2}}),
                ],
            )
        ],
    ),
    ("Average", {}, [("aggregate", [{"strData": "one"}, {"strData": "two"}])]),
    (
        "Outlier",
        {"limit": 2.0},
        [
            (
                "transform_input",
                ndarray([1.0, 9.0], [-3.0, 9.0], meta={"puid": "p2", "tags": {"outlier": "asked", "kept": True}}),
            )
        ],
    ),
    (
        "EpsilonGreedy",
        {"n_branches": 3, "epsilon": 0.0},
        [
            ("route", ONE),
            (
                "send_feedback",
                {"request": ndarray([1.0], [2.0]), "response": {"meta": {"routing": {NODE: 2}}}, "reward": 1.0},
            ),
            ("route", ONE),
            ("send_feedback", {"request": ndarray([1.0]), "response": {"meta": {"routing": {NODE: 1}}}, "reward": 0.5}),
            ("route", ONE),
        ],
    ),
    (
        "Raw",
        {},
        [
            ("predict", ONE),
            ("transform_input", ONE),
            ("route", ONE),
            ("aggregate", {"seldonMessages": [ONE, ONE, ONE]}),
            ("send_feedback", {"request": ONE, "reward": 0.5}),
        ],
    ),
    *[
        (
            "Kinds",
            {"kind": kind},
            [("predict", ONE), ("predict", {"strData": "x"}), ("predict", tensor([1, 2], [1.0, 2.0]))],
        )
        for kind in KINDS
    ],
    (
        "Kinds",
        {},
        [
            (
                "predict",
                {"data": {"names": ["a", "b"], "ndarray": [[1, 2.5]]}, "meta": {"puid": "p", "tags": {"a": 1}}},
            ),
            ("predict", ndarray([1, 2])),
            ("predict", ndarray(["a", "bc"], ["d", "e"])),
            ("predict", ndarray(["a", 1], ["b", 2.5])),
            ("predict", ndarray(["a", None])),
            ("predict", ndarray([1, None])),
            ("predict", ndarray([True, False])),
            ("predict", ndarray({"a": 1})),
            ("predict", ndarray(1.5, 2.5)),
            ("predict", ndarray()),
            ("predict", {"data": {"names": ["a"]}}),
            ("predict", tensor([2, 1], [1.0, 2.0], names=["n"])),
            ("predict", {"strData": "hello"}),
            ("predict", {"binData": "aGVsbG8="}),
            ("predict", {"jsonData": {"a": [1, None, {"b": "c"}]}}),
            ("predict", {"jsonData": [1, "x"]}),
            ("predict", {"jsonData": "text"}),
        ],
    ),
    *[("Refuses", {"how": how}, [("predict", ONE)]) for how in ("seldon", "told", "type error", "value error")],
    (
        "Bare",
        {},
        [
            ("transform_input", ndarray([1, 2], names=["a", "b"])),
            ("transform_output", {"strData": "x"}),
            ("route", ONE),
            ("aggregate", [ONE]),
        ],
    ),
    *[(name, {}, [("health", None), ("metadata", None)]) for name in ("Iris", "MeanTransformer", "Raw")],
]


def ask(model, hook, request, transport):
    if hook == "health":
        return seldon_methods.health_status(model, METRICS)
    if hook == "metadata":
        return seldon_methods.init_metadata(model)
    kinds = {"aggregate": prediction_pb2.SeldonMessageList, "send_feedback": prediction_pb2.Feedback}
    if transport == "grpc" or hook == "send_feedback":
        message = {"seldonMessages": request} if isinstance(request, list) else request
        request = json_format.ParseDict(message, kinds.get(hook, prediction_pb2.SeldonMessage)())
    arguments = (NODE, METRICS) if hook == "send_feedback" else (METRICS,)
    return getattr(seldon_methods, hook)(model, request, *arguments)


def plain(answer):
    return answer if isinstance(answer, dict) else json_format.MessageToDict(answer)


def outcome(model, hook, request, transport):
    """What a caller is told, as the wrapper's two error handlers have it."""
    try:
        return {"answer": plain(ask(model, hook, json.loads(json.dumps(request)), transport))}
    except SeldonMicroserviceException as error:
        return {"error": {"status": error.status_code, "reason": error.reason, "info": str(error.message)}}
    except Exception as error:
        return {"error": {"status": 500, "reason": "MICROSERVICE_INTERNAL_ERROR", "info": str(error)}}


def main():
    sys.path.insert(0, str(HERE / "classes"))
    recorded = []
    for name, args, steps in CASES:
        for transport in ("rest", "grpc"):
            model = getattr(importlib.import_module(name), name)(**args)
            if hasattr(model, "load"):
                model.load()
            asked = [
                {"hook": hook, "request": request, **outcome(model, hook, request, transport)}
                for hook, request in steps
            ]
            recorded.append({"class": name, "args": args, "transport": transport, "steps": asked})
    lines = [json.dumps(case, default=lambda value: value.tolist()) for case in recorded]
    (HERE / "wrapper.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
