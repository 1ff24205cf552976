"""Random well-typed expressions of PFA. For property tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pfa_interpreter_types import NUMBERS, Type, accepts
from pfa_program_types import (
    COLOUR,
    POINT,
    POINT_FIELDS,
    TYPES,
    Json,
    Place,
    Symbol,
    literal,
    schema,
)
from pmml_random_fields import Maker

DEEPEST = 3
_NAMES = ("a", "b", "c", "d", "None", "lambda", "_E", "x", "len", "self")
Last = Callable[[Type, Place], Any]
Producer = Callable[["Expressions", Type, Place], Any]
"""Makes an expression of exactly a type; None where it cannot."""
OF_KIND: dict[str, tuple[Producer, ...]] = {}
"""What makes expressions of one kind of types only."""


class Expressions:
    """Makes expressions."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def expression(self, type_: Type, place: Place) -> Json:
        """An expression whose static type is exactly this. Where `place` is that of a block, parts may set symbols."""
        place = place.deeper()
        if place.depth <= DEEPEST:
            ways = _PRODUCERS + OF_KIND.get(kind_of(type_), ())
            made = self.maker.pick(ways)(self, type_, place)
            if made is not None:
                return made
        return self.leaf(type_, place)

    def fitting(self, type_: Type, place: Place) -> Json:
        """An expression that is accepted where this type is wanted."""
        if self.maker.chance(25):
            narrower = [each for each in (*NUMBERS, "string", "null") if each != type_ and accepts(type_, each)]
            if narrower:
                return self.expression(self.maker.pick(narrower), place)
        return self.expression(type_, place)

    def argument(self, type_: Type, place: Place) -> Json:
        return self.expression(type_, place.argument())

    def leaf(self, type_: Type, place: Place) -> Json:
        """A symbol, a part of one, or a literal."""
        found: list[Json] = [each.name for each in place.of_type(type_)]
        for each in place.symbols:
            if each.type == POINT:
                found += [f"{each.name}.{name}" for name, of in POINT_FIELDS.items() if of == type_]
        if found and self.maker.chance(75):
            return self.maker.pick(found)
        return literal(self.maker, type_)

    def function(self, params: Sequence[Type], ret: Type, place: Place) -> Json:
        """A function, written here or named."""
        named = [each for each in place.callable() if [of for _, of in each.params] == list(params) and each.ret == ret]
        if named and self.maker.chance(60):
            return {"fcn": f"u.{self.maker.pick(named).name}"}
        if (filled := self._filled(params, ret, place)) is not None:
            return filled
        inner = place.argument()
        names = []
        for type_ in params:
            names.append(self.fresh(inner))
            inner = inner.with_(Symbol(names[-1], type_))
        listed = [{name: schema(type_)} for name, type_ in zip(names, params, strict=True)]
        return {"params": listed, "ret": schema(ret), "do": self.body(ret, inner, self.fitting)}

    def _filled(self, params: Sequence[Type], ret: Type, place: Place) -> Json:
        """A function of which some parameters are given."""
        for each in place.callable():
            types = dict(each.params)
            extra = [name for name, of in each.params if of not in params]
            if each.ret == ret and extra and [of for name, of in each.params if name not in extra] == list(params):
                fill = {name: self.argument(types[name], place.deeper()) for name in extra}
                return {"fcn": f"u.{each.name}", "fill": fill}
        return None

    def body(self, type_: Type, place: Place, last: Last | None = None) -> Json:
        """A block that gives a value of exactly a type, or of what `last` makes of it."""
        return (last or self.way)(type_, place)

    def fresh(self, place: Place) -> str:
        """A name that nothing visible has."""
        seen = {each.name for each in place.symbols}
        free = [name for name in _NAMES if name not in seen]
        return self.maker.pick(free) if free else self.maker.name("v")

    def call(self, name: str, place: Place, *types: Type) -> Json:
        """A call with arguments of exactly these types."""
        arguments = [self.argument(type_, place) for type_ in types]
        return {name: arguments[0] if len(arguments) == 1 and not isinstance(arguments[0], list) else arguments}

    def way(self, type_: Type, place: Place) -> Json:
        """An expression where a block may stand: one text in a list would be a symbol there."""
        made = self.expression(type_, place)
        return [made] if isinstance(made, list) else made

    def item_type(self) -> Type:
        return self.maker.pick([of[1] for of in TYPES if of[0] == "array"])

    def ordered_type(self) -> Type:
        return self.maker.pick(
            ("int", "long", "float", "double", "string", "boolean", COLOUR, POINT, ("array", "double"))
        )


def kind_of(type_: Type) -> str:
    return str(type_[0] if isinstance(type_, tuple) else type_)


# For every type.


def _leaf(make: Expressions, type_: Type, place: Place) -> Json:
    return make.leaf(type_, place)


def _if(make: Expressions, type_: Type, place: Place) -> Json:
    test = make.argument("boolean", place)
    ways = [make.body(type_, place), make.way(type_, place)]
    if make.maker.chance(10):
        ways[0] = {"error": make.maker.pick(("oops", "it's")), "code": -make.maker.count(1, 3)}
    return {"if": test, "then": ways[0], "else": ways[1]}


def _cond(make: Expressions, type_: Type, place: Place) -> Json:
    ways = [
        {"if": make.argument("boolean", place), "then": make.way(type_, place)} for _ in range(make.maker.count(1, 2))
    ]
    return {"cond": ways, "else": make.way(type_, place)}


def _do(make: Expressions, type_: Type, place: Place) -> Json:
    return {"do": make.body(type_, place)}


def _user_call(make: Expressions, type_: Type, place: Place) -> Json:
    known = [each for each in place.callable() if each.ret == type_]
    if not known:
        return None
    chosen = make.maker.pick(known)
    return {f"u.{chosen.name}": [make.fitting(of, place.argument()) for _, of in chosen.params]}


def chosen(make: Expressions, type_: Type, place: Place) -> Json:
    """A call of a function that an enum names."""
    group = place.group
    if not group or group[0].ret != type_ or (any(each.writes for each in group) and not place.may_write):
        return None
    which: Json = {"type": "Which", "value": make.maker.pick(group).name}
    if _is_in_action(place) and make.maker.chance(50):
        which = {"if": make.argument("boolean", place), "then": which, "else": "input.w"}
    return {"call": which, "args": [make.fitting(of, place.argument()) for _, of in group[0].params]}


def _is_in_action(place: Place) -> bool:
    return any(each.name == "input" for each in place.symbols)


def _head(make: Expressions, type_: Type, place: Place) -> Json:
    return make.call(make.maker.pick(("a.head", "a.last")), place, ("array", type_))


def _from_map(make: Expressions, type_: Type, place: Place) -> Json:
    key = make.argument("string", place) if make.maker.chance(30) else ["a"]
    return {"attr": make.argument(("map", type_), place), "path": [key]}


def _from_array(make: Expressions, type_: Type, place: Place) -> Json:
    return {
        "attr": make.argument(("array", type_), place),
        "path": [make.argument(make.maker.pick(NUMBERS[:2]), place)],
    }


def _from_point(make: Expressions, type_: Type, place: Place) -> Json:
    names = [name for name, of in POINT_FIELDS.items() if of == type_]
    if not names:
        return None
    return {"attr": make.argument(POINT, place), "path": [[make.maker.pick(names)]]}


def _fold(make: Expressions, type_: Type, place: Place) -> Json:
    items = make.item_type()
    arguments = [make.argument(("array", items), place), make.argument(type_, place)]
    return {"a.fold": [*arguments, make.function([type_, items], type_, place)]}


def _reduce(make: Expressions, type_: Type, place: Place) -> Json:
    return {"a.reduce": [make.argument(("array", type_), place), make.function([type_, type_], type_, place)]}


def _ifnotnull(make: Expressions, type_: Type, place: Place) -> Json:
    name = make.fresh(place)
    tested = make.argument(("union", ("null", "double")), place)
    then = make.way(type_, place.with_(Symbol(name, "double")))
    return {"ifnotnull": {name: tested}, "then": then, "else": make.way(type_, place)}


def _cast(make: Expressions, type_: Type, place: Place) -> Json:
    union = make.maker.pick([of for of in TYPES if of[0] == "union"])
    cases = []
    for branch in union[1]:
        name = make.fresh(place)
        body = make.body(type_, place.with_(Symbol(name, branch)))
        cases.append({"as": schema(branch), "named": name, "do": body})
    return {"cast": make.argument(union, place), "cases": cases[::-1] if make.maker.chance(30) else cases}


def _stored(make: Expressions, type_: Type, place: Place) -> Json:
    """What lies in a cell or a pool."""
    cells = [name for name, of in place.cells.items() if of == type_]
    pools = [name for name, of in place.pools.items() if of == type_]
    if cells and make.maker.chance(70):
        return {"cell": make.maker.pick(cells)}
    if pools:
        return {"pool": make.maker.pick(pools), "path": [make.argument("string", place)]}
    return None


def _change(make: Expressions, type_: Type, place: Place) -> Json:
    """A cell or the item of a pool, after it has been changed."""
    cells = [name for name, of in place.cells.items() if of == type_]
    pools = [name for name, of in place.pools.items() if of == type_]
    if not place.may_write or not (cells or pools):
        return None
    inside = place.but(may_write=False)
    if make.maker.chance(50):
        to = make.function([type_], type_, inside)
    else:
        to = make.fitting(type_, place.argument())
    if cells:
        return {"cell": make.maker.pick(cells), "to": to}
    path = [make.argument("string", place)]
    return {"pool": make.maker.pick(pools), "path": path, "to": to, "init": literal(make.maker, type_)}


def _extreme(make: Expressions, type_: Type, place: Place) -> Json:
    if kind_of(type_) not in ("boolean", *NUMBERS, "string", "enum", "record"):
        return None
    if make.maker.chance(50):
        return make.call(make.maker.pick(("a.max", "a.min")), place, ("array", type_))
    return make.call(make.maker.pick(("max", "min")), place, type_, type_)


_PRODUCERS: tuple[Producer, ...] = (
    _leaf,
    _if,
    _cond,
    _do,
    _user_call,
    _user_call,
    chosen,
    _head,
    _from_map,
    _from_array,
    _from_point,
    _fold,
    _reduce,
    _ifnotnull,
    _cast,
    _stored,
    _change,
    _extreme,
)
