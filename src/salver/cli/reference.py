"""The reference pages, made from the code: `python -m salver.cli.reference [--check] FOLDER`.

Nothing is described here. Words come from the parser, the option dataclasses, the route tables, the catalogue of
metrics, the table of formats and the docstrings of the public names; the same code gives the same pages on every
version of Python.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import salver
from salver.cli.main import VERBS, parser
from salver.config import help_of
from salver.core.errors import KINDS, Fault
from salver.core.tensor import NUMPY
from salver.formats.table import FORMATS
from salver.graph.spec import GraphDocument
from salver.observe.catalogue import METRICS
from salver.options import ServerOptions
from salver.protocols.table import PROTOCOLS

_MADE: Final = "Made from the code by `scripts/docs`; do not edit."
_WORDS: Final = {int: "an integer", float: "a number", str: "text", bool: "true or false", Any: "anything"}


def pages() -> dict[str, str]:
    """Every page by file name."""
    made = {
        "command-line.md": ("The command line", _command_line()),
        "options.md": ("Options", _options()),
        "graph.md": ("A graph's document", _graph()),
        "http.md": ("HTTP routes", _http()),
        "metrics.md": ("Metrics", _metrics()),
        "formats.md": ("Formats and dtypes", _formats()),
        "python.md": ("Public Python names", _python()),
    }
    index = (f"- [{title}]({name})" for name, (title, _) in made.items())
    return {"README.md": _page("Reference", index)} | {name: _page(*parts) for name, parts in made.items()}


def public_names() -> dict[str, Any]:
    """What `import salver` offers: every name in it that is neither private nor one of its modules."""
    return {
        name: value
        for name, value in vars(salver).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", _MADE, "", *lines]).rstrip("\n") + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield "|" + "---|" * len(head)
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


# The command line, from the parser's actions.


def _command_line() -> Iterator[str]:
    verbs = _subparsers(parser())
    yield from _table(("verb", ""), [(f"[`salver {verb.NAME}`](#salver-{verb.NAME})", verb.HELP) for verb in VERBS])
    yield "`salver --version` prints the version, `salver VERB --help` this help. The exit status is 0; 1 when it could"
    yield "not be done, with one sentence on standard error; 2 for a wrong command line; 130 after Ctrl-C (for `serve`"
    yield "that is a wish to drain, and 0)."
    yield ""
    for verb in VERBS:
        actions = [action for action in verbs[verb.NAME]._actions if action.dest != "help"]
        yield f"## salver {verb.NAME}"
        yield ""
        yield f"{verb.HELP[0].upper()}{verb.HELP[1:]}."
        yield ""
        yield from _table(("argument", ""), [(_flags(action), _help(action)) for action in actions])
        yield from ("```text", *verb.EXAMPLES.splitlines(), "```", "")


def _subparsers(top: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    (action,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    return action.choices


def _flags(action: argparse.Action) -> str:
    if not action.option_strings:
        return f"`{action.dest.upper()}`" + (" (optional)" if action.nargs == "?" else "")
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return ", ".join(f"`{flag}{value}`" for flag in action.option_strings)


def _help(action: argparse.Action) -> str:
    text = (action.help or "") % {**vars(action), "prog": "salver"}
    choices = ", ".join(f"`{choice}`" for choice in action.choices or ())
    return "; ".join(filter(None, [text, f"one of {choices}" if choices else ""]))


# The options, from the dataclasses.


def _options() -> Iterator[str]:
    yield "What a configuration in YAML may say. A key that is not here is refused, and the one that was probably meant"
    yield "is named. [The page on configuration](../configuration.md) has an example. Keys that end in `_bytes` take"
    yield "sizes such as `64MB` or `1GiB`."
    yield ""
    for path, cls in _sections(ServerOptions, ""):
        yield from _section(path, cls)


def _graph() -> Iterator[str]:
    yield "What a graph's YAML may say. [The pages on graphs](../graphs/README.md) say what each of it does, with"
    yield "examples. What stands here once (all transformers, say) may be said wherever its key is."
    yield ""
    told: set[type[Any]] = set()
    for path, cls in _sections(GraphDocument, ""):
        if cls not in told:
            told.add(cls)
            yield from _section(path, cls)


def _section(path: str, cls: type[Any]) -> Iterator[str]:
    yield f"## {_title(path)}"
    yield ""
    yield inspect.getdoc(cls) or ""
    yield ""
    hints, helps = get_type_hints(cls), help_of(cls)
    rows = [(f"`{field.name}`", _type(hints[field.name]), _default(field), helps[field.name]) for field in _fields(cls)]
    if rows:
        yield from _table(("key", "value", "default", ""), rows)
    else:
        yield from ("It has no keys.", "")


def _sections(cls: type[Any], path: str) -> Iterator[tuple[str, type[Any]]]:
    """Every dataclass of the tree with the path of keys that leads to it, from the top down."""
    yield path, cls
    hints = get_type_hints(cls)
    for field in _fields(cls):
        for part in _dataclasses_in(hints[field.name]):
            named = get_origin(hints[field.name]) is Mapping
            yield from _sections(part, f"{path}.{field.name}".lstrip(".") + (".NAME" if named else ""))


def _dataclasses_in(hint: Any) -> list[type[Any]]:
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return [hint]
    return [part for argument in get_args(hint) for part in _dataclasses_in(argument)]


def _fields(cls: type[Any]) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(cls) if field.init]


def _title(path: str) -> str:
    return f"`{path}`" if path else "The document"


def _type(hint: Any) -> str:
    """An annotation in words."""
    if hint in _WORDS:
        return _WORDS[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin in (Union, types.UnionType):
        return ", or ".join(_type(part) for part in arguments if part is not types.NoneType)
    if origin is Mapping:
        return f"names, each: {_type(arguments[1])}"
    if origin is tuple:
        return f"list, each {_type(arguments[0])}"
    keys = [field.name for field in _fields(hint)]
    return f"`{{{keys[0]}: ...}}`" if len(keys) == 1 else "keys below"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        value = field.default_factory()
    elif field.default is not dataclasses.MISSING:
        value = field.default
    else:
        return "must be given"
    return f"`{_size(value)}`" if field.name.endswith("_bytes") else _yaml(value)


def _size(count: int) -> str:
    """Bytes as a configuration may say them."""
    for unit, bytes_each in (("MiB", 2**20), ("KiB", 2**10)):
        if count >= bytes_each and count % bytes_each == 0:
            return f"{count // bytes_each}{unit}"
    return str(count)


def _yaml(value: Any) -> str:
    if value is None or value == "":
        return "none"
    if dataclasses.is_dataclass(value):
        parts = [f"{field.name}: {getattr(value, field.name)}" for field in _fields(type(value))]
        return f"`{{{parts[0]}}}`" if len(parts) == 1 else "theirs"
    if isinstance(value, Mapping):
        return f"`{dict(value)}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


# The routes, from the protocols' tables.


def _http() -> Iterator[str]:
    yield "The same as a running server shows at `/docs` and, with schemas, at `/openapi.json`."
    yield ""
    for protocol in PROTOCOLS:
        yield f"## {protocol.title or protocol.name}"
        yield ""
        rows = [
            (route.method, "<br>".join(f"`{path}`" for path in route.templates), _body(route), route.summary)
            for route in protocol.routes
        ]
        yield from _table(("method", "path", "body", ""), rows)
    yield "## Statuses"
    yield ""
    yield "What each kind of fault becomes. Ready routes have answers of their own; see the pages on the protocols."
    yield ""
    kinds = [(f"`{kind.__name__}`", inspect.getdoc(kind) or "", *map(str, _statuses(kind))) for kind in KINDS]
    yield from _table(("kind", "", *(protocol.name for protocol in PROTOCOLS)), kinds)


def _body(route: Any) -> str:
    return "-" if route.body is None else "optional" if route.body_optional else "JSON"


def _statuses(kind: type[Fault]) -> Iterator[int]:
    for protocol in PROTOCOLS:
        yield protocol.encode_fault(kind("why"), protocol.routes[0]).status


# Metrics, formats, names.


def _metrics() -> Iterator[str]:
    yield "`GET /metrics` in Prometheus' text format; [how to read them](../metrics.md)."
    yield ""
    rows = [
        (f"`{metric.name}`", metric.kind.value, ", ".join(f"`{label}`" for label in metric.labels) or "-", metric.help)
        for metric in METRICS
    ]
    yield from _table(("name", "kind", "labels", ""), rows)
    for metric in METRICS:
        if metric.bounds:
            yield f"Buckets of `{metric.name}`: {', '.join(f'{bound:g}' for bound in metric.bounds)}."


def _formats() -> Iterator[str]:
    yield "[What each takes and gives](../formats.md)."
    yield ""
    yield from _table(("format", ""), [(f"`{known.name}`", known.summary) for known in FORMATS])
    yield "A tensor has one of these dtypes, held in this type of NumPy's:"
    yield ""
    yield from _table(("dtype", "NumPy"), [(f"`{name}`", f"`{held}`") for name, held in NUMPY.items()])


def _python() -> Iterator[str]:
    yield "`import salver` offers these and promises nothing else: other modules may change in any release."
    yield ""
    for name, value in public_names().items():
        yield f"## salver.{name}"
        yield ""
        yield from ("```python", _signature(name, value), "```", "", inspect.getdoc(value) or "", "")
        if isinstance(value, type):
            yield from _members(name, value)


def _members(owner: str, cls: type[Any]) -> Iterator[str]:
    if dataclasses.is_dataclass(cls):
        helps = help_of(cls)
        rows = [(f"`{field.name}`", f"`{field.type}`", helps.get(field.name, "")) for field in _fields(cls)]
        yield from _table(("field", "type", ""), rows)
    for name, member in vars(cls).items():
        callee = getattr(member, "__func__", member)
        if name.startswith("_") or not (inspect.isfunction(callee) or isinstance(member, property)):
            continue
        shown = _property(owner, member) if isinstance(member, property) else _signature(f"{owner}.{name}", callee)
        yield from ("```python", shown, "```", "", inspect.getdoc(member) or "", "")


def _property(owner: str, member: property) -> str:
    assert member.fget is not None  # noqa: S101 - nothing here is write-only
    return f"{owner}.{member.fget.__name__}: {inspect.signature(member.fget).return_annotation}"


def _signature(name: str, value: Callable[..., Any]) -> str:
    """A call as its source writes it: annotations are strings there, and stay what they are."""
    signature = inspect.signature(value)
    shown: list[str] = []
    kinds = [parameter.kind for parameter in signature.parameters.values()]
    for index, parameter in enumerate(signature.parameters.values()):
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and kinds.index(parameter.kind) == index:
            shown.append("*")
        shown.append(_parameter(parameter))
    silent = isinstance(value, type) or signature.return_annotation is signature.empty
    result = "" if silent else f" -> {signature.return_annotation}"
    colour = "async " if inspect.iscoroutinefunction(value) else ""
    return f"{colour}{name}({', '.join(shown)}){result}"


def _parameter(parameter: inspect.Parameter) -> str:
    text = parameter.name if parameter.annotation is parameter.empty else f"{parameter.name}: {parameter.annotation}"
    if parameter.default is parameter.empty:
        return text
    default = parameter.default
    plain = default is None or isinstance(default, (str, int, float, bool)) or default == ()
    return f"{text} = {default!r}" if plain else f"{text} = ..."


# Writing and checking.


def _outdated(folder: Path, made: Mapping[str, str]) -> list[str]:
    """Which files of the folder are not what the code makes now: changed, missing, or left over."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in there.keys() | made.keys() if there.get(name) != made.get(name))


def main(arguments: list[str] | None = None) -> int:
    """Writes the pages; with --check returns 1 and names those that are out of date, and writes nothing."""
    grammar = argparse.ArgumentParser(prog="scripts/docs", description="Write the reference from the code.")
    grammar.add_argument("folder", type=Path)
    grammar.add_argument("--check", action="store_true", help="only say what is out of date")
    parsed = grammar.parse_args(arguments)
    made = pages()
    outdated = _outdated(parsed.folder, made)
    if parsed.check:
        for name in outdated:
            print(f"{parsed.folder / name} is out of date; run scripts/docs", file=sys.stderr)
        return 1 if outdated else 0
    parsed.folder.mkdir(parents=True, exist_ok=True)
    for name in outdated:
        if name in made:
            (parsed.folder / name).write_text(made[name], encoding="utf-8")
        else:
            (parsed.folder / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
