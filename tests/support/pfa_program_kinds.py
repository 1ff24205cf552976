"""Random expressions of PFA of one kind of type: numbers, texts, arrays and so on. For property tests."""

from __future__ import annotations

from typing import Any

from pfa_interpreter_types import NUMBERS, Type
from pfa_program_expressions import OF_KIND, Expressions
from pfa_program_types import POINT, POINT_FIELDS, TYPES, Json, Place, schema

# Numbers.


def _arithmetic(make: Expressions, type_: Type, place: Place) -> Json:
    name = make.maker.pick(("+", "-", "*", "+", "-", "*", "%", "%%", "**"))
    arguments = [make.argument(type_, place), make.fitting(type_, place.argument())]
    return {name: arguments[::-1] if make.maker.chance(30) else arguments}


def _negated(make: Expressions, type_: Type, place: Place) -> Json:
    return make.call(make.maker.pick(("u-", "m.abs")), place, type_)


def _integers(make: Expressions, type_: Type, place: Place) -> Json:
    name = make.maker.pick(("//", "&", "|", "^", "~"))
    return make.call(name, place, *([type_] if name == "~" else [type_, type_]))


def _number_cast(make: Expressions, type_: Type, place: Place) -> Json:
    return make.call(f"cast.{type_}", place, make.maker.pick(NUMBERS))


def _sum(make: Expressions, type_: Type, place: Place) -> Json:
    return make.call("a.sum", place, ("array", type_))


def _double(make: Expressions, type_: Type, place: Place) -> Json:
    names = ("/", "m.floor", "m.ceil", "m.sqrt", "m.exp", "m.ln", "m.sin", "a.mean", "m.pi")
    name = make.maker.pick(names)
    if name == "m.pi":
        return {"m.pi": []}
    if name == "a.mean":
        return make.call(name, place, ("array", make.maker.pick(NUMBERS)))
    return make.call(name, place, *([make.maker.pick(NUMBERS) for _ in range(2 if name == "/" else 1)]))


def _count(make: Expressions, type_: Type, place: Place) -> Json:
    items = make.item_type()
    ordered = make.ordered_type()
    ways: tuple[tuple[str, tuple[Type, ...]], ...] = (
        ("a.len", (("array", items),)),
        ("s.len", ("string",)),
        ("map.len", (("map", items),)),
        ("cmp", (ordered, ordered)),
        ("s.index", ("string", "string")),
        ("m.signum", ("double",)),
        ("m.round", ("float",)),
        ("a.argmax", (("array", make.maker.pick(NUMBERS)),)),
        ("a.index", (("array", "int"), "int")),
        ("a.count", (("array", "double"), "double")),
    )
    name, types = make.maker.pick(ways)
    return make.call(name, place, *types)


def _round(make: Expressions, type_: Type, place: Place) -> Json:
    return make.call("m.round", place, "double")


# Truth values and strings.


def _comparison(make: Expressions, type_: Type, place: Place) -> Json:
    of = make.ordered_type()
    name = make.maker.pick(("==", "!=", "<", "<=", ">", ">="))
    return {name: [make.argument(of, place), make.fitting(of, place.argument())]}


def _logic(make: Expressions, type_: Type, place: Place) -> Json:
    name = make.maker.pick(("&&", "||", "!", "^^"))
    return make.call(name, place, *["boolean"] * (1 if name == "!" else 2))


def _question(make: Expressions, type_: Type, place: Place) -> Json:
    items = make.item_type()
    ways: tuple[tuple[str, tuple[Type, ...]], ...] = (
        ("map.containsKey", (("map", items), "string")),
        ("a.contains", (("array", "double"), "double")),
        ("a.contains", (("array", "string"), "string")),
        ("s.contains", ("string", "string")),
        ("s.startswith", ("string", "string")),
        ("map.containsValue", (("map", "int"), "int")),
    )
    name, types = make.maker.pick(ways)
    return make.call(name, place, *types)


def _any(make: Expressions, type_: Type, place: Place) -> Json:
    items = make.item_type()
    name = make.maker.pick(("a.any", "a.all"))
    return {name: [make.argument(("array", items), place), make.function([items], "boolean", place)]}


def _text(make: Expressions, type_: Type, place: Place) -> Json:
    ways: tuple[tuple[str, tuple[Type, ...]], ...] = (
        ("s.concat", ("string", "string")),
        ("s.substr", ("string", "int", "int")),
        ("s.join", (("array", "string"), "string")),
        ("s.lower", ("string",)),
        ("s.upper", ("string",)),
        ("s.replaceall", ("string", "string", "string")),
        ("s.int", ("long",)),
    )
    name, types = make.maker.pick(ways)
    return make.call(name, place, *types)


# Arrays, maps, records and unions.


def _new_array(make: Expressions, type_: Type, place: Place) -> Json:
    items = [make.fitting(type_[1], place.argument()) for _ in range(make.maker.count(0, 3))]
    return {"type": schema(type_), "new": items}


def _other_array(make: Expressions, type_: Type, place: Place) -> Json:
    items = type_[1]
    ways: tuple[tuple[str, tuple[Type, ...]], ...] = (
        ("a.append", (type_, items)),
        ("a.concat", (type_, type_)),
        ("a.reverse", (type_,)),
        ("a.tail", (type_,)),
        ("a.init", (type_,)),
        ("a.subseq", (type_, "int", "int")),
        ("a.insert", (type_, "int", items)),
        ("a.replace", (type_, "int", items)),
        ("a.remove", (type_, "int")),
        ("map.values", (("map", items),)),
        ("a.flatten", (("array", type_),)),
    )
    if items in ("int", "long", "float", "double", "string", POINT):
        ways += (("a.sort", (type_,)), ("a.distinct", (type_,)))
    if items == "string":
        ways += (("map.keys", (("map", "int"),)),)
    name, types = make.maker.pick(ways)
    return make.call(name, place, *types)


def _mapped(make: Expressions, type_: Type, place: Place) -> Json:
    name = make.maker.pick(("a.map", "a.mapWithIndex", "a.flatMap", "a.zipmap"))
    items = make.item_type()
    given = [("array", items)] * (2 if name == "a.zipmap" else 1)
    params = {"a.mapWithIndex": ["int", items], "a.zipmap": [items, items]}.get(name, [items])
    ret = type_ if name == "a.flatMap" else type_[1]
    return {name: [*(make.argument(of, place) for of in given), make.function(params, ret, place)]}


def _filtered(make: Expressions, type_: Type, place: Place) -> Json:
    prefix = "a" if type_[0] == "array" else "map"
    name = make.maker.pick(("filter", "takeWhile", "dropWhile") if prefix == "a" else ("filter",))
    return {f"{prefix}.{name}": [make.argument(type_, place), make.function([type_[1]], "boolean", place)]}


def _new_map(make: Expressions, type_: Type, place: Place) -> Json:
    keys = ("a", "it's", "__class__")[: make.maker.count(0, 3)]
    return {"type": schema(type_), "new": {key: make.fitting(type_[1], place.argument()) for key in keys}}


def _other_map(make: Expressions, type_: Type, place: Place) -> Json:
    ways: tuple[tuple[str, tuple[Type, ...]], ...] = (
        ("map.add", (type_, "string", type_[1])),
        ("map.remove", (type_, "string")),
        ("map.update", (type_, type_)),
    )
    name, types = make.maker.pick(ways)
    return make.call(name, place, *types)


def _mapped_map(make: Expressions, type_: Type, place: Place) -> Json:
    values = make.maker.pick([of[1] for of in TYPES if of[0] == "map"])
    if make.maker.chance(50):
        return {"map.map": [make.argument(("map", values), place), make.function([values], type_[1], place)]}
    function = make.function(["string", values], type_[1], place)
    return {"map.mapWithKey": [make.argument(("map", values), place), function]}


def _new_point(make: Expressions, type_: Type, place: Place) -> Json:
    fields = {name: make.fitting(of, place.argument()) for name, of in POINT_FIELDS.items()}
    return {"type": "Point", "new": fields}


def _attr_to(make: Expressions, type_: Type, place: Place) -> Json:
    """A changed copy."""
    if type_ == POINT:
        name = make.maker.pick(list(POINT_FIELDS))
        step, of = [name], POINT_FIELDS[name]
    else:
        step, of = make.argument("int" if type_[0] == "array" else "string", place), type_[1]
    is_function = make.maker.chance(50)
    to = make.function([of], of, place) if is_function else make.fitting(of, place.argument())
    return {"attr": make.argument(type_, place), "path": [step], "to": to}


def _upcast(make: Expressions, type_: Type, place: Place) -> Json:
    branch = make.maker.pick(type_[1])
    return {"upcast": make.argument(branch, place), "as": schema(type_)}


def _try(make: Expressions, type_: Type, place: Place) -> Json:
    if len(type_[1]) != 2 or type_[1][1] != "null":
        return None
    inner = make.way(type_[1][0], place.argument().but(may_write=False))
    made: dict[str, Any] = {"try": inner}
    if make.maker.chance(40):
        made["filter"] = make.maker.pick(([-1], ["oops"], [15020, 2000, 2001], [18000, -2]))
    return made


OF_KIND.update(
    {
        "null": (),
        "boolean": (_comparison, _comparison, _comparison, _logic, _logic, _question, _question, _any),
        "int": (_arithmetic,) * 4 + (_negated, _integers, _integers, _number_cast, _sum, _count, _count, _count),
        "long": (_arithmetic,) * 4 + (_negated, _integers, _integers, _number_cast, _sum, _round),
        "float": (_arithmetic,) * 4 + (_negated, _number_cast, _number_cast, _sum),
        "double": (_arithmetic,) * 4 + (_negated, _number_cast, _sum, _double, _double, _double),
        "string": (_text,) * 6,
        "enum": (),
        "array": (_new_array, _new_array, _other_array, _other_array, _mapped, _mapped, _filtered, _attr_to),
        "map": (_new_map, _new_map, _other_map, _mapped_map, _filtered, _attr_to),
        "record": (_new_point, _new_point, _attr_to, _attr_to),
        "union": (_upcast, _upcast, _try, _try),
    }
)
