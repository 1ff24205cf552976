"""Where to listen, and the sockets bound there. Nothing accepts yet, nothing is read."""

from __future__ import annotations

import errno
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from salver.core.errors import BadInput
from salver.transports.tls import Identity

_EVERYWHERE: Final = ("", "::", "*")
_ABSENT_FAMILY: Final = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT)


@dataclass(frozen=True, slots=True)
class Tcp:
    """A TCP port."""

    host: str = "::"
    """A name or an address. `::` is every address, of IPv6 and IPv4, or of IPv4 alone where there is no IPv6."""
    port: int = 8501
    """0 lets the kernel choose."""
    reuse_port: bool = False
    """Whether several processes may listen here and share the connections."""
    tls: Identity | None = None
    """With which certificates, where connections are encrypted."""

    def __str__(self) -> str:
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://[{self.host}]:{self.port}" if ":" in self.host else f"{scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Unix:
    """A Unix socket."""

    path: str
    """A socket file left over by a dead process is replaced; one that still answers, or another file, is not."""
    mode: int = 0o600
    """Who may connect: by default this user alone, as the socket has no other guard."""
    replace: bool = False
    """Whether the socket of a process that still answers there is replaced as well: new clients come here, that
    process keeps those it has."""
    tls: Identity | None = None
    """With which certificates, where connections are encrypted."""

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket bound to its place, for instance by a parent process, and not yet listening."""

    sock: socket.socket
    tls: Identity | None = None

    @property
    def address(self) -> Tcp | Unix:
        """Where it is, with the port the kernel chose."""
        name = self.sock.getsockname()
        if self.sock.family == socket.AF_UNIX:
            return Unix(str(name), tls=self.tls)
        return Tcp(name[0], name[1], tls=self.tls)

    def close(self) -> None:
        self.sock.close()


Endpoint: TypeAlias = Tcp | Unix | Bound
"""A place to listen at."""


@dataclass(frozen=True, slots=True)
class SocketFile:
    """The file of a Unix socket that is ours, even if another process puts its own in the same place later."""

    path: Path
    inode: int

    @classmethod
    def at(cls, path: str) -> SocketFile:
        return cls(Path(path), Path(path).stat().st_ino)

    def remove(self) -> None:
        """Removes it if it is still the same."""
        with suppress(FileNotFoundError):
            if self.path.stat().st_ino == self.inode:
                self.path.unlink()


def bind(endpoint: Endpoint) -> list[Bound]:
    """Bound sockets, not yet listening; several where a name has several addresses.

    May wait for a name to be resolved. Raises BadInput that says why the place cannot be had.
    """
    if isinstance(endpoint, Bound):
        return [endpoint]
    if isinstance(endpoint, Unix):
        return [Bound(_bind_unix(endpoint), endpoint.tls)]
    socks = _bind_everywhere(endpoint) if endpoint.host in _EVERYWHERE else _bind_host(endpoint)
    return [Bound(sock, endpoint.tls) for sock in socks]


def _bind_everywhere(endpoint: Tcp) -> list[socket.socket]:
    try:
        return [_bind_tcp(socket.AF_INET6, ("::", endpoint.port), endpoint)]
    except OSError as error:
        if error.errno not in _ABSENT_FAMILY:
            raise _unavailable(endpoint, error) from None
    try:
        return [_bind_tcp(socket.AF_INET, ("0.0.0.0", endpoint.port), endpoint)]  # noqa: S104 as asked
    except OSError as error:
        raise _unavailable(endpoint, error) from None


def _bind_host(endpoint: Tcp) -> list[socket.socket]:
    bound: list[socket.socket] = []
    failure: OSError | None = None
    for family, host, *scope in _resolve(endpoint):
        port = bound[0].getsockname()[1] if bound else endpoint.port
        try:
            bound.append(_bind_tcp(family, (host, port, *scope), endpoint))
        except OSError as error:
            failure = error
            if error.errno not in _ABSENT_FAMILY:
                break
    if failure is not None and (not bound or failure.errno not in _ABSENT_FAMILY):
        for one in bound:
            one.close()
        raise _unavailable(endpoint, failure) from None
    return bound


def _resolve(endpoint: Tcp) -> Iterator[tuple[int, str, *tuple[int, ...]]]:
    """Family, host and IPv6 scope of each address of the name, once."""
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError, OverflowError) as error:
        raise BadInput(f"cannot listen on host {endpoint.host!r}: {error}") from None
    for family, host, *rest in dict.fromkeys((entry[0], *entry[4]) for entry in found):
        yield int(family), str(host), *(int(number) for number in rest[1:])


def _bind_tcp(family: int, name: tuple[str | int, ...], endpoint: Tcp) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if endpoint.reuse_port:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(endpoint.host not in _EVERYWHERE))
        bound.setblocking(False)
        bound.bind(name)
    except OverflowError:
        bound.close()
        raise BadInput(f"there is no port {endpoint.port}, wanted 0 to 65535") from None
    except OSError:
        bound.close()
        raise
    return bound


def _unavailable(endpoint: Tcp, error: OSError) -> BadInput:
    place = f"port {endpoint.port} on {endpoint.host or '::'}"
    if error.errno == errno.EADDRINUSE:
        return BadInput(f"{place} is in use by another process; choose another with --port")
    if error.errno == errno.EACCES:
        return BadInput(f"{place} is not allowed to this user; choose one from 1024 up with --port")
    return BadInput(f"cannot listen on {place}: {error.strerror or error}")


def _bind_unix(endpoint: Unix) -> socket.socket:
    _clear(endpoint)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.bind(endpoint.path)
        # Nobody can connect before it listens, so nobody can before it has its mode.
        Path(endpoint.path).chmod(endpoint.mode)
    except OSError as error:
        bound.close()
        raise BadInput(f"cannot listen on the socket {endpoint.path!r}: {error.strerror or error}") from None
    return bound


def _clear(endpoint: Unix) -> None:
    """Removes a socket file that may be replaced. Raises BadInput when something else is there."""
    path = endpoint.path
    with suppress(FileNotFoundError, NotADirectoryError):
        if not stat.S_ISSOCK(Path(path).lstat().st_mode):
            raise BadInput(f"{path!r} is there and is no socket; choose another path, or remove it")
        if endpoint.replace:
            Path(path).unlink()
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(path)
            except ConnectionRefusedError:
                Path(path).unlink()
                return
            except OSError as error:
                raise BadInput(f"cannot listen on the socket {path!r}: {error.strerror or error}") from None
        raise BadInput(f"the socket {path!r} is in use by another process; choose another path")
