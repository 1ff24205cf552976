"""Random well-typed PFA documents with inputs, and ways to break them. For property tests."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pfa_program_kinds as _kinds  # noqa: F401  (what makes expressions)
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from pfa_interpreter_types import Type
from pfa_program_expressions import DEEPEST, Expressions, Last, chosen
from pfa_program_types import (
    COLOUR,
    DEFINITIONS,
    POINT,
    TYPES,
    Json,
    Place,
    Signature,
    Symbol,
    literal,
    schema,
    value,
)
from pmml_random_fields import Maker

_INPUT = ("record", "Input")
_STORED: tuple[Type, ...] = ("int", "double", "string", POINT, ("array", "int"), ("map", "double"))


@dataclass(frozen=True)
class Program:
    """A document and what comes in."""

    document: dict[str, Any]
    inputs: Sequence[Any]


class Blocks(Expressions):
    """Makes expressions whose blocks hold several statements."""

    def body(self, type_: Type, place: Place, last: Last | None = None) -> Json:
        lines = []
        for _ in range(self.maker.count(0, 2) if place.depth < DEEPEST else 0):
            line, place = self.statement(place)
            lines.append(line)
        made = (last or self.expression)(type_, place)
        # One text in a list would be a symbol.
        return [*lines, made] if lines or isinstance(made, list) else made

    def statement(self, place: Place) -> tuple[Json, Place]:
        """An expression that is there for what it does, and where the next one stands."""
        inner = place.deeper()
        kind = self.maker.pick(
            ("let", "let", "let", "set", "set", "while", "for", "foreach", "forkey", "store", "emit", "if")
        )
        if kind == "let":
            return self._let(inner, place)
        made = getattr(self, f"_{kind}")(inner)
        if made is None:
            return self._let(inner, place)
        return made, place

    def _let(self, inner: Place, place: Place) -> tuple[Json, Place]:
        name, type_ = self.fresh(place), self.maker.pick(TYPES)
        if place.group and self.maker.chance(20):
            type_ = place.group[0].ret
            made = chosen(self, type_, inner.argument()) or self.argument(type_, inner)
        else:
            made = self.argument(type_, inner)
        return {"let": {name: made}}, place.with_(Symbol(name, type_))

    def _set(self, place: Place) -> Json:
        known = [each for each in place.symbols if each.may_be_set]
        if not known:
            return None
        chosen = self.maker.pick(known)
        return {"set": {chosen.name: self.fitting(chosen.type, place.argument())}}

    def _loop(self, place: Place, *symbols: Symbol) -> Json:
        """The body of a loop."""
        place = place.with_(*symbols)
        line, _ = self.statement(place)
        return [line]

    def _while(self, place: Place) -> Json:
        name = self.fresh(place)
        inner = place.with_(Symbol(name, "int", False))
        body = self._loop(inner) if place.depth < DEEPEST else []
        body.append({"set": {name: {"+": [name, 1]}}})
        test = {"<": [name, self.maker.count(0, 3)]}
        if self.maker.chance(50):
            return {"do": [{"let": {name: 0}}, {"while": test, "do": body}]}
        return {"do": [{"let": {name: 0}}, {"do": body, "until": {"!": [test]}}]}

    def _for(self, place: Place) -> Json:
        name = self.fresh(place)
        inner = place.with_(Symbol(name, "int", False))
        test = {"<": [name, self.maker.count(0, 3)]}
        body = self._loop(inner) if place.depth < DEEPEST else [None]
        return {"for": {name: 0}, "while": test, "step": {name: {"+": [name, 1]}}, "do": body}

    def _foreach(self, place: Place) -> Json:
        items, name = self.item_type(), self.fresh(place)
        made: dict[str, Any] = {"foreach": name, "in": self.argument(("array", items), place)}
        is_in_order = self.maker.chance(70)
        if is_in_order:
            made["seq"] = True
        inner = place if is_in_order else place.argument()
        return {**made, "do": self._loop(inner, Symbol(name, items))}

    def _forkey(self, place: Place) -> Json:
        key = self.fresh(place)
        values = self.fresh(place.with_(Symbol(key, "string")))
        of = self.maker.pick(("int", "string", POINT))
        body = self._loop(place, Symbol(key, "string"), Symbol(values, of))
        return {"forkey": key, "forval": values, "in": self.argument(("map", of), place), "do": body}

    def _if(self, place: Place) -> Json:
        return {"if": self.argument("boolean", place), "then": self._loop(place)}

    def _emit(self, place: Place) -> Json:
        if place.emits is None or not place.may_write:
            return None
        return {"emit": [self.fitting(place.emits, place.argument())]}

    def _store(self, place: Place) -> Json:
        stored = {**place.cells, **place.pools}
        if not stored or not place.may_write:
            return None
        name = self.maker.pick(list(stored))
        if name in place.pools and self.maker.chance(20):
            return {"pool": name, "del": self.argument("string", place)}
        path, of = self._path(stored[name], place)
        to = self.function([of], of, place.but(may_write=False)) if self.maker.chance(50) else None
        if to is None:
            to = self.fitting(of, place.argument())
        if name in place.cells:
            return {"cell": name, "path": path, "to": to}
        path = [self.argument("string", place), *path]
        return {"pool": name, "path": path, "to": to, "init": literal(self.maker, stored[name])}

    def _path(self, of: Type, place: Place) -> tuple[list[Json], Type]:
        if self.maker.chance(40) or not isinstance(of, tuple):
            return [], of
        if of == POINT:
            return [["x"]], "double"
        return [self.argument("int" if of[0] == "array" else "string", place)], of[1]


class Documents(Blocks):
    """Makes documents."""

    def program(self) -> Program:
        maker = self.maker
        input_fields = {"p": POINT, "c": COLOUR} | {f"f{at}": maker.pick(TYPES) for at in range(maker.count(1, 4))}
        method = maker.pick(("map", "map", "map", "emit", "fold"))
        output = maker.pick(("int", "double", "string", ("array", "double")) if method == "fold" else TYPES)
        document: dict[str, Any] = {"name": "Engine"} | ({"method": method} if method != "map" else {})
        document |= {"input": self._input(input_fields), "output": schema(output)}
        place = Place(emits=output if method == "emit" else None)
        place = self._stores(document, place)
        place = self._group(document, input_fields, self._functions(document, place))
        if method == "fold":
            document |= {"zero": value(maker, output, {"int": (0, 1), "double": (0.0, 2.5)}), "merge": "tallyOne"}
        if maker.chance(30):
            document["begin"] = [self.statement(place.but(depth=1))[0]]
        document["action"] = self._action(input_fields, output, method, place)
        which = {"w": place.group[-1].name} if place.group else {}
        fields = {name: of for name, of in input_fields.items() if name not in which}
        inputs = [{name: value(maker, of) for name, of in fields.items()} | which for _ in range(maker.count(1, 3))]
        return Program(document, inputs)

    def _input(self, fields: dict[str, Type]) -> Json:
        named = {"p": DEFINITIONS["Point"], "c": DEFINITIONS["Colour"]}
        listed = [{"name": name, "type": named.get(name) or schema(of)} for name, of in fields.items()]
        return {"type": "record", "name": "Input", "fields": listed}

    def _stores(self, document: dict[str, Any], place: Place) -> Place:
        small = {"int": (0, 1, 5), "double": (0.0, 2.5)}
        for at in range(self.maker.count(0, 2)):
            of = self.maker.pick(_STORED)
            cell: dict[str, Any] = {"type": schema(of), "init": value(self.maker, of, small)}
            cell |= self.maker.pick(({}, {"rollback": True}, {"shared": True}))
            document.setdefault("cells", {})[f"cell{at}"] = cell
            place = place.but(cells={**place.cells, f"cell{at}": of})
        if self.maker.chance(30):
            of = self.maker.pick(_STORED)
            init = {key: value(self.maker, of, small) for key in ("a", "b")[: self.maker.count(0, 2)]}
            pool = {"type": schema(of), "init": init} | ({"rollback": True} if self.maker.chance(30) else {})
            document["pools"] = {"pool": pool}
            place = place.but(pools={"pool": of})
        return place

    def _functions(self, document: dict[str, Any], place: Place) -> Place:
        for at in range(self.maker.count(0, 3)):
            ret = self.maker.pick(("int", "double", "boolean", self.maker.pick(TYPES)))
            params = tuple((name, self.maker.pick(TYPES[:9])) for name in ("p", "q", "r")[: self.maker.count(0, 3)])
            if place.functions and self.maker.chance(30):
                params, ret = place.functions[0].params, place.functions[0].ret
            name = self.maker.pick(("f", "def", "g", "main")) + str(at)
            writes = self.maker.chance(30)
            inner = place.but(may_write=writes, depth=1, emits=None).with_(*(Symbol(*param) for param in params))
            body = self.body(ret, inner, self.fitting)
            if self.maker.chance(20) and (limited := next((p for p, of in params if of == "int"), None)):
                body = self._recursive(name, params, ret, limited, body)
            listed = [{param: schema(of)} for param, of in params]
            document.setdefault("fcns", {})[name] = {"params": listed, "ret": schema(ret), "do": body}
            place = place.but(functions=(*place.functions, Signature(name, params, ret, writes)))
        return place

    def _group(self, document: dict[str, Any], fields: dict[str, Type], place: Place) -> Place:
        """Declares an enum that names functions of one type, in a field of the input."""
        if not place.functions:
            return place
        first = place.functions[0]
        types = [of for _, of in first.params]
        group = [each for each in place.functions if [of for _, of in each.params] == types and each.ret == first.ret]
        fields["w"] = ("enum", "Which")
        declared = {"type": "enum", "name": "Which", "symbols": [each.name for each in group]}
        document["input"]["fields"].append({"name": "w", "type": declared})
        return place.but(group=tuple(group))

    def _recursive(self, name: str, params: Sequence[tuple[str, Type]], ret: Type, limited: str, body: Json) -> Json:
        """A function that calls itself, always with less."""
        less = {"-": [{"%": [limited, 4]}, 1]}
        again = {f"u.{name}": [less if param == limited else param for param, _ in params]}
        return {"if": {"<=": [limited, 0]}, "then": body, "else": again}

    def _action(self, fields: dict[str, Type], output: Type, method: str, place: Place) -> Json:
        symbols = [Symbol("input", _INPUT, False), *(Symbol(f"input.{name}", of, False) for name, of in fields.items())]
        symbols += [Symbol("name", "string", False), Symbol("actionsStarted", "long", False)]
        if method == "fold":
            symbols.append(Symbol("tally", output, False))
        place = place.with_(*symbols)
        lines = []
        for _ in range(self.maker.count(0, 3)):
            line, place = self.statement(place)
            lines.append(line)
        if method == "emit":
            lines.append({"emit": [self.fitting(output, place.argument())]})
        return [*lines, self.fitting(output, place)]


@st.composite
def programs(draw: DrawFn) -> Program:
    """Random programs."""
    return Documents(Maker(draw)).program()


# Broken ones.


@st.composite
def broken(draw: DrawFn) -> Program:
    """A program in which one thing has been changed, so that it most likely makes no sense."""
    program = draw(programs())
    return Program(draw(changed(program.document)), program.inputs)


@st.composite
def changed(draw: DrawFn, document: Json) -> Json:
    """A document in which one thing is another, or not there."""
    maker = Maker(draw)
    document = copy.deepcopy(document)
    places = list(_places(document))
    holder, key = maker.pick(places)
    there = holder[key]
    kind = maker.pick(("replace", "replace", "swap", "swap", "drop", "wrap"))
    if kind == "drop":
        del holder[key]
    elif kind == "swap":
        other, at = maker.pick(places)
        holder[key] = copy.deepcopy(other[at])
    elif kind == "wrap":
        holder[key] = maker.pick(([there], {"do": there}, {"attr": there, "path": [["x"]]}, {"a.head": [there]}))
    else:
        holder[key] = copy.deepcopy(maker.pick(_JUNK))
    return document


_JUNK: tuple[Json, ...] = (
    None,
    True,
    3,
    2.5,
    ["text"],
    "nobody",
    "input",
    {"+": ["nobody", 1]},
    {"u.nothing": []},
    {},
    [],
    -(2**70),
    {"let": {"a": 1}},
    {"type": "Nothing", "value": 1},
    {"set": {"input": None}},
    {"fcn": "u.f0"},
    {"error": "junk"},
    {"do": {"error": "junk"}},
    ["null", "double"],
    {"type": "array", "items": "int"},
)


def _places(node: Any) -> Any:
    """Every place in a document, as what holds it and its key there."""
    for key, inner in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)
