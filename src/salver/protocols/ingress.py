"""Ingress: the paths under which Seldon Core shows the other protocols, as those protocols' own.

Below `/seldon/<namespace>/<deployment>` the deployment is what is asked, whatever model the rest names: every path runs
the whole graph there. And a graph's executor, which serves one, may be asked without any name.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_INGRESS: Final = re.compile(rb"/seldon/[^/?]+/([^/?]+)(/v[12]/.*)", re.DOTALL)
_NAMELESS: Final = re.compile(rb"(/v1/models)/?(:predict)|(/v2/models)(/infer|/ready)")
_SLASHED: Final = re.compile(rb"(/v1/models/[^/?:]+)/(:predict)")
_ANY: Final = b"/model"
"""A name in place of none, for codecs that must have one."""


def readings(method: bytes, target: bytes) -> tuple[bytes, str | None]:
    """The target as its protocol knows it, and the model that is meant; None where the target itself says it."""
    model: str | None = None
    found = _INGRESS.fullmatch(target)
    if found is not None:
        model, target = unquote(found[1].decode(errors="replace")), found[2]
    path, mark, query = target.partition(b"?")
    if method == b"POST" or found is not None:
        nameless = _NAMELESS.fullmatch(path)
        slashed = _SLASHED.fullmatch(path)
        if nameless is not None:
            head, tail = (nameless[1], nameless[2]) if nameless[1] else (nameless[3], nameless[4])
            return b"".join((head, _ANY, tail, mark, query)), model or ""
        if slashed is not None:
            return b"".join((slashed[1], slashed[2], mark, query)), model
    return target, model
