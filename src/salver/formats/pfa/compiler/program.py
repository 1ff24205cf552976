"""A document becomes a program: checked, typed, written as Python, and compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final

from salver.formats.pfa.avro.accepts import accepts
from salver.formats.pfa.avro.types import BOTTOM, INT, LONG, STRING, Map, Type
from salver.formats.pfa.compiler import (
    access,
    branches,
    calls,
    functions,
    literals,
    loops,
    operators,
    packs,
    symbols,
    talk,
    trees,
)
from salver.formats.pfa.compiler.body import Body
from salver.formats.pfa.compiler.code import Scope, Symbol
from salver.formats.pfa.compiler.functions import signature_of, write_function
from salver.formats.pfa.compiler.source import Line, Source, finish
from salver.formats.pfa.compiler.unit import Storage, Unit, UserFunction, written
from salver.formats.pfa.errors import PFASemanticError, PFASyntaxError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.syntax.node import FUNCTION_NAME, Document, Node

_FAMILIES: Final = (access, branches, calls, functions, literals, loops, operators, packs, symbols, talk, trees)
"""What writes the forms: each registers its own when it is imported."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled document: what every engine of it starts from."""

    document: Document
    input: Type
    output: Type
    source: Source
    code: CodeType
    file_name: str
    """What the code calls its file, to be found in tracebacks."""
    namespace: Mapping[str, Any]
    uses: frozenset[str]
    """What it wants of its engine: "random", "clock", "tick", "emit", "log", "actionsStarted", "actionsFinished"."""
    writes: frozenset[tuple[str, str]]
    """The cells and pools that it writes."""

    @property
    def stateful(self) -> bool:
        """Whether an answer may depend on what was asked before."""
        counts = {"random", "actionsStarted", "actionsFinished"}
        return bool(self.writes or self.uses & counts or self.document.method == "fold")

    @property
    def pure(self) -> bool:
        """Whether an answer depends on the input alone, so that one engine may serve all threads."""
        return not self.writes and not self.uses - {"tick", "clock", "log"} and self.document.method == "map"


def compile_document(document: Document, cells: Mapping[str, Any]) -> Program:
    """Compiles a document; `cells` are the first values of its cells.

    Raises PFASemanticError with the path of what makes no sense."""
    writes = written(document)
    unit = Unit(document, document.output.type, _cells(document, cells, writes), _pools(document))
    _declare_functions(unit)
    for name, node in document.functions.items():
        _user_function(unit, name, node)
    lines = [*unit.hoisted, *_methods(unit)]
    unit.check_restrictions()
    lines[len(unit.hoisted) : len(unit.hoisted)] = [Line(0, text, "") for text in unit.tables]
    source = finish(lines, unit.marks)
    file_name = f"<pfa {document.name!a}>"
    return Program(
        document,
        document.input.type,
        document.output.type,
        source,
        _compiled(source, file_name),
        file_name,
        unit.namespace,
        frozenset(unit.uses),
        writes,
    )


def _compiled(source: Source, file_name: str) -> CodeType:
    try:
        return compile(source.text, file_name, "exec", dont_inherit=True)
    except (RecursionError, MemoryError, SyntaxError) as error:
        raise PFASyntaxError(f"expressions are nested too deep for Python ({error})") from None


def _cells(document: Document, values: Mapping[str, Any], writes: frozenset[tuple[str, str]]) -> dict[str, Storage]:
    return {
        name: Storage(
            cell.type.type,
            f"{name}_cell",
            UNKNOWN if ("cell", name) in writes else values.get(name, UNKNOWN),
        )
        for name, cell in document.cells.items()
    }


def _pools(document: Document) -> dict[str, Storage]:
    return {name: Storage(pool.type.type, f"{name}_pool", UNKNOWN) for name, pool in document.pools.items()}


def _declare_functions(unit: Unit) -> None:
    for name, node in unit.document.functions.items():
        if not FUNCTION_NAME.match(name):
            raise PFASemanticError(f"{name!r} is no name for a function", f"fcns.{name}")
        signature, params = signature_of(node)
        unit.functions[f"u.{name}"] = UserFunction(signature, tuple(params), unit.names.new(f"u_{name}"))


def _user_function(unit: Unit, name: str, node: Node) -> None:
    body = Body(unit, 1, nested=True)
    unit.effects = set()
    unit.uses.add("tick")
    body.add(f"{body.at(node.path)}tick()", node.path)
    result = write_function(body, node, Scope())
    body.add(f"return {result.text}", node.path)
    unit.effects_of[f"u.{name}"] = frozenset(unit.effects)
    known = unit.functions[f"u.{name}"]
    unit.hoisted.append(Line(0, f"def {known.text}({', '.join(body.params)}):", node.path))
    unit.hoisted.extend((*body.entry, *body.lines))


def _methods(unit: Unit) -> list[Line]:
    """The functions begin, action, end and merge, as far as the document has them."""
    document, output = unit.document, unit.output
    fold = document.method == "fold"
    lines: list[Line] = []
    if document.begin:
        lines += _method(unit, "begin", "", document.begin, _surroundings(unit), None)
    if fold:
        tallies = {"tallyOne": Symbol(output, "tally_one"), "tallyTwo": Symbol(output, "tally_two")}
        lines += _method(
            unit, "merge", "tally_one, tally_two", document.merge, {**_surroundings(unit), **tallies}, output
        )
    counters = {"actionsStarted": Symbol(LONG, "state.started"), "actionsFinished": Symbol(LONG, "state.finished")}
    inner = {**_surroundings(unit), **counters, **({"tally": Symbol(output, "state.tally")} if fold else {})}
    if document.end:
        lines += _method(unit, "end", "", document.end, inner, None)
    unit.input_text = "datum"
    with_input = {**inner, "input": Symbol(document.input.type, "datum")}
    wanted = None if document.method == "emit" else output
    return lines + _method(unit, "action", "datum", document.action, with_input, wanted)


def _surroundings(unit: Unit) -> dict[str, Symbol]:
    """The symbols that all methods see."""
    document = unit.document
    metadata = dict(document.metadata)
    known = {
        "name": Symbol(STRING, ascii(document.name), document.name),
        "instance": Symbol(INT, "instance"),
        "metadata": Symbol(Map(STRING), unit.constant(metadata, "metadata"), metadata),
    }
    if document.version is not None:
        known["version"] = Symbol(INT, repr(document.version), document.version)
    return known


def _method(
    unit: Unit, name: str, params: str, nodes: Sequence[Node], known: dict[str, Symbol], wanted: Type | None
) -> list[Line]:
    """One method; `wanted` is the type of its result, None where there is none."""
    unit.effects = set()
    body = Body(unit)
    scope = Scope(symbols=known).child(above=True, within=False)
    result = body.block(nodes, scope, use=wanted is not None)
    path = nodes[-1].path
    if wanted is not None:
        if result.type is not BOTTOM and not accepts(wanted, result.type):
            raise PFASemanticError(
                f"the document says that {name} gives {wanted!r}, but it gives {result.type!r}", path
            )
        body.add(f"return {body.convert(result, wanted, path).text}", path)
    return [Line(0, f"def {name}({params}):", name), *body.entry, *(body.lines or [Line(1, "pass", name)])]
