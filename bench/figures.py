"""What a part of the benchmark hands back: a table, and figures held against what is wanted. Printed as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """One figure and its limit."""

    what: str
    measured: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def row(self) -> list[str]:
        wanted = f"{'at least' if self.at_least else 'at most'} {self.limit:g} {self.unit}"
        return [self.what, f"{self.measured:.3g} {self.unit}", wanted, "yes" if self.met else "**no**"]


@dataclass
class Part:
    """One part's results."""

    title: str
    words: str
    columns: Sequence[str] = ()
    rows: list[Sequence[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        pieces = [f"### {self.title}", self.words]
        if self.rows:
            pieces.append(_table(self.columns, self.rows))
        if self.targets:
            pieces.append(_table(("what", "measured", "wanted", "met"), [target.row() for target in self.targets]))
        pieces += [f"Skipped: {reason}." for reason in self.skipped]
        return "\n\n".join(pieces)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of measurements taken in turn."""
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[index]) for row in (columns, *rows)) for index in range(len(columns))]
    lines = [columns, ["-" * width for width in widths], *rows]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)
