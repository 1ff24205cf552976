"""The options of ONNX models: how onnxruntime is set up. Plain values; onnxruntime is not imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

Optimisation: TypeAlias = Literal["all", "extended", "basic", "none"]


@dataclass(frozen=True, slots=True)
class OnnxOptions:
    """How a session is made."""

    intra_op_threads: int = 1
    """Threads that share the work of one operator; 0 leaves the number to onnxruntime. Small models want 1."""
    inter_op_threads: int = 1
    """Threads that run operators side by side; 0 leaves the number to onnxruntime."""
    providers: tuple[str, ...] = ("CPUExecutionProvider",)
    """Execution providers by onnxruntime's names, the preferred one first. The CPU always comes last by itself."""
    provider_options: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Options of a provider, by its name."""
    optimisation: Optimisation = "all"
    """How far the graph is rewritten at load: less loads faster, more runs faster."""
    free_dimensions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Sizes for named dimensions that the model leaves open."""
    shared_threads: int | None = None
    """Use the process's one pool of so many threads (0 leaves the number to onnxruntime) in place of threads of the
    session's own. The first model's number counts. For servers: onnxruntime then refuses sessions with threads of
    their own in this process, also those of other libraries."""
    prepack: bool = True
    """Rearrange weights at load for speed. Without, weights kept outside the model file stay mapped and shared
    between sessions and processes, and a call takes a third longer."""
