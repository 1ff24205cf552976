"""grpcio, the library most Python servers speak gRPC with: a thread server, and its asyncio server for streams.

Both do the same work as `bare_http2.py`. Run as `grpcio.py threads|stream MODEL PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import onnxruntime

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.bare_http2 import infer, predict
from bench.load import WIDE


def handlers(model: str) -> list[grpc.GenericRpcHandler]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options)
    answers = {
        "inference.GRPCInferenceService": ("ModelInfer", infer(session)),
        "tensorflow.serving.PredictionService": ("Predict", predict(session)),
    }
    return [
        grpc.method_handlers_generic_handler(
            service, {method: grpc.unary_unary_rpc_method_handler(lambda body, _, answer=answer: answer(body))}
        )
        for service, (method, answer) in answers.items()
    ]


def threads(model: str, port: int) -> None:
    server = grpc.server(ThreadPoolExecutor(8), handlers(model), options=WIDE)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    server.wait_for_termination()


async def stream(port: int) -> None:
    """One method that answers a number with so many messages of 16 bytes."""

    async def count(body: bytes, _: grpc.aio.ServicerContext):
        for number in range(int(body)):
            yield b"%016d" % number

    server = grpc.aio.server(options=WIDE)
    handler = {"Count": grpc.unary_stream_rpc_method_handler(count)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bench.Stream", handler)])
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    if sys.argv[1] == "threads":
        threads(sys.argv[2], int(sys.argv[3]))
    else:
        asyncio.run(stream(int(sys.argv[3])))
