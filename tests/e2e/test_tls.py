"""One server at several places, encrypted or not: every protocol at each of them, for real clients."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest
from certificates import Authority
from grpc_health.v1 import health_pb2, health_pb2_grpc
from serving import DEADLINE_S, Running, salver, until

Serve = Callable[..., Running]
APP = "def predict(x: float) -> float:\n    return 2 * x\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(APP)
    return tmp_path / "app.py"


@pytest.fixture
def config(authority: Authority, tmp_path: Path, app: Path) -> Path:
    """Plain, encrypted, for clients with a certificate, and a Unix socket."""
    certificate, key = authority.issue("server")
    tls = f"certificate: {certificate}, key: {key}"
    path = tmp_path / "config.yaml"
    path.write_text(
        f"models: {{app: {{path: 'app.py:predict'}}}}\nport: 0\nlisten:\n"
        f"- {{port: 0, tls: {{{tls}}}}}\n"
        f"- {{port: 0, tls: {{{tls}, client_ca: {authority.path}}}}}\n"
        f"- {{unix_socket: s}}\n"
    )
    return path


def places(server: Running) -> list[str]:
    """Where the banner says it listens."""
    return re.findall(r"(?:https?://|unix:)[^\s,]+", server.banner.strip().splitlines()[0])


def curl(url: str, *arguments: str) -> str:
    """`VERSION STATUS` of the answer to a prediction, as curl sees it; or the exit status."""
    words = ["-s", "-o", os.devnull, "-w", "%{http_version} %{http_code}", "-d", '{"instances": [1.5]}', *arguments]
    ran = subprocess.run(
        ["curl", *words, f"{url}/v1/models/app:predict"], capture_output=True, text=True, timeout=DEADLINE_S
    )
    return ran.stdout if ran.returncode == 0 else f"exit {ran.returncode}"


def healthy(channel: grpc.Channel) -> bool:
    with channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        return bool(check(health_pb2.HealthCheckRequest(), timeout=DEADLINE_S).status == 1)


def credentials(authority: Authority, *, as_client: bool = False) -> grpc.ChannelCredentials:
    root = authority.path.read_bytes()
    if not as_client:
        return grpc.ssl_channel_credentials(root)
    certificate, key = (path.read_bytes() for path in authority.issue("client"))
    return grpc.ssl_channel_credentials(root, key, certificate)


def test_every_place_speaks_everything(serve: Serve, config: Path, authority: Authority) -> None:
    server = serve(config, "--port", "0")
    plain, encrypted, guarded, socket = places(server)
    assert [place.partition(":")[0] for place in (plain, encrypted, guarded, socket)] == [
        "http", "https", "https", "unix",
    ]  # fmt: skip
    assert server.url == plain

    assert curl(plain, "--http1.1") == "1.1 200"
    assert curl(plain, "--http2-prior-knowledge") == "2 200"
    assert curl("http://localhost", "--unix-socket", socket[5:], "--http2-prior-knowledge") == "2 200"
    trusting = ("--cacert", str(authority.path))
    assert curl(encrypted, *trusting, "--http2") == "2 200"
    assert curl(encrypted, *trusting, "--http1.1") == "1.1 200"
    assert curl(encrypted, *trusting, "--http2", "--tls-max", "1.2") == "2 200"
    assert curl(encrypted, *trusting, "--tls-max", "1.1") == "exit 35"
    assert curl(encrypted) == "exit 60", "a certificate of an authority that is not known"
    certificate, key = authority.issue("client")
    assert curl(guarded, *trusting, "--cert", str(certificate), "--key", str(key)) == "2 200"
    assert curl(guarded, *trusting) != "2 200"

    assert healthy(grpc.insecure_channel(plain[7:]))
    assert healthy(grpc.insecure_channel(socket))
    assert healthy(grpc.secure_channel(encrypted[8:], credentials(authority)))
    assert healthy(grpc.secure_channel(guarded[8:], credentials(authority, as_client=True)))
    with pytest.raises(grpc.RpcError) as refused:
        healthy(grpc.secure_channel(guarded[8:], credentials(authority)))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert server.stop() == 0
    assert "rror" not in server.log.read_text()


def test_several_processes_share_all_places(serve: Serve, config: Path, authority: Authority) -> None:
    server = serve(config, "--workers", "2")
    plain, encrypted, _, socket = places(server)
    for _ in range(4):
        assert curl(plain) == "1.1 200"
        assert curl(encrypted, "--cacert", str(authority.path)) == "2 200"
        assert curl("http://localhost", "--unix-socket", socket[5:]) == "1.1 200"


def test_flags_encrypt_the_one_port(serve: Serve, app: Path, authority: Authority) -> None:
    certificate, key = authority.issue("flags")
    flags = ("--tls-cert", certificate, "--tls-key", key)
    trusting = ("--cacert", str(authority.path))
    server = serve(app, *flags)
    assert server.url.startswith("https://")
    assert curl(server.url, *trusting) == "2 200"
    guarded = serve(app, *flags, "--tls-client-ca", authority.path)
    assert curl(guarded.url, *trusting) != "2 200"
    assert curl(guarded.url, *trusting, "--cert", str(certificate), "--key", str(key)) == "2 200"


def test_new_certificates_are_heeded_while_it_runs(serve: Serve, app: Path, authority: Authority) -> None:
    certificate, key = authority.issue("live")
    server = serve(app, "--tls-cert", certificate, "--tls-key", key)

    def shown() -> str:
        return ssl.get_server_certificate(server.address, ca_certs=str(authority.path))

    before = shown()
    certificate.write_text(authority.issue("other")[0].read_text())
    assert until(lambda: "does not belong to" in server.log.read_text() or shown() != before)
    assert shown() == before
    authority.issue("live")
    assert until(lambda: shown() != before)
    assert server.log.read_text().count("the former certificate stays in use") == 1


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--tls-cert", "none.pem", "--tls-key", "none.pem"), "certificate 'none.pem' cannot be read: No such file"),
        (("--tls-cert", "none.pem"), "--tls-cert and --tls-key are wanted, both of them"),
    ],
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_certificates_that_cannot_be_used_are_said_in_a_sentence(
    app: Path, tmp_path: Path, workers: str, flags: tuple[str, ...], words: str
) -> None:
    ran = salver("serve", str(app), "--port", "0", "--workers", workers, *flags, state=tmp_path / "state")
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"salver serve: {words}")
    assert ran.stderr.count("\n") == 1


def test_check_reads_the_certificates(config: Path, tmp_path: Path) -> None:
    assert salver("check", str(config), state=tmp_path / "state").returncode == 0
    config.write_text(config.read_text().replace("server-key.pem", "lost.pem"))
    ran = salver("check", str(config), state=tmp_path / "state")
    assert ran.returncode == 1
    assert "lost.pem' cannot be read" in ran.stderr
