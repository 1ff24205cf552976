"""An engine as those use it who embed one: its life, what it keeps, and what it says of errors."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import pytest

from salver.formats.pfa import (
    Engine,
    PFAInitializationError,
    PFAInputError,
    PFARuntimeError,
    PFASemanticError,
    PFASyntaxError,
    PFATimeoutError,
    PFAUserError,
)

ADDS = {"params": [{"old": "int"}], "ret": "int", "do": {"+": ["old", "input"]}}
COUNTER: dict[str, Any] = {
    "input": "int",
    "output": "int",
    "cells": {"sum": {"type": "int", "init": 0}},
    "action": {"cell": "sum", "to": ADDS},
}
SUM: dict[str, Any] = {
    "input": "double",
    "output": "double",
    "method": "fold",
    "zero": 0.0,
    "action": {"+": ["input", "tally"]},
    "merge": {"+": ["tallyOne", "tallyTwo"]},
}


def changed(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**document, **changes}


def test_a_document_answers() -> None:
    assert Engine.from_json({"input": "double", "output": "double", "action": {"+": ["input", 2]}}).action(3.5) == 5.5


@pytest.mark.parametrize("packed", [False, True])
def test_a_document_comes_as_text_bytes_or_gzip(packed: bool) -> None:
    text = json.dumps(COUNTER)
    data = gzip.compress(text.encode()) if packed else text
    assert Engine.from_json(data).action(3) == 3


def test_a_document_comes_as_yaml_and_marks_are_left_out() -> None:
    engine = Engine.from_yaml("input: int\noutput: int\naction:\n  '+': [input, {int: 1}]\n")
    assert engine.action(2) == 3


def test_yaml_aliases_are_refused() -> None:
    with pytest.raises(PFASyntaxError, match=r"line 3: .*aliases"):
        Engine.from_yaml("input: &t int\noutput: int\naction: [{type: *t, value: 1}]\n")


def test_a_cell_keeps_its_value() -> None:
    engine = Engine.from_json(COUNTER)
    assert [engine.action(x) for x in (1, 2, 3)] == [1, 3, 6]


def test_engines_of_one_document_keep_cells_of_their_own() -> None:
    one, other = Engine.several(COUNTER, 2)
    assert (one.action(5), other.action(1)) == (5, 1)


def test_a_shared_cell_is_one_for_all_engines() -> None:
    shared = changed(COUNTER, cells={"sum": {"type": "int", "init": 0, "shared": True}})
    one, other = Engine.several(shared, 2)
    assert (one.action(5), other.action(1)) == (5, 6)


def test_shared_cells_lose_no_change_among_threads() -> None:
    shared = changed(COUNTER, cells={"sum": {"type": "int", "init": 0, "shared": True}})
    engines = Engine.several(shared, 4)
    threads = [threading.Thread(target=lambda e=e: [e.action(1) for _ in range(500)]) for e in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert engines[0].action(0) == 2000


def test_shared_pools_change_item_by_item() -> None:
    document = {
        "input": "string",
        "output": "int",
        "pools": {"seen": {"type": "int", "init": {}, "shared": True}},
        "action": {
            "pool": "seen",
            "path": ["input"],
            "to": {"params": [{"old": "int"}], "ret": "int", "do": {"+": ["old", 1]}},
            "init": 0,
        },
    }
    one, other = Engine.several(document, 2)
    assert [one.action("a"), other.action("a"), other.action("b")] == [1, 2, 1]


def test_what_is_rolled_back_is_as_before_where_the_action_fails() -> None:
    failing = {"if": {"<": ["input", 0]}, "then": {"error": "negative"}}
    document = changed(
        COUNTER,
        cells={"sum": {"type": "int", "init": 0, "rollback": True}},
        action=[{"cell": "sum", "to": ADDS}, failing, {"cell": "sum"}],
    )
    engine = Engine.from_json(document)
    engine.action(3)
    with pytest.raises(PFAUserError, match="negative"):
        engine.action(-1)
    assert engine.action(1) == 4


def test_what_is_not_rolled_back_keeps_what_a_failed_action_did() -> None:
    failing = {"if": {"<": ["input", 0]}, "then": {"error": "negative"}}
    engine = Engine.from_json(changed(COUNTER, action=[{"cell": "sum", "to": ADDS}, failing, {"cell": "sum"}]))
    with pytest.raises(PFAUserError):
        engine.action(-1)
    assert engine.action(0) == -1


def test_shared_and_rollback_exclude_each_other() -> None:
    cells = {"sum": {"type": "int", "init": 0, "shared": True, "rollback": True}}
    with pytest.raises(PFASyntaxError, match=r"cells\.sum"):
        Engine.from_json(changed(COUNTER, cells=cells))


def test_a_fold_keeps_its_tally_over_errors() -> None:
    engine = Engine.from_json(SUM)
    assert [engine.action(x) for x in (1.0, 2.0)] == [1.0, 3.0]
    with pytest.raises(PFAInputError):
        engine.action("x")
    assert engine.action(4.0) == 7.0


def test_two_folds_merge_as_one_would_have_counted() -> None:
    one, other = Engine.several(SUM, 2)
    for x in (1.0, 2.0):
        one.action(x)
    other.action(10.0)
    assert one.merge(one.tally, other.tally) == 13.0
    assert one.action(1.0) == 14.0


def test_only_folds_merge() -> None:
    with pytest.raises(TypeError, match="fold"):
        Engine.from_json(COUNTER).merge(1, 2)


def test_a_snapshot_goes_on_where_the_engine_was() -> None:
    engine = Engine.from_json(COUNTER)
    engine.action(41)
    assert Engine.from_json(json.dumps(engine.snapshot())).action(1) == 42


def test_a_snapshot_of_a_fold_begins_with_its_tally() -> None:
    engine = Engine.from_json(SUM)
    engine.action(41.0)
    assert Engine.from_json(json.dumps(engine.snapshot())).action(1.0) == 42.0


def test_emit_answers_with_a_list() -> None:
    document = {
        "input": "int",
        "output": "int",
        "method": "emit",
        "action": {
            "foreach": "x",
            "in": {"new": [1, 2], "type": {"type": "array", "items": "int"}},
            "do": {"emit": {"*": ["x", "input"]}},
        },
    }
    engine = Engine.from_json(document)
    assert (engine.action(10), engine.action(0)) == ([10, 20], [0, 0])


def test_begin_and_end_emit_too() -> None:
    document = {
        "input": "int",
        "output": "string",
        "method": "emit",
        "begin": {"emit": {"string": "hello"}},
        "action": None,
        "end": {"emit": {"string": "bye"}},
    }
    engine = Engine.from_json(document)
    assert (engine.begin(), engine.action(1), engine.end()) == (["hello"], [], ["bye"])


def test_counters_count_failures_among_the_started() -> None:
    document = {
        "input": "int",
        "output": {"type": "array", "items": "long"},
        "action": [
            {"if": {"<": ["input", 0]}, "then": {"error": "negative"}},
            {"new": ["actionsStarted", "actionsFinished"], "type": {"type": "array", "items": "long"}},
        ],
    }
    engine = Engine.from_json(document)
    assert engine.action(1) == [1, 0]
    with pytest.raises(PFAUserError):
        engine.action(-1)
    assert engine.action(1) == [3, 1]


@pytest.mark.parametrize(
    ("document", "kind", "path"),
    [
        ({"input": "int", "output": "int"}, PFASyntaxError, ""),
        ({"input": "int", "output": "int", "action": "input", "more": 1}, PFASyntaxError, "more"),
        ({"input": "int", "output": "int", "action": [{"if": True}]}, PFASyntaxError, "action[0]"),
        ({"input": "int", "output": "int", "action": {"+": ["x", 1]}}, PFASemanticError, "action['+'][0]"),
        ({"input": "string", "output": "int", "action": "input"}, PFASemanticError, "action"),
        ({"input": "Nothing", "output": "int", "action": 1}, PFASyntaxError, "input"),
        (changed(COUNTER, cells={"sum": {"type": "int", "init": "x"}}), PFAInitializationError, "cells.sum.init"),
    ],
)
def test_a_document_that_is_refused_is_told_where(document: dict[str, Any], kind: type[Exception], path: str) -> None:
    with pytest.raises(kind) as refused:
        Engine.from_json(document)
    assert getattr(refused.value, "path") == path  # noqa: B009 - all of them have it


def test_an_error_names_its_code_and_its_place() -> None:
    document = {
        "input": "int",
        "output": "int",
        "action": [{"let": {"y": 1}}, {"//": ["y", {"-": ["input", "input"]}]}],
    }
    with pytest.raises(PFARuntimeError, match="integer division by zero") as failed:
        Engine.from_json(document).action(3)
    assert (failed.value.code, failed.value.path) == (18040, "action[1]")


def test_the_place_of_an_error_in_a_function_is_that_in_the_function() -> None:
    document = {
        "input": "int",
        "output": "int",
        "action": {"u.half": ["input"]},
        "fcns": {"half": {"params": [{"x": "int"}], "ret": "int", "do": {"//": ["x", 0]}}},
    }
    with pytest.raises(PFARuntimeError) as failed:
        Engine.from_json(document).action(3)
    assert failed.value.path == "fcns.half.do"


def test_an_error_of_the_document_has_its_message_and_code() -> None:
    engine = Engine.from_json({"input": "int", "output": "int", "action": [{"error": "never", "code": -3}, 1]})
    with pytest.raises(PFAUserError, match="never") as failed:
        engine.action(1)
    assert failed.value.code == -3


@pytest.mark.parametrize("loop", [{"while": True, "do": None}, {"do": None, "until": False}])
def test_an_endless_loop_ends_at_the_time_limit(loop: dict[str, Any]) -> None:
    engine = Engine.from_json({"input": "int", "output": "int", "action": [loop, "input"]}, time_limit_s=0.01)
    with pytest.raises(PFATimeoutError, match="10 ms"):
        engine.action(1)


def test_the_documents_own_time_limit_holds() -> None:
    document = {
        "input": "int",
        "output": "int",
        "action": [{"while": True, "do": None}, "input"],
        "options": {"timeout": 10},
    }
    with pytest.raises(PFATimeoutError):
        Engine.from_json(document).action(1)


def test_the_hosts_time_limit_holds_where_the_document_allows_more() -> None:
    document = {
        "input": "int",
        "output": "int",
        "action": [{"while": True, "do": None}, "input"],
        "options": {"timeout": 10**9},
    }
    with pytest.raises(PFATimeoutError):
        Engine.from_json(document, time_limit_s=0.01).action(1)


def test_endless_recursion_ends() -> None:
    document = {
        "input": "int",
        "output": "int",
        "action": {"u.f": ["input"]},
        "fcns": {"f": {"params": [{"x": "int"}], "ret": "int", "do": {"u.f": ["x"]}}},
    }
    with pytest.raises(PFATimeoutError):
        Engine.from_json(document, time_limit_s=5.0).action(1)


def test_a_time_limit_that_is_none_is_refused() -> None:
    with pytest.raises(PFAInitializationError, match="milliseconds"):
        Engine.from_json(changed(COUNTER, options={"timeout": "soon"}))


def test_log_forms_tell_the_host() -> None:
    told: list[Any] = []
    document = {"input": "int", "output": "int", "action": [{"log": ["input", ["seen"]], "namespace": "test"}, "input"]}
    Engine.from_json(document, log=lambda namespace, values: told.append((namespace, list(values)))).action(3)
    assert told == [("test", [3, "seen"])]


def test_a_seed_makes_random_numbers_repeatable_and_engines_different() -> None:
    document = {"input": "null", "output": "int", "randseed": 7, "action": {"rand.int": [0, 1_000_000]}}
    one, other = Engine.several(document, 2)
    again = Engine.from_json(document)
    first = [one.action(None) for _ in range(5)]
    assert first == [again.action(None) for _ in range(5)]
    assert first != [other.action(None) for _ in range(5)]


@pytest.mark.parametrize("value", [True, 2**31, 3.0, "3", None])
def test_an_int_is_a_whole_number_of_32_bits(value: Any) -> None:
    with pytest.raises(PFAInputError, match=r"input: wanted a whole number of 32 bits"):
        Engine.from_json(COUNTER).action(value)


def test_a_field_that_does_not_fit_is_named() -> None:
    record = {"type": "record", "name": "R", "fields": [{"name": "x", "type": {"type": "array", "items": "double"}}]}
    engine = Engine.from_json({"input": record, "output": "int", "action": 1})
    with pytest.raises(PFAInputError, match=r"input\.x\[1\]: wanted a number, not 'two'"):
        engine.action({"x": [1, "two"]})


def test_a_pure_document_serves_many_threads_and_one_that_keeps_state_says_so() -> None:
    assert Engine.from_json({"input": "int", "output": "int", "action": "input"}).pure
    assert not Engine.from_json(COUNTER).pure
    assert not Engine.from_json(SUM).pure


def test_a_union_of_one_type_becomes_that_type() -> None:
    record = {"type": "record", "name": "One", "fields": [{"name": "x", "type": "int"}]}
    document = {"input": {"type": "array", "items": [record]}, "output": {"type": "array", "items": "One"}}
    engine = Engine.from_json({**document, "action": {"a.reverse": ["input"]}})
    assert engine.action([{"One": {"x": 1}}, {"x": 2}]) == [{"x": 2}, {"x": 1}]


def test_a_shared_pool_that_writes_itself_while_it_makes_an_item_ends() -> None:
    write = {"pool": "x", "path": ["input"], "to": 999}
    pools = {"x": {"type": "int", "shared": True}}
    action = {**write, "init": {**write, "init": 123}}
    engine = Engine.from_json({"input": "string", "output": "int", "action": action, "pools": pools})
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(engine.action("a")), daemon=True)
    thread.start()
    thread.join(5)
    assert answers == [999]
