"""Header fields as HTTP/2 wants them (RFC 9113 §8.2, §8.3): each field has a kind, and a message is judged by the kinds
of its fields in their order. So a field is looked at once, however often a table entry stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias

Field: TypeAlias = tuple[bytes, bytes]
Headers: TypeAlias = tuple[Field, ...]

ENTRY_BYTES: Final = 32
"""What a field counts besides its name and its value (RFC 7541 §4.1, RFC 9113 §6.5.2)."""

# Kinds. Pseudo-header fields are those up to STATUS; those from BAD_NAME on make any message malformed.
PLAIN: Final = 0
METHOD: Final = 1
CONNECT: Final = 2
SCHEME: Final = 3
PATH: Final = 4
AUTHORITY: Final = 5
STATUS: Final = 6
INFORMATIONAL: Final = 7
LENGTH: Final = 8
HOST: Final = 9
BAD_NAME: Final = 10
BAD_VALUE: Final = 11
BAD_PSEUDO: Final = 12
BAD_CONNECTION: Final = 13

_PSEUDO: Final = frozenset({METHOD, CONNECT, SCHEME, PATH, AUTHORITY, STATUS, INFORMATIONAL})
_FAULTS: Final = {
    BAD_NAME: "a field name with characters that are not allowed",
    BAD_VALUE: "a field value that is not allowed",
    BAD_PSEUDO: "an unknown pseudo-header field",
    BAD_CONNECTION: "a field that belongs to a connection",
}

_NAME: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
_BAD_VALUE: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]|\A[ \t]|[ \t]\Z")
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+\-.]*")
_PATH: Final = re.compile(rb"/[\x21-\x7e]*|\*")
_AUTHORITY: Final = re.compile(rb"[\x21-\x3f\x41-\x7e]*")  # without "@": no user information (§8.3.1)
_STATUS: Final = re.compile(rb"[1-9][0-9]{2}")
_LENGTH: Final = re.compile(rb"[0-9]{1,18}")
_MAX_REMEMBERED_NAME: Final = 64


def field_kind(name: bytes, value: bytes) -> int:
    """What a field is to the message it stands in."""
    special = _SPECIAL.get(name)
    if special is not None:
        return special(value)
    if not (_name_is_good(name) if len(name) <= _MAX_REMEMBERED_NAME else _NAME.fullmatch(name)):
        return BAD_PSEUDO if name.startswith(b":") else BAD_NAME
    return BAD_VALUE if _BAD_VALUE.search(value) else PLAIN


@lru_cache(maxsize=1024)
def _name_is_good(name: bytes) -> bool:
    return _NAME.fullmatch(name) is not None


def _matching(pattern: re.Pattern[bytes], kind: int) -> Callable[[bytes], int]:
    return lambda value: kind if pattern.fullmatch(value) else BAD_VALUE


def _method(value: bytes) -> int:
    if value == b"CONNECT":
        return CONNECT
    return METHOD if _TOKEN.fullmatch(value) else BAD_VALUE


def _status(value: bytes) -> int:
    if not _STATUS.fullmatch(value) or value == b"101":  # §8.6: HTTP/2 knows no 101
        return BAD_VALUE
    return INFORMATIONAL if value < b"200" else STATUS


_SPECIAL: Final[dict[bytes, Callable[[bytes], int]]] = {
    b":method": _method,
    b":scheme": _matching(_SCHEME, SCHEME),
    b":path": _matching(_PATH, PATH),
    b":authority": _matching(_AUTHORITY, AUTHORITY),
    b":status": _status,
    b"content-length": _matching(_LENGTH, LENGTH),
    b"host": _matching(_AUTHORITY, HOST),
    b"te": lambda value: PLAIN if value == b"trailers" else BAD_CONNECTION,
    b"connection": lambda _: BAD_CONNECTION,
    b"proxy-connection": lambda _: BAD_CONNECTION,
    b"keep-alive": lambda _: BAD_CONNECTION,
    b"transfer-encoding": lambda _: BAD_CONNECTION,
    b"upgrade": lambda _: BAD_CONNECTION,
}


@lru_cache(maxsize=1024)
def request_fault(kinds: bytes) -> str:
    """Why fields of these kinds are no request (§8.3.1); empty where they are one."""
    fault, pseudo = _split(kinds)
    if fault:
        return fault
    if pseudo == {CONNECT, AUTHORITY} or pseudo - {AUTHORITY} == {METHOD, SCHEME, PATH}:
        return ""
    return "a request without exactly its pseudo-header fields"


@lru_cache(maxsize=1024)
def response_fault(kinds: bytes) -> str:
    """Why fields of these kinds are no response (§8.3.2); empty where they are one."""
    fault, pseudo = _split(kinds)
    if fault:
        return fault
    return "" if pseudo in ({STATUS}, {INFORMATIONAL}) else "a response without exactly :status"


@lru_cache(maxsize=1024)
def trailers_fault(kinds: bytes) -> str:
    """Why fields of these kinds are no trailers (§8.1); empty where they are."""
    fault, pseudo = _split(kinds)
    return fault or ("trailers with a pseudo-header field" if pseudo else "")


def host_fault(kinds: bytes, headers: Headers) -> str:
    """Whether `host` names something else than `:authority` (§8.3.1): then why it is no request."""
    host, authority = kinds.find(HOST), kinds.find(AUTHORITY)
    if host < 0 or authority < 0 or headers[host][1].lower() == headers[authority][1].lower():
        return ""
    return "a host that is not :authority"


def _split(kinds: bytes) -> tuple[str, set[int]]:
    """What is wrong with any message, and its pseudo-header fields."""
    pseudo: set[int] = set()
    ordinary = False
    for kind in kinds:
        if kind in _FAULTS:
            return _FAULTS[kind], pseudo
        if kind not in _PSEUDO:
            ordinary = True
        elif ordinary:
            return "a pseudo-header field behind an ordinary field", pseudo
        elif kind in pseudo:
            return "a pseudo-header field twice", pseudo
        else:
            pseudo.add(kind)
    if kinds.count(LENGTH) > 1 or kinds.count(HOST) > 1:
        return "content-length or host twice", pseudo
    return "", pseudo
