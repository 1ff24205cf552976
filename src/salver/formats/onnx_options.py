"""The options of ONNX models: how onnxruntime is set up. Plain values; onnxruntime is not imported here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from salver.core.bounds import at_least
from salver.core.errors import BadInput

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
    provider_options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Options of a provider, by its name."""
    optimisation: Optimisation = "all"
    """How far the graph is rewritten at load: less loads faster, more runs faster."""
    free_dimensions: Mapping[str, int] = field(default_factory=dict)
    """Sizes for named dimensions that the model leaves open."""
    shared_threads: int | None = None
    """Use the process's one pool of so many threads (0 leaves the number to onnxruntime) in place of threads of the
    session's own. The first model's number counts. For servers: onnxruntime then refuses sessions with threads of
    their own in this process, also those of other libraries."""
    prepack: bool = True
    """Rearrange weights at load for speed. Without, weights kept outside the model file stay mapped and shared
    between sessions and processes, and a call takes a third longer."""

    def __post_init__(self) -> None:
        at_least(self, 0, "intra_op_threads", "inter_op_threads")
        if not self.providers:
            raise BadInput("providers must name at least one; CPUExecutionProvider is always there")
        for name, size in self.free_dimensions.items():
            if size < 1:
                raise BadInput(f"free_dimensions must be sizes of at least 1, got {size} for '{name}'")
