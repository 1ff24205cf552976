"""Calls and replies: what a client can ask of a server, and what it is told. Plain values, no behaviour.

A codec turns bytes into a Call and a reply into bytes; `dispatch` turns a Call into its reply.
`REPLIES` says which reply belongs to which call.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias

from salver.core.graph_calls import Combine as Combine
from salver.core.graph_calls import Combined as Combined
from salver.core.graph_calls import Feedback as Feedback
from salver.core.graph_calls import FeedbackTaken as FeedbackTaken
from salver.core.graph_calls import Forget as Forget
from salver.core.graph_calls import HealthTold as HealthTold
from salver.core.graph_calls import Learnt as Learnt
from salver.core.graph_calls import LearntState as LearntState
from salver.core.graph_calls import NodeHealth as NodeHealth
from salver.core.graph_calls import Route as Route
from salver.core.graph_calls import Routed as Routed
from salver.core.graphlike import NodeDescription
from salver.core.servable import Headers, Request, Response
from salver.core.signature import Signature

Read: TypeAlias = Callable[[Mapping[str, Signature]], Request]
"""Makes the Request once the model's signatures are known: a body is decoded only for a model that is there."""


class State(enum.Enum):
    """Where a version stands; it moves one way only."""

    START = "START"
    LOADING = "LOADING"
    AVAILABLE = "AVAILABLE"
    UNLOADING = "UNLOADING"
    END = "END"


# Calls


@dataclass(slots=True)
class Predict:
    """Run a model. Version and label exclude each other; with neither, the newest available version answers.

    An empty model is the one that a header `seldon` names, or the only one there is.
    """

    protocol: str
    model: str
    version: int | None
    label: str | None
    read: Read
    id: str = ""
    """The client's own name for this request, returned with the answer."""
    deadline: float | None = None
    """A moment of `time.monotonic()` set by whoever carries the call; the request's own deadline may be sooner."""
    api: str = "predict"
    """What it is to the caller, in lower case, where a protocol has several ways to ask: `classify`, `regress`."""
    headers: Headers = ()
    """What came with it beside the body: HTTP headers, gRPC metadata; names in lower case."""


@dataclass(slots=True)
class PredictTogether:
    """Several questions to one version of a model, answered by that version: all, or the first fault."""

    protocol: str
    model: str
    version: int | None
    label: str | None
    reads: tuple[Read, ...]
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a model takes and gives."""

    model: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The states of a model's versions: all, or the one asked for."""

    model: str
    version: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """Is the server (model None), or a model, ready to predict?"""

    model: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """Does the process answer?"""


@dataclass(frozen=True, slots=True)
class About:
    """Name and version of the server."""


@dataclass(frozen=True, slots=True)
class Models:
    """All models, or one, in full."""

    model: str | None = None
    ready: bool = False
    """Whether only available versions were asked for; the codec leaves out the others."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts and times of all models, or one."""

    model: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Scrape:
    """The metrics as text (Prometheus exposition format 0.0.4)."""


@dataclass(frozen=True, slots=True)
class Load:
    """Want a known model loaded; answered when it is available, or has failed (Unavailable, with the reason)."""

    model: str


@dataclass(frozen=True, slots=True)
class Unload:
    """Want a known model gone from memory; answered when it is."""

    model: str


@dataclass(frozen=True, slots=True)
class Reload:
    """Load the model's versions anew, the old ones serving until the new are available."""

    model: str


@dataclass(frozen=True, slots=True)
class ModelWish:
    """One model of a configuration that comes over the wire."""

    name: str
    path: str
    platform: str = ""
    """What the caller says it is, in the protocol's own words."""
    versions: int | tuple[int, ...] | None = 1
    """The n highest versions, the versions named, or None for all."""
    labels: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Configure:
    """Serve these models and no others; answered when the new ones are available, or one has failed."""

    models: tuple[ModelWish, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What the process does for so many seconds from now on."""

    duration_s: float


# Replies


@dataclass(slots=True)
class Predicted:
    """The answer of the version that gave it."""

    model: str
    version: int
    signature_name: str
    signature: Signature
    response: Response


@dataclass(slots=True)
class PredictedTogether:
    """One answer for each question, in their order."""

    parts: tuple[Predicted, ...]


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """Of one available version."""

    model: str
    version: int
    versions: tuple[int, ...]
    """Every available version, ascending."""
    format: str
    signatures: Mapping[str, Signature]
    native: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    """What the model's file says of itself in its format's own words, by protobuf message name, for a protocol that
    speaks them too: `tensorflow.serving.SignatureDefMap`."""
    nodes: tuple[NodeDescription, ...] = ()
    """Of a graph, in the order in which a request comes to them; empty for any other model."""


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """`error` is empty unless the version failed."""

    version: int
    state: State
    error: str = ""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """Versions descend."""

    model: str
    versions: tuple[VersionStatus, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    ready: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ServerAbout:
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class VersionDescription:
    """One version in full. `since` is the Unix time in seconds of its last move."""

    version: int
    state: State
    error: str
    since: float
    path: str
    format: str
    load_s: float | None
    signatures: Mapping[str, Signature]


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """One model in full; versions descend. `wanted` is False when the model was unloaded by an operator."""

    model: str
    path: str
    wanted: bool
    labels: Mapping[str, int]
    versions: tuple[VersionDescription, ...]
    error: str = ""
    """Why no version could be looked for at all (a missing folder, say)."""


@dataclass(frozen=True, slots=True)
class ModelsDescription:
    models: tuple[ModelDescription, ...]


@dataclass(frozen=True, slots=True)
class VersionStatistics:
    """Since the version was loaded; times in nanoseconds, summed."""

    model: str
    version: int
    successes: int
    failures: int
    success_ns: int
    failure_ns: int
    last_inference_ms: int
    """Unix time in milliseconds, 0 if none yet."""


@dataclass(frozen=True, slots=True)
class ServerStatistics:
    versions: tuple[VersionStatistics, ...]


@dataclass(frozen=True, slots=True)
class Scraped:
    text: str


@dataclass(frozen=True, slots=True)
class Profiled:
    """A profile in its taker's own form."""

    profile: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """An operator's wish is carried out."""

    model: str = ""


Call: TypeAlias = (
    Predict
    | PredictTogether
    | Metadata
    | Status
    | Ready
    | Live
    | About
    | Models
    | Statistics
    | Scrape
    | Load
    | Unload
    | Reload
    | Configure
    | Profile
    | Feedback
    | Route
    | Combine
    | NodeHealth
    | Learnt
    | Forget
)
Reply: TypeAlias = (
    Predicted
    | PredictedTogether
    | ModelMetadata
    | ModelStatus
    | Readiness
    | ServerAbout
    | ModelsDescription
    | ServerStatistics
    | Scraped
    | Profiled
    | FeedbackTaken
    | Routed
    | Combined
    | HealthTold
    | LearntState
    | Done
)

REPLIES: Mapping[type[Any], type[Any]] = {
    Predict: Predicted,
    PredictTogether: PredictedTogether,
    Metadata: ModelMetadata,
    Status: ModelStatus,
    Ready: Readiness,
    Live: Readiness,
    About: ServerAbout,
    Models: ModelsDescription,
    Statistics: ServerStatistics,
    Scrape: Scraped,
    Load: Done,
    Unload: Done,
    Reload: Done,
    Configure: Done,
    Profile: Profiled,
    Feedback: FeedbackTaken,
    Route: Routed,
    Combine: Combined,
    NodeHealth: HealthTold,
    Learnt: LearntState,
    Forget: Done,
}
