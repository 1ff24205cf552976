"""The server as an application under somebody else's HTTP server: a real uvicorn, on a port of the kernel's."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import onnxruntime
import pytest
from serving import until

from salver.asgi import app_for
from salver.core.errors import NotFound

uvicorn = pytest.importorskip("uvicorn")
WINE = Path(__file__).parents[2] / "examples" / "wine" / "models"
ASKED = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


@contextmanager
def under_uvicorn(app: Any) -> Iterator[str]:
    """The address of an application that runs until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            until(lambda: server.started or not thread.is_alive())
            assert server.started
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def ask(url: str, body: Any = None) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(url, None if body is None else json.dumps(body).encode(), timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def test_models_answer_under_uvicorn() -> None:
    with under_uvicorn(app_for(str(WINE))) as url:
        assert ask(f"{url}/readyz") == (200, {"ready": True})
        status, answer = ask(f"{url}/v1/models/wine:predict", {"instances": [ASKED]})
        assert (status, answer["predictions"][0]["quality"]) == (200, 5)
        tensor = {"name": "features", "datatype": "FP32", "shape": [1, 11], "data": ASKED}
        status, answer = ask(f"{url}/v2/models/wine/infer", {"inputs": [tensor]})
        assert (status, answer["outputs"][0]["data"]) == (200, [5])
        assert ask(f"{url}/v1/models/wine:predict", {"instances": [[1]]})[0] == 400
        assert ask(f"{url}/v1/models/wein:predict", {"instances": [[1]]})[0] == 404
        assert ask(f"{url}/admin/models/wine/unload", {})[0] == 200
        assert ask(f"{url}/v1/models/wine:predict", {"instances": [ASKED]})[0] == 503
        assert ask(f"{url}/admin/models/wine/load", {})[0] == 200


def test_wishes_are_kept_where_the_configuration_says(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"models:\n  wine: {{path: {WINE}/wine}}\nstate_dir: {tmp_path}/kept\n")
    (tmp_path / "kept").mkdir()
    with under_uvicorn(app_for(str(config))) as url:
        assert ask(f"{url}/admin/models/wine/unload", {})[0] == 200
    with under_uvicorn(app_for(str(config))) as url:
        assert ask(f"{url}/v1/models/wine:predict", {"instances": [ASKED]})[0] == 503


def test_without_the_lifespan_protocol_it_says_so() -> None:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(app=app_for(str(WINE)))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/readyz")

    answer = asyncio.run(main())
    assert answer.status_code == 503
    assert "lifespan" in answer.json()["error"]


def test_a_path_where_nothing_is() -> None:
    with pytest.raises(NotFound, match=r"nothing\.onnx"):
        app_for("nothing.onnx")


def test_the_process_keeps_its_own_use_of_onnxruntime() -> None:
    with under_uvicorn(app_for(str(WINE))):
        session = onnxruntime.InferenceSession(WINE / "wine" / "1" / "model.onnx")
        quality, _ = session.run(None, {"features": np.array([ASKED], np.float32)})
        assert quality.tolist() == [5]
