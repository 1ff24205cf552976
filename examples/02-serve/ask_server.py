"""A server and two clients: the same wine asked in the TensorFlow Serving and in the Open Inference protocol.

Only the standard library: any HTTP client in any language can do the same.
"""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

MODELS = Path(__file__).parents[1] / "wine" / "models"
WINE = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


def url_of(server: subprocess.Popen[str]) -> str:
    """The URL in the server's banner, which comes when its models are loaded."""
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"http://\S+?:\d+", line):
            return found[0]
    raise SystemExit("the server ended before it was ready")


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
    # Port 0 lets the kernel choose one that is free.
    command = [sys.executable, "-m", "salver", "serve", str(MODELS), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        ask(url_of(server))
    finally:
        server.terminate()
        server.wait(timeout=30)


if __name__ == "__main__":
    main()
