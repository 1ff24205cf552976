"""User: an object of the class that a user wrote, and where its code is."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from salver.core.errors import BadInput, Fault
from salver.formats.python_module import PythonOptions, fault, forget, importing, load_module, locate, said, split
from salver.opening.component.words import Words, offer, words_in_force

_log: Final = logging.getLogger("salver")


@dataclass(frozen=True, slots=True)
class User:
    """A user's object, loaded."""

    target: Any
    module: ModuleType
    file: Path
    words: Words

    @property
    def name(self) -> str:
        """That of its class."""
        return type(self.target).__name__

    def method(self, name: str) -> Callable[..., Any] | None:
        """The method of that name that the user wrote: not the one that `SeldonComponent` has for everybody."""
        method = getattr(self.target, name, None)
        if not callable(method) or getattr(method, "__qualname__", "") == f"SeldonComponent.{name}":
            return None
        return method  # type: ignore[no-any-return] # it is callable, and what it gives is read with care

    def close(self) -> None:
        forget(self.module)


def open_user(path: str, args: Mapping[str, Any]) -> User:
    """Imports `Model.py:Model` (or `Model.py`, whose class has the file's name), makes the object, calls its `load()`.

    Raises NotFound for a missing file, BadInput for what cannot be imported or made, Internal when `load()` fails.
    """
    where, name = split(path)
    folder = Path(where).absolute().parent if where.endswith(".py") else Path.cwd()
    with importing(folder, PythonOptions()):
        offer()
        file, package = locate(where)
        module = load_module(file, package)
        try:
            user = User(_construct(_class(module, name or file.stem, file), args, file), module, file, words_in_force())
            _load(user)
        except BaseException:
            forget(module)
            raise
    if user.method("custom_service") is not None:
        _log.warning("%s: %s.custom_service is not run: start what it does beside the server", file.name, user.name)
    return user


def _class(module: ModuleType, name: str, file: Path) -> type:
    target = getattr(module, name, None)
    if inspect.isclass(target):
        return target
    if target is not None:
        raise BadInput(f"{file.name}: {name} is a {type(target).__name__}, wanted a class")
    found = [key for key, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__]
    raise BadInput(f"{file.name} has no class {name}; it has {', '.join(found[:10]) or 'none at all'}")


def _construct(target: type, args: Mapping[str, Any], file: Path) -> Any:
    try:
        return target(**args)
    except Fault:
        raise
    except Exception as error:
        raise BadInput(f"{file.name}: {target.__name__}({', '.join(args)}) failed: {said(error, file)}") from error


def _load(user: User) -> None:
    load = user.method("load")
    if load is None:
        return
    if inspect.iscoroutinefunction(load):
        raise BadInput(f"{user.file.name}: {user.name}.load is async; write: def load(self) -> None:")
    try:
        load()
    except Fault:
        raise
    except Exception as error:
        raise fault(error, user.file, "load") from error
