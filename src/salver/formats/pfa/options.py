"""The options of PFA documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from salver.core.bounds import at_least, positive


@dataclass(frozen=True, slots=True)
class PfaOptions:
    """How a document is run."""

    time_limit_s: float = 10.0
    """Seconds that a document may take for one datum, and to begin and to end. Its own `options.timeout` holds beside
    it, where that is shorter."""
    allow_files: bool = False
    """Whether cells and pools may be kept in files (`source: json` or `avro`): relative ones in the model's folder,
    never URLs."""
    engines: Literal["one", "worker"] = "one"
    """How many engines run a document that keeps state: `one`, so that it is not served by a process that is one of
    several, or one in each `worker`, of which each then keeps a state of its own."""
    state_file: str = ""
    """Where a document that keeps state has it saved, to go on with it after a restart; nowhere by default. With
    several workers each writes a file of its own: `{worker}` in the name stands for its number. The name gets a part
    that is the document's own, so that versions of a model keep apart what they keep."""
    save_every_s: float = 1.0
    """Seconds between two savings, at least, while the state changes. It is saved at the end, too."""
    max_bytes: int = 512_000_000
    """Size of the largest document, unpacked, and of the largest file that a cell is kept in."""

    def __post_init__(self) -> None:
        positive(self, "time_limit_s")
        at_least(self, 0, "save_every_s")
        at_least(self, 1, "max_bytes")
