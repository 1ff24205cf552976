"""The docs page: one HTML file without any outside resource, and a policy that lets it load none."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Final

from salver.protocols.http import HttpResponse

_PAGE: Final = files(__package__).joinpath("page.html").read_bytes()


def _hashes(element: bytes) -> str:
    """The digests by which the policy knows the page's own inline elements, and no others."""
    inner = re.findall(rb"<%s>(.*?)</%s>" % (element, element), _PAGE, re.DOTALL)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in inner)


_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"script-src {_hashes(b'script')}",
        f"style-src {_hashes(b'style')}",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

_HEADERS: Final = (
    (b"Content-Security-Policy", _POLICY.encode()),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"no-referrer"),
)


def answer() -> HttpResponse:
    """The page, the same for every server: what is particular it fetches from `/admin/models` and `/openapi.json`.

    A new answer each time: whoever sends it may add to its headers and code its body.
    """
    return HttpResponse(200, _PAGE, b"text/html; charset=utf-8", _HEADERS)
