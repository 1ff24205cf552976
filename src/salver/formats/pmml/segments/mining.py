"""MiningModel: which way its segments answer together. Specification: MiningModel."""

from __future__ import annotations

from typing import Final

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Field
from salver.formats.pmml.kernel import Kernel, Model
from salver.formats.pmml.segments.forests import compile_forest
from salver.formats.pmml.segments.joined import Joined
from salver.formats.pmml.segments.numbers import JOINTS, read_absence
from salver.formats.pmml.segments.parts import Segment, read_segments
from salver.formats.pmml.segments.select import All, Selected
from salver.formats.pmml.segments.votes import SHARED, VOTING

_CHAINS: Final = ("modelChain", "multiModelChain")
METHODS: Final = (*VOTING, *JOINTS, "selectFirst", "selectAll", *_CHAINS)
_FROM_SEGMENTS: Final = frozenset(("probability", "confidence", "entityId", "affinity"))


def compile_mining(model: Model) -> Kernel:
    """The kernel of a MiningModel."""
    segmentation = model.element.first("Segmentation")
    if segmentation is None:
        model.element.unsupported("a MiningModel without Segmentation is not supported")
    method = segmentation.choice("multipleModelMethod", METHODS)
    _check_method(method, model, segmentation)
    forest = compile_forest(model, segmentation, method) if method in (*VOTING, *JOINTS) else None
    if forest is not None:
        return forest
    wants = model.wants | _FROM_SEGMENTS
    segments, published = read_segments(model, segmentation, wants, chained=method in _CHAINS)
    if method == "selectAll":
        return All(segments, model)
    if method in _CHAINS or method == "selectFirst":
        kernel = Selected(segments, model, last=method in _CHAINS)
        kernel.nested_outputs = _final(segments, published)
        return kernel
    return Joined(segments, model, method, read_absence(segmentation))


def _check_method(method: str, model: Model, place: Element) -> None:
    """Raises BadInput for a method that makes no sense for what the model does."""
    if method in VOTING and model.function == "regression":
        place.refuse(f"multipleModelMethod={method} is for classes, the model is for {model.function}")
    if model.is_classification and method in JOINTS and method not in SHARED:
        place.refuse(f"multipleModelMethod={method} is for numbers, the model is for classification")


def _final(segments: list[Segment], published: dict[str, Field]) -> dict[str, Field]:
    final = {}
    for segment in segments:
        output = segment.model.element.first("Output")
        for element in output.all("OutputField") if output is not None else ():
            if element.flag("isFinalResult", default=True):
                final[element.get("name")] = published[element.get("name")]
    return final
