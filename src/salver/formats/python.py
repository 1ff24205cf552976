"""Python functions and classes as models: a sync one is an Evaluator, an async one a Servable.

A class may have `load()`, called once before the first `predict`, and `close()`. A user's function is called from
several threads at once when it is sync.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from salver.core.errors import BadInput, Fault
from salver.core.servable import Evaluator, Request, Response, Servable
from salver.core.signature import DEFAULT, Signature
from salver.formats.python_annotations import read_plan
from salver.formats.python_module import PythonOptions, fault, forget, importing, load_module, locate, split
from salver.formats.python_plan import Plan


@dataclass(frozen=True, slots=True)
class Loaded:
    """A user's function, ready to be called."""

    function: Callable[..., Any]
    plan: Plan
    owner: Any
    """The object whose method it is, or None."""
    module: ModuleType
    file: Path

    def fault(self, error: Exception) -> Fault:
        return fault(error, self.file, self.plan.name)

    def close(self) -> Any:
        """What the owner's `close()` returns, perhaps an awaitable."""
        forget(self.module)
        close = getattr(self.owner, "close", None)
        return None if close is None else close()


class PythonEvaluator:
    """A sync function."""

    __slots__ = ("_loaded", "signatures")
    may_wait = True

    def __init__(self, loaded: Loaded) -> None:
        self.signatures: Mapping[str, Signature] = MappingProxyType({DEFAULT: loaded.plan.signature})
        self._loaded = loaded

    def __call__(self, request: Request) -> Response:
        loaded = self._loaded
        function = loaded.function
        try:
            returned = [function(**arguments) for arguments in loaded.plan.calls(request)]
        except Fault:
            raise
        except Exception as error:
            raise loaded.fault(error) from error
        return loaded.plan.response(returned, request)

    def close(self) -> None:
        self._loaded.close()


class PythonServable:
    """An async function. Rows, where it is called by row, follow each other."""

    __slots__ = ("_loaded", "signatures")

    def __init__(self, loaded: Loaded) -> None:
        self.signatures: Mapping[str, Signature] = MappingProxyType({DEFAULT: loaded.plan.signature})
        self._loaded = loaded

    async def __call__(self, request: Request) -> Response:
        # The first step may run outside any task, and user code may ask for its task.
        await asyncio.sleep(0)
        loaded = self._loaded
        try:
            returned = [await loaded.function(**arguments) for arguments in loaded.plan.calls(request)]
        except Fault:
            raise
        except Exception as error:
            raise loaded.fault(error) from error
        return loaded.plan.response(returned, request)

    async def aclose(self) -> None:
        closing = self._loaded.close()
        if inspect.isawaitable(closing):
            await closing


def open_python(path: str, options: PythonOptions) -> Evaluator | Servable:
    """The model behind `app.py:predict`, `package.module:Model` or `model.py` (its `predict`, or else its `Model`).

    Raises NotFound for a missing file, BadInput for what cannot be imported or served, Internal when `load()` fails.
    """
    where, name = split(path)
    folder = Path(where).absolute().parent if where.endswith(".py") else Path.cwd()
    with importing(folder, options):
        file, package = locate(where)
        module = load_module(file, package)
        try:
            return _open(_target(module, name, file), options, module, file)
        except BaseException:
            forget(module)
            raise


def _open(target: Any, options: PythonOptions, module: ModuleType, file: Path) -> Evaluator | Servable:
    owner = _construct(target, options, file) if inspect.isclass(target) else None
    function = target if owner is None else getattr(owner, "predict", None)
    if function is None or not callable(function):
        raise BadInput(f"{file.name}: class {target.__name__} has no method predict")
    plan = read_plan(function, file)
    load = getattr(owner, "load", None)
    if inspect.iscoroutinefunction(load):
        raise BadInput(f"{file.name}: {target.__name__}.load is async; write: def load(self) -> None:")
    if inspect.iscoroutinefunction(getattr(owner, "close", None)) and not inspect.iscoroutinefunction(function):
        raise BadInput(
            f"{file.name}: {target.__name__}.close is async and predict is not; write: def close(self) -> None:"
        )
    if load is not None:
        try:
            load()
        except Fault:
            raise
        except Exception as error:
            raise fault(error, file, "load") from error
    loaded = Loaded(function, plan, owner, module, file)
    return PythonServable(loaded) if inspect.iscoroutinefunction(function) else PythonEvaluator(loaded)


def _construct(target: type, options: PythonOptions, file: Path) -> Any:
    try:
        return target(**options.args)
    except Exception as error:
        raise BadInput(
            f"{file.name}: {target.__name__}({', '.join(options.args)}) failed: {type(error).__name__}: {error}"
        ) from error


def _target(module: ModuleType, name: str, file: Path) -> Any:
    """What is served: the name given, or else `predict`, or else `Model`. Raises BadInput."""
    names = (name,) if name else ("predict", "Model")
    for wanted in names:
        target = getattr(module, wanted, None)
        if inspect.isroutine(target) or inspect.isclass(target):
            return target
        if target is not None:
            raise BadInput(f"{file.name}: {wanted} is a {type(target).__name__}, wanted a function or a class")
    found = [key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    raise BadInput(
        f"{file.name} has no function or class {' or '.join(names)}; it has {', '.join(found[:10]) or 'none at all'}"
    )
