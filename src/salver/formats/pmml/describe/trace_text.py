"""A trace as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from salver.formats.pmml.describe.explanations import (
    TRUE,
    UNKNOWN,
    Explained,
    Leaves,
    Points,
    Segments,
    Sums,
    Trace,
    TracedInput,
    TracedSegment,
    TracedSum,
    TreePath,
)
from salver.formats.pmml.describe.text import Heading, columns

_MAX_NAMES: Final = 20


def lines_of_trace(trace: Trace, heading: Heading = str, faint: Heading = str) -> Iterator[str]:
    """The whole trace, line by line."""
    yield heading("inputs")
    yield from columns([_input(each) for each in trace.inputs])
    if trace.passed_over:
        yield f"  not read: {', '.join(trace.passed_over)}"
    if trace.refused:
        yield from ("", f"{heading('refused')}  {trace.refused}")
    if trace.derived:
        yield from ("", heading("derived fields"))
        yield from columns([(each.name, "=", shown(each.value)) for each in trace.derived])
    if trace.model is not None:
        yield ""
        yield from _explained(trace.model, "", heading, faint)
        yield from ("", heading("answer"))
        yield from columns([(name, "=", shown(value)) for name, value in trace.outputs.items()])


def shown(value: Any) -> str:
    """A value in words; numbers with every digit that tells them apart."""
    if value is None:
        return "missing"
    return repr(value) if isinstance(value, str) else f"{value}"


def _input(traced: TracedInput) -> tuple[str, ...]:
    sent = "" if traced.given is None else f"; sent {shown(traced.given)}"
    return traced.name, "=", shown(traced.value), traced.remark and traced.remark + sent


def _explained(model: Explained, indent: str, heading: Heading, faint: Heading) -> Iterator[str]:
    name = f" '{model.name}'" if model.name else ""
    yield f"{indent}{heading(model.element)}{name} {model.function}"
    yield from (indent + line for line in _detail(model, heading, faint))
    yield from (indent + line for line in _said(model))


def _said(model: Explained) -> Iterator[str]:
    """What is generally there."""
    for word, values in (
        ("probabilities", model.probabilities),
        ("confidences", model.confidences),
        ("affinities", model.affinities),
    ):
        if values:
            yield f"  {word}: {_listed(values)}"
    if model.entity is not None:
        yield f"  entity: {model.entity}"
    for word, names in (("ranking", model.ranking), ("reasons", model.reasons)):
        if names:
            yield f"  {word}: {', '.join(names[:_MAX_NAMES])}{', ...' if len(names) > _MAX_NAMES else ''}"
    if model.raw is not None:
        yield f"  before its targets: {shown(model.raw)}"
    yield f"  prediction: {shown(model.prediction)}"


def _listed(values: Mapping[str, Any]) -> str:
    told = [f"{name} = {shown(value)}" for name, value in list(values.items())[:_MAX_NAMES]]
    return ", ".join(told) + (f", ... ({len(values)} in all)" if len(values) > _MAX_NAMES else "")


def _detail(model: Explained, heading: Heading, faint: Heading) -> Iterator[str]:
    match model.detail:
        case TreePath() as path:
            yield from _path(path, heading, faint)
        case Leaves() as leaves:
            yield from _leaves(leaves)
        case Sums() as sums:
            for equation in sums.equations:
                yield from _sum(equation)
            yield f"  function of the sum{'s' if len(sums.equations) > 1 else ''}: {sums.link}"
        case Points() as points:
            yield from _points(points)
        case Segments() as segments:
            yield f"  {segments.method} of {len(segments.segments)} segments"
            for segment in segments.segments:
                yield from _segment(segment, heading, faint)
        case None:
            yield f"  a {model.element} has no explanation of its own; what it knows of the row:"


def _path(path: TreePath, heading: Heading, faint: Heading) -> Iterator[str]:
    rows = [(f"node {test.node}", test.predicate, _listed(test.values), test.outcome) for test in path.tests]
    for line, test in zip(columns(rows), path.tests, strict=True):
        yield heading(line) if test.outcome == TRUE else line if test.outcome == UNKNOWN else faint(line)
    yield from (f"  {remark}" for remark in path.remarks)
    if path.leaf is None:
        return
    counted = "" if path.records is None else f", {path.records:g} training rows"
    yield f"  node {path.leaf}: score {path.score}{counted}; {path.path}"
    if path.shares:
        yield f"  its shares: {_listed(path.shares)}"


def _leaves(leaves: Leaves) -> Iterator[str]:
    yield f"  {leaves.method} of {leaves.in_all} trees"
    rows = []
    for leaf in leaves.trees:
        weight = f"weight {leaf.weight:g}" if leaf.weight != 1 else ""
        said = "no answer" if leaf.leaf is None else f"{leaf.score}" if leaf.score is not None else ""
        rows.append(
            (f"tree {leaf.tree}", "" if leaf.leaf is None else f"node {leaf.leaf}", said, weight, _listed(leaf.shares))
        )
    yield from columns(rows)
    if len(leaves.trees) < leaves.in_all:
        yield f"  ... and {leaves.in_all - len(leaves.trees)} more trees (--trees 0 shows all)"
    if leaves.total is not None:
        divided = f" / {leaves.divisor:g} = {shown(leaves.total / leaves.divisor)}" if leaves.divisor != 1 else ""
        yield f"  sum of all trees: {shown(leaves.total)}{divided}"


def _sum(equation: TracedSum) -> Iterator[str]:
    if equation.label:
        yield f"  {equation.label}:"
    rows = [("intercept", "", "", "", "", shown(equation.intercept))]
    rows += [
        (term.name, shown(term.coefficient), "*", shown(term.value), "=", shown(term.product))
        for term in equation.terms
    ]
    rows.append(("sum", "", "", "", "", shown(equation.total)))
    yield from columns(rows)


def _points(points: Points) -> Iterator[str]:
    rows: list[Sequence[str]] = [("initial score", "", "", shown(points.initial), "")]
    for each in points.characteristics:
        reason = (
            f"reason {each.reason}: {shown(each.points)} points"
            if each.points is not None and each.reason
            else each.reason
        )
        rows.append(
            (each.name, each.attribute or "no attribute holds", _listed(each.values), shown(each.score), reason)
        )
    rows.append(("sum", "", "", shown(points.total), ""))
    yield from columns(rows)


def _segment(segment: TracedSegment, heading: Heading, faint: Heading) -> Iterator[str]:
    where = f" where {segment.predicate}" if segment.predicate else ""
    weight = f", weight {segment.weight:g}" if segment.weight != 1 else ""
    if segment.explained is None:
        yield faint(f"  segment {segment.id}{where}{weight}: {segment.left_out}")
        return
    yield f"  segment {segment.id}{where}{weight}"
    yield from _explained(segment.explained, "    ", heading, faint)
