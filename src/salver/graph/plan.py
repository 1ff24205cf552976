"""Plan: which node takes from which, read from their names alone, before anything is loaded.

A graph is a set of steps. A step is a node that is nobody's child (nor fallback); it takes what other steps gave, or
what was asked. Below a step hang its children: they are asked what it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import Final, Literal, TypeAlias

from salver.core.errors import BadInput

REQUEST: Final = "request"
"""The name under which steps address what the graph was asked."""
MAX_NODES: Final = 1000
MAX_DEPTH: Final = 50
"""Of nodes below each other."""
Join: TypeAlias = Literal["inner", "outer", "any"]


@dataclass(frozen=True, slots=True)
class Address:
    """A step's answer, or one tensor of it; `request` is what was asked."""

    step: str
    tensor: str = ""

    def __str__(self) -> str:
        return f"{self.step}.outputs.{self.tensor}" if self.tensor else self.step


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a node says of others."""

    children: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    """Steps that its condition looks at."""
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step and what it waits for."""

    name: str
    inputs: tuple[Address, ...]
    triggers: tuple[Address, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order in which each comes after those that it waits for."""

    steps: tuple[Step, ...]
    output: tuple[Address, ...]


def plan(nodes: Mapping[str, Wiring], output: tuple[str, ...] = ()) -> Plan:
    """The plan of these nodes. Without `output`, the answer is that of the one step that no other takes from.

    Raises BadInput that begins with `nodes` (or `output`) and has the path of what is wrong: a name that is nowhere, a
    node below two others, a cycle, a step that nobody takes from, depth.
    """
    if not nodes:
        raise BadInput("nodes must name at least one node")
    if len(nodes) > MAX_NODES:
        raise BadInput(f"nodes must be {MAX_NODES} at most, got {len(nodes)}")
    for name in nodes:
        if name == REQUEST or not name or "." in name or "/" in name:
            raise BadInput(f"nodes must have names without dots and slashes, other than '{REQUEST}'; got '{name:.60}'")
    owners = _owners(nodes)
    _check_depth(nodes, owners)
    found = {name: _step(name, wiring, nodes, owners) for name, wiring in nodes.items() if name not in owners}
    steps = tuple(found[name] for name in _ordered(found))
    return Plan(steps, _output(output, found, nodes, owners))


def _owners(nodes: Mapping[str, Wiring]) -> dict[str, str]:
    """Of each node that is a child or a fallback, the path of where it is named."""
    owners: dict[str, str] = {}
    for name, wiring in nodes.items():
        named = [(f"nodes.{name}.children[{index}]", child) for index, child in enumerate(wiring.children)]
        if wiring.fallback is not None:
            named.append((f"nodes.{name}.fallback", wiring.fallback))
        for path, child in named:
            if child not in nodes:
                raise _dangling(path, child, nodes)
            if child in owners:
                raise BadInput(f"nodes: {path} names '{child}', which {owners[child]} names already")
            owners[child] = path
            taken = nodes[child]
            if taken.inputs or taken.triggers:
                raise BadInput(
                    f"nodes: {path} names '{child}', which says itself what it takes (nodes.{child}.inputs); a child "
                    "is asked what its parent is asked"
                )
    return owners


def _check_depth(nodes: Mapping[str, Wiring], owners: Mapping[str, str]) -> None:
    for name in nodes:
        if name not in owners:
            _descend(nodes, name, (name,))
    for name in owners:
        # Every node that is owned must hang below a step, else it hangs in a ring.
        _climb(name, owners)


def _descend(nodes: Mapping[str, Wiring], name: str, above: tuple[str, ...]) -> None:
    if len(above) > MAX_DEPTH:
        raise BadInput(f"nodes hang {MAX_DEPTH} deep at most; too deep is {' -> '.join(above[-5:])}")
    wiring = nodes[name]
    for child in (*wiring.children, *([wiring.fallback] if wiring.fallback is not None else [])):
        _descend(nodes, child, (*above, child))


def _climb(name: str, owners: Mapping[str, str]) -> None:
    seen = [name]
    while seen[-1] in owners:
        above = owners[seen[-1]].split(".")[1]
        if above in seen:
            raise BadInput(f"nodes run in a circle: {' -> '.join([*reversed(seen), seen[-1]])}")
        seen.append(above)


def _step(name: str, wiring: Wiring, nodes: Mapping[str, Wiring], owners: Mapping[str, str]) -> Step:
    steps = [one for one in nodes if one not in owners]

    def address(text: str, path: str) -> Address:
        found = parse(text, path)
        if found.step == REQUEST or found.step in steps:
            return found
        if found.step in nodes:
            raise BadInput(
                f"nodes: {path} takes from '{found.step}', which is not a step: {owners[found.step]} names it"
            )
        raise _dangling(path, found.step, steps)

    inputs = tuple(address(text, f"nodes.{name}.inputs[{index}]") for index, text in enumerate(wiring.inputs))
    triggers = tuple(address(text, f"nodes.{name}.triggers[{index}]") for index, text in enumerate(wiring.triggers))
    for read in wiring.read:
        address(read, f"nodes.{name}.when")
    return Step(name, inputs or (Address(REQUEST),), triggers, wiring.read)


def parse(text: str, path: str) -> Address:
    """An address: `step`, `step.outputs`, `step.outputs.tensor`, or `request.inputs.tensor`. Raises BadInput."""
    step, _, rest = text.partition(".")
    side, _, tensor = rest.partition(".")
    wanted = "inputs" if step == REQUEST else "outputs"
    if not step or (rest and side != wanted) or (side and "." in rest and not tensor):
        raise BadInput(f"nodes: {path} must be step, step.outputs or step.outputs.tensor, got '{text:.80}'")
    return Address(step, tensor)


def _ordered(steps: Mapping[str, Step]) -> Iterable[str]:
    before = {
        step.name: [
            *(address.step for address in (*step.inputs, *step.triggers) if address.step != REQUEST),
            *(read for read in step.reads if read != REQUEST),
        ]
        for step in steps.values()
    }
    try:
        # The order in which people wrote them, as far as it can be kept.
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        raise BadInput(f"nodes run in a circle: {' -> '.join(reversed(error.args[1]))}") from None


def _output(
    output: tuple[str, ...], steps: Mapping[str, Step], nodes: Mapping[str, Wiring], owners: Mapping[str, str]
) -> tuple[Address, ...]:
    taken = {address.step for step in steps.values() for address in (*step.inputs, *step.triggers)}
    taken |= {read for step in steps.values() for read in step.reads}
    last = [name for name in steps if name not in taken]
    if not output:
        if len(last) != 1:
            raise BadInput(f"output must say whose answer is the answer: nobody takes from {', '.join(last)}")
        return (Address(last[0]),)
    found = []
    for index, text in enumerate(output):
        address = parse(text, f"output[{index}]")
        if address.step not in steps:
            raise BadInput(_dangling(f"output[{index}]", address.step, steps).message.replace("nodes", "output", 1))
        found.append(address)
    idle = [name for name in last if name not in {address.step for address in found}]
    if idle:
        raise BadInput(f"nodes: nobody takes from '{idle[0]}', and it is not in output")
    return tuple(found)


def _dangling(path: str, name: str, known: Iterable[str]) -> BadInput:
    close = get_close_matches(name, list(known), 1)
    meant = f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(list(known)[:20])}"
    return BadInput(f"nodes: {path}: there is no step '{name:.60}'{meant}")
