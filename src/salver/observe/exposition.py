"""Prometheus' text exposition format 0.0.4: series to text. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, TypeAlias

from salver.observe.catalogue import Join, Kind, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Values: TypeAlias = list[tuple[Metric, tuple[str, ...], tuple[float, ...]]]
"""Series of one or several processes: metric, label values, cells (as many as `Metric.cells`)."""

_JOINS: Final[Mapping[Join, Callable[[float, float], float]]] = {
    Join.SUM: lambda one, other: one + other,
    Join.MAX: max,
    Join.MIN: min,
}
_TEXT_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n"})
_LABEL_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


def joined(values: Iterable[tuple[Metric, tuple[str, ...], tuple[float, ...]]]) -> Values:
    """One entry a series: those of several processes become one, cell by cell."""
    found: dict[tuple[Metric, tuple[str, ...]], tuple[float, ...]] = {}
    for metric, labels, cells in values:
        before = found.get((metric, labels))
        if before is not None:
            join = _JOINS[metric.join]
            cells = tuple(join(one, other) for one, other in zip(before, cells, strict=True))
        found[metric, labels] = cells
    return [(metric, labels, cells) for (metric, labels), cells in found.items()]


def exposition(metrics: Sequence[Metric], values: Values) -> str:
    """The text for those of the metrics that have series, in their order; series by label values."""
    lines: list[str] = []
    for metric in metrics:
        series = sorted((labels, cells) for found, labels, cells in values if found is metric)
        if series:
            lines.append(f"# HELP {metric.name} {metric.help.translate(_TEXT_ESCAPES)}")
            lines.append(f"# TYPE {metric.name} {metric.kind.value}")
            for labels, cells in series:
                lines.extend(_samples(metric, labels, cells))
    return "".join(f"{line}\n" for line in lines)


def tensorflow_page(metrics: Sequence[Metric], values: Values) -> str:
    """The text as TensorFlow Serving writes it: each metric has its type line, with series or without, and no more is
    said; braces are there without labels too; bounds have six digits."""
    lines: list[str] = []
    for metric in metrics:
        lines.append(f"# TYPE {metric.name} {metric.kind.value}")
        for labels, cells in sorted((labels, cells) for found, labels, cells in values if found is metric):
            lines.extend(_tensorflow_samples(metric, labels, cells))
    return "".join(f"{line}\n" for line in lines)


def _tensorflow_samples(metric: Metric, labels: tuple[str, ...], cells: tuple[float, ...]) -> Iterator[str]:
    pairs = _pairs(metric, labels)
    inside = ",".join(pairs)
    if metric.kind is not Kind.HISTOGRAM:
        yield f"{metric.name}{{{inside}}} {int(cells[0])}"
        return
    *buckets, total = cells
    counts = [int(count) for count in accumulate(buckets)]
    bounds = [*(f"{bound:g}" for bound in metric.bounds), "+Inf"]
    for bound, count in zip(bounds, counts, strict=True):
        within = ",".join([*pairs, f'le="{bound}"'])
        yield f"{metric.name}_bucket{{{within}}} {count}"
    yield f"{metric.name}_sum{{{inside}}} {_number(total)}"
    yield f"{metric.name}_count{{{inside}}} {counts[-1]}"


def _samples(metric: Metric, labels: tuple[str, ...], cells: tuple[float, ...]) -> Iterator[str]:
    pairs = _pairs(metric, labels)
    if metric.kind is not Kind.HISTOGRAM:
        yield f"{metric.name}{_braces(pairs)} {_number(cells[0])}"
        return
    *buckets, total = cells
    counts = list(accumulate(buckets))
    for bound, count in zip((*metric.bounds, float("inf")), counts, strict=True):
        yield f"{metric.name}_bucket{_braces([*pairs, _le(bound)])} {_number(count)}"
    yield f"{metric.name}_sum{_braces(pairs)} {_number(total)}"
    yield f"{metric.name}_count{_braces(pairs)} {_number(counts[-1])}"


def _pairs(metric: Metric, labels: tuple[str, ...]) -> list[str]:
    return [
        f'{name}="{_utf8(value).translate(_LABEL_ESCAPES)}"' for name, value in zip(metric.labels, labels, strict=True)
    ]


def _utf8(text: str) -> str:
    """File names may hold what is no text, and become model names."""
    return text.encode(errors="replace").decode()


def _braces(pairs: Iterable[str]) -> str:
    text = ",".join(pairs)
    return f"{{{text}}}" if text else ""


def _le(bound: float) -> str:
    return f'le="{_number(bound)}"'


def _number(value: float) -> str:
    """As Go reads it back, exactly; whole numbers without a fraction."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)
