"""TensorFlow's profiler over gRPC, against what TensorFlow's own client (2.21) sends."""

from __future__ import annotations

import pytest

from salver.core.calls import Live, Profile, Profiled
from salver.core.errors import BadInput, Fault, Internal, Unavailable, Unsupported
from salver.protocols.profiler import PROTOCOL
from salver.protocols.rpc import Code, GrpcStatus, Unary

ASKED = (
    b"\x08\xf4\x03\x10\xc0\x84=\x1a\x0ctrace_viewer\x1a\nop_profile\x1a\x0einput_pipeline\x1a\x0ckernel_stats"
    b"\x1a\rmemory_viewer\x1a\x0ememory_profile\x1a\roverview_page\x1a\npod_viewer\x1a\x10tensorflow_stats"
    b"\x1a\txplane.pb\"'\x08\x01\x10\x02\x18\x01(\x018\x01@\xc3\xa5\xe9\xb1\xe9\xd3\xc5\xf5\x18H\xf4\x03R\x0e/tmp/proflog_x"
    b"*\x1e/tmp/proflog_x/plugins/profile2\x132026_11_24_20_55_46:\x0f127.0.0.1:18700"
)
"""`profiler_client.trace("127.0.0.1:18700", "/tmp/proflog_x", 500)`: its folder stands in it too, and is not heeded."""

METHOD: Unary = PROTOCOL.methods[0]  # type: ignore[assignment] # it is one


def test_what_tensorboard_asks_is_understood() -> None:
    assert METHOD.path == b"/tensorflow.ProfilerService/Profile"
    assert METHOD.decode_call(ASKED) == Profile(0.5)


@pytest.mark.parametrize("asked", [b"", b"\x08\x00", b"\x08\xc1\xcf\x24", b"\x08", b"\xff"], ids=repr)
def test_what_is_no_profile_is_refused(asked: bytes) -> None:
    with pytest.raises(BadInput):
        METHOD.decode_call(asked)


def test_the_profile_is_field_8_of_the_answer() -> None:
    assert METHOD.encode_reply(Profile(1), Profiled(b"space")) == b"\x42\x05space"
    assert METHOD.encode_reply(Profile(1), Profiled(b"")) == b"\x38\x01"


def test_the_clients_half_says_the_same() -> None:
    path, sent = PROTOCOL.encode_call(Profile(0.5))
    assert (path, METHOD.decode_call(sent)) == (METHOD.path, Profile(0.5))
    assert PROTOCOL.decode_reply(Profile(1), b"\x42\x05space") == Profiled(b"space")
    with pytest.raises(Internal):
        PROTOCOL.decode_reply(Profile(1), b"\xff")
    with pytest.raises(Unsupported):
        PROTOCOL.encode_call(Live())


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (BadInput("x"), Code.INVALID_ARGUMENT),
        (Unsupported("x"), Code.UNIMPLEMENTED),
        (Unavailable("x"), Code.UNAVAILABLE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_faults_are_statuses(fault: Fault, code: Code) -> None:
    assert PROTOCOL.encode_fault(fault, METHOD) == GrpcStatus(code, "x")
