"""The bare protocol over HTTP/2: the least a Python process can do to answer a prediction over gRPC.

An asyncio.Protocol on uvloop that reads frames, remembers header blocks, parses protobuf, runs the model and writes.
No flow control, no checks, no errors, no limits: not a server. Run as `bare_http2.py CODEC MODEL PORT`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import hpack
import numpy as np
import onnxruntime
import uvloop

from salver.protocols.messages import message

Answer = Callable[[bytes], bytes]

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, SETTINGS, PING = 0, 1, 4, 6
ACK = END_STREAM = 1
WIDE_OPEN = bytes.fromhex("000006 04 00 00000000 0004 7fffffff 000004 08 00 00000000 7fff0000")
SETTINGS_ACK = bytes.fromhex("000000 04 01 00000000")
ENCODER = hpack.Encoder()
ENCODER.header_table_size = 0
HEAD = ENCODER.encode([(":status", "200"), ("content-type", "application/grpc")])
TAIL = ENCODER.encode([("grpc-status", "0")])


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return b"%b%b%b" % ((len(payload) << 16 | kind << 8 | flags).to_bytes(5, "big"), stream.to_bytes(4, "big"), payload)


class Bare(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.decoder = hpack.Decoder()
        self.blocks: dict[bytes, Any] = {}
        self.streams: dict[int, list[bytes]] = {}
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        self.write = transport.write
        self.write(WIDE_OPEN)

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        place, out = (len(PREFACE) if data.startswith(PREFACE) else 0), []
        while len(data) - place >= 9:
            end = place + 9 + int.from_bytes(data[place : place + 3], "big")
            if end > len(data):
                break
            kind, flags = data[place + 3], data[place + 4]
            stream, payload = int.from_bytes(data[place + 5 : place + 9], "big"), data[place + 9 : end]
            place = end
            if kind == HEADERS:
                if payload not in self.blocks:
                    self.blocks[payload] = self.decoder.decode(payload)
                self.streams[stream] = []
            elif kind == DATA:
                self.streams[stream].append(payload)
                if flags & END_STREAM:
                    body = b"".join(self.streams.pop(stream))
                    reply = self.answer(body[5:])
                    out.append(frame(HEADERS, 4, stream, HEAD))
                    out.append(frame(DATA, 0, stream, b"\0" + len(reply).to_bytes(4, "big") + reply))
                    out.append(frame(HEADERS, 5, stream, TAIL))
            elif kind == SETTINGS and not flags & ACK:
                out.append(SETTINGS_ACK)
            elif kind == PING and not flags & ACK:
                out.append(frame(PING, ACK, 0, payload))
        self.rest = data[place:]
        if out:
            self.write(b"".join(out))


def infer(session: onnxruntime.InferenceSession) -> Answer:
    """Open Inference: raw contents, in and out."""
    asked, told = message("inference.ModelInferRequest"), message("inference.ModelInferResponse")
    given, run = session.get_inputs()[0].name, session.run
    name = session.get_outputs()[0].name

    def answer(body: bytes) -> bytes:
        request = asked.FromString(body)
        rows = np.frombuffer(request.raw_input_contents[0], "<f4").reshape(tuple(request.inputs[0].shape))
        (outputs,) = run(None, {given: rows})
        reply = told(model_name=request.model_name, model_version="1", raw_output_contents=[outputs.tobytes()])
        reply.outputs.add(name=name, datatype="FP32", shape=outputs.shape)
        return bytes(reply.SerializeToString())

    return answer


def predict(session: onnxruntime.InferenceSession) -> Answer:
    """TensorFlow Serving: `tensor_content` in, `float_val` out, as TensorFlow Serving answers."""
    asked, told = message("tensorflow.serving.PredictRequest"), message("tensorflow.serving.PredictResponse")
    given, run = session.get_inputs()[0].name, session.run
    name = session.get_outputs()[0].name

    def answer(body: bytes) -> bytes:
        request = asked.FromString(body)
        tensor = request.inputs[given]
        rows = np.frombuffer(tensor.tensor_content, "<f4").reshape([each.size for each in tensor.tensor_shape.dim])
        (outputs,) = run(None, {given: rows})
        reply = told()
        reply.model_spec.name = request.model_spec.name
        reply.model_spec.version.value = 1
        output = reply.outputs[name]
        output.dtype = 1
        for size in outputs.shape:
            output.tensor_shape.dim.add(size=size)
        output.float_val.extend(outputs.ravel().tolist())
        return bytes(reply.SerializeToString())

    return answer


async def main(codec: str, model: str, port: int) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    answer = {"infer": infer, "predict": predict}[codec](onnxruntime.InferenceSession(model, options))
    server = await asyncio.get_running_loop().create_server(lambda: Bare(answer), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
