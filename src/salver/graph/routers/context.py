"""Context: which row of its memory a learning router looks at.

A router that has a key learns for each value of it apart: which child is best may differ from segment to segment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from salver.core.errors import BadInput
from salver.core.lesson import Lesson
from salver.core.servable import Request
from salver.graph.keys import Key


def of_request(key: Key | None, request: Request) -> str:
    """The key's value; empty without one, and for a request that does not have it."""
    return "" if key is None else key.of(request) or ""


def of_lesson(key: Key | None, lesson: Lesson, note: Mapping[str, Any], node: str) -> str:
    """What was noted at the choice, else what the feedback itself says. Raises BadInput where the key is a field and
    no request came back."""
    if key is None:
        return ""
    noted = note.get("context")
    if isinstance(noted, str):
        return noted
    if key.field and lesson.request is None:
        raise BadInput(
            f"node '{node}' learns by the field '{key.field}': send back the request, or the id of the answer"
        )
    return key.find(lesson.request or {}, lesson.headers) or ""


def note_of(lesson: Lesson, node: str) -> Mapping[str, Any]:
    """What the node noted when it chose; empty where that is not known."""
    note = lesson.notes.get(node)
    return note if isinstance(note, Mapping) else {}
