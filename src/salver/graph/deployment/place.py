"""Place: where in a document something stands, and the refusals that name it."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.errors import BadInput, Unsupported


class BadDeployment(BadInput):
    """The document is no deployment that Seldon would admit; the message begins with file, line and path."""


@dataclass(frozen=True, slots=True)
class Place:
    """`str` of it is `deployment.yaml:12: spec.predictors[0].graph.name`, for the head of a message."""

    source: str
    """What the document is called: its file."""
    line: int
    """Counted from 1."""
    path: str = ""
    """As Kubernetes writes it; empty for the whole document."""

    def at(self, key: str, line: int) -> Place:
        """Of a key of the mapping that is here."""
        return Place(self.source, line, f"{self.path}.{key}" if self.path else key)

    def item(self, index: int, line: int) -> Place:
        """Of an item of the list that is here."""
        return Place(self.source, line, f"{self.path}[{index}]")

    def refusal(self, message: str) -> BadDeployment:
        """To raise."""
        return BadDeployment(f"{self}: {message}")

    def unsupported(self, message: str) -> Unsupported:
        """To raise for what Seldon admits and this server cannot do."""
        return Unsupported(f"{self}: {message}")

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.path}" if self.path else f"{self.source}:{self.line}"
