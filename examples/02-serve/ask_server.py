"""A server and two clients: the same wine asked in the TensorFlow Serving and in the Open Inference protocol.

Only the standard library: any HTTP client in any language can do the same.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parents[1] / "wine" / "models"
WINE = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until_ready(server: subprocess.Popen[bytes], url: str, deadline_s: float = 30) -> None:
    end = time.monotonic() + deadline_s
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz"):
                return
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
    raise SystemExit(f"the server ended with status {server.returncode}")


def post(url: str, document: object) -> Any:
    body = json.dumps(document).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def ask(url: str) -> None:
    answer = post(f"{url}/v1/models/wine:predict", {"instances": [WINE]})
    print("TensorFlow Serving:", answer["predictions"][0]["quality"])

    tensor = {"name": "features", "shape": [1, 11], "datatype": "FP32", "data": WINE}
    answer = post(f"{url}/v2/models/wine/infer", {"inputs": [tensor], "outputs": [{"name": "quality"}]})
    print("Open Inference:", answer["outputs"][0]["data"][0])


def main() -> None:
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "salver", "serve", str(MODELS), "--port", str(port)])
    try:
        wait_until_ready(server, f"http://127.0.0.1:{port}")
        ask(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(timeout=10)


if __name__ == "__main__":
    main()
