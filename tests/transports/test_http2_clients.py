"""HTTP/2 clients that people use, as they come: curl, nghttp, h2load."""

import json
import re
import shutil
import subprocess

import pytest
from grpc_echo import serving_echo

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served():
    with serving_echo() as served:
        yield served


def command(name, *arguments, stdin=b""):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    done = subprocess.run([name, *arguments], input=stdin, capture_output=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(*arguments, stdin=b""):
    return command("curl", "-sS", "--noproxy", "*", "--http2-prior-knowledge", *arguments, stdin=stdin)


def test_curl(served):
    document = json.loads(curl(f"{served.url}/p?x=1", "-d", "body"))
    assert (document["method"], document["target"], document["body"]) == ("POST", "/p?x=1", "body")
    assert ["host", served.target] in document["headers"]


def test_curl_sends_a_large_body(served):
    assert json.loads(curl(f"{served.url}/p", "--data-binary", "@-", stdin=bytes(9_000_000)))["size"] == 9_000_000


def test_curl_head(served):
    assert curl("-I", f"{served.url}/p").startswith(b"HTTP/2 200")


def test_curl_takes_pieces(served):
    # One request each: curl 7.88 breaks a connection that it uses again with prior knowledge (its issue 10634).
    assert curl(f"{served.url}/pieces").count(b",") == 50_000


def test_curl_makes_a_grpc_call(served):
    out = curl(
        "-i", f"{served.url}/test.Echo/Model", "-H", "content-type: application/grpc", "-H", "te: trailers",
        "--data-binary", "@-", stdin=b"\x00\x00\x00\x00\x05hello",
    )  # fmt: skip
    assert b"\x00\x00\x00\x00\x05hello" in out
    assert b"grpc-status: 0" in out


def test_nghttp(served):
    out = command("nghttp", "-v", f"{served.url}/p", f"{served.url}/pieces")
    assert out.count(b":status: 200") == 2
    assert b"GOAWAY frame <length=8" in out
    assert b"error_code=NO_ERROR" in out


@pytest.mark.parametrize("streams", [1, 32])
def test_h2load(served, tmp_path, streams):
    body = tmp_path / "body"
    body.write_bytes(b"\x00\x00\x00\x00\x06turn:1")
    out = command(
        "h2load", "-n2000", "-c2", f"-m{streams}", "-d", str(body), "-H", "content-type: application/grpc",
        "-H", "te: trailers", f"{served.url}/test.Echo/Model",
    ).decode()  # fmt: skip
    assert re.search(r"2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored", out), out
