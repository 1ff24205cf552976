"""The parameters of an answer: the servable's own, and what a graph's nodes said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from salver.core.servable import Response

_PLAIN: Final = (str, bool, int, float)


def answer_parameters(response: Response) -> Mapping[str, Any]:
    """Texts, numbers and booleans by name, as the protocol has them; tags that are more are JSON in a text."""
    trail = response.trail
    if trail is None or not trail.tags:
        return response.params
    tags = {name: tag if isinstance(tag, _PLAIN) else _text(tag) for name, tag in trail.tags.items()}
    return {**tags, **response.params}


def _text(tag: Any) -> str:
    return orjson.dumps(tag, default=str, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()
