"""Python source as a model: what names it, and how its module is loaded afresh.

Each load runs the source anew in a module of its own, and gives its siblings anew with it, so that versions share no
state and a reload sees new code. A model's file is code: whoever may write it may do what the server may.
"""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from salver.core.errors import BadInput, Fault, Internal, NotFound

_NUMBERS: Final = itertools.count(1)
_IMPORTING = threading.RLock()
"""`sys.path` and `sys.modules` belong to the process: one load at a time."""


def _unlock() -> None:
    """A forked child has none of the threads that might hold the lock."""
    global _IMPORTING
    _IMPORTING = threading.RLock()


os.register_at_fork(after_in_child=_unlock)


@dataclass(frozen=True, slots=True)
class PythonOptions:
    """How a Python model is loaded."""

    siblings: bool = True
    """Whether it may import the files beside it: its folder is on `sys.path` while it loads."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments for the constructor, when the model is a class."""


def names_python(path: str) -> bool:
    """Whether it reads like `app.py`, `app.py:predict` or `package.module:predict`."""
    where, _, name = path.rpartition(":")
    if path.endswith(".py"):
        return True
    if not name.isidentifier() or not where:
        return False
    return where.endswith(".py") or (all(part.isidentifier() for part in where.split(".")) and not Path(path).exists())


def split(path: str) -> tuple[str, str]:
    """The file or module, and the name in it, empty when none is given."""
    where, _, name = path.rpartition(":")
    return (where, name) if where and name.isidentifier() else (path, "")


@contextmanager
def importing(folder: Path, options: PythonOptions) -> Iterator[None]:
    """While this lasts, the folder's files can be imported; afterwards they are forgotten, not unloaded."""
    if not options.siblings:
        yield
        return
    with _IMPORTING:
        before = set(sys.modules)
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            sys.path.remove(str(folder))
            for name in set(sys.modules) - before:
                if _lies_in(sys.modules[name], folder) and not name.startswith("salver_model_"):
                    del sys.modules[name]


def locate(where: str) -> tuple[Path, str]:
    """The source file, and the package that relative imports start from. Raises NotFound."""
    if where.endswith(".py"):
        return Path(where).absolute(), ""
    try:
        spec = importlib.util.find_spec(where)
    except ModuleNotFoundError as error:
        if not f"{where}.".startswith(f"{error.name}."):
            raise BadInput(f"module {where} cannot be imported: {error}") from error
        spec = None
    except Exception as error:
        raise BadInput(f"module {where} cannot be imported: {type(error).__name__}: {error}") from error
    if spec is None or spec.origin is None or not spec.has_location:
        raise NotFound(f"there is no Python module {where}")
    return Path(spec.origin), spec.parent or ""


def load_module(file: Path, package: str) -> ModuleType:
    """A new module with the source run in it. Raises BadInput where that fails, with the line."""
    try:
        source = file.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no file {file}") from None
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from None
    module = ModuleType(f"salver_model_{next(_NUMBERS)}_{file.stem}")
    module.__file__ = str(file)
    module.__package__ = package
    # Dataclasses and pickle look a class's module up here.
    sys.modules[module.__name__] = module
    try:
        # Compiled here: Python's cache tells sources apart by second and size, too coarse for a reload.
        exec(compile(source, str(file), "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - a Python model is code
    except SyntaxError as error:
        forget(module)
        raise BadInput(f"{Path(error.filename or file).name}:{error.lineno}: {error.msg}") from error
    except Exception as error:
        forget(module)
        raise BadInput(f"{file.name} cannot be imported: {said(error, file)}") from error
    return module


def forget(module: ModuleType) -> None:
    """Takes a module of ours out of Python's list."""
    sys.modules.pop(module.__name__, None)


def fault(error: Exception, file: Path, doing: str) -> Fault:
    """The Fault for what a user's function raised."""
    return Internal(f"{doing} failed: {said(error, file)}")


def said(error: Exception, file: Path) -> str:
    """The exception in one line, with the last line of the user's own code that it went through."""
    at = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if Path(code.co_filename).is_relative_to(file.parent):
            at = f" ({Path(code.co_filename).name}:{trace.tb_lineno})"
        trace = trace.tb_next
    return f"{type(error).__name__}: {str(error)[:500]}{at}"


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)
