"""Random documents and data: the compiled engine says what a plain interpreter says, and refuses what makes no sense.

`PFA_DOCUMENTS=1000 pytest tests/formats/pfa/test_properties.py` has so many documents a test.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pfa_golden import Failed as EngineFailed
from pfa_golden import answered
from pfa_interpreter import Failed, Interpreter, Refused, TooMuch
from pfa_programs import Program, broken, programs

from salver.formats.pfa import (
    Engine,
    PFAInitializationError,
    PFAInputError,
    PFASemanticError,
    PFASyntaxError,
)

DOCUMENTS = int(os.environ.get("PFA_DOCUMENTS", "25"))
some = settings(
    max_examples=DOCUMENTS,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
REFUSALS = (PFASyntaxError, PFASemanticError, PFAInitializationError)


# Engine and interpreter.


@pytest.mark.slow
@some
@given(programs())
def test_documents_answer_as_the_specification_says(program: Program):
    compare(program, Interpreter(program.document), Engine.from_json(program.document))


@pytest.mark.slow
@some
@given(programs())
def test_documents_answer_alike_when_they_were_text(program: Program):
    document = json.loads(json.dumps(program.document))
    compare(program, Interpreter(document), Engine.from_json(json.dumps(program.document)))


@pytest.mark.slow
@some
@given(broken())
def test_broken_documents_are_refused_or_answer_as_the_specification_says(program: Program):
    try:
        engine = Engine.from_json(program.document)
    except REFUSALS:
        return
    try:
        interpreter = Interpreter(program.document)
    except Refused as error:
        pytest.fail(f"{error}, yet it loads: {program.document}")
    except (LookupError, TypeError, ValueError, AttributeError):
        # No document at all for the interpreter, which is less patient.
        return
    # What an engine without a name is called is its own affair, and which data fit the schema for others to test.
    assume("name" in program.document)
    fitting = [datum for datum in program.inputs if fits(datum, program, interpreter)]
    compare(Program(program.document, fitting), interpreter, engine)


def fits(datum: Any, program: Program, interpreter: Interpreter) -> bool:
    """Whether both take a datum for one of the input."""
    echo = Engine.from_json({"input": program.document["input"], "output": "null", "action": [None]})
    if answered(echo.action, datum) == EngineFailed("input"):
        return False
    try:
        interpreter.types.decoded(interpreter.input, datum)
    except (Refused, LookupError, TypeError, ValueError, AttributeError):
        return False
    return True


@pytest.mark.slow
@some
@given(programs())
def test_an_engine_of_a_snapshot_goes_on_where_the_first_one_was(program: Program):
    assume("actionsStarted" not in json.dumps(program.document))
    first = Engine.from_json(program.document)
    for datum in program.inputs:
        answered(first.action, datum)
        second = Engine.from_json(first.snapshot())
        for again in program.inputs[:1]:
            one = answered(first.action, again)
            assert is_same(one, answered(second.action, again))
        assert is_same(stored(first), stored(second))


@pytest.mark.slow
@some
@given(programs())
def test_what_keeps_no_state_answers_alike_whatever_came_before(program: Program):
    engine = Engine.from_json(program.document)
    assume(engine.pure)
    answers = [answered(engine.action, datum) for datum in program.inputs]
    again = [answered(engine.action, datum) for datum in program.inputs[::-1]]
    assert is_same(answers, again[::-1])


def compare(program: Program, interpreter: Interpreter, engine: Engine) -> None:
    assert is_same(answer(interpreter.begin), answered(engine.begin))
    for datum in program.inputs:
        wanted = answer(interpreter.action, datum)
        got = answered(engine.action, datum)
        assert is_same(wanted, got), f"{datum} gives {got}, not {wanted}, in {json.dumps(program.document)}"
    kept, wanted = stored(engine), interpreter.state()
    assert is_same(wanted, kept), f"it keeps {kept}, not {wanted}, in {json.dumps(program.document)}"


def answer(act: Callable[..., Any], *arguments: Any) -> Any:
    """What the interpreter answers or fails with."""
    try:
        return act(*arguments)
    except Failed as error:
        return EngineFailed(error.code if error.message is None else {"user": error.code, "message": error.message})
    except TooMuch:
        return assume(False)


def stored(engine: Engine) -> Any:
    """What cells and pools hold."""
    snapshot = engine.snapshot()
    return {
        kind: {name: about.get("init", {}) for name, about in snapshot.get(kind, {}).items()}
        for kind in ("cells", "pools")
    }


def is_same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-12) or (one != one and other != other)
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


# Every type there and back.


@st.composite
def schemas(draw: st.DrawFn, depth: int = 0, names: list[str] | None = None) -> Any:
    """A schema and a strategy for its values in plain Python."""
    names = [] if names is None else names
    kinds = [*_PRIMITIVES, "enum", "fixed", *(("array", "map", "record", "union") if depth < 3 else ())]
    kind = draw(st.sampled_from(kinds))
    if kind in _PRIMITIVES:
        return kind, _PRIMITIVES[kind]
    inner = schemas(depth + 1, names)
    if kind in ("array", "map"):
        of, values = draw(inner)
        if kind == "array":
            return {"type": "array", "items": of}, st.lists(values, max_size=3)
        return {"type": "map", "values": of}, st.dictionaries(st.text(max_size=3), values, max_size=3)
    if kind == "union":
        return draw(_unions(inner))
    name = f"Named{len(names)}"
    names.append(name)
    if kind == "enum":
        symbols = draw(st.lists(st.sampled_from(_WORDS), min_size=1, unique=True))
        return {"type": "enum", "name": name, "symbols": symbols}, st.sampled_from(symbols)
    if kind == "fixed":
        size = draw(st.integers(1, 4))
        return {"type": "fixed", "name": name, "size": size}, st.binary(min_size=size, max_size=size)
    fields = {word: draw(inner) for word in draw(st.lists(st.sampled_from(_WORDS), max_size=3, unique=True))}
    listed = [{"name": word, "type": of} for word, (of, _) in fields.items()]
    return (
        {"type": "record", "name": name, "fields": listed},
        st.fixed_dictionaries({word: values for word, (_, values) in fields.items()}),
    )


@st.composite
def _unions(draw: st.DrawFn, inner: Any) -> Any:
    branches: dict[str, Any] = {"null": ("null", st.none())}
    for of, values in (draw(inner) for _ in range(draw(st.integers(1, 3)))):
        if not isinstance(of, list):
            tag = of if isinstance(of, str) else of.get("name", of["type"])
            branches.setdefault(tag, (of, values))
    tagged = [
        values if tag == "null" else values.map(lambda value, tag=tag: {tag: value})
        for tag, (_, values) in branches.items()
    ]
    return [of for of, _ in branches.values()], st.one_of(tagged)


_WORDS = ("a", "b", "class", "None", "__init__", "lambda")
_PRIMITIVES = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "bytes": st.binary(max_size=4),
    "string": st.text(max_size=4),
}


@some
@given(st.data())
def test_values_of_every_type_come_back_as_they_went_in(data: st.DataObject):
    schema, values = data.draw(schemas())
    engine = Engine.from_json({"input": schema, "output": _mentioned(schema), "action": "input"})
    for _ in range(3):
        value = data.draw(values)
        assert is_same(value, engine.action(value))


def _mentioned(schema: Any) -> Any:
    """A schema in which the named types are only mentioned: a name is declared once."""
    if isinstance(schema, list):
        return [_mentioned(branch) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    if "name" in schema:
        return schema["name"]
    return {key: value if key == "type" else _mentioned(value) for key, value in schema.items()}


@some
@given(st.data())
def test_what_does_not_fit_the_schema_is_refused_as_such(data: st.DataObject):
    schema, _ = data.draw(schemas())
    _, values = data.draw(schemas())
    engine = Engine.from_json({"input": schema, "output": "null", "action": [None]})
    with contextlib.suppress(PFAInputError):
        engine.action(data.draw(values))
