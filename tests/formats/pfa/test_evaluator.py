"""PFA documents as models: columns in and out, rows that are refused, state."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import salver
from salver import FormatOptions, PfaOptions
from salver.core.errors import BadInput, Late
from salver.core.servable import Request, Response
from salver.core.signature import DEFAULT, ERROR, ROW_ERRORS
from salver.core.tensor import Tensor, objects
from salver.formats.pfa.evaluator import PfaEvaluator

WINE: dict[str, Any] = {
    "type": "record",
    "name": "Wine",
    "fields": [
        {"name": "alcohol", "type": "double"},
        {"name": "year", "type": ["null", "int"]},
        {"name": "colour", "type": {"type": "enum", "name": "Colour", "symbols": ["red", "white"]}},
        {"name": "tags", "type": {"type": "array", "items": "string"}},
    ],
}
SCORE: dict[str, Any] = {
    "input": WINE,
    "output": {
        "type": "record",
        "name": "Score",
        "fields": [{"name": "score", "type": "double"}, {"name": "old", "type": ["null", "boolean"]}],
    },
    "action": {
        "new": {
            "score": {
                "*": [
                    "input.alcohol",
                    {"if": {"==": ["input.colour", {"type": "Colour", "value": "red"}]}, "then": 2.0, "else": 1.0},
                ]
            },
            "old": {"ifnotnull": {"y": "input.year"}, "then": {"<": ["y", 2000]}, "else": None},
        },
        "type": "Score",
    },
}
COUNTER: dict[str, Any] = {
    "input": "double",
    "output": "double",
    "cells": {"sum": {"type": "double", "init": 0.0}},
    "action": {"cell": "sum", "to": {"params": [{"x": "double"}], "ret": "double", "do": {"+": ["x", "input"]}}},
}
ROW = {"alcohol": 9.5, "year": 1999, "colour": "red", "tags": ["dry"]}


def written(folder: Path, document: dict[str, Any], name: str = "model.pfa") -> str:
    path = folder / name
    path.write_text(json.dumps(document))
    return str(path)


def asked(evaluator: PfaEvaluator, /, **columns: Tensor) -> dict[str, list[Any]]:
    return listed(evaluator(Request(columns)))


def asked_by_row(evaluator: PfaEvaluator, /, **columns: Tensor) -> dict[str, list[Any]]:
    return listed(evaluator(Request(columns, params={ROW_ERRORS: True})))


def listed(response: Response) -> dict[str, list[Any]]:
    return {name: tensor.array.tolist() for name, tensor in response.tensors.items()}


def wines(*rows: dict[str, Any]) -> dict[str, Tensor]:
    return {
        "alcohol": Tensor("FP64", np.array([row["alcohol"] for row in rows])),
        "year": Tensor("FP64", np.array([row["year"] if row["year"] is not None else np.nan for row in rows])),
        "colour": Tensor("BYTES", objects([row["colour"] for row in rows])),
        "tags": Tensor("JSON", objects([row["tags"] for row in rows])),
    }


def test_a_record_is_a_column_for_each_field(tmp_path: Path) -> None:
    signature = PfaEvaluator(written(tmp_path, SCORE)).signatures[DEFAULT]
    assert {name: spec.dtype for name, spec in signature.inputs.items()} == {
        "alcohol": "FP64",
        "year": "INT32",
        "colour": "BYTES",
        "tags": "JSON",
    }
    assert {name: spec.dtype for name, spec in signature.outputs.items()} == {"score": "FP64", "old": "BOOL"}
    assert signature.inputs["colour"].domain is not None
    assert signature.inputs["colour"].domain.categories == ("red", "white")


def test_columns_are_answered_with_columns(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, SCORE))
    answer = asked(evaluator, **wines(ROW, {**ROW, "year": None, "colour": "white"}))
    assert answer == {"score": [19.0, 9.5], "old": [True, None]}


def test_one_row_is_a_dict(tmp_path: Path) -> None:
    with salver.load(written(tmp_path, SCORE)) as model:
        assert model.predict(ROW) == {"score": 19.0, "old": True}
        assert model.predict({"alcohol": 9.5, "colour": "red", "tags": []}) == {"score": 19.0, "old": None}


def test_a_refused_row_names_its_field_and_refuses_the_request(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, SCORE))
    with pytest.raises(BadInput, match=r"row 1: input\.colour: wanted one of red, white, not 'green'"):
        asked(evaluator, **wines(ROW, {**ROW, "colour": "green"}))


def test_a_refused_row_is_refused_alone_where_that_is_wanted(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, SCORE))
    answer = asked_by_row(evaluator, **wines(ROW, {**ROW, "colour": "green"}))
    assert np.isnan(answer["score"][1])
    assert answer["score"][0] == 19.0
    assert answer[ERROR][0] is None
    assert "colour" in answer[ERROR][1]


def test_what_keeps_state_answers_in_order_and_says_so(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, COUNTER))
    assert asked(evaluator, input=Tensor("FP64", np.array([1.0, 2.0, 3.0])))["output"] == [1.0, 3.0, 6.0]
    assert evaluator.signatures[DEFAULT].stateful
    assert "in order" in evaluator.metadata["state"]
    assert evaluator.metadata["writes"] == "cell sum"


def test_a_refused_request_leaves_no_trace_in_the_state(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, COUNTER))
    with pytest.raises(BadInput, match="row 1"):
        asked(evaluator, input=Tensor("JSON", objects([1.0, "two", 3.0])))
    assert asked(evaluator, input=Tensor("FP64", np.array([1.0])))["output"] == [1.0]


def test_emit_answers_with_lists_and_fold_with_tallies(tmp_path: Path) -> None:
    emits = {
        "input": "int",
        "output": "int",
        "method": "emit",
        "action": [{"emit": "input"}, {"emit": {"+": ["input", 1]}}],
    }
    folds = {
        "input": "int",
        "output": "int",
        "method": "fold",
        "zero": 0,
        "action": {"+": ["input", "tally"]},
        "merge": {"+": ["tallyOne", "tallyTwo"]},
    }
    numbers = Tensor("INT32", np.array([1, 5], np.int32))
    assert asked(PfaEvaluator(written(tmp_path, emits)), input=numbers)["output"] == [[1, 2], [5, 6]]
    assert asked(PfaEvaluator(written(tmp_path, folds)), input=numbers)["output"] == [1, 6]


def test_state_goes_on_after_a_restart(tmp_path: Path) -> None:
    path, options = written(tmp_path, COUNTER), PfaOptions(state_file=str(tmp_path / "state.json"))
    first = PfaEvaluator(path, options)
    asked(first, input=Tensor("FP64", np.array([1.0, 2.0])))
    first.close()
    assert asked(PfaEvaluator(path, options), input=Tensor("FP64", np.array([4.0])))["output"] == [7.0]


def test_state_is_saved_while_it_changes(tmp_path: Path) -> None:
    path, options = written(tmp_path, COUNTER), PfaOptions(state_file=str(tmp_path / "state.json"), save_every_s=0.0)
    asked(PfaEvaluator(path, options), input=Tensor("FP64", np.array([1.0, 2.0])))
    assert asked(PfaEvaluator(path, options), input=Tensor("FP64", np.array([4.0])))["output"] == [7.0]


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"format": "other"}', '{"format": "salver-pfa-state-1", "values": {}}']
)
def test_a_state_file_that_is_broken_is_refused(tmp_path: Path, content: str) -> None:
    path, options = written(tmp_path, COUNTER), PfaOptions(state_file=str(tmp_path / "state.json"))
    state = Path(PfaEvaluator(path, options).metadata["state_file"])
    state.write_text(content)
    with pytest.raises(BadInput, match=state.name):
        PfaEvaluator(path, options)


def one(x: float) -> Tensor:
    return Tensor("FP64", np.array([x]))


def test_each_document_keeps_its_state_in_a_file_of_its_own(tmp_path: Path) -> None:
    options = PfaOptions(state_file=str(tmp_path / "state.json"), save_every_s=0.0)
    asked(PfaEvaluator(written(tmp_path, COUNTER), options), input=one(1.0))
    other = written(tmp_path, {**COUNTER, "action": [{"log": []}, COUNTER["action"]]}, "other.pfa")
    assert asked(PfaEvaluator(other, options), input=one(1.0))["output"] == [1.0]
    assert asked(PfaEvaluator(written(tmp_path, COUNTER), options), input=one(1.0))["output"] == [2.0]


def test_a_document_that_is_opened_again_goes_on_from_where_the_other_is(tmp_path: Path) -> None:
    path, options = written(tmp_path, COUNTER), PfaOptions(state_file=str(tmp_path / "state.json"), save_every_s=1000.0)
    first = PfaEvaluator(path, options)
    asked(first, input=one(3.0))
    second = PfaEvaluator(path, options)
    first.close()
    assert asked(second, input=one(4.0))["output"] == [7.0]


def test_a_field_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    fields = [{"name": "x", "type": "double"}, {"name": "y", "type": "double", "default": 10.0}]
    document = {
        "input": {"type": "record", "name": "Two", "fields": fields},
        "output": "double",
        "action": {"+": ["input.x", "input.y"]},
    }
    evaluator = PfaEvaluator(written(tmp_path, document))
    assert asked(evaluator, x=Tensor("FP64", np.array([1.0, 2.0])))["output"] == [11.0, 12.0]
    assert evaluator.of_values({"x": 1.0}) == {"output": 11.0}


def test_a_broken_document_names_its_file_and_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, {"input": "int", "output": "int", "action": {"+": ["input", "x"]}})
    with pytest.raises(BadInput) as refused:
        salver.load(path)
    assert refused.value.message.startswith(f"{path}: action['+'][1]: there is no symbol 'x'")


def test_a_begin_that_fails_fails_the_load(tmp_path: Path) -> None:
    path = written(tmp_path, {"input": "int", "output": "int", "begin": {"error": "not today"}, "action": 1})
    with pytest.raises(BadInput, match=r"begin failed: .*not today"):
        salver.load(path)


def test_an_endless_document_is_late(tmp_path: Path) -> None:
    path = written(tmp_path, {"input": "int", "output": "int", "action": [{"while": True, "do": None}, 1]})
    evaluator = PfaEvaluator(path, PfaOptions(time_limit_s=0.01))
    with pytest.raises(Late, match="row 0"):
        asked(evaluator, input=Tensor("INT32", np.array([1], np.int32)))


def test_a_deadline_ends_a_long_batch(tmp_path: Path) -> None:
    evaluator = PfaEvaluator(written(tmp_path, COUNTER))
    with pytest.raises(Late):
        evaluator(Request({"input": Tensor("FP64", np.ones(1000))}, deadline=time.monotonic() - 1))
    assert asked(evaluator, input=Tensor("FP64", np.array([1.0])))["output"] == [1.0]


FROM_FILE: dict[str, Any] = {
    "input": "int",
    "output": "int",
    "cells": {"n": {"type": "int", "init": "n.json", "source": "json"}},
    "action": {"+": ["input", {"cell": "n"}]},
}


def test_cells_in_files_are_read_where_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text("40")
    path = written(tmp_path, FROM_FILE)
    with pytest.raises(BadInput, match="does not allow"):
        salver.load(path)
    with salver.load(path, FormatOptions(pfa=PfaOptions(allow_files=True))) as model:
        assert model.predict({"input": 2}) == {"output": 42}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../n.json",
        "file:///etc/passwd",
        "http://127.0.0.1/x",
        "a/../../n.json",
        "n\0.json",
        "",
        3,
        "link.json",
    ],
)
def test_no_other_file_is_read(tmp_path: Path, name: Any) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (tmp_path / "n.json").write_text("40")
    (folder / "link.json").symlink_to(tmp_path / "n.json")
    path = written(folder, {**FROM_FILE, "cells": {"n": {"type": "int", "init": name, "source": "json"}}})
    with pytest.raises(BadInput, match=r"cells\.n\.init"):
        salver.load(path, FormatOptions(pfa=PfaOptions(allow_files=True)))


@pytest.mark.parametrize("name", ["model.pfa", "m.pfa.json", "m.pfa.yaml", "m.pfa.yml", "M.PFA"])
def test_a_document_is_told_by_its_name(tmp_path: Path, name: str) -> None:
    with salver.load(written(tmp_path, COUNTER, name)) as model:
        assert model.format == "pfa"
        assert model.predict({"input": 1.0}) == {"output": 1.0}


def test_a_batch_of_trees_is_answered_as_row_by_row(tmp_path: Path) -> None:
    tree = {
        "input": {
            "type": "record",
            "name": "D",
            "fields": [{"name": "x", "type": "double"}, {"name": "y", "type": "double"}],
        },
        "output": "double",
        "cells": {
            "trees": {
                "type": {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "T",
                        "fields": [
                            {"name": "field", "type": {"type": "enum", "name": "F", "symbols": ["x", "y"]}},
                            {"name": "operator", "type": "string"},
                            {"name": "value", "type": "double"},
                            {"name": "pass", "type": ["double", "T"]},
                            {"name": "fail", "type": ["double", "T"]},
                        ],
                    },
                },
                "init": [
                    {"field": "x", "operator": "<=", "value": 0.5, "pass": {"double": 0.1}, "fail": {"double": 0.7}},
                    {"field": "y", "operator": "<", "value": -1.0, "pass": {"double": 0.2}, "fail": {"double": 1e-17}},
                ],
            }
        },
        "action": {
            "a.sum": [
                {
                    "a.map": [
                        {"cell": "trees"},
                        {"params": [{"t": "T"}], "ret": "double", "do": {"model.tree.simpleTree": ["input", "t"]}},
                    ]
                }
            ]
        },
    }
    evaluator = PfaEvaluator(written(tmp_path, tree))
    assert evaluator.engine.plan is not None
    x, y = np.array([0.5, 0.6, np.nan, -np.inf] * 3), np.array([-1.0, -2.0, np.nan, 0.0] * 3)
    answer = asked(evaluator, x=Tensor("FP64", x), y=Tensor("FP64", y))["output"]
    assert answer == [evaluator.engine.action({"x": a, "y": b}) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    assert answer[:2] == [0.1 + 1e-17, 0.7 + 0.2]


def test_bytes_are_bytes_whatever_they_are(tmp_path: Path) -> None:
    document = {"input": "bytes", "output": "int", "action": {"bytes.len": ["input"]}}
    evaluator = PfaEvaluator(written(tmp_path, document))
    assert asked(evaluator, input=Tensor("BYTES", objects([b"\xff\x00", "\udc80", b""])))["output"] == [2, 3, 0]


def test_a_request_without_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no input came"):
        PfaEvaluator(written(tmp_path, COUNTER))(Request({}))
