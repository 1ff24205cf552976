"""The options of the lifecycle."""

from __future__ import annotations

from dataclasses import dataclass

from salver.core.bounds import at_least


@dataclass(frozen=True, slots=True)
class LifecycleOptions:
    """How often to look, how to try again, how long to wait. One for all models."""

    poll_interval_s: float = 1.0
    """Seconds between two looks at a model's files; 0 or less for no look after the first that found it whole."""
    max_load_retries: int = 5
    """How often a failed load is tried again, unless its files change."""
    retry_interval_s: float = 1.0
    """Seconds from the first failure to the next try (made at the first look after); doubled after each failure."""
    max_retry_interval_s: float = 60.0
    """Where the doubling stops, in seconds; the same as `retry_interval_s` for tries at a fixed interval."""
    load_parallelism: int = 2
    """How many versions, of all models, are loaded at the same time."""
    drain_timeout_s: float = 30.0
    """Seconds that a version being unloaded waits for the calls that still use it, and then again to close."""
    allow_labels_for_unavailable: bool = False
    """Whether a configuration that comes over the wire may give a new label to a version that is not available yet. A
    label that is there already is moved to available versions only."""

    def __post_init__(self) -> None:
        at_least(self, 0, "max_load_retries", "retry_interval_s", "max_retry_interval_s", "drain_timeout_s")
        at_least(self, 1, "load_parallelism")

    def retry_delay_s(self, attempt: int) -> float | None:
        """Seconds to wait after try number `attempt` (0 is the first) has failed; None to give up."""
        if attempt >= self.max_load_retries:
            return None
        return float(min(self.retry_interval_s * 2.0 ** min(attempt, 64), self.max_retry_interval_s))
