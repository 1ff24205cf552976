"""Reads expressions: JSON to nodes. Knows the form of things and nothing of their sense."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final, NoReturn

from salver.formats.pfa.avro.schema import Schemas
from salver.formats.pfa.errors import PFASyntaxError
from salver.formats.pfa.syntax import forms
from salver.formats.pfa.syntax.node import FUNCTIONS, SYMBOL, Node
from salver.formats.pfa.values.floats import INT_MAX, INT_MIN, LONG_MAX, LONG_MIN

MAX_DEPTH: Final = 100
"""How deep expressions may be nested. (Values and schemas are bounded by the depth of the whole document.)"""


def short(value: Any) -> str:
    """A value, shortened for a message."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def bad(wanted: str, came: Any, path: str) -> NoReturn:
    """Refuses what is of the wrong form."""
    raise PFASyntaxError(f"wanted {wanted}, not {short(came)}", path)


def without_marks(value: Any) -> Any:
    """A document without the `@` marks, which say where its parts came from."""
    if isinstance(value, dict):
        return {key: without_marks(one) for key, one in value.items() if key != "@"}
    return [without_marks(one) for one in value] if isinstance(value, list) else value


class Reader:
    """Reads the expressions of one document."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._depth = 0
        self._parts: Final[dict[str, Callable[[Any, str], Any]]] = {
            forms.EXPRESSION: self.expression,
            forms.BODY: self.body,
            forms.EXPRESSIONS: self._expressions,
            forms.LOOSE: self._loose,
            forms.PATH: self._path,
            forms.ARGUMENT: self.argument,
            forms.ASSIGNMENTS: self._assignments,
            forms.NEW: self._new,
            forms.FILLS: self._fills,
            forms.SCHEMA: self.schema,
            forms.VALUE: lambda value, _path: value,
            forms.TEXT: text,
            forms.SYMBOL: symbol,
            forms.FUNCTION_NAME: function_name,
            forms.INT: lambda value, path: integer(value, path, INT_MIN, INT_MAX, "an int of 32 bits"),
            forms.LONG: lambda value, path: integer(value, path, LONG_MIN, LONG_MAX, "a long of 64 bits"),
            forms.NUMBER: _number,
            forms.BASE64: _base64,
            forms.BOOLEAN: boolean,
            forms.PARAMS: self._params,
            forms.CASES: self._cases,
            forms.IFS: self._ifs,
            forms.FILTER: _filter,
            forms.FORMATS: _formats,
            forms.PACKED: self._packed,
        }

    def schema(self, value: Any, path: str) -> Any:
        """Notes a schema."""
        return self._schemas.place(value, path)

    def expression(self, value: Any, path: str) -> Node:
        """An expression: what gives a value."""
        node = self.argument(value, path)
        if node.kind in FUNCTIONS:
            raise PFASyntaxError("a function can only be passed to another one, here a value is wanted", path)
        return node

    def argument(self, value: Any, path: str) -> Node:
        """An expression or a function."""
        if isinstance(value, dict):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                raise PFASyntaxError(f"expressions are nested more than {MAX_DEPTH} deep", path)
            node = self._form(value, path)
            self._depth -= 1
            return node
        return _leaf(value, path)

    def body(self, value: Any, path: str) -> tuple[Node, ...]:
        """One expression, or a list of at least one."""
        if isinstance(value, list):
            if not value:
                raise PFASyntaxError("at least one expression is wanted here", path)
            return self._expressions(value, path)
        return (self.expression(value, path),)

    def function(self, value: Any, path: str) -> Node:
        """The definition of a function."""
        if not isinstance(value, dict):
            bad("a function definition (params, ret, do)", value, path)
        node = self.argument(value, path)
        if node.kind != "function":
            bad("a function definition (params, ret, do)", value, path)
        return node

    def _form(self, value: dict[str, Any], path: str) -> Node:
        keys = frozenset(value)
        form = forms.form_of(keys)
        if form is not None:
            parts = {
                key: self._parts[form.required.get(key) or form.optional[key]](value[key], f"{path}.{key}")
                for key in keys
            }
            return Node(form.kind, parts, path)
        name = next(iter(keys), "")
        if len(keys) != 1 or name in forms.RESERVED:
            self._no_form(keys, path)
        return self._call(name, value[name], path)

    def _no_form(self, keys: frozenset[str], path: str) -> NoReturn:
        told = ", ".join(map(repr, sorted(keys))) or "no keys"
        near = forms.nearest_form(keys)
        hint = ""
        if near is not None:
            hint = f"; {near.kind!r} wants {', '.join(map(repr, near.required))}"
            hint += f" and may have {', '.join(map(repr, near.optional))}" if near.optional else ""
        raise PFASyntaxError(f"an object with {told} is neither a special form nor the call of a function{hint}", path)

    def _call(self, name: str, arguments: Any, path: str) -> Node:
        inner = f"{path}[{name!r}]" if not SYMBOL.match(name) else f"{path}.{name}"
        given = arguments if isinstance(arguments, list) else [arguments]
        read = tuple(
            self.argument(one, f"{inner}[{at}]" if isinstance(arguments, list) else inner)
            for at, one in enumerate(given)
        )
        return Node("apply", {"name": name, "args": read}, path)

    def _expressions(self, value: Any, path: str) -> tuple[Node, ...]:
        if not isinstance(value, list):
            bad("a list of expressions", value, path)
        return tuple(self.expression(one, f"{path}[{at}]") for at, one in enumerate(value))

    def _path(self, value: Any, path: str) -> tuple[Node, ...]:
        read = self._expressions(value, path)
        if not read:
            raise PFASyntaxError("a path names an item, or a step, at least", path)
        return read

    def _loose(self, value: Any, path: str) -> tuple[Node, ...]:
        return self._expressions(value, path) if isinstance(value, list) else (self.expression(value, path),)

    def _assignments(self, value: Any, path: str) -> dict[str, Node]:
        read = {
            symbol(name, path): self.expression(one, f"{path}.{name}") for name, one in _object(value, path).items()
        }
        if not read:
            raise PFASyntaxError("at least one symbol is wanted here", path)
        return read

    def _new(self, value: Any, path: str) -> tuple[Node, ...] | dict[str, Node]:
        if isinstance(value, list):
            return self._expressions(value, path)
        return {name: self.expression(one, f"{path}.{name}") for name, one in _object(value, path).items()}

    def _fills(self, value: Any, path: str) -> dict[str, Node]:
        read = {name: self.argument(one, f"{path}.{name}") for name, one in _object(value, path).items()}
        if not read:
            raise PFASyntaxError("'fill' wants at least one argument", path)
        return read

    def _params(self, value: Any, path: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for at, (name, one) in enumerate(_pairs(value, path, "a parameter")):
            if name in found:
                raise PFASyntaxError(f"the parameter {name!r} is there twice", f"{path}[{at}]")
            found[symbol(name, f"{path}[{at}]")] = self.schema(one, f"{path}[{at}].{name}")
        return found

    def _cases(self, value: Any, path: str) -> tuple[Node, ...]:
        if not isinstance(value, list):
            bad("a list of cases", value, path)
        found = []
        for at, case in enumerate(value):
            place = f"{path}[{at}]"
            if not isinstance(case, dict) or case.keys() != {"as", "named", "do"}:
                bad("a case with 'as', 'named' and 'do'", case, place)
            parts = {
                "as": self.schema(case["as"], f"{place}.as"),
                "named": symbol(case["named"], f"{place}.named"),
                "do": self.body(case["do"], f"{place}.do"),
            }
            found.append(Node("case", parts, place))
        return tuple(found)

    def _ifs(self, value: Any, path: str) -> tuple[Node, ...]:
        read = self._expressions(value, path)
        for node in read:
            if node.kind != "if" or "else" in node.parts:
                raise PFASyntaxError("'cond' holds 'if' forms without 'else'", node.path)
        if not read:
            raise PFASyntaxError("'cond' wants at least one 'if'", path)
        return read

    def _packed(self, value: Any, path: str) -> tuple[tuple[str, Node], ...]:
        pairs = _pairs(value, path, "a format and an expression")
        if not pairs:
            raise PFASyntaxError("'pack' wants at least one format", path)
        return tuple((name, self.expression(one, f"{path}[{at}][{name!r}]")) for at, (name, one) in enumerate(pairs))


def _leaf(value: Any, path: str) -> Node:
    """An expression that is no object: a literal or a symbol."""
    if value is None or isinstance(value, bool):
        return Node("null" if value is None else "boolean", {"value": value}, path)
    if isinstance(value, int):
        if INT_MIN <= value <= INT_MAX:
            return Node("int", {"int": value}, path)
        return Node("long", {"long": integer(value, path, LONG_MIN, LONG_MAX, "a long of 64 bits")}, path)
    if isinstance(value, float):
        return Node("double", {"double": value}, path)
    if isinstance(value, str):
        return _symbol(value, path)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return Node("string", {"string": value[0]}, path)
    return bad('an expression (a list is one only as ["text"])', value, path)


def _symbol(value: str, path: str) -> Node:
    """A symbol, or with dots what lies inside it."""
    first, *rest = value.split(".")
    node = Node("symbol", {"name": symbol(first, path)}, path)
    if not rest:
        return node
    steps = []
    for word in rest:
        whole = word.removeprefix("-")
        if whole.isascii() and whole.isdigit() and len(whole) < 20:
            steps.append(_leaf(int(word), path))
        else:
            steps.append(Node("string", {"string": word}, path))
    return Node("attr", {"attr": node, "path": tuple(steps)}, path)


def _object(value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        bad("an object", value, path)
    return value


def _pairs(value: Any, path: str, what: str) -> list[tuple[str, Any]]:
    """A list of objects with one key each."""
    if not isinstance(value, list):
        bad(f"a list of objects of {what} each", value, path)
    found = []
    for at, one in enumerate(value):
        pair = list(_object(one, f"{path}[{at}]").items())
        if len(pair) != 1:
            bad(f"an object of just {what}", one, f"{path}[{at}]")
        found.append(pair[0])
    return found


def text(value: Any, path: str) -> str:
    """Text."""
    if not isinstance(value, str):
        bad("text", value, path)
    return value


def symbol(value: Any, path: str) -> str:
    """The name of a symbol."""
    if not isinstance(value, str) or not SYMBOL.match(value):
        bad("a symbol (letters, digits and _, no digit first)", value, path)
    return value


def function_name(value: Any, path: str) -> str:
    """The name of a function, which may have dots, or be an operator."""
    if not isinstance(value, str):
        bad("the name of a function", value, path)
    return value


def boolean(value: Any, path: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        bad("true or false", value, path)
    return value


def integer(value: Any, path: str, lowest: int, highest: int, wanted: str) -> int:
    """A whole number within bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        bad(wanted, value, path)
    return value


def _number(value: Any, path: str) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        bad("a number", value, path)
    try:
        return float(value)
    except OverflowError:
        bad("a number within the range of a double", value, path)


def _base64(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(text(value, path), validate=True)
    except (binascii.Error, ValueError):
        bad("bytes in base64", value, path)


def _filter(value: Any, path: str) -> tuple[int | str, ...]:
    if not isinstance(value, list) or not all(
        isinstance(one, (int, str)) and not isinstance(one, bool) for one in value
    ):
        bad("a list of error codes and messages", value, path)
    return tuple(value)


def _formats(value: Any, path: str) -> tuple[tuple[str, str], ...]:
    pairs = _pairs(value, path, "a symbol and a format")
    if not pairs:
        raise PFASyntaxError("'format' wants at least one symbol", path)
    return tuple(
        (symbol(name, f"{path}[{at}]"), text(one, f"{path}[{at}].{name}")) for at, (name, one) in enumerate(pairs)
    )
