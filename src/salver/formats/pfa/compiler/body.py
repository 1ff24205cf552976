"""The body of one Python function under way: statements are written to it, expressions are handed back as `Code`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from salver.formats.pfa.avro.types import BOTTOM, DOUBLE, FLOAT, INTEGERS, NULL, Function, Type, Union
from salver.formats.pfa.compiler.code import Code, Scope
from salver.formats.pfa.compiler.source import Line
from salver.formats.pfa.compiler.unit import Unit
from salver.formats.pfa.errors import PFASyntaxError
from salver.formats.pfa.library.registry import UNKNOWN
from salver.formats.pfa.syntax.node import Node
from salver.formats.pfa.values.convert import branch_for, converter
from salver.formats.pfa.values.floats import float32

Compile = Callable[["Body", Node, Scope, bool], Code]
"""Writes one kind of form; the last argument says whether its value is wanted."""

FORMS: Final[dict[str, Compile]] = {}
"""What writes each kind of node."""

NOTHING: Final = Code("None", NULL, simple=True, constant=None)
_MAX_PARENTHESES: Final = 40
_MAX_INDENT: Final = 90
_MAX_LOOPS: Final = 18
"""Python nests loops and try statements 20 deep at most."""


def compiles(*kinds: str) -> Callable[[Compile], Compile]:
    """Registers what writes some kinds of nodes."""

    def register(compile_: Compile) -> Compile:
        for kind in kinds:
            FORMS[kind] = compile_
        return compile_

    return register


class Body:
    """Writes one function. Statements go to `lines`; what is handed back may be used once, right after."""

    def __init__(self, unit: Unit, indent: int = 1, *, outer: Body | None = None, nested: bool = False) -> None:
        self.unit = unit
        self.outer = outer
        """The body of the function around this one."""
        self.indent = self.depth = indent
        self.nested = nested
        """Whether it may run many times for one action: it watches the time then."""
        self.lines: list[Line] = []
        self.entry: list[Line] = []
        """What is done before all else: fields of the input taken out of it."""
        self.fields: dict[str, Code] = {}
        """The fields of the input that are taken out already."""
        self.params: list[str] = []
        """The names of the parameters in the source."""
        self.loops = 0
        self._rounds = ""

    def compile(self, node: Node, scope: Scope, use: bool = True) -> Code:
        """The value of a node; statements that it takes are written."""
        code = FORMS[node.kind](self, node, scope, use)
        if code.depth > _MAX_PARENTHESES:
            return self.spill(code, node.path)
        return code

    def block(self, nodes: Sequence[Node], scope: Scope, use: bool = True) -> Code:
        """The value of the last of some expressions, after all have been done."""
        *before, last = nodes
        for node in before:
            self.statement(node, scope)
        if use:
            return self.compile(last, scope)
        return self.statement(last, scope)

    def statement(self, node: Node, scope: Scope) -> Code:
        """Does an expression whose value nobody wants."""
        code = self.compile(node, scope, use=False)
        if not code.simple:
            self.add(code.text, node.path)
        return Code("None", code.type, simple=True, constant=code.constant)

    def rounds(self, path: str) -> str:
        """The name of what counts the rounds of all loops of this function."""
        if not self._rounds:
            self.unit.uses.add("tick")
            self._rounds = self.unit.names.new("rounds")
            self.entry.append(Line(self.depth, f"{self._rounds} = 0", path))
        return self._rounds

    def add(self, text: str, path: str) -> None:
        """Writes a statement."""
        if self.indent > _MAX_INDENT:
            raise PFASyntaxError(f"blocks are nested more than {_MAX_INDENT} deep", path)
        self.lines.append(Line(self.indent, text, path))

    def temp(self, text: str, path: str, word: str = "t") -> str:
        """Writes an assignment to a new name."""
        name = self.unit.names.new(word)
        self.add(f"{name} = {text}", path)
        return name

    def spill(self, code: Code, path: str, word: str = "t") -> Code:
        """The same value under a name, so that it can be said twice."""
        if code.simple:
            return code
        return Code(self.temp(code.text, path, word), code.type, True, code.constant)

    def ordered(self, nodes: Sequence[Node], scopes: Sequence[Scope]) -> list[Code]:
        """The values of some nodes, computed from left to right even where one of them takes statements."""
        codes: list[Code] = []
        for node, scope in zip(nodes, scopes, strict=True):
            mark = len(self.lines)
            code = self.compile(node, scope)
            if len(self.lines) > mark:
                self.settle(codes, mark, nodes)
            codes.append(code)
        return codes

    def settle(self, codes: list[Code], mark: int, nodes: Sequence[Node], *, symbols: bool = False) -> None:
        """Puts earlier values under names, before the statements from `mark` on; with `symbols` also those that have
        one, which may be set there."""
        settled: list[Line] = []
        for at, code in enumerate(codes):
            if not code.simple or (symbols and code.constant is UNKNOWN):
                name = self.unit.names.new("t")
                settled.append(Line(self.indent, f"{name} = {code.text}", nodes[at].path))
                codes[at] = Code(name, code.type, True, code.constant)
        self.lines[mark:mark] = settled

    @contextmanager
    def inner(self) -> Iterator[list[Line]]:
        """Statements written within go to a list of their own, one step further in."""
        outer, self.lines = self.lines, []
        self.indent += 1
        try:
            yield self.lines
        finally:
            self.indent -= 1
            self.lines = outer

    @contextmanager
    def loop(self, path: str) -> Iterator[None]:
        """Within, statements run more than once."""
        self.loops += 1
        if self.loops > _MAX_LOOPS:
            raise PFASyntaxError(f"loops are nested more than {_MAX_LOOPS} deep", path)
        try:
            yield
        finally:
            self.loops -= 1

    def close(self, lines: list[Line], path: str) -> None:
        """Writes the statements of a block, at least one."""
        self.lines.extend(lines or [Line(self.indent + 1, "pass", path)])

    def input_field(self, name: str, of: Type, path: str) -> Code:
        """A field of the input, which is taken out of it once, before all else."""
        if self.outer is not None:
            return self.outer.input_field(name, of, path)
        if name not in self.fields:
            text = self.unit.names.new(name)
            self.entry.append(Line(1, f"{text} = {self.unit.input_text}[{name!r}]", path))
            self.fields[name] = Code(text, of, simple=True)
        return self.fields[name]

    def at(self, path: str) -> str:
        """What to put before a call that may fail."""
        return self.unit.marks.at(path)

    def constant(self, value: Any, of: Type, word: str = "k") -> Code:
        """A value known now."""
        return Code(self.unit.constant(value, word), of, simple=True, constant=value)

    def convert(self, code: Code, wanted: Type, path: str) -> Code:
        """The same value as one of a wider type, which accepts it."""
        given = code.type
        if given is BOTTOM or given is wanted:
            return Code(code.text, wanted, code.simple, code.constant, code.depth)
        step = converter(given, wanted)
        if step is None:
            return Code(code.text, wanted, code.simple, code.constant, code.depth)
        if isinstance(wanted, Function):
            return Code(f"{self.unit.bind(step, 'convert')}({code.text})", wanted, depth=code.depth + 1)
        if code.constant is not UNKNOWN:
            return self.constant(step(code.constant), wanted)
        if wanted is DOUBLE and given in INTEGERS:
            return Code(f"float({code.text})", wanted, depth=code.depth + 1)
        if wanted is FLOAT:
            return Code(f"{self.unit.bind(float32, 'float32')}({code.text})", wanted, depth=code.depth + 1)
        if isinstance(wanted, Union) and not isinstance(given, Union):
            branch = branch_for(given, wanted)
            inner = self.convert(code, branch, path)
            return Code(f"({branch.tag!r}, {inner.text})", wanted, depth=code.depth + 1)
        return Code(f"{self.unit.bind(step, 'convert')}({code.text})", wanted, depth=code.depth + 1)
