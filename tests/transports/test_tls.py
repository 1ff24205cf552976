"""What is made of certificates in files: contexts, refusals that name the file, and new ones after a change."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

import pytest
from certificates import Authority
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from salver.core.errors import BadInput
from salver.transports.tls import Certificates, Pem, Tls, context_of


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def shake(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """A handshake in memory; the client's end."""
    ends = []
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    there = server.wrap_bio(to_server, to_client, server_side=True)
    pending = [here, there]
    while pending:
        for end in [*pending]:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            pending.remove(end)
            ends.append(end)
    return here


def serial_of(end: ssl.SSLObject) -> object:
    return (end.getpeercert() or {})["serialNumber"]


def copy(source: Path, target: Path) -> None:
    """In place, and with another time than before, however soon after."""
    target.write_bytes(source.read_bytes())
    status = target.stat()
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def test_a_handshake_agrees_on_the_protocol(authority):
    end = shake(context_of(authority.tls()), authority.client("h2", "http/1.1"))
    assert (end.version(), end.selected_alpn_protocol()) == ("TLSv1.3", "h2")
    end = shake(context_of(authority.tls()), authority.client("http/1.1"))
    assert end.selected_alpn_protocol() == "http/1.1"
    assert shake(context_of(authority.tls()), authority.client()).selected_alpn_protocol() is None


def test_tls_1_2_has_only_ciphers_that_http2_allows(authority):
    client = authority.client("h2")
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    cipher = shake(context_of(authority.tls()), client).cipher()
    assert cipher is not None
    assert cipher[0].startswith("ECDHE-")
    client.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    with pytest.raises(ssl.SSLError, match=r"NO_SHARED_CIPHER|HANDSHAKE_FAILURE"):
        shake(context_of(authority.tls()), client)


def test_the_oldest_version_is_an_option(authority):
    tls = authority.tls()
    newest = Tls(tls.certificate, tls.key, min_version="1.3")
    client = authority.client()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="PROTOCOL"):
        shake(context_of(newest), client)


def test_clients_need_a_certificate_of_the_authority(authority, tmp_path):
    others = Authority(tmp_path)
    server = context_of(authority.tls(clients=authority))
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake(server, authority.client())
    stranger = authority.client()
    stranger.load_cert_chain(*map(str, others.issue("stranger")))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(server, stranger)
    assert shake(server, authority.client(as_client=True)).version() == "TLSv1.3"


def test_texts_do_as_well_as_files(authority):
    certificate, key = authority.issue("text")
    texts = certificate.read_text(), key.read_text()
    end = shake(context_of(Pem(*texts)), authority.client("h2"))
    assert end.selected_alpn_protocol() == "h2"
    guarded = context_of(Pem(*texts, client_ca=authority.path.read_text(), verify_clients=True))
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake(guarded, authority.client())
    shake(guarded, authority.client(as_client=True))
    assert texts[1] not in repr(Pem(*texts)), "a key has no business in logs"
    unguarded = context_of(Pem(*texts, client_ca=authority.path.read_text()))
    shake(unguarded, authority.client())


def bad_places(authority: Authority, folder: Path) -> dict[str, tuple[Tls | Pem, str]]:
    certificate, key = (str(path) for path in authority.issue("good"))
    other_key = str(authority.issue("other")[1])
    encrypted, cut, prose = folder / "encrypted.pem", folder / "cut.pem", folder / "prose.txt"
    private = load_pem_private_key(Path(key).read_bytes(), None)
    encrypted.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret"))
    )
    cut.write_text(Path(certificate).read_text()[:200])
    prose.write_text("To whom it may concern")
    missing = str(folder / "missing.pem")
    return {
        "no certificate": (Tls(missing, key), f"certificate '{missing}' cannot be read: No such file or directory"),
        "no key": (Tls(certificate, missing), f"key '{missing}' cannot be read: No such file or directory"),
        "a folder": (Tls(str(folder), key), f"certificate '{folder}' cannot be read: Is a directory"),
        "no PEM": (Tls(str(prose), key), f"certificate '{prose}' holds no certificate in PEM"),
        "a key that is none": (Tls(certificate, str(prose)), f"key '{prose}' holds no private key in PEM"),
        "swapped": (Tls(key, certificate), f"certificate '{key}' holds no certificate in PEM"),
        "cut": (Tls(str(cut), key), f"certificate '{cut}' or key '{key}' cannot be used: "),
        "another key": (Tls(certificate, other_key), f"key '{other_key}' does not belong to certificate"),
        "encrypted": (Tls(certificate, str(encrypted)), f"key '{encrypted}' is encrypted; wanted one without"),
        "no authorities": (Tls(certificate, key, missing), f"client_ca '{missing}' cannot be read"),
        "prose for authorities": (Tls(certificate, key, str(prose)), f"client_ca '{prose}' holds no certificates"),
        "texts that are none": (Pem("", ""), "certificate holds no certificate in PEM"),
        "text of authorities": (
            Pem(Path(certificate).read_text(), Path(key).read_text(), "\u20ac", verify_clients=True),
            "client_ca holds no certificates in PEM",
        ),
    }  # fmt: skip


@pytest.mark.parametrize("case", [
    "no certificate", "no key", "a folder", "no PEM", "a key that is none", "swapped", "cut", "another key",
    "encrypted", "no authorities", "prose for authorities", "texts that are none", "text of authorities",
])  # fmt: skip
def test_what_cannot_be_used_is_named(authority, tmp_path, case):
    identity, words = bad_places(authority, tmp_path)[case]
    with pytest.raises(BadInput) as caught:
        context_of(identity)
    assert caught.value.message.startswith(words)


@pytest.mark.parametrize("field", ["certificate", "key", "client_ca"])
def test_a_path_is_no_empty_word(field):
    with pytest.raises(BadInput, match=f"^{field} must be a path, got ''"):
        Tls(**({"certificate": "c", "key": "k"} | {field: ""}))


def test_changed_files_count_from_the_next_handshake_on(authority):
    tls, clock = authority.tls("live"), Clock()
    certificates = Certificates(tls, clock)
    client = authority.client()
    first = serial_of(shake(certificates.context(), client))
    copy(Path(authority.tls("next").certificate), Path(tls.certificate))
    copy(Path(authority.folder / "next-key.pem"), Path(tls.key))
    assert serial_of(shake(certificates.context(), client)) == first
    clock.now_s = 1.0
    assert serial_of(shake(certificates.context(), client)) != first


def test_half_a_pair_is_not_taken(authority, caplog):
    tls, clock = authority.tls("half"), Clock()
    certificates = Certificates(tls, clock)
    client = authority.client()
    first = serial_of(shake(certificates.context(), client))
    authority.issue("whole")
    caplog.set_level(logging.INFO)
    steps = [
        (lambda: copy(authority.folder / "whole.pem", Path(tls.certificate)), "does not belong to", True),
        (lambda: None, None, True),
        (lambda: Path(tls.key).unlink(), "No such file or directory", True),
        (lambda: copy(authority.folder / "whole-key.pem", Path(tls.key)), "get the new certificate", False),
    ]
    for step, words, same in steps:
        caplog.clear()
        step()
        clock.now_s += 1.0
        assert (serial_of(shake(certificates.context(), client)) == first) is same
        assert len(caplog.messages) == (0 if words is None else 1)
        assert words is None or words in caplog.messages[0]


def test_an_authority_that_is_gone_lets_nobody_in(authority, tmp_path):
    """Neither by a handshake nor by a session of before."""
    old, new = Authority(tmp_path / "old"), Authority(tmp_path / "new")
    tls, clock = authority.tls("guarded", clients=old), Clock()
    certificates = Certificates(tls, clock)
    client = authority.client()
    client.load_cert_chain(*map(str, old.issue("client")))
    shake(certificates.context(), client)
    copy(new.path, old.path)
    clock.now_s = 1.0
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(certificates.context(), client)
