"""What all special forms of PFA need, for the interpreter in the tests: expressions become a type and a closure."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from pfa_interpreter_matching import TooMuch, resolved
from pfa_interpreter_scope import Frame, Json, Scope
from pfa_interpreter_types import NOTHING, Refused, Type, Types, accepts, converted

Run = Callable[[Frame], Any]
Code = tuple[Type, Run]
Form = Callable[["Core", Json, Scope], Code]
FORMS: dict[str, Form] = {}
_MOST_STEPS = 50_000
_MOST_ITEMS = 20_000
_DECIDED = {"&&": False, "||": True}
"""What the first argument of these must be for the second not to be looked at."""
_LITERALS = ("int", "long", "float", "double", "string", "base64", "type")


def form(key: str) -> Callable[[Form], Form]:
    """Registers a special form by the key that tells it."""

    def register(make: Form) -> Form:
        FORMS[key] = make
        return make

    return register


class Core:
    """The types, functions, cells and pools of a document, and how its expressions are read."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.types = Types(document)
        self.cells: Json = {}
        self.pools: Json = {}
        self.cell_types: dict[str, Type] = {}
        self.pool_types: dict[str, Type] = {}
        self.signatures: dict[str, tuple[Sequence[str], Sequence[Type], Type]] = {}
        self.functions: dict[str, Callable[..., Any]] = {}
        self.steps = 0

    def expression(self, node: Any, scope: Scope) -> Code:
        if isinstance(node, dict):
            return self._form(node, scope)
        if isinstance(node, str):
            return self._symbol(node, scope)
        if isinstance(node, list):
            (text,) = node
            return "string", lambda frame: text
        type_ = {type(None): "null", bool: "boolean", float: "double"}.get(type(node))
        if type_ is None:
            type_ = "int" if -(2**31) <= node < 2**31 else "long"
        return type_, lambda frame: node

    def _form(self, node: Json, scope: Scope) -> Code:
        # What has a key of its own comes before loops and blocks, whose keys others have too.
        key = min((key for key in node if key in FORMS), key=("while", "do").count, default=None)
        if key == "do" and "while" in node:
            key = "while"
        if key is not None:
            return FORMS[key](self, node, scope)
        if any(key in _LITERALS for key in node):
            return self._literal(node)
        ((name, arguments),) = node.items()
        return self.call(name, arguments if isinstance(arguments, list) else [arguments], scope)

    def wanted(self, node: Any, scope: Scope, type_: Type) -> Run:
        """What gives a value of a type."""
        given, run = self.expression(node, scope)
        if not accepts(type_, given):
            raise Refused(f"{given} is not {type_}: {node}")
        return lambda frame: converted(run(frame), given, type_)

    def block(self, body: Any, scope: Scope) -> Code:
        """Several expressions; the last gives the value. Symbols are kept in the frame it is called with."""
        codes = [self.expression(node, scope) for node in (body if isinstance(body, list) else [body])]

        def run(frame: Frame) -> Any:
            return [each(frame) for _, each in codes][-1]

        return codes[-1][0], run

    def inner(self, body: Any, scope: Scope) -> Code:
        """A block with symbols of its own."""
        type_, run = self.block(body, Scope(scope))
        return type_, lambda frame: run(Frame(frame))

    def _symbol(self, node: str, scope: Scope) -> Code:
        name, *path = node.split(".")
        type_ = scope.find(name)
        if type_ is None:
            raise Refused(f"no symbol {name}")
        if path:
            steps = [int(step) if step.isdigit() else [step] for step in path]
            return FORMS["attr"](self, {"attr": name, "path": steps}, scope)
        return type_, lambda frame: frame.get(name)

    def _literal(self, node: Json) -> Code:
        if "type" in node:
            type_ = self.types.read(node["type"])
            value = self.types.decoded(type_, node["value"])
        else:
            ((type_, value),) = node.items()
            if type_ == "base64":
                type_, value = "bytes", base64.b64decode(value)
            value = self.types.decoded(type_, value)
        return type_, lambda frame: value

    # Functions.

    def declare(self, name: str, node: Json) -> None:
        """Notes the types of one of the document's functions."""
        params = [next(iter(param.items())) for param in node["params"]]
        types = tuple(self.types.read(type_) for _, type_ in params)
        self.signatures[name] = tuple(param for param, _ in params), types, self.types.read(node["ret"])

    def define(self, name: str, node: Json, scope: Scope) -> None:
        """Checks one of the document's functions."""
        _, make = self._definition(node, scope)
        self.functions[name] = make(Frame(None))

    def _definition(self, node: Json, scope: Scope) -> Code:
        params = {name: self.types.read(type_) for param in node["params"] for name, type_ in param.items()}
        ret = self.types.read(node["ret"])
        inner = Scope(scope, params, is_sealed_above=True)
        type_, body = self.block(node["do"], inner)
        if type_ != NOTHING and not accepts(ret, type_):
            raise Refused(f"the function gives {type_}, not {ret}")

        def make(frame: Frame) -> Callable[..., Any]:
            return lambda *values: converted(body(Frame(frame, dict(zip(params, values, strict=True)))), type_, ret)

        return ("function", tuple(params.values()), ret), make

    def _reference(self, node: Json, scope: Scope) -> Code:
        name = node["fcn"]
        if name not in self.signatures:
            raise Refused(f"no function {name}")
        names, types, ret = self.signatures[name]
        fill = {key: self.expression(value, scope.argument()) for key, value in node.get("fill", {}).items()}
        wanted = dict(zip(names, types, strict=True))
        if not fill.keys() <= wanted.keys() or not all(accepts(wanted[key], fill[key][0]) for key in fill):
            raise Refused(f"{name} cannot be filled so")
        left = [each for each in names if each not in fill]

        def make(frame: Frame) -> Callable[..., Any]:
            there = {key: converted(run(frame), type_, wanted[key]) for key, (type_, run) in fill.items()}

            def call(*values: Any) -> Any:
                given = {**there, **dict(zip(left, values, strict=True))}
                return self.functions[name](*(given[each] for each in names))

            return call

        return ("function", tuple(wanted[each] for each in left), ret), make

    def function(self, node: Json, wanted: Type, scope: Scope) -> Run:
        type_, make = self._argument(node, scope)
        if not accepts(wanted, type_):
            raise Refused(f"{type_} is not {wanted}")
        return lambda frame: converted(make(frame), type_, wanted)

    def _argument(self, node: Any, scope: Scope) -> Code:
        if isinstance(node, dict) and "params" in node:
            return self._definition(node, scope)
        if isinstance(node, dict) and "fcn" in node:
            return self._reference(node, scope)
        return self.expression(node, scope)

    def call(self, name: str, arguments: Sequence[Any], scope: Scope) -> Code:
        codes = [self._argument(node, scope.argument()) for node in arguments]
        given = [type_ for type_, _ in codes]
        if name in self.signatures:
            _, params, ret = self.signatures[name]
            if len(params) != len(given) or not all(map(accepts, params, given)):
                raise Refused(f"{name} takes {params}, not {given}")
            function: Callable[..., Any] = lambda *values: self.functions[name](*values)  # noqa: E731
        else:
            params, ret, function = resolved(self.types, name, given)

        def run(frame: Frame) -> Any:
            if name in _DECIDED and codes[0][1](frame) is _DECIDED[name]:
                return _DECIDED[name]
            values = [value(frame) for _, value in codes]
            result = function(*map(converted, values, given, params))
            self.steps += 1
            if self.steps > _MOST_STEPS or (isinstance(result, (str, list, dict)) and len(result) > _MOST_ITEMS):
                raise TooMuch
            return result

        return ret, run
