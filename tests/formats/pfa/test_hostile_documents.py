"""Documents that are deep, large or none at all, and files that mean harm: each answers or is refused at once."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pfa_golden import COPIES, Failed, answered, functions, programs
from pfa_hostile import DEEP, LARGE, within_time
from pfa_programs import changed

from salver.formats.pfa import (
    Engine,
    PFAInitializationError,
    PFAInputError,
    PFASemanticError,
    PFASyntaxError,
    PFATimeoutError,
)
from salver.formats.pfa.syntax.texts import unpacked

REFUSALS = (PFASyntaxError, PFASemanticError, PFAInitializationError)
Json = Any


@pytest.mark.parametrize("depth", [100, 150, 250, 500, 990, 3000, 10_000])
@pytest.mark.parametrize("kind", DEEP)
def test_deep_documents_answer_or_are_refused(kind: str, depth: int):
    text = DEEP[kind](depth)
    with within_time(), contextlib.suppress(*REFUSALS):
        engine = Engine.from_json(text)
        with contextlib.suppress(PFAInputError):
            engine.action(1)


@pytest.mark.parametrize("kind", ["lists", "sums", "ifs", "schemas", "values", "cells", "marks", "options"])
def test_very_deep_documents_are_refused(kind: str):
    with within_time(), pytest.raises(PFASyntaxError):
        Engine.from_json(DEEP[kind](10_000))


@pytest.mark.parametrize("key", ["action", "input", "metadata", "options", "zero", "doc", "@", "cells"])
def test_very_deep_python_values_are_refused_or_passed_over(key: str):
    deep: Json = 1
    for _ in range(10_000):
        deep = {"+": [deep, 1]}
    document = {"input": "int", "output": "int", "action": 1, key: deep}
    with within_time(), contextlib.suppress(*REFUSALS):
        assert Engine.from_json(document).action(1) == 1


def test_very_deep_data_are_refused_or_answered():
    tree = {
        "type": "record",
        "name": "Tree",
        "fields": [{"name": "next", "type": ["null", "Tree"]}],
    }
    engine = Engine.from_json({"input": tree, "output": "boolean", "action": {"==": ["input", "input"]}})
    datum: Json = {"next": None}
    for depth in range(20_000):
        datum = {"next": {"Tree": datum}}
        if depth in (50, 19_999):
            with within_time(), contextlib.suppress(PFAInputError, PFATimeoutError):
                assert engine.action(datum) is True


@pytest.mark.slow
@pytest.mark.parametrize("name", LARGE)
def test_large_documents_answer(name: str):
    engine = Engine.from_json({"input": "int", "output": "int", "action": LARGE[name]()})
    assert engine.action(7) == 7


# What is no document.


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "null",
        "3",
        '"x"',
        "[]",
        "{}",
        "{",
        '{"input":"int","output":"int","action":1} x',
        '{"input":"int","output":"int","action":NaN}',
        '{"input":"int","output":"int","action":1e999}',
        '{"input":"int","output":"int","action":1' + "0" * 5000 + "}",
        b"\xff\xfe",
        b"\x80\x04\x95",
        b"\x1f\x8b",
        b"\x1f\x8b\x08\x00garbage",
        b'\xef\xbb\xbf{"input":"int"}',
        b'{"input":"\xff"}',
        gzip.compress(b'{"input":"int","output":"int","action":1}', mtime=0)[:-12],
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_what_is_no_document_is_refused(text: Any):
    with pytest.raises(REFUSALS):
        Engine.from_json(text)


@pytest.mark.parametrize(
    "value", [3, [], None, True, {1: 2}, {"input": {3: 4}, "output": "int", "action": 1}, object()]
)
def test_python_values_that_are_no_document_are_refused(value: Any):
    with pytest.raises(REFUSALS):
        Engine.from_json(value)


def bomb(mebibytes: int) -> bytes:
    """So much of nothing, packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(b"{") + packer.flush(zlib.Z_FULL_FLUSH)
    one = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    return start + one * mebibytes


def test_what_unpacks_to_too_much_is_refused():
    packed = bomb(64)
    assert len(packed) < 200_000
    with pytest.raises(PFASyntaxError, match="more than 1048576 bytes"):
        unpacked(packed, 2**20)


@pytest.mark.slow
def test_what_unpacks_to_far_too_much_is_refused():
    with pytest.raises(PFASyntaxError):
        Engine.from_json(bomb(2**12))


YAML_BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 12)
)


@pytest.mark.parametrize(
    "text",
    [
        YAML_BOMB,
        "&a [*a]",
        "&a {a: *a}",
        "!!python/object/apply:builtins.pfa_canary []",
        "a: !!python/name:builtins.pfa_canary",
        "input: int\n---\ninput: int",
        "[" * 10_000,
        "- " * 3000,
        "? [a]\n: b",
        "{",
        "\t",
        "",
        "input: \x01",
        "input: int\noutput: int\naction: 99999999999999999999999999",
    ],
    ids=lambda text: ascii(text[:20]),
)
@pytest.mark.usefixtures("canary")
def test_yaml_that_is_meant_to_harm_is_refused(text: str):
    with within_time(), pytest.raises(REFUSALS):
        Engine.from_yaml(text)


# Files.


@pytest.mark.parametrize("source", ["json", "avro"])
@pytest.mark.parametrize("kind", ["cells", "pools"])
@pytest.mark.parametrize(
    "init",
    [
        "/etc/passwd",
        "../x",
        "model.json",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x",
        "C:\\x",
        "",
        3,
        None,
        ["/etc/passwd"],
        {"a": "/etc/passwd"},
    ],
)
def test_cells_that_name_files_are_refused(source: str, kind: str, init: Json):
    stored = {"c": {"type": "string", "source": source, "init": init}}
    with pytest.raises(REFUSALS):
        Engine.from_json({"input": "null", "output": "null", "action": [None], kind: stored})


def test_cells_that_name_files_are_refused_beside_the_file_of_a_model(tmp_path: Path):
    (tmp_path / "secret.json").write_text('"told"')
    cells = {"c": {"type": "string", "source": "json", "init": "secret.json"}}
    (tmp_path / "model.pfa").write_text(
        json.dumps({"input": "null", "output": "string", "action": {"cell": "c"}, "cells": cells})
    )
    with pytest.raises(PFAInitializationError):
        Engine.from_file(tmp_path / "model.pfa")


# Anything at all.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(("@", "type", "do", "if", "+", "a")), inner, max_size=4)
    ),
    max_leaves=12,
)


RECORDED = [
    (step["document"], [other["input"] for other in case.steps if other["op"] == "action"][:3])
    for case in programs(root=COPIES)
    for step in case.steps
    if step["op"] == "load"
] + [(case.engine, [trial["sample"] for trial in case.trials[:2]]) for case in functions(root=COPIES)]


@pytest.mark.slow
@settings(max_examples=int(os.environ.get("PFA_DOCUMENTS", "25")) * 4, deadline=None, derandomize=True)
@given(st.data())
def test_recorded_documents_in_which_one_thing_was_changed_answer_or_are_refused(data: st.DataObject):
    document, inputs = data.draw(st.sampled_from(RECORDED))
    document = data.draw(changed(document))
    with within_time(), contextlib.suppress(*REFUSALS):
        engine = Engine.from_json(document, time_limit_s=0.2)
        for datum in inputs:
            got = answered(engine.action, datum)
            assert not (isinstance(got, Failed) and "escaped" in str(got.what)), got


@pytest.mark.slow
@given(st.dictionaries(st.sampled_from(("input", "output", "action", "cells", "fcns", "zero", "options")), JSON))
def test_any_json_is_a_document_or_refused(document: Json):
    with contextlib.suppress(*REFUSALS):
        Engine.from_json({"input": "int", "output": "int", "action": 1, **document})


@pytest.mark.slow
@given(JSON)
def test_any_json_is_an_action_or_refused(action: Json):
    with contextlib.suppress(*REFUSALS):
        Engine.from_json({"input": "int", "output": "int", "action": action})


@pytest.mark.slow
@given(st.binary(max_size=40) | st.text(max_size=40))
def test_any_bytes_are_a_document_or_refused(data: bytes | str):
    with contextlib.suppress(*REFUSALS):
        Engine.from_json(data)
    with contextlib.suppress(*REFUSALS):
        Engine.from_yaml(data)
