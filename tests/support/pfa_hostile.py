"""Documents that are meant to do harm: with names that look like code, without an end, too deep, too large."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

Json = Any
LONGEST_S = 2.0
"""Of any refusal, in time of the processor."""


@contextlib.contextmanager
def within_time() -> Iterator[None]:
    """Fails where what is done takes longer than any refusal may."""
    started = time.process_time()
    yield
    assert time.process_time() - started < LONGEST_S


HOSTILE = (
    "pfa_canary()",
    "__import__('builtins').pfa_canary()",
    "x; pfa_canary()",
    "x\npfa_canary()",
    "x\n",
    "x\r",
    "\n    pfa_canary()\n",
    "'+pfa_canary()+'",
    '"+pfa_canary()+"',
    "'''+pfa_canary()+'''",
    '"""+pfa_canary()+"""',
    "\\",
    "\\'+pfa_canary()#",
    "#",
    "{pfa_canary()}",
    "{0.__class__}",
    "%(x)s %s %n",
    "\0",
    "\u2028pfa_canary()",
    "\ud800",
    "ｐｆａ",
    "ﬁ",
    "µ",
    "größe",
    "",
    " ",
    "a b",
    "1",
    "@",
    "a" * 10_000,
    *("def", "None", "lambda", "True", "class", "async", "_", "__debug__", "print", "exec", "__builtins__"),
    *("_E", "self", "state", "emit", "tick", "clock", "random", "log", "input", "action", "begin", "float", "len"),
    *("__class__", "__init__", "__dict__", "k", "k0", "fail", "float32", "error", "e", "x_cell", "do", "let", "type"),
)
"""What looks like code, or like what the engine has itself."""


def documents(text: str) -> dict[str, tuple[Json, Json, Json]]:
    """Documents with a text in every kind of place: each with an input and the answer."""
    plain = {"input": "int", "output": "int"}
    record = {"type": "record", "name": "R", "fields": [{"name": text, "type": "int"}]}
    enum = {"type": "enum", "name": "E", "symbols": [text, "other"] if text != "other" else [text]}
    function = {"params": [{"p": "int"}], "ret": "int", "do": {"+": ["p", 1]}}
    return {
        "symbol": ({**plain, "action": [{"let": {text: {"+": ["input", 1]}}}, {"+": [text, 1]}]}, 1, 3),
        "parameter": (
            {
                **plain,
                "fcns": {"f": {"params": [{text: "int"}], "ret": "int", "do": {"+": [text, 1]}}},
                "action": {"u.f": "input"},
            },
            1,
            2,
        ),
        "loop": (
            {
                **plain,
                "action": [
                    {"for": {text: 0}, "while": {"<": [text, 3]}, "step": {text: {"+": [text, 1]}}, "do": [None]},
                    5,
                ],
            },
            1,
            5,
        ),
        "each": (
            {
                **plain,
                "action": [
                    {"let": {"sum": 0}},
                    {
                        "foreach": text,
                        "in": {"type": {"type": "array", "items": "int"}, "value": [1, 2]},
                        "do": {"set": {"sum": {"+": ["sum", text]}}},
                        "seq": True,
                    },
                    "sum",
                ],
            },
            1,
            3,
        ),
        "function": ({**plain, "fcns": {text: function}, "action": {f"u.{text}": "input"}}, 1, 2),
        "cell": ({**plain, "cells": {text: {"type": "int", "init": 7}}, "action": {"cell": text}}, 1, 7),
        "written cell": (
            {
                **plain,
                "cells": {text: {"type": "int", "init": 7}},
                "action": {"cell": text, "to": {"fcn": "u.f"}},
                "fcns": {"f": function},
            },
            1,
            8,
        ),
        "pool": (
            {
                **plain,
                "pools": {text: {"type": "int", "init": {text: 7}}},
                "action": {"pool": text, "path": [[text]], "to": "input", "init": 0},
            },
            1,
            1,
        ),
        "field": ({"input": record, "output": "int", "action": {"attr": "input", "path": [[text]]}}, {text: 3}, 3),
        "dotted field": ({"input": record, "output": "int", "action": f"input.{text}"}, {text: 3}, 3),
        "new field": (
            {"input": "int", "output": record, "action": {"type": "R", "new": {text: "input"}}},
            3,
            {text: 3},
        ),
        "enum": ({"input": enum, "output": "E", "action": "input"}, text, text),
        "compared enum": (
            {"input": enum, "output": "boolean", "action": {"==": ["input", {"type": "E", "value": text}]}},
            text,
            True,
        ),
        "type": (
            {"input": {**record, "name": text}, "output": text, "action": {"type": text, "new": {text: 1}}},
            {text: 3},
            {text: 1},
        ),
        "name space": (
            {"input": {**record, "namespace": text, "fields": []}, "output": "int", "action": 1},
            {},
            1,
        ),
        "name": ({**plain, "name": text, "output": "string", "action": "name"}, 1, text),
    }


def harmless(text: str) -> dict[str, tuple[Json, Json, Json]]:
    """Documents with a text where any text is right."""
    plain = {"input": "string", "output": "string"}
    of_map = {"type": "map", "values": "int"}
    return {
        "literal": ({**plain, "action": {"string": text}}, "", text),
        "short literal": ({**plain, "action": [[text]]}, "", text),
        "input": ({**plain, "action": "input"}, text, text),
        "value": (
            {**plain, "output": of_map, "action": {"type": of_map, "value": {text: 1}}},
            "",
            {text: 1},
        ),
        "key": ({**plain, "output": of_map, "action": {"type": of_map, "new": {text: 1}}}, "", {text: 1}),
        "path": (
            {"input": of_map, "output": "int", "action": {"attr": "input", "path": [[text]]}},
            {text: 3},
            3,
        ),
        "cell": ({**plain, "cells": {"c": {"type": "string", "init": text}}, "action": {"cell": "c"}}, "", text),
        "doc": ({**plain, "doc": text, "action": [{"doc": text}, ["a"]]}, "", "a"),
        "mark": ({**plain, "@": text, "action": {"@": text, "string": "a"}}, "", "a"),
        "metadata": (
            {**plain, "metadata": {text: text}, "action": {"attr": "metadata", "path": [[text]]}},
            "",
            text,
        ),
        "log": ({**plain, "action": [{"log": [[text]], "namespace": text}, ["a"]]}, "", "a"),
    }


_ONE = {"type": {"type": "array", "items": "int"}, "value": [1]}
_MANY = {"type": {"type": "array", "items": "int"}, "value": list(range(40))}
_AGAIN = {"u.f": ["x"]}
_TWICE = {"+": [{"u.f": {"+": ["x", 1]}}, {"u.f": {"+": ["x", 1]}}]}
_TEXT = ["a" * 40 + "b"]


def _calling(**bodies: Json) -> Json:
    """What calls f, which is one of these functions."""
    functions = {name: {"params": [{"x": "int"}], "ret": "int", "do": body} for name, body in bodies.items()}
    return {"input": "int", "output": "int", "fcns": functions, "action": {"u.f": 1}}


def _doing(*lines: Json) -> Json:
    return {"input": "int", "output": "int", "action": [*lines]}


ENDLESS: dict[str, Json] = {
    "while": _doing({"while": True, "do": [None]}, 1),
    "until": _doing({"do": [None], "until": False}, 1),
    "for": _doing({"for": {"i": 0}, "while": True, "step": {"i": 1}, "do": [None]}, 1),
    "a loop with a try in it": _doing({"while": True, "do": [{"try": {"do": [{"while": True, "do": [None]}, 1]}}]}, 1),
    "recursion": _calling(f=_AGAIN),
    "recursion both ways": _calling(f={"u.g": ["x"]}, g=_AGAIN),
    "recursion by reference": _calling(f=[{"a.map": [_ONE, {"fcn": "u.f"}]}, 1]),
    "recursion in a try": _calling(f=[{"try": _AGAIN}, 1]),
    "recursion of many calls": _calling(f={"+": [_AGAIN, _AGAIN]}),
    "very many calls": _calling(f={"if": {">": ["x", 60]}, "then": 1, "else": {"%": [_TWICE, 7]}}),
    "permutations": _doing({"a.len": {"a.permutations": {**_MANY, "value": list(range(14))}}}),
    "combinations": _doing({"a.len": {"a.combinations": [_MANY, 20]}}),
    "a pattern that backtracks": _doing({"while": True, "do": [{"re.contains": [_TEXT, ["(a+)+$"]]}]}, 1),
}
"""Documents that go on for ever, or for far too long."""


def nested(before: str, after: str, depth: int, inside: str = "1") -> str:
    return before * depth + inside + after * depth


def written(**fields: str) -> str:
    """A document in JSON of some fields in JSON."""
    fields = {"input": '"int"', "output": '"int"', "action": "1", **fields}
    return "{" + ",".join(f'"{name}":{field}' for name, field in fields.items()) + "}"


_OF_ARRAY = '{"a.map":[{"type":{"type":"array","items":"int"},"value":[1]},{"params":[{"x":"int"}],"ret":"int","do":'
DEEP: dict[str, Callable[[int], str]] = {
    "lists": lambda depth: nested("[", "]", depth),
    "sums": lambda depth: written(action=nested('{"+":[1,', "]}", depth)),
    "sums on the left": lambda depth: written(action=nested('{"+":[', ",1]}", depth)),
    "blocks": lambda depth: written(action=nested('{"do":[', "]}", depth)),
    "ifs": lambda depth: written(action=nested('{"if":true,"then":1,"else":', "}", depth)),
    "thens": lambda depth: written(action=nested('{"if":true,"else":1,"then":', "}", depth)),
    "loops": lambda depth: written(action="[" + nested('{"while":false,"do":', "}", depth) + ",1]"),
    "tries": lambda depth: written(action="[" + nested('{"try":', "}", depth) + ",1]"),
    "functions": lambda depth: written(action=nested('{"a.len":' + _OF_ARRAY, "}]}}", depth)),
    "schemas": lambda depth: written(input=nested('{"type":"array","items":', "}", depth, '"int"')),
    "schemas in a type": lambda depth: written(input=nested('{"type":', "}", depth, '"int"')),
    "unions": lambda depth: written(input=nested('["null",', "]", depth, '"int"')),
    "values": lambda depth: written(action=nested('{"type":{"type":"map","values":"int"},"value":{"a":', "}}", depth)),
    "cells": lambda depth: written(cells='{"c":{"type":"int","init":' + nested("[", "]", depth) + "}}"),
    "paths": lambda depth: written(action='"input' + ".a" * depth + '"'),
    "metadata": lambda depth: written(metadata=nested('{"a":', "}", depth)),
    "marks": lambda depth: written(action='{"@":' + nested('{"@":', "}", depth) + ',"int":1}'),
    "options": lambda depth: written(options='{"x":' + nested("[", "]", depth) + "}"),
}
"""Documents that are nested so deep, in JSON."""


LARGE: dict[str, Callable[[], Json]] = {
    "ten thousand statements": lambda: [{"let": {f"x{at}": "input"}} for at in range(10_000)] + ["x77"],
    "a sum of two thousand in a chain of symbols": lambda: [
        {"let": {"x0": "input"}},
        *({"let": {f"x{at + 1}": {"+": [f"x{at}", 0]}}} for at in range(2000)),
        "x2000",
    ],
    "three thousand ways": lambda: {
        "cond": [{"if": {"==": ["input", at]}, "then": at} for at in range(3000)],
        "else": -1,
    },
    "an array of a hundred thousand": lambda: {
        "attr": {"type": {"type": "array", "items": "int"}, "value": list(range(100_000))},
        "path": ["input"],
    },
    "three thousand new items": lambda: {
        "attr": {"type": {"type": "array", "items": "int"}, "new": [{"+": ["input", at]} for at in range(3000)]},
        "path": [0],
    },
}
