"""What a SeldonDeployment says, as frozen dataclasses. Names are Seldon's, in Python's spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

from salver.graph.deployment.place import Place

Hook: TypeAlias = Literal["PREDICT", "TRANSFORM_INPUT", "ROUTE", "AGGREGATE", "TRANSFORM_OUTPUT", "SEND_FEEDBACK"]
Protocol: TypeAlias = Literal["seldon", "tensorflow", "v2"]
Transport: TypeAlias = Literal["rest", "grpc"]
Value: TypeAlias = int | float | str | bool


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Remote:
    """A node that already runs elsewhere, and speaks Seldon's protocol there."""

    host: str
    port: int
    type: Literal["REST", "GRPC"]


@dataclass(frozen=True, slots=True)
class Logger:
    """Where requests and answers of a node are sent, as CloudEvents."""

    mode: Literal["all", "request", "response"]
    url: str = ""
    """Empty for the server's own default."""


@dataclass(frozen=True, slots=True)
class Container:
    """What a cluster would run for a node."""

    name: str
    place: Place = field(compare=False, repr=False)
    image: str = ""
    env: Mapping[str, str] = field(default_factory=_nothing)
    """Variables with a value of their own; those that a cluster would fill in are noted."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One node of a graph (Seldon's PredictiveUnit).

    Exactly one of four things answers for it: `implementation` where that is not UNKNOWN_IMPLEMENTATION (a built-in
    unit, or a prepackaged server over `model_uri`), `component`, or `remote`.
    """

    name: str
    place: Place = field(compare=False, repr=False)
    hooks: tuple[Hook, ...] = ()
    """What it is asked to do, in the order of a request."""
    type: str = "UNKNOWN_TYPE"
    implementation: str = "UNKNOWN_IMPLEMENTATION"
    parameters: Mapping[str, Value] = field(default_factory=_nothing)
    model_uri: str = ""
    component: str | None = None
    """The user's class, as `folder/Model.py:Model`. Whether the file is there was not looked at."""
    remote: Remote | None = None
    logger: Logger | None = None
    container: Container | None = None
    children: tuple[Unit, ...] = ()

    def walk(self) -> Iterator[Unit]:
        """Itself and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class Predictor:
    """One graph with its containers: an arm of the traffic, or its shadow."""

    name: str
    graph: Unit
    place: Place = field(compare=False, repr=False)
    traffic: int = 100
    """Percent of the requests that it answers; of a shadow, percent that it is shown."""
    shadow: bool = False
    """Whether its answers are dropped."""
    labels: Mapping[str, str] = field(default_factory=_nothing)
    """`version` is there always: the predictor's name, where the document says nothing else."""
    annotations: Mapping[str, str] = field(default_factory=_nothing)
    """`version` is the metrics' label `predictor_version`."""
    containers: Mapping[str, Container] = field(default_factory=_nothing)
    """By name: those of the graph's nodes, and others that would stand beside them."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Numbers that stand in annotations; None where they do not."""

    rest_timeout_ms: int | None = None
    """`seldon.io/rest-timeout`."""
    grpc_timeout_ms: int | None = None
    """`seldon.io/grpc-timeout`."""
    grpc_max_message_bytes: int | None = None
    """`seldon.io/grpc-max-message-size`."""
    logger_queue_size: int | None = None
    """`seldon.io/executor-logger-queue-size`."""
    logger_write_timeout_ms: int | None = None
    """`seldon.io/executor-logger-write-timeout-ms`."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A document that Seldon would admit, with its defaults filled in."""

    name: str
    predictors: tuple[Predictor, ...]
    namespace: str = "default"
    protocol: Protocol = "seldon"
    transport: Transport = "rest"
    labels: Mapping[str, str] = field(default_factory=_nothing)
    annotations: Mapping[str, str] = field(default_factory=_nothing)
    """Those of `spec`."""
    tuning: Tuning = Tuning()
    notes: tuple[str, ...] = ()
    """A sentence for each thing in the document that is not heeded, with file, line and path."""
