"""What TLS costs: the small network over gRPC, with and without, on the same server."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import trustme

from bench import load, models, questions, servers
from bench.contest import IN_FLIGHT
from bench.effort import Effort
from bench.figures import Part, Target, ratio

WORDS = (
    f"The same network over Open Inference gRPC, {IN_FLIGHT} in flight over four connections that stay open, at two "
    "ports of one server. Medians over the rounds."
)


def measure(effort: Effort) -> Part:
    part = Part("TLS", WORDS, ("port", "requests/s", "p50 µs"))
    values = np.linspace(-1, 1, models.MLP_SIZES[0], dtype=np.float32).reshape(1, -1)
    (expected,) = onnxruntime.InferenceSession(models.path("mlp")).run(None, {"features": values})
    question = questions.grpc_infer("mlp", "features", values)
    found: dict[str, list[load.Load]] = {"http": [], "https": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        servers.salver_with_tls(_certificate(folder), question, expected) as (
            running,
            tls_port,
        ),
    ):
        for _ in range(effort.rounds):
            for scheme, port in (("http", running.port), ("https", tls_port)):
                found[scheme].append(load.measure(port, question, IN_FLIGHT, effort.seconds, scheme=scheme))
    rates = {scheme: [each.requests_per_s for each in loads] for scheme, loads in found.items()}
    for scheme, loads in found.items():
        part.rows.append(
            [scheme, f"{np.median(rates[scheme]):,.0f}", f"{np.median([each.p50_us for each in loads]):,.0f}"]
        )
    share = ratio(rates["https"], rates["http"])
    part.targets.append(Target("requests/s, with TLS / without", share, 0.7, "times", at_least=True))
    return part


def _certificate(folder: str) -> tuple[Path, Path]:
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    issued = trustme.CA().issue_cert("127.0.0.1")
    key.write_bytes(issued.private_key_pem.bytes())
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    return certificate, key
