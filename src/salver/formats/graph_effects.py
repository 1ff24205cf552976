"""Which operations of a TensorFlow graph leave something behind. Reads GraphDef messages; TensorFlow is not needed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

_WRITES: Final = re.compile(
    r"Assign(?!Group)|CountUpTo|^(Resource)?(Sparse)?Apply[A-Z]|^(Resource)?Scatter(Nd)?(Add|Sub|Mul|Div|Min|Max|Update)$"
    r"|^LookupTable(Insert|Import|Remove)|Enqueue|Dequeue|IteratorGetNext|^(Ordered)?(Map)?(Uns|S)tage"
    r"|^Reader(Read|Reset|Restore)|Accumulator(Apply|Take)|^Barrier[A-Z]|^Write(File|.*Summary)|^Save|PyFunc$"
)
"""Found in the names of operations that write variables or tables, empty queues, write files, or call Python. Drawing
random numbers is not among them."""


class Effects:
    """One graph, asked about its tensors."""

    def __init__(self, graph_def: Any) -> None:
        self._nodes = {node.name: node for node in graph_def.node}
        self._functions = {function.signature.name: function for function in graph_def.library.function}
        self._writing: dict[str, bool] = {}

    def writes(self, tensors: Iterable[str]) -> bool:
        """Whether computing these tensors changes what is computed later: a variable is written, a queue emptied."""
        return any(self._is_writing(node) for node in self._behind(tensors))

    def _behind(self, tensors: Iterable[str]) -> Iterator[Any]:
        """The nodes that are run for these tensors."""
        waiting = [_node_name(tensor) for tensor in tensors]
        seen = set(waiting)
        while waiting:
            node = self._nodes.get(waiting.pop())
            if node is None:
                continue
            yield node
            for name in map(_node_name, node.input):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)

    def _is_writing(self, node: Any) -> bool:
        if _WRITES.search(node.op):
            return True
        return any(self._function_writes(name) for name in (node.op, *_called(node)))

    def _function_writes(self, name: str) -> bool:
        """Functions may call each other in a circle: one that is being looked at adds nothing."""
        function = self._functions.get(name)
        if function is None:
            return False
        if name not in self._writing:
            self._writing[name] = False
            self._writing[name] = any(self._is_writing(node) for node in function.node_def)
        return self._writing[name]


def _called(node: Any) -> Iterator[str]:
    for value in node.attr.values():
        kind = value.WhichOneof("value")
        if kind == "func":
            yield value.func.name
        elif kind == "list":
            yield from (function.name for function in value.list.func)


def _node_name(tensor: str) -> str:
    """The node behind `name`, `name:1` or `^name`."""
    return tensor.removeprefix("^").partition(":")[0]
