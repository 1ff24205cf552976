"""Functions that are recognised when a document passes them to another one: metrics, kernels and activations that can
be computed for many numbers at once. See `known.py` for how they are described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from salver.formats.pfa.library.known import KnownFunction, Param
from salver.formats.pfa.library.registry import UNKNOWN

_SUMMING: Final = {"metric.euclidean": "euclidean", "metric.squaredEuclidean": "squared", "metric.taxicab": "taxicab"}
_KERNELS: Final = {
    "m.kernel.linear": (),
    "m.kernel.rbf": ("gamma",),
    "m.kernel.poly": ("gamma", "intercept", "degree"),
    "m.kernel.sigmoid": ("gamma", "intercept"),
}
"""The kernels, and what they are told beside the two vectors."""
_ACTIVATIONS: Final = {"m.link.logit": "logistic", "m.link.tanh": "tanh", "m.tanh": "tanh", "m.atan": "atan"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A distance of two vectors of numbers."""

    kind: str
    """simple (the Euclidean one that asks for no similarity), euclidean, squared, taxicab."""
    way: tuple[str, ...] = ()
    """The fields that lead to the vector within the second of the two."""


@dataclass(frozen=True, slots=True)
class VectorKernel:
    """A kernel of two vectors, and its numbers in the order of its parameters."""

    name: str
    numbers: tuple[float, ...]


def metric_of(known: Any) -> Metric | None:
    """The metric that a function is, if it is one of those."""
    if not isinstance(known, KnownFunction):
        return None
    if known.library_name == "metric.simpleEuclidean":
        return Metric("simple")
    body = known.body
    if not isinstance(body, tuple) or len(known.params) != 2:
        return None
    name, *arguments = body
    if name in _SUMMING and arguments and arguments[0] == ("fcn", "metric.absDiff"):
        return _between(_SUMMING[name], known.params, arguments[1:])
    return _between("simple", known.params, arguments) if name == "metric.simpleEuclidean" else None


def _between(kind: str, params: tuple[str, ...], arguments: list[Any]) -> Metric | None:
    """The metric between the first parameter and something in the second, in whatever order: all are symmetric."""
    first, second = Param(params[0]), Param(params[1])
    if len(arguments) != 2 or first not in arguments:
        return None
    other = arguments[1] if arguments[0] == first else arguments[0]
    if other == second:
        return Metric(kind)
    if isinstance(other, tuple) and other[:2] == ("attr", second):
        return Metric(kind, other[2:])
    return None


def kernel_of(known: Any) -> VectorKernel | None:
    """The kernel that a function is, if it is one of the library's with numbers that never change."""
    if not isinstance(known, KnownFunction):
        return None
    if known.library_name in _KERNELS:
        names = _KERNELS[known.library_name]
        return _with_numbers(known.library_name, [known.fills.get(name, UNKNOWN) for name in names])
    body = known.body
    if not isinstance(body, tuple) or body[0] not in _KERNELS or len(known.params) != 2:
        return None
    vectors = [Param(name) for name in known.params]
    if list(body[1:3]) not in (vectors, vectors[::-1]):
        return None
    return _with_numbers(body[0], list(body[3:]))


def _with_numbers(name: str, numbers: list[Any]) -> VectorKernel | None:
    if len(numbers) != len(_KERNELS[name]) or not all(_is_number(one) for one in numbers):
        return None
    return VectorKernel(name, tuple(map(float, numbers)))


def activation_of(known: Any) -> str | None:
    """The activation that a function of one number is: relu, logistic, tanh, atan or identity."""
    if not isinstance(known, KnownFunction) or len(known.params) != 1:
        return None
    if known.library_name:
        return None if known.fills else _ACTIVATIONS.get(known.library_name)
    param = Param(known.params[0])
    if known.body == param:
        return "identity"
    if not isinstance(known.body, tuple):
        return None
    name, *arguments = known.body
    if name == "max" and _is_nought_beside(param, arguments):
        return "relu"
    return _ACTIVATIONS.get(name) if arguments == [param] else None


def _is_nought_beside(param: Param, arguments: list[Any]) -> bool:
    others = [one for one in arguments if one != param]
    return len(arguments) == 2 and len(others) == 1 and _is_number(others[0]) and others[0] == 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_pure(known: Any) -> bool:
    """Whether a function gives the same for the same arguments, always."""
    if not isinstance(known, KnownFunction):
        return False
    if known.library_name:
        return not known.library_name.startswith("rand.") and UNKNOWN not in known.fills.values()
    return kernel_of(known) is not None


def is_test(known: Any, name: str) -> bool:
    """Whether a function of a datum and a node does just what the library's test of that name does."""
    return isinstance(known, KnownFunction) and (
        known.library_name == name or known.body == (name, *map(Param, known.params))
    )
