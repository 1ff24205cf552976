"""How TensorFlow's sessions are set up: flags and `ConfigProto` as options of the format."""

from __future__ import annotations

from typing import Any, Final

from google.protobuf import text_format

from salver.core.errors import BadInput
from salver.formats.tensorflow_options import TensorflowOptions
from salver.modelserver.flags import Flags
from salver.modelserver.text_files import read_text, read_text_file

_SESSION: Final = "tensorflow.ConfigProto"
_MAX_THREADS: Final = 2**31 - 1


def session_of_flags(flags: Flags) -> TensorflowOptions:
    """What the flags say; they win over the file they name. Raises NotFound or BadInput."""
    both, intra, inter = (
        _threads(flags.tensorflow_session_parallelism),
        _threads(flags.tensorflow_intra_op_parallelism),
        _threads(flags.tensorflow_inter_op_parallelism),
    )
    if both and intra and inter:
        raise BadInput(
            "Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all."
        )
    if not (intra or inter):
        intra = inter = both
    return TensorflowOptions(intra_op_threads=intra, inter_op_threads=inter, session_config=_text(flags))


def session_of(config: Any) -> TensorflowOptions:
    """What a `ConfigProto` says."""
    return TensorflowOptions(session_config=text_format.MessageToString(config))


def _text(flags: Flags) -> str:
    """The file's own text: TensorFlow knows more fields than are checked here."""
    path, fraction = flags.tensorflow_session_config_file, flags.per_process_gpu_memory_fraction
    if fraction and not 0 < fraction <= 1:
        raise BadInput(f"per_process_gpu_memory_fraction must lie between 0 and 1, got {fraction:g}")
    share = f"gpu_options {{ per_process_gpu_memory_fraction: {fraction!r} }}\n" if fraction else ""
    if not path:
        return share
    config = read_text_file(path, _SESSION, lenient=True)
    return read_text(path) + ("" if config.HasField("gpu_options") else "\n" + share)


def _threads(count: int) -> int:
    return min(max(count, 0), _MAX_THREADS)
