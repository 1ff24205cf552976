"""Regular expressions in the notation of Python's `re`. Without flags: the sets of characters say it all."""

from __future__ import annotations

from salver.formats.pmml.regex import charsets
from salver.formats.pmml.regex.nodes import Back, Chars, Choice, Group, Look, Node, Place, Repeat, Sequence


def as_python(node: Node) -> str:
    match node:
        case Chars(chars):
            return charsets.as_python(chars)
        case Sequence(parts):
            return "".join(map(as_python, parts))
        case Choice(branches):
            return f"(?:{'|'.join(map(as_python, branches))})"
        case Group(part, _):
            return f"({as_python(part)})"
        case Place(kind):
            return kind
        case Look(part, kind):
            return f"(?{kind}{as_python(part)})"
        case Back(number):
            return f"(?:\\{number})"
        case Repeat(part, least, most, mode):
            return f"(?:{as_python(part)}){{{least},{'' if most is None else most}}}{mode}"
