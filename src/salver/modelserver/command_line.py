"""The grammar of TensorFlow's command lines, and the help.

`--name=value`; a boolean may be bare. What is no flag is passed over and told of; a value that cannot be read is an
error. A flag that is given twice has its last value.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from salver.modelserver.flags import Flag, Flags, Group, table

_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]{1,19}")
_BOOLEANS: Final = {"": True, "=true": True, "=false": False}
_WIDTH: Final = 110
_INDENT: Final = "      "
_BITS: Final = {"int32": 32, "int64": 64}


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What a command line says."""

    flags: Flags
    unknown: tuple[str, ...]
    """The arguments that are no flags, in their order."""
    problems: tuple[str, ...]
    """One sentence for each value that cannot be read; the flags are those of the rest."""
    given: frozenset[str]
    """The flags it names."""


def parse(arguments: Sequence[str]) -> CommandLine:
    """Reads a command line without the program's name. Everything after `--` is unknown, as is `--` itself."""
    values: dict[str, Any] = {}
    unknown: list[str] = []
    problems: list[str] = []
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for argument in arguments[:end]:
        flag, text = _split(argument)
        if flag is None:
            unknown.append(argument)
            continue
        try:
            values[flag.name] = _READERS[flag.kind](text, flag)
        except ValueError:
            problems.append(f"Couldn't interpret value {text[:200]} for flag {flag.name}.")
    unknown += arguments[end:]
    return CommandLine(Flags(**values), tuple(unknown), tuple(problems), frozenset(values))


def usage(program: str) -> str:
    """Every flag with its default and what it does, by what it is about; those without meaning here last."""
    parts = [
        f"usage: {program} [--name=value ...]\n",
        "Serves models as TensorFlow Serving does: the same flags, files, ports and answers.",
        f"Start with:  {program} --rest_api_port=8501 --model_name=wine --model_base_path=/models/wine",
    ]
    flags = list(table().values())
    for group in Group:
        parts += _section(group.value, [flag for flag in flags if flag.group is group and not flag.void])
    parts += _section("Accepted, without meaning here", [flag for flag in flags if flag.void])
    return "\n".join(parts) + "\n"


def hint(argument: str) -> str:
    """What was probably meant by an argument that is no flag; empty when nobody can say."""
    name = argument.lstrip("-").partition("=")[0].replace("-", "_")
    close = difflib.get_close_matches(name, table(), n=1, cutoff=0.8)
    if not close:
        return ""
    return f"write --{name}=value" if name in table() else f"did you mean --{close[0]}?"


def _section(title: str, flags: list[Flag]) -> list[str]:
    return [f"\n{title}:", *(_line(flag) for flag in flags)]


def _line(flag: Flag) -> str:
    why = f" No meaning here: {flag.void}." if flag.void else ""
    text = textwrap.fill(flag.help + why, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return f"  --{flag.name}={flag.shown} ({flag.kind})\n{text}"


def _split(argument: str) -> tuple[Flag | None, str]:
    """The flag that an argument gives a value to, and the value; for a boolean with its sign of equality."""
    name, equals, value = argument.removeprefix("--").partition("=")
    flag = table().get(name) if argument.startswith("--") else None
    if flag is None or (not equals and flag.kind != "bool"):
        return None, ""
    return flag, equals + value if flag.kind == "bool" else value


def _integer(text: str, flag: Flag) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError
    value, bits = int(text), _BITS[flag.kind]
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError
    return value


def _boolean(text: str, flag: Flag) -> bool:
    if text not in _BOOLEANS:
        raise ValueError
    return _BOOLEANS[text]


_READERS: Final[dict[str, Callable[[str, Flag], Any]]] = {
    "int32": _integer,
    "int64": _integer,
    "float": lambda text, flag: float(text.replace("_", "?")),
    "bool": _boolean,
    "string": lambda text, flag: text,
}
