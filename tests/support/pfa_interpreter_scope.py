"""The symbols of PFA for the interpreter in the tests: which can be seen where, and what they hold."""

from __future__ import annotations

from typing import Any

from pfa_interpreter_types import Refused, Type

Json = dict[str, Any]


class Scope:
    """Which symbols can be seen at a place, and which of them changed."""

    def __init__(
        self,
        parent: Scope | None = None,
        symbols: Json | None = None,
        *,
        is_sealed_above: bool = False,
        is_sealed_within: bool = False,
    ) -> None:
        self.parent = parent
        self.symbols = dict(symbols or {})
        self.is_sealed_above = is_sealed_above
        self.is_sealed_within = is_sealed_within

    def find(self, name: str) -> Type | None:
        if name in self.symbols:
            return self.symbols[name]
        return self.parent.find(name) if self.parent else None

    def may_set(self, name: str) -> bool:
        if self.is_sealed_within:
            return False
        if name in self.symbols:
            return True
        return not self.is_sealed_above and self.parent is not None and self.parent.may_set(name)

    def argument(self) -> Scope:
        """That of an argument: nothing outside can be changed in it, nothing new named."""
        return Scope(self, is_sealed_above=True, is_sealed_within=True)

    def add(self, name: str, type_: Type) -> None:
        if self.find(name) is not None:
            raise Refused(f"{name} is there already")
        self.symbols[name] = type_


class Frame:
    """The values of the symbols of one scope while it runs."""

    def __init__(self, parent: Frame | None, values: Json | None = None) -> None:
        self.parent = parent
        self.values = {} if values is None else values

    def get(self, name: str) -> Any:
        frame: Frame = self
        while name not in frame.values:
            assert frame.parent is not None
            frame = frame.parent
        return frame.values[name]

    def set(self, name: str, value: Any) -> None:
        frame: Frame = self
        while name not in frame.values:
            assert frame.parent is not None
            frame = frame.parent
        frame.values[name] = value
