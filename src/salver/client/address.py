"""Where a server is: `http://host:8501/prefix`, `grpc://host:8500`, `https://`, `grpcs://`, `unix:` paths of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from salver.core.errors import BadInput

_PORTS: Final = {"http": 8501, "https": 443, "grpc": 8500, "grpcs": 443}
_WANTED: Final = "wanted http://host:port, https://..., grpc://..., grpcs://..., http+unix:/path or grpc+unix:/path"
_OF_PATHS: Final = "/%:@!$&'()*+,;=~-._"
"""What stays as it is in the path of a request line (RFC 3986 §3.3)."""


@dataclass(frozen=True, slots=True)
class Address:
    """One place to connect to."""

    host: str
    """Empty for a Unix socket."""
    port: int
    prefix: str = ""
    """The path of a proxy in front of it, for HTTP, as a request line says it."""
    unix: str = ""
    """The path of a Unix socket."""
    grpc: bool = False
    tls: bool = False

    @property
    def authority(self) -> str:
        """As `Host` and `:authority` say it."""
        host = f"[{self.host}]" if ":" in self.host else self.host or "localhost"
        return f"{host}:{self.port}" if self.port else host

    def __str__(self) -> str:
        scheme = ("grpc" if self.grpc else "http") + ("s" if self.tls else "")
        return f"{scheme}+unix:{self.unix}" if self.unix else f"{scheme}://{self.authority}{self.prefix}"


def read_address(url: str) -> Address:
    """The address in a URL; HTTP where it names no scheme. Raises BadInput that shows what is wanted."""
    scheme, _, path = url.partition("+unix:")
    if scheme in ("http", "grpc") and path:
        return Address("", 0, unix=unquote(path.removeprefix("//")), grpc=scheme == "grpc")
    try:
        parts = urlsplit(url if "//" in url else f"//{url}", scheme="http")
        if _is_whole(parts) and parts.hostname is not None:
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
            grpc, tls = parts.scheme.startswith("grpc"), parts.scheme.endswith("s")
            host = parts.hostname if ":" in parts.hostname else parts.hostname.encode("idna").decode()
            return Address(host, port, quote(parts.path.rstrip("/"), _OF_PATHS), grpc=grpc, tls=tls)
    except ValueError:  # a port that is none, a bracket too many, a name that IDNA cannot say
        pass
    raise BadInput(f"'{url}' is no server's address; {_WANTED}")


def _is_whole(parts: SplitResult) -> bool:
    """Whether nothing stands in it that would silently be left out: a password, a query, a path over gRPC."""
    host = parts.hostname
    if parts.scheme not in _PORTS or not host or not host.isprintable() or " " in host or "+" in host:
        return False
    has_path = bool(parts.path.rstrip("/"))
    return not (parts.query or parts.fragment or "@" in parts.netloc or (has_path and parts.scheme.startswith("grpc")))
