"""curl, a client that many will use first, with the features that it has and a raw socket has not."""

from __future__ import annotations

import asyncio
import shutil

import orjson
import pytest

from salver.transports.endpoints import Unix

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed"),
]


async def curl(*arguments: str, stdin: bytes = b"") -> tuple[bytes, str]:
    """What it printed, and what it told about the exchange."""
    process = await asyncio.create_subprocess_exec(
        "curl", "-sv", "--noproxy", "*", "--max-time", "8", *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, told = await process.communicate(stdin)
    assert process.returncode == 0, told
    return out, told.decode()


def test_curl(run, serve, tmp_path):
    async def main():
        async with serve() as listener:
            url = str(listener.addresses[0])
            out, _ = await curl(f"{url}/v1/models/wine?x=1", "-d", '{"instances": [1]}')
            got = orjson.loads(out)
            assert (got["method"], got["target"], got["body"]) == ("POST", "/v1/models/wine?x=1", '{"instances": [1]}')

            out, told = await curl(url, "-H", "Expect: 100-continue", "--data-binary", "@-", stdin=b"a" * 2_000_000)
            assert len(orjson.loads(out)["body"]) == 2_000_000
            assert "HTTP/1.1 100 Continue" in told

            chunked = ("-H", "Transfer-Encoding: chunked", "--data-binary", "@-")
            out, _ = await curl(url, *chunked, stdin=b"b" * 300_000)
            assert orjson.loads(out)["body"] == "b" * 300_000

            out, told = await curl("-I", url)
            assert out.startswith(b"HTTP/1.1 200 OK")

            _, told = await curl(f"{url}/[1-5]")
            assert "Re-using existing" in told or "Reusing existing" in told

            for version, prefix in (("--http1.0", b'{"method":"GET"'), ("--http2", b'{"method":"POST"')):
                body = () if version == "--http1.0" else ("-d", "body")
                out, _ = await curl(version, url, *body)
                assert out.startswith(prefix)

        path = str(tmp_path / "salver.sock")
        async with serve(at=Unix(path)):
            out, _ = await curl("--unix-socket", path, "http://local/x")
            assert orjson.loads(out)["target"] == "/x"

    run(main())
