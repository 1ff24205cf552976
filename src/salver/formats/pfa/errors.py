"""What can go wrong with a PFA document: three ways while it is loaded, three while it runs (PFA 0.8.1, "Scoring engine
life cycle"). Each says where, as the JSON path of the place.
"""

from __future__ import annotations

from typing import Final

MESSAGES: Final[dict[int, str]] = {}
"""What each error code of the library and of the special forms means; they register their own."""


class PFAError(Exception):
    """Anything that goes wrong with a document. `path` is the JSON path of the place, such as `action[0].if`."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PFASyntaxError(PFAError):
    """A document that is no PFA: a key there is not, a value of the wrong kind, a schema that is none."""


class PFASemanticError(PFAError):
    """A document that makes no sense: a symbol nobody set, types that do not fit, a function there is not."""


class PFAInitializationError(PFAError):
    """A document whose cells or pools cannot be filled, or that this host does not allow."""


class PFARuntimeError(PFAError):
    """An error of the library or of a special form, with its code of the specification."""

    def __init__(self, code: int, message: str = "", path: str = "") -> None:
        super().__init__(message or MESSAGES.get(code, ""), path)
        self.code = code

    def __str__(self) -> str:
        return f"{super().__str__()} (error {self.code})"


class PFAUserError(PFAError):
    """An `error` form was reached. `code` is the document's own, negative, or None."""

    def __init__(self, message: str, code: int | None = None, path: str = "") -> None:
        super().__init__(message, path)
        self.code = code

    def __str__(self) -> str:
        return super().__str__() + (f" (error {self.code})" if self.code is not None else "")


class PFATimeoutError(PFAError):
    """A method ran longer than the document or its host allows."""


class PFAInputError(PFAError):
    """What came in does not fit the schema of the input; the path is that of the field."""
