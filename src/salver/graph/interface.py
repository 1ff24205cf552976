"""Interface: what a graph takes and gives, worked out from its nodes, and whether those that are joined fit.

Where a node's own signature is not known (a user's class, a transformer that makes other tensors) nothing can be
said, and the graph takes what comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from salver.core.errors import BadInput
from salver.core.signature import DEFAULT, Signature
from salver.core.tensor import FLOATS, INTEGERS, TensorSpec
from salver.graph.flow import Flow, Placed
from salver.graph.node import Node
from salver.graph.plan import REQUEST
from salver.graph.tree import walk

Specs = Mapping[str, TensorSpec]
ANYTHING: Final[Specs] = MappingProxyType({"data": TensorSpec("FP64", None, checked=False)})
"""What is named where nothing is known: a matrix, as Seldon's `data`."""
_NONE: Final = Signature({}, {})
_NUMBERS: Final = FLOATS | INTEGERS | {"BOOL"}


def signatures_of(flow: Flow, inputs: Specs | None, outputs: Specs | None) -> Mapping[str, Signature]:
    """The graph's signature, with what its document says itself."""
    entry = inputs if inputs is not None else _entry_of(flow)
    exit_ = outputs if outputs is not None else _exit_of(flow)
    known = _models(flow)
    batched = bool(known) and all(signature.batched for signature in known)
    signature = Signature(
        entry if entry is not None else ANYTHING,
        exit_ if exit_ is not None else ANYTHING,
        defaults=_defaults(flow) if inputs is None and entry is not None else MappingProxyType({}),
        batched=batched and entry is not None and exit_ is not None,
        stateful=any(node.remembers or (node.signature or _NONE).stateful for node in _nodes(flow)),
        open=entry is None,
    )
    return MappingProxyType({DEFAULT: signature})


def check_joints(flow: Flow) -> None:
    """Raises BadInput that names the edge where a node can never take what another gives."""
    placed = {step.name: step for step in flow.steps}
    for step in flow.steps:
        _check_below(step.node)
        sources = [placed[address.step] for address in step.intake.addresses if address.step != REQUEST]
        if len(sources) == len(step.intake.addresses) == 1 and not step.intake.names:
            given, taken = exit_of(sources[0].node), entry_of(step.node)
            address = step.intake.addresses[0]
            if given is not None and address.tensor:
                if address.tensor not in given:
                    raise BadInput(
                        f"nodes: {address} -> {step.name}: '{address.step}' has no output '{address.tensor}'; it "
                        f"has {', '.join(given)}"
                    )
                given = {address.tensor: given[address.tensor]}
            _check_edge(f"{address} -> {step.name}", given, taken)


def entry_of(node: Node) -> Specs | None:
    """What the node takes, as far as it is known."""
    if node.signature is not None:
        return None if node.signature.open else node.signature.inputs
    if node.transform_input is not None and not node.keeps_form:
        return None
    return _agreed(entry_of(child) for child in node.children)


def exit_of(node: Node) -> Specs | None:
    """What the node gives, as far as it is known."""
    if node.transform_output is not None:
        return None
    if node.children:
        if node.combine is not None and not node.keeps_answers:
            return None
        return _agreed(exit_of(child) for child in node.children)
    if node.signature is not None and not node.signature.open:
        return node.signature.outputs
    return None


def _entry_of(flow: Flow) -> Specs | None:
    first = [step for step in flow.steps if any(address.step == REQUEST for address in step.intake.addresses)]
    if any(len(step.intake.addresses) > 1 or step.intake.names or step.intake.addresses[0].tensor for step in first):
        return None
    return _agreed(_entry_through(flow, step) for step in first)


def _entry_through(flow: Flow, step: Placed) -> Specs | None:
    """What a step takes; of one that changes no form, what the next step takes."""
    while step.node.keeps_form and not step.node.children and step.node.signature is None:
        takers = [other for other in flow.steps if [one.step for one in other.intake.addresses] == [step.name]]
        if len(takers) != 1 or takers[0].intake.names or takers[0].intake.addresses[0].tensor:
            return None
        step = takers[0]
    return entry_of(step.node)


def _exit_of(flow: Flow) -> Specs | None:
    output = flow.output
    if len(output.addresses) != 1 or output.names:
        return None
    address = output.addresses[0]
    given = exit_of(next(step.node for step in flow.steps if step.name == address.step))
    if given is None or not address.tensor:
        return given
    return {address.tensor: given[address.tensor]} if address.tensor in given else None


def _agreed(several: Iterable[Specs | None]) -> Specs | None:
    """The specs, where all are known and the same."""
    found = list(several)
    if not found or any(one is None for one in found):
        return None
    first = found[0]
    return first if all(one == first for one in found) else None


def _defaults(flow: Flow) -> Mapping[str, None]:
    """Inputs that any of the models that are asked first can do without; the model itself has the value."""
    optional = [set(signature.defaults) for signature in _models(flow)]
    return dict.fromkeys(set.intersection(*optional)) if optional else {}


def _models(flow: Flow) -> list[Signature]:
    return [node.signature for node in _nodes(flow) if node.signature is not None]


def _nodes(flow: Flow) -> list[Node]:
    return [node for step in flow.steps for node in walk(step.node)]


def _check_below(node: Node) -> None:
    for index, child in enumerate(node.children):
        if node.signature is not None and not node.signature.open:
            edge = f"nodes.{node.name}.children[{index}]: {node.name} -> {child.name}"
            _check_edge(edge, node.signature.outputs, entry_of(child))
        _check_below(child)


def _check_edge(edge: str, given: Specs | None, taken: Specs | None) -> None:
    """Only what can never fit is refused: what is decided by the values shows when they come."""
    if given is None or taken is None or len(given) != 1 or len(taken) != 1:
        return
    (gave, have), (takes, want) = next(iter(given.items())), next(iter(taken.items()))
    if want.loose or have.loose or "JSON" in (have.dtype, want.dtype):
        return
    if (have.dtype in _NUMBERS) != (want.dtype in _NUMBERS):
        raise BadInput(f"nodes: {edge}: '{gave}' is {have.dtype}, '{takes}' wants {want.dtype}")
    if not _shapes_fit(have.shape, want.shape if want.checked else None):
        raise BadInput(f"nodes: {edge}: '{gave}' has shape {_told(have.shape)}, '{takes}' wants {_told(want.shape)}")


def _shapes_fit(have: Sequence[int] | None, want: Sequence[int] | None) -> bool:
    if have is None or want is None:
        return True
    if len(have) == len(want) + 1 and have[-1] in (1, -1):
        have = have[:-1]
    if len(have) + 1 == len(want):
        want = want[1:]
    return len(have) == len(want) and all(a == b or -1 in (a, b) for a, b in zip(have, want, strict=True))


def _told(shape: Sequence[int] | None) -> str:
    return "any" if shape is None else str(list(shape))
