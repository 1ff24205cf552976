"""Trail: what is told of the way that one request took through a graph. Seldon's `meta`, without its bytes."""

from __future__ import annotations

from typing import Any


class Trail:
    """Written by the nodes that a request passes, read by the codec that answers it and by whoever learns from it.

    `routing` has, for each node that chose a branch, its index (-1: all of them, -2: none, the request ended there).
    `path` has, for each node that was passed, what it is (Seldon's `requestPath`: an image, here a model's path or a
    node's kind). `tags` are words on the answer, `metrics` Seldon's: `{"key", "type", "value", "tags"?}`.
    `notes` are what a node must find again when it is told how good its choice was; they are not for the caller, and
    must be JSON.
    """

    __slots__ = ("metrics", "notes", "path", "routing", "tags")

    def __init__(self) -> None:
        self.tags: dict[str, Any] = {}
        self.routing: dict[str, int] = {}
        self.path: dict[str, str] = {}
        self.metrics: list[dict[str, Any]] = []
        self.notes: dict[str, Any] = {}

    def add(self, other: Trail) -> None:
        """What happened on a branch, after what happened before it."""
        for name, tag in other.tags.items():
            before = self.tags.get(name)
            if isinstance(before, dict) and isinstance(tag, dict):
                # What nodes said of others by name (`left_out`): each has its own.
                tag = {**before, **tag}
            self.tags[name] = tag
        self.routing.update(other.routing)
        self.path.update(other.path)
        self.metrics += other.metrics
        self.notes.update(other.notes)
