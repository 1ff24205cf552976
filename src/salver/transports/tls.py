"""Who a place to listen at says it is, and whom it lets in: certificates become contexts of `ssl`. No sockets here."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from time import monotonic
from typing import Final, Literal, NoReturn, TypeAlias

from salver.core.errors import BadInput

_log = logging.getLogger(__name__)

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: what HTTP/2 does not forbid (RFC 9113 §9.2.2). Those of TLS 1.3 are all sound."""
_PROTOCOLS: Final = ["h2", "http/1.1"]
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_LOOK_INTERVAL_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Tls:
    """Encrypted connections (TLS), from files in PEM. They are read again when they have changed: connections made
    from then on get what they hold, those that are open live on."""

    certificate: str
    """A file with the server's certificate, followed by those between it and its root. Relative to the configuration's
    own folder."""
    key: str
    """A file with the private key of the certificate, without a password. Relative to the configuration's own
    folder."""
    client_ca: str | None = None
    """A file with the authorities that clients' certificates must come from; a client without one is not let in (mutual
    TLS). Without this file nobody is asked for one. Relative to the configuration's own folder."""
    min_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest version of TLS that is spoken."""

    def __post_init__(self) -> None:
        for name in ("certificate", "key", "client_ca"):
            path = getattr(self, name)
            if path is not None and (not path or "\0" in path):
                raise BadInput(f"{name} must be a path, got {path!r}")


@dataclass(frozen=True, slots=True)
class Pem:
    """The same, from texts in PEM."""

    certificate: str
    key: str = field(repr=False)
    client_ca: str = ""
    """Whose certificates of clients are good; empty for the authorities that this machine trusts."""
    verify_clients: bool = False
    """Whether a client needs a certificate."""


Identity: TypeAlias = Tls | Pem


class Certificates:
    """One place's certificates, as of the last second or so. For one thread."""

    def __init__(self, identity: Identity, clock: Callable[[], float] = monotonic) -> None:
        """Raises BadInput that says what is wrong with which file."""
        self._identity = identity
        self._clock = clock
        self._looked_s = clock()
        self._stamp = _stamp(identity)
        self._context = context_of(identity)

    def context(self) -> ssl.SSLContext:
        """For the next handshake. A change that makes no sense is logged once, and what was good goes on: files that
        are being copied one after another are not yet a pair."""
        now_s = self._clock()
        if now_s - self._looked_s >= _LOOK_INTERVAL_S:
            self._looked_s = now_s
            stamp = _stamp(self._identity)
            if stamp != self._stamp:
                self._stamp = stamp
                self._renew()
        return self._context

    def _renew(self) -> None:
        try:
            self._context = context_of(self._identity)
        except BadInput as fault:
            _log.warning("the former certificate stays in use: %s", fault.message)
        else:
            _log.info("new connections get the new certificate: %s", _named(self._identity)[0])


def context_of(identity: Identity) -> ssl.SSLContext:
    """The context of a server. Raises BadInput that says what is wrong with which file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[identity.min_version if isinstance(identity, Tls) else "1.2"]
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(_PROTOCOLS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if isinstance(identity, Tls):
        _identify(context, identity.certificate, identity.key, *_named(identity))
        if identity.client_ca is not None:
            name = f"client_ca '{identity.client_ca}'"
            _admit(context, _read(identity.client_ca, name), name)
    else:
        with _file_of(identity.certificate) as certificate, _file_of(identity.key) as key:
            _identify(context, certificate, key, *_named(identity))
        if identity.verify_clients:
            _admit(context, identity.client_ca, "client_ca")
    return context


def _named(identity: Identity) -> tuple[str, str]:
    """Certificate and key, as messages call them."""
    if isinstance(identity, Tls):
        return f"certificate '{identity.certificate}'", f"key '{identity.key}'"
    return "certificate", "key"


def _identify(context: ssl.SSLContext, certificate: str, key: str, certificate_name: str, key_name: str) -> None:
    def ask() -> NoReturn:
        raise BadInput(f"{key_name} is encrypted; wanted one without a password")

    if "CERTIFICATE-----" not in _read(certificate, certificate_name):
        raise BadInput(f"{certificate_name} holds no certificate in PEM")
    if "PRIVATE KEY-----" not in _read(key, key_name):
        raise BadInput(f"{key_name} holds no private key in PEM")
    try:
        context.load_cert_chain(certificate, key, password=ask)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH" or error.reason == "KEY_TYPE_MISMATCH":
            raise BadInput(f"{key_name} does not belong to {certificate_name}") from None
        raise BadInput(f"{certificate_name} or {key_name} cannot be used: {_reason(error)}") from None
    except OSError as error:
        raise BadInput(f"{certificate_name} or {key_name} cannot be read: {error.strerror or error}") from None


def _admit(context: ssl.SSLContext, authorities: str, name: str) -> None:
    """Lets in only clients whose certificates come from these authorities."""
    context.verify_mode = ssl.CERT_REQUIRED
    # A session taken up again would not be looked at again.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    if not authorities:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
        return
    try:
        # Between the certificates bundles have words about them, in any language.
        context.load_verify_locations(cadata=authorities.encode("ascii", "ignore").decode("ascii"))
    except (ssl.SSLError, ValueError) as error:
        raise BadInput(f"{name} holds no certificates in PEM: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (getattr(error, "reason", None) or str(error)).lower().replace("_", " ")


def _read(path: str, name: str) -> str:
    try:
        return Path(path).read_text(encoding="latin-1")
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror or error}") from None


def _stamp(identity: Identity) -> tuple[object, ...]:
    """Differs once a file has changed."""
    if isinstance(identity, Pem):
        return ()
    paths = (identity.certificate, identity.key, identity.client_ca)
    return tuple(None if path is None else _stamp_of(Path(path)) for path in paths)


def _stamp_of(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


@contextmanager
def _file_of(text: str) -> Iterator[str]:
    """OpenSSL reads certificates and keys from files alone; this one nobody else can read, and it is soon gone."""
    with NamedTemporaryFile("w", encoding="utf-8", errors="replace", prefix="salver-", suffix=".pem") as file:
        file.write(text)
        file.flush()
        yield file.name
