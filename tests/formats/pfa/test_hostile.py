"""Documents that are meant to do harm: nothing happens but what they say, and what has no end is ended."""

from __future__ import annotations

import contextlib
import logging

import pytest
from pfa_hostile import ENDLESS, HOSTILE, documents, harmless, within_time

from salver.formats.pfa import (
    Engine,
    PFAInitializationError,
    PFASemanticError,
    PFASyntaxError,
    PFATimeoutError,
    PFAUserError,
)

REFUSALS = (PFASyntaxError, PFASemanticError, PFAInitializationError)


SOME = documents("x")


@pytest.mark.parametrize("place", SOME)
def test_plain_names_stand_everywhere(place: str):
    document, datum, answer = SOME[place]
    assert Engine.from_json(document).action(datum) == answer


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("place", SOME)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_names_are_names_or_refused(place: str, text: str):
    document, datum, answer = documents(text)[place]
    try:
        engine = Engine.from_json(document)
    except REFUSALS:
        return
    assert engine.action(datum) == answer


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("place", harmless(""))
@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"], ids=lambda text: ascii(text[:20]))
def test_texts_are_only_texts(place: str, text: str):
    document, datum, answer = harmless(text)[place]
    engine = Engine.from_json(document)
    if text == "@" and place in ("value", "key", "metadata"):
        return  # A mark.
    assert engine.action(datum) == answer


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("text", HOSTILE[:-36], ids=lambda text: ascii(text[:20]))
def test_messages_of_errors_are_only_texts(text: str):
    engine = Engine.from_json({"input": "null", "output": "null", "action": {"error": text, "code": -5}})
    with pytest.raises(PFAUserError) as error:
        engine.action(None)
    assert (error.value.message, error.value.code) == (text, -5)
    tried = Engine.from_json(
        {"input": "null", "output": "null", "action": {"try": [{"error": text}], "filter": [text]}}
    )
    assert tried.action(None) is None


@pytest.mark.usefixtures("canary")
def test_what_is_logged_stays_a_text(caplog: pytest.LogCaptureFixture):
    text = "%s %(x)d {0} pfa_canary()"
    engine = Engine.from_json({"input": "null", "output": "null", "action": {"log": [[text]], "namespace": text}})
    with caplog.at_level(logging.INFO):
        engine.action(None)
    assert text in caplog.text


# Without an end.


@pytest.mark.parametrize("name", ENDLESS)
def test_what_has_no_end_is_ended(name: str):
    engine = Engine.from_json(ENDLESS[name], time_limit_s=0.05)
    with within_time(), pytest.raises(PFATimeoutError):
        engine.action(1)


@pytest.mark.parametrize("name", ["while", "recursion", "a pattern that backtracks"])
def test_what_has_no_end_is_ended_when_the_document_says_so(name: str):
    engine = Engine.from_json({**ENDLESS[name], "options": {"timeout": 50}})
    with within_time(), pytest.raises(PFATimeoutError):
        engine.action(1)


@pytest.mark.parametrize("method", ["begin", "end"])
def test_begin_and_end_are_ended(method: str):
    document = {"input": "null", "output": "null", "action": [None], method: [{"while": True, "do": [None]}]}
    engine = Engine.from_json(document, time_limit_s=0.05)
    with within_time(), pytest.raises(PFATimeoutError):
        getattr(engine, method)()


def test_an_engine_answers_after_it_was_ended():
    action = [{"while": {"==": ["input", 1]}, "do": [None]}, {"cell": "n", "to": {"fcn": "u.f"}}]
    function = {"params": [{"x": "int"}], "ret": "int", "do": {"+": ["x", 1]}}
    document = {"input": "int", "output": "int", "action": action, "fcns": {"f": function}}
    engine = Engine.from_json({**document, "cells": {"n": {"type": "int", "init": 0}}}, time_limit_s=0.05)
    with pytest.raises(PFATimeoutError):
        engine.action(1)
    assert engine.action(2) == 1


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|aa)+$", "(a|a?)+$", "([a-z]+)*b$", "(.*a){20}", "(a{1,50}){1,50}$", "(((a*)*)*)*b"]
)
def test_patterns_that_backtrack_end(pattern: str):
    action = {"re.contains": ["input", [pattern]]}
    with within_time(), contextlib.suppress(PFATimeoutError, *REFUSALS):
        engine = Engine.from_json({"input": "string", "output": "boolean", "action": action}, time_limit_s=0.2)
        engine.action("a" * 60 + "!")
