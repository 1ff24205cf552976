"""Seldon's own client and testers, from an environment of their own.

They want old versions of what they depend on (numpy 1, protobuf 3.20, Flask 2), so they are never installed beside
Salver. `scripts/test` makes the environment, `.venvs/seldon`, the same that the benchmark asks; what asks for it is
skipped where it could not be made.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / ".venvs" / "seldon"
_DEADLINE_S = 60
_ASK = """
import json, sys
import numpy as np
from google.protobuf.json_format import MessageToDict
from seldon_core.seldon_client import SeldonClient
asked = json.loads(sys.argv[1])
client = SeldonClient(gateway="ambassador", client_return_type="proto", **asked["client"])
data = {"data": np.array(asked["data"])} if "data" in asked else {}
said = lambda message: None if message is None else MessageToDict(message)
told = client.predict(**data, **asked["predict"])
answer = {"success": told.success, "message": told.msg, "request": said(told.request), "response": said(told.response)}
if "reward" in asked and told.success:
    taken = client.feedback(told.request, told.response, reward=asked["reward"])
    answer["feedback"] = {"success": taken.success, "message": taken.msg, "response": said(taken.response)}
print(json.dumps(answer))
"""


def folder() -> Path:
    """That of the environment. Skips the test where there is none."""
    if not (FOLDER / "bin" / "seldon-core-tester").exists():
        pytest.skip(
            f"{FOLDER} has no seldon-core: it could not be installed, or the tests were run without scripts/test"
        )
    return FOLDER


def tester(contract: Path, port: int, *options: str) -> str:
    """What `seldon-core-tester` prints: it asks a microservice, `/predict` and the like, with made-up rows of the
    contract. It ends with 0 whatever it is answered; a request that failed prints `None` for a response."""
    return _run("seldon-core-tester", str(contract), "127.0.0.1", str(port), "--prnt", *options)


def api_tester(contract: Path, port: int, deployment: str, *options: str) -> str:
    """What `seldon-core-api-tester` prints: it asks a deployment behind an ingress,
    `/seldon/[<namespace>/]<deployment>/api/v1.0/predictions`, or by gRPC with the metadata `seldon`. With `--endpoint
    send-feedback` it fails by itself, before it sends, for an answer that has tags or is an `ndarray`."""
    return _run("seldon-core-api-tester", str(contract), "127.0.0.1", str(port), deployment, "--prnt", *options)


def ask(
    port: int,
    deployment: str,
    *,
    data: Any = None,
    transport: str = "rest",
    reward: float | None = None,
    namespace: str | None = None,
    **predict: Any,
) -> dict[str, Any]:
    """What `SeldonClient.predict`, and `feedback` on its answer where a reward is given, came to: `success`, `message`,
    `request`, `response` and `feedback`. `predict` may have `names`, `payload_type`, `str_data`, `json_data`, ..."""
    client = {
        "gateway_endpoint": f"127.0.0.1:{port}",
        "deployment_name": deployment,
        "namespace": namespace,
        "transport": transport,
    }
    asked: dict[str, Any] = {"client": client, "predict": predict}
    if data is not None:
        asked["data"] = data
    if reward is not None:
        asked["reward"] = reward
    told: dict[str, Any] = json.loads(_run("python", "-c", _ASK, json.dumps(asked)).splitlines()[-1])
    return told


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [folder() / "bin" / program, *arguments],
        capture_output=True, text=True, timeout=_DEADLINE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
