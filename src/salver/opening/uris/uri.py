"""URIs of models: taken apart, and shown without what is secret in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from salver.core.errors import BadInput, Unsupported

SCHEMES: Final = ("file", "http", "https", "s3", "gs")
_MAX_LENGTH: Final = 4096
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_CHECKSUM: Final = re.compile(r"#sha256=(.*)\Z", re.DOTALL)
_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
_ARCHIVES: Final = (".zip", ".tar", ".tar.gz", ".tgz")


@dataclass(frozen=True, slots=True)
class Uri:
    """A path (no scheme), or a URI of one of `SCHEMES`. Its repr is `shown`."""

    scheme: str
    address: str = field(repr=False)
    """All of it but the checksum, secrets included: never for a message."""
    shown: str
    """For messages and logs: without user, password and query, which may be a signature."""
    name: str
    """Of the file or folder, the last word of the path; not yet known to be safe."""
    sha256: str = ""
    """What the content must have, in small hexadecimal digits; empty where nobody said."""

    @property
    def is_archive(self) -> bool:
        """Whether it is to be unpacked, going by its name."""
        return self.name.lower().endswith(_ARCHIVES)


def parse_uri(text: str) -> Uri:
    """Raises BadInput for what is no URI, Unsupported for other schemes."""
    if not text or len(text) > _MAX_LENGTH:
        raise BadInput(f"a model's URI must have from 1 to {_MAX_LENGTH} characters, got {len(text)}")
    if not text.isprintable():
        raise BadInput("a model's URI must not have control characters")
    checksum = _CHECKSUM.search(text)
    if checksum and not _SHA256.fullmatch(checksum[1]):
        raise BadInput(f"#sha256= must be followed by 64 hexadecimal digits, got {checksum[1]!r:.80}")
    address = text[: checksum.start()] if checksum else text
    sha256 = checksum[1].lower() if checksum else ""
    found = _SCHEME.match(address)
    if found is None:
        return Uri("", address, address, address.rstrip("/").rpartition("/")[2], sha256)
    scheme = found[1].lower()
    if scheme not in SCHEMES:
        raise Unsupported(f"{scheme}:// is not fetched; wanted a path or one of {', '.join(SCHEMES)}")
    return Uri(scheme, address, *_shown_and_name(scheme, address), sha256)


def _shown_and_name(scheme: str, address: str) -> tuple[str, str]:
    if scheme in ("s3", "gs"):
        bucket, _, key = address.partition("://")[2].partition("/")
        if not bucket or "@" in bucket or "?" in bucket:
            raise BadInput(f"{scheme}:// must be followed by a bucket's name, without credentials")
        path = key.rstrip("/")
        return f"{scheme}://{bucket}/{path}", path.rpartition("/")[2] or bucket
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput(f"{scheme}:// must be followed by a host, a port that is a number, and a path") from None
    if " " in address and scheme != "file":
        raise BadInput(f"{scheme}:// with a space in it is no URL: write %20")
    if parts.fragment:
        raise BadInput("the only fragment of a model's URI is #sha256=")
    if scheme != "file" and not host:
        raise BadInput(f"{scheme}:// must be followed by a host")
    where = f"[{host}]" if ":" in host else host
    return f"{scheme}://{where}{f':{port}' if port else ''}{parts.path}", unquote(parts.path).rstrip("/").rpartition(
        "/"
    )[2]


_SECRETS: Final = re.compile(
    r"//[^/\s@]*@|\?\S+|(?i:\b(?:\w*(?:secret|token|password|signature|key|auth)\w*)\s*[=:]\s*\S+)"
)


def without_secrets(text: str) -> str:
    """The first line of another library's message, without what looks secret in it."""
    return _SECRETS.sub("…", text.strip().partition("\n")[0])[:200]
