"""Answers: what children answered, brought into one order, and refused where it does not go together.

Every refusal is a GraphFault with Seldon's code 204, and says whose answer it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from salver.core.errors import BadInput, GraphFault
from salver.core.servable import Request, Response
from salver.core.tensor import FLOATS, INTEGERS, Tensor
from salver.graph.combiners.waiting import Waiting
from salver.graph.patience import Patience

CODE: Final = 204
"""Seldon's number for a combiner that cannot do its work."""
NUMERIC: Final = FLOATS | INTEGERS


class Combining(ABC):
    """What the combiners share. They are asked from one thread, and keep nothing."""

    in_turn = False
    """Whether the children are asked one after another till `is_enough`."""
    keeps_form = True
    """Whether the answer has the names, dtypes and shapes of the children's."""

    def __init__(self, waiting: Waiting, children: Sequence[str], name: str) -> None:
        if waiting.at_least is not None and waiting.at_least > len(children):
            raise BadInput(f"at_least must be {len(children)} at most, the number of children; got {waiting.at_least}")
        self.children = tuple(children)
        self.name = name
        self.patience: Patience | None = waiting.patience

    def is_enough(self, answers: Sequence[Response | None]) -> bool:
        """Whether nobody need be waited for: `answers` has None where one has not come."""
        return None not in answers

    @abstractmethod
    def combine(self, answers: Sequence[Response | None], request: Request) -> Response:
        """As `node.Combiner`."""


def arrived(answers: Sequence[Response | None]) -> list[tuple[int, Response]]:
    """The answers that came, with their children's places. Raises GraphFault where none did."""
    found = [(index, answer) for index, answer in enumerate(answers) if answer is not None]
    if not found:
        raise GraphFault("no child has answered", CODE)
    return found


def by_output(
    came: Sequence[tuple[int, Response]], children: Sequence[str], outputs: Collection[str]
) -> Iterator[tuple[str, list[Tensor]]]:
    """Each output of the first answer with what all answers have of it: those in `outputs`, or all where it is empty.

    Children of one output each go together whatever they call it. Raises GraphFault where one has no such output.
    """
    first = came[0][1].tensors
    if not outputs and all(len(answer.tensors) == 1 for _, answer in came):
        yield next(iter(first)), [next(iter(answer.tensors.values())) for _, answer in came]
        return
    for name in outputs or first:
        for index, answer in came:
            if name not in answer.tensors:
                raise GraphFault(
                    f"child '{children[index]}' has no output '{name}'; it has {', '.join(answer.tensors)}", CODE
                )
        yield name, [answer.tensors[name] for _, answer in came]


def check_alike(name: str, tensors: Sequence[Tensor], places: Sequence[int], children: Sequence[str]) -> None:
    """Raises GraphFault unless all are numbers of one shape of at least one axis (Seldon's AVERAGE_COMBINER)."""
    shape = tensors[0].array.shape
    for tensor, place in zip(tensors, places, strict=True):
        if tensor.dtype not in NUMERIC:
            raise GraphFault(f"child '{children[place]}': output '{name}' must be numbers, got {tensor}", CODE)
        if tensor.array.shape != shape or not shape:
            first = children[places[0]]
            wanted = f"the shape {list(shape)} of child '{first}'" if shape else "at least one axis"
            got = list(tensor.array.shape)
            raise GraphFault(f"child '{children[place]}': output '{name}' must have {wanted}, got {got}", CODE)


def the_one(tensors: Mapping[str, Tensor], output: str, child: str) -> tuple[str, Tensor]:
    """The output of that name, or the only one where it is empty. Raises GraphFault where that is none."""
    name = output or (next(iter(tensors)) if len(tensors) == 1 else "")
    if name not in tensors:
        known = ", ".join(tensors)
        wanted = f"has no output '{name}'; it has {known}" if name else f"has outputs {known}: say which is meant"
        raise GraphFault(f"child '{child}' {wanted}", CODE)
    return name, tensors[name]


def tag(request: Request, **tags: Any) -> None:
    """Words on the answer, where the request has a trail."""
    if request.trail is not None:
        request.trail.tags.update(tags)
