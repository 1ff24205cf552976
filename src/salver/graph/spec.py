"""Spec: what a graph's YAML says, as frozen dataclasses; the document and the objects are one to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from salver.core.bounds import at_least, positive
from salver.core.errors import BadInput
from salver.core.tensor import NUMPY
from salver.graph.care import Retry
from salver.graph.combiners.table import CombinerSpec
from salver.graph.expressions import compile_answers_condition
from salver.graph.guards.reconstruction import Reconstruction
from salver.graph.guards.table import GuardSpec
from salver.graph.plan import Join, Wiring
from salver.graph.routers.table import RouterSpec
from salver.graph.transformers.table import TransformerSpec

_WORK: Final = (
    "model",
    "component",
    "graph",
    "remote",
    "router",
    "combiner",
    "transformer",
    "guard",
    "reconstruction",
)


@dataclass(frozen=True, slots=True)
class TensorOptions:
    """What a tensor must look like, where the graph's document says so itself."""

    dtype: str
    """An Open Inference name: FP32, INT64, BYTES, ..."""
    shape: tuple[int, ...]
    """One entry an axis, -1 for any size."""

    def __post_init__(self) -> None:
        if self.dtype not in NUMPY:
            raise BadInput(f"dtype must be one of {', '.join(NUMPY)}, got {self.dtype!r:.60}")
        if any(size < -1 for size in self.shape):
            raise BadInput(f"shape must hold sizes, or -1 for any, got {list(self.shape)}")


@dataclass(frozen=True, slots=True)
class RemoteNode:
    """A model, or a node of a graph, that another server answers for."""

    url: str
    """`http://host:8080`, `grpc://host:8500`."""
    model: str = ""
    """Its name there; the node's own by default."""
    protocol: str = "openinference"
    """`openinference`, `tfserving` or `seldon`."""
    version: int | None = None
    """Its version there; the newest by default."""
    timeout_s: float = 30.0
    """The most that a request may take, in seconds."""

    def __post_init__(self) -> None:
        positive(self, "timeout_s")


@dataclass(frozen=True, slots=True)
class ReconstructionNode:
    """A guard that asks a model to reproduce the rows: an autoencoder, variational (VAE) or not."""

    model: str
    """The model's file. Relative to the document's folder."""
    threshold: float
    """The mean squared error of a row that is still ordinary."""
    output: str = ""
    """The model's output that reproduces its input; its only one by default."""
    refuse: bool = False
    """Whether a request with an outlier is refused."""

    @property
    def judge(self) -> Reconstruction:
        """What judges it."""
        return Reconstruction(self.threshold, self.refuse)

    def __post_init__(self) -> None:
        positive(self, "threshold")


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node: what it is (one of `model`, `component`, `graph`, `remote`, `router`, `combiner`, `transformer`,
    `guard`, `reconstruction`), what lies below it, and what it takes."""

    model: str | None = None
    """A model's file or folder, or `app.py:predict`. Relative to the document's folder."""
    signature: str = ""
    """The model's signature that is asked; its only one, or `serving_default`, by default."""
    component: str | None = None
    """A class with Seldon's methods (`predict`, `route`, `transform_input`, ...): `Model.py:Model`."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """Keyword arguments for the component's constructor."""
    inline: bool = False
    """Whether a component is called on the event loop: for what is quick and never waits."""
    threads: int = 1
    """How many calls a component can bear at the same time, where it is not inline."""
    graph: str | None = None
    """Another graph's document."""
    remote: RemoteNode | None = None
    """A model on another server."""
    router: RouterSpec | None = None
    """Chooses the child that answers."""
    combiner: CombinerSpec | None = None
    """Makes one answer of its children's."""
    transformer: TransformerSpec | None = None
    """Makes other tensors of those that come."""
    output_transformer: TransformerSpec | None = None
    """Makes other tensors of the answer, whatever the node is."""
    guard: GuardSpec | None = None
    """Looks at the tensors, and tells of outliers and drift; they go on unchanged."""
    reconstruction: ReconstructionNode | None = None
    """The same, by a model that reproduces ordinary rows."""
    children: tuple[str, ...] = ()
    """Nodes below this one: each is asked what this one is asked, or what it made of it."""
    inputs: tuple[str, ...] = ()
    """What a step takes: `step`, `step.outputs.tensor`, `request`, `request.inputs.tensor`. What was asked, by
    default."""
    tensor_map: Mapping[str, str] = field(default_factory=dict)
    """New names for tensors that it takes: `{step.outputs.scores: x}`."""
    join: Join = "inner"
    """`inner`: all inputs must be given; `outer`: those that are, at least one; `any`: the first."""
    join_s: float | None = None
    """Seconds that an outer join waits for the others after the first."""
    triggers: tuple[str, ...] = ()
    """Steps that must have answered too, though what they answered is not taken."""
    triggers_join: Join = "inner"
    """The same for `triggers`."""
    when: str = ""
    """An expression over answers of earlier steps: the step is passed over where it does not hold."""
    timeout_s: float | None = None
    """Seconds that the node may take, with all that lies below it."""
    retry: Retry | None = None
    """Whether it is asked again when it was not there, or late."""
    fallback: str | None = None
    """A node that answers when this one has failed."""

    def __post_init__(self) -> None:
        given = [word for word in _WORK if getattr(self, word) is not None]
        if len(given) != 1:
            came = " and ".join(given) or "none of them"
            raise BadInput(f"one of {', '.join(_WORK)} must be given, got {came}")
        at_least(self, 1, "threads")
        for name in ("timeout_s", "join_s"):
            if getattr(self, name) is not None:
                positive(self, name)
        for word in ("router", "combiner"):
            if getattr(self, word) is not None and not self.children:
                raise BadInput(f"children must be named: a {word} without any has nothing to do")
        if self.when:
            compile_answers_condition(self.when)

    @property
    def work(self) -> str:
        """Which of them it is."""
        return next(word for word in _WORK if getattr(self, word) is not None)

    @property
    def wiring(self) -> Wiring:
        """What it says of other nodes."""
        return Wiring(self.children, self.inputs, self.triggers, self._reads, self.fallback)

    @property
    def _reads(self) -> tuple[str, ...]:
        """The steps that its condition looks at."""
        return compile_answers_condition(self.when).reads if self.when else ()


@dataclass(frozen=True, slots=True)
class GraphDocument:
    """A graph of models. A file `graph.yaml`, or `<name>.graph.yaml`."""

    nodes: Mapping[str, NodeSpec]
    """The nodes by name."""
    output: tuple[str, ...] = ()
    """Whose answer is the answer: addresses as in `inputs`; by default that of the step that no other takes from."""
    output_map: Mapping[str, str] = field(default_factory=dict)
    """New names for tensors of the answer: `{step.outputs.scores: quality}`."""
    output_join: Join = "inner"
    """As a node's `join`, for `output`."""
    inputs: Mapping[str, TensorOptions] | None = None
    """What the graph takes, where its nodes do not say it."""
    outputs: Mapping[str, TensorOptions] | None = None
    """What the graph gives, where its nodes do not say it."""
    budget_s: float | None = None
    """Seconds that a request may take in all."""
    request_path: bool = True
    """Whether answers say which nodes they went through (Seldon's `requestPath`)."""
    state_dir: str | None = None
    """Where what is learnt is kept. Relative to the document's folder; by default in the server's own state."""

    def __post_init__(self) -> None:
        if self.budget_s is not None:
            positive(self, "budget_s")
