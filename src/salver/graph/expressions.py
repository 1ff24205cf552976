"""Expressions: a small, safe language over columns, for conditions and for new columns.

`amount > 1000 and country in ("NL", "BE")`. It is parsed once, at load; what it may not say is refused there. It reads
values by name and computes: no attributes, no loops, no functions but our own (`expression_functions.py`), no way from
a value to anything else. Evaluated by `simpleeval`, of which only the walk over the tree is used.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from simpleeval import SimpleEval

from salver.core.errors import BadInput
from salver.core.servable import Request, Response
from salver.core.tensor import Tensor
from salver.graph.expression_functions import FUNCTIONS, OPERATORS, choose, pick
from salver.graph.expression_syntax import Parsed, parse
from salver.graph.expression_values import alone, plain, truth

_KNOWN_TOLD: Final = 20


class Expression:
    """A parsed expression. Immutable; may be called from several threads."""

    __slots__ = ("_computes", "_tree", "headers", "names", "text")

    def __init__(self, text: str, parsed: Parsed) -> None:
        self.text = text
        self.names = tuple(parsed.names)
        """The names it reads, each once."""
        self.headers: Mapping[str, str] = parsed.headers
        """The header of the request, in lower case, by the name under which its value must be given."""
        self._tree = parsed.tree
        # Only arithmetic can overflow or divide by 0, of which NumPy would warn.
        self._computes = any(isinstance(node, (ast.BinOp, ast.Call)) for node in ast.walk(parsed.tree))

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """Its value: an array, or a scalar where no array came in. `values` are arrays and scalars by name.

        Raises BadInput for a name that is not there, and for values that cannot be computed with.
        """
        evaluator = _here.evaluator
        evaluator.names = values
        try:
            if not self._computes:
                return evaluator._eval(self._tree)
            with np.errstate(all="ignore"):
                return evaluator._eval(self._tree)
        except BadInput as fault:
            raise BadInput(f"expression {self.text!r:.80}: {fault.message}") from None
        except (TypeError, ValueError, ArithmeticError) as error:
            raise BadInput(f"expression {self.text!r:.80}: {error}") from None
        finally:
            evaluator.names = {}


class Condition:
    """An expression that says yes or no to a request.

    A name is that of a tensor, else of a column of a tensor that has names; `rows` is the number of rows, and
    `header("x-user")` a header's value, empty where it did not come. Over several rows it holds when it holds for
    every one of them, and for no rows it does not hold.
    """

    __slots__ = ("expression",)

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __call__(self, request: Request) -> bool:
        """Raises BadInput for a name that did not come, and where the answer is neither true nor false."""
        expression = self.expression
        values = {name: alone(_asked(request, name)) for name in expression.names}
        for key, header in expression.headers.items():
            values[key] = _header(request, header)
        return _verdict(expression, values)


class AnswersCondition:
    """An expression that says yes or no to what steps of a graph have answered.

    A name is an address: `step.tensor` or `step.outputs.tensor`, `request.inputs.tensor`, with only `step` where it
    answered one tensor. A column of a tensor that has names stands for a tensor. Rows as in `Condition`.
    """

    __slots__ = ("_addresses", "expression", "reads")

    def __init__(self, expression: Expression) -> None:
        self.expression = expression
        self._addresses = {name: _address(name) for name in expression.names}
        self.reads = tuple(dict.fromkeys(step for step, _ in self._addresses.values()))
        """The steps that it looks at."""

    def __call__(self, answers: Mapping[str, Response]) -> bool:
        """Raises BadInput for a step or tensor that is not there, and where the answer is neither true nor false."""
        values = {name: alone(_answered(answers, *address)) for name, address in self._addresses.items()}
        return _verdict(self.expression, values)


def compile_expression(text: str) -> Expression:
    """Raises BadInput for what is not allowed, with the column where it stands."""
    return Expression(text, parse(text))


def compile_condition(text: str) -> Condition:
    """A condition on a request. Raises BadInput as `compile_expression` does."""
    return Condition(Expression(text, parse(text, with_headers=True)))


def compile_answers_condition(text: str) -> AnswersCondition:
    """A condition on the answers of steps. Raises BadInput as `compile_expression` does."""
    return AnswersCondition(Expression(text, parse(text)))


class _Evaluator(SimpleEval):  # type: ignore[misc]
    """simpleeval's walk over a tree, with our operators and functions, element by element."""

    def __init__(self) -> None:
        functions = {name: function.call for name, function in FUNCTIONS.items()}
        super().__init__(operators=dict(OPERATORS), functions=functions, names={})
        allowed: tuple[Any, ...] = (
            ast.Constant,
            ast.Name,
            ast.UnaryOp,
            ast.BinOp,
            ast.BoolOp,
            ast.Compare,
            ast.IfExp,
            ast.Call,
            ast.Subscript,
        )
        self.nodes: dict[type[ast.AST], Any] = {kind: vars(self)["nodes"][kind] for kind in allowed}

    def _eval(self, node: ast.expr) -> Any:
        # Without simpleeval's search of each result for modules and functions: the parser lets nothing through that
        # could give one, and values are numbers and texts.
        return self.nodes[type(node)](node)

    def _eval_name(self, node: ast.Name) -> Any:
        try:
            return self.names[node.id]
        except KeyError:
            raise _unknown(f"there is no '{node.id:.60}'", self.names) from None

    def _eval_boolop(self, node: ast.BoolOp) -> Any:
        """All of them element by element; a lone true or false that decides it spares the rest."""
        is_and = isinstance(node.op, ast.And)
        join = np.logical_and if is_and else np.logical_or
        found: Any = is_and
        for part in node.values:
            value = truth(self._eval(part))
            if isinstance(value, bool):
                if value != is_and:
                    return value
            else:
                found = value if isinstance(found, bool) else _joined(join, found, value)
        return found

    def _eval_compare(self, node: ast.Compare) -> Any:
        left = self._eval(node.left)
        found: Any = None
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self._eval(part)
            value = self.operators[type(op)](left, right)
            found = value if found is None else np.logical_and(found, value)
            left = right
        return found

    def _eval_ifexp(self, node: ast.IfExp) -> Any:
        test = truth(self._eval(node.test))
        if isinstance(test, bool):
            return self._eval(node.body if test else node.orelse)
        return choose(test, self._eval(node.body), self._eval(node.orelse))

    def _eval_subscript(self, node: ast.Subscript) -> Any:
        return pick(self._eval(node.value), self._eval(node.slice))


class _Here(threading.local):
    """An evaluator for each thread: it holds the names while it walks."""

    def __init__(self) -> None:
        self.evaluator = _Evaluator()


_here = _Here()


def _joined(join: Any, left: Any, right: Any) -> Any:
    if left.shape != right.shape:
        raise BadInput(f"shapes must be equal, got {list(left.shape)} and {list(right.shape)}")
    return join(left, right)


def _verdict(expression: Expression, values: Mapping[str, Any]) -> bool:
    found = expression(values)
    try:
        held = truth(found)
    except BadInput as fault:
        raise BadInput(f"condition {expression.text!r:.80}: {fault.message}") from None
    return held if isinstance(held, bool) else bool(held.size and held.all())


def _asked(request: Request, name: str) -> Any:
    if name == "rows":
        return next((tensor.array.shape[0] for tensor in request.tensors.values() if tensor.array.ndim), 1)
    found = _named(request.tensors, name)
    if found is None:
        raise _unknown(f"there is no tensor or column '{name:.60}'", _names(request.tensors))
    return found


def _answered(answers: Mapping[str, Response], step: str, tensor: str) -> Any:
    if step not in answers:
        raise _unknown(f"step '{step:.60}' has not answered", answers)
    tensors = answers[step].tensors
    if not tensor:
        if len(tensors) != 1:
            raise BadInput(f"step '{step}' answered {', '.join(tensors)}: say which, as in {step}.outputs.tensor")
        return plain(next(iter(tensors.values())))
    found = _named(tensors, tensor)
    if found is None:
        raise _unknown(f"step '{step}' has no '{tensor:.60}'", _names(tensors))
    return found


def _named(tensors: Mapping[str, Tensor], name: str) -> Any:
    """A tensor's values, or those of a column; None where nothing is called so."""
    tensor = tensors.get(name)
    if tensor is not None:
        return plain(tensor)
    for tensor in tensors.values():
        if name in tensor.names:
            index = tensor.names.index(name)
            if tensor.array.ndim == 2 and len(tensor.names) == tensor.array.shape[1]:
                return plain(Tensor(tensor.dtype, tensor.array[:, index]))
    return None


def _names(tensors: Mapping[str, Tensor]) -> Iterable[str]:
    yield from tensors
    for tensor in tensors.values():
        yield from tensor.names


def _address(name: str) -> tuple[str, str]:
    step, _, rest = name.partition(".")
    for side in ("outputs", "inputs"):
        if rest == side or rest.startswith(f"{side}."):
            return step, rest[len(side) + 1 :]
    return step, rest


def _header(request: Request, name: str) -> str:
    wanted = name.encode("latin-1", "replace")
    return next((value.decode("latin-1") for key, value in request.headers if key == wanted), "")


def _unknown(message: str, known: Iterable[str]) -> BadInput:
    names = list(known)
    more = ", ..." if len(names) > _KNOWN_TOLD else ""
    return BadInput(f"{message}; there are {', '.join(name[:60] for name in names[:_KNOWN_TOLD]) or 'none'}{more}")
