"""Certificates for these tests: an authority of their own, what it issues as files, and clients that trust it."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

from salver.transports.tls import Tls

HOSTS = ("localhost", "127.0.0.1")


class Authority:
    """Issues certificates below one root."""

    def __init__(self, folder: Path) -> None:
        self.ca = trustme.CA()
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(str(self.path))

    def tls(self, name: str = "server", *, clients: Authority | None = None) -> Tls:
        """A server's, newly issued; with `clients` those of that authority alone are let in."""
        certificate, key = self.issue(name)
        return Tls(str(certificate), str(key), None if clients is None else str(clients.path))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key, written over what stands there under this name."""
        issued = self.ca.issue_cert(*HOSTS)
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}-key.pem"
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.write_bytes(issued.private_key_pem.bytes())
        return certificate, key

    def client(self, *alpn: str, as_client: bool = False) -> ssl.SSLContext:
        """A client that trusts this authority, and with `as_client` has a certificate from it."""
        context = ssl.create_default_context(cafile=str(self.path))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        if as_client:
            context.load_cert_chain(*map(str, self.issue("client")))
        return context


def serial(certificate: str | Path) -> str:
    """The serial number of the first certificate in a file, as `getpeercert()` gives it."""
    found = ssl._ssl._test_decode_cert(str(certificate))  # type: ignore[attr-defined]
    number = found["serialNumber"]
    assert isinstance(number, str)
    return number
