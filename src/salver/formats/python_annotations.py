"""Reads the plan of a user's function from its annotations, or from what was declared.

What cannot be served is refused here, with the file, the line, and the line as it should be written.
"""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from salver.core.errors import BadInput
from salver.core.signature import Signature
from salver.core.tensor import TensorSpec
from salver.formats.python_kinds import Kind, of_spec, read_kind
from salver.formats.python_plan import Parameter, Plan
from salver.formats.python_signature import declared_for

OUTPUT: Final = "output"
"""The name of a result that has none."""


def read_plan(function: Callable[..., Any], file: Path) -> Plan:
    """The plan of a function or bound method. Raises BadInput with the line and how to write it."""
    return _Reading(function, file).plan()


class _Reading:
    """Reads one function's annotations."""

    def __init__(self, function: Callable[..., Any], file: Path) -> None:
        self._function = function
        self._file = file
        self._declared = declared_for(function)
        self._parameters = inspect.signature(function).parameters
        try:
            self._hints = typing.get_type_hints(function, include_extras=True)
        except Exception as error:
            raise BadInput(f"{self._where()}: an annotation cannot be read: {error}") from error

    def plan(self) -> Plan:
        self._check_declared()
        parameters = tuple(self._parameter(parameter) for parameter in self._parameters.values())
        results, single = self._results()
        kinds = [kind for parameter in parameters for kind in parameter.kinds.values()]
        names = [name for parameter in parameters for name in parameter.kinds]
        by_row = bool(kinds) and not any(kind.array for kind in (*kinds, *results.values()))
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"{self._where()}: two inputs of {self._name} are named '{name}'; rename one")
        if not by_row and any(kind.dtype == "JSON" and not kind.array for kind in (*kinds, *results.values())):
            raise BadInput(
                f"{self._where()}: {self._name} has both arrays and dicts; dicts go row by row, arrays whole"
            )
        signature = _signature(parameters, results, by_row=by_row)
        return Plan(self._name, signature, parameters, MappingProxyType(results), single, by_row)

    @property
    def _name(self) -> str:
        return str(getattr(self._function, "__name__", "predict"))

    def _check_declared(self) -> None:
        names = set(self._declared.inputs or {})
        wrong = names ^ set(self._parameters) if self._declared.inputs is not None else names
        if wrong:
            raise BadInput(
                f"{self._where()}: the declared inputs are {', '.join(sorted(names))}, "
                f"but {self._name} takes {', '.join(self._parameters)}"
            )

    def _parameter(self, parameter: inspect.Parameter) -> Parameter:
        name = parameter.name
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise BadInput(f"{self._where()}: {self._name}({parameter}) cannot be called by name; name each argument")
        annotation: Any = self._hints.get(name)
        if self._declared.inputs is not None:
            kinds, build, optional = {name: of_spec(self._declared.inputs[name])}, None, frozenset[str]()
        elif _is_dataclass(annotation):
            fields = [item for item in dataclasses.fields(annotation) if item.init]
            kinds, build = self._fields(annotation, [item.name for item in fields]), annotation
            optional = frozenset(item.name for item in fields if _has_default(item))
        else:
            kinds, build, optional = {name: self._kind(annotation, name)}, None, frozenset()
        if parameter.default is not parameter.empty:
            if build is not None:
                raise BadInput(f"{self._where()}: '{name}' is a dataclass; give its fields defaults, not the argument")
            optional = frozenset(kinds)
        return Parameter(name, MappingProxyType(kinds), build, optional)

    def _results(self) -> tuple[dict[str, Kind], bool]:
        """The results by output name, and whether there is but one, without a name."""
        declared = self._declared.outputs
        if declared is not None:
            return {name: of_spec(spec) for name, spec in declared.items()}, len(declared) == 1
        annotation: Any = self._hints.get("return")
        if _is_dataclass(annotation):
            return self._fields(annotation, [item.name for item in dataclasses.fields(annotation)]), False
        if typing.is_typeddict(annotation):
            return self._fields(annotation, list(annotation.__annotations__)), False
        return {OUTPUT: self._kind(annotation, "return")}, True

    def _fields(self, owner: Any, names: list[str]) -> dict[str, Kind]:
        hints = typing.get_type_hints(owner, include_extras=True)
        kinds = {}
        for name in names:
            kind = read_kind(hints[name])
            if kind is None:
                raise BadInput(
                    f"{self._file.name}: {owner.__name__}.{name} is annotated {_written(hints[name])}, which cannot "
                    f"be served; write: {name}: float"
                )
            kinds[name] = kind
        return kinds

    def _kind(self, annotation: Any, name: str) -> Kind:
        kind = None if annotation is None or annotation is type(None) else read_kind(annotation)
        if kind is not None:
            return kind
        what = "its result" if name == "return" else name
        problem = (
            f"is annotated {_written(annotation)} for {what}, which cannot be served"
            if name in self._hints
            else "needs an annotation for its result"
            if name == "return"
            else "needs an annotation"
        )
        shown = f"{self._name}({', '.join(self._parameters) if name == 'return' else name})"
        raise BadInput(f"{self._where()}: {shown} {problem}; write: {self._corrected()}")

    def _corrected(self) -> str:
        """The `def` line as it should be."""
        good = {name: hint for name, hint in self._hints.items() if hint is not None and _is_good(hint)}
        kinds = [read_kind(hint) for hint in good.values()]
        usual = "np.ndarray" if not kinds or any(kind and kind.array for kind in kinds) else "float"
        parts = ["self"] if inspect.ismethod(self._function) else []
        for name, parameter in self._parameters.items():
            default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
            parts.append(f"{name}: {_written(good[name]) if name in good else usual}{default}")
        word = "async def" if inspect.iscoroutinefunction(self._function) else "def"
        result = _written(good["return"]) if "return" in good else usual
        return f"{word} {self._name}({', '.join(parts)}) -> {result}:"

    def _where(self) -> str:
        """The file and the line of `def`; a function's own first line may be a decorator's."""
        code = getattr(inspect.unwrap(self._function), "__code__", None)
        if code is None:
            return self._file.name
        lines = Path(code.co_filename).read_text(errors="replace").splitlines()
        line = code.co_firstlineno
        while line < len(lines) and not lines[line - 1].lstrip().startswith(("def ", "async def ")):
            line += 1
        return f"{Path(code.co_filename).name}:{line}"


def _is_dataclass(annotation: Any) -> bool:
    return isinstance(annotation, type) and dataclasses.is_dataclass(annotation)


def _is_good(annotation: Any) -> bool:
    return _is_dataclass(annotation) or typing.is_typeddict(annotation) or read_kind(annotation) is not None


def _has_default(item: dataclasses.Field[Any]) -> bool:
    return item.default is not dataclasses.MISSING or item.default_factory is not dataclasses.MISSING


def _written(annotation: Any) -> str:
    return "None" if annotation is type(None) else inspect.formatannotation(annotation).replace("numpy.", "np.")


def _signature(parameters: tuple[Parameter, ...], results: dict[str, Kind], *, by_row: bool) -> Signature:
    """The signature of the calls: by row, every value gains the axis of the rows."""

    def spec(kind: Kind) -> TensorSpec:
        return TensorSpec(kind.dtype, (-1, *(kind.shape or ())) if by_row else kind.shape)

    inputs = {name: spec(kind) for parameter in parameters for name, kind in parameter.kinds.items()}
    outputs = {name: spec(kind) for name, kind in results.items()}
    shapes = [spec.shape for spec in (*inputs.values(), *outputs.values())]
    return Signature(
        MappingProxyType(inputs),
        MappingProxyType(outputs),
        MappingProxyType(dict.fromkeys(name for parameter in parameters for name in parameter.optional)),
        batched=bool(inputs) and all(shape is not None and shape[:1] == (-1,) for shape in shapes),
    )
