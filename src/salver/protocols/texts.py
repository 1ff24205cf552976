"""Text-format protobuf, read with protobuf's own parser over the messages of our own pool."""

from __future__ import annotations

import logging
from typing import Any, Final

from google.protobuf import text_format

from salver.core.errors import BadInput
from salver.protocols import messages

MAX_TEXT_BYTES: Final = 16 * 2**20

_log: Final = logging.getLogger("salver")


def parse_text(data: bytes, name: str, source: str, *, lenient: bool = False) -> Any:
    """The message of the full name that a text says. A lenient reader passes over fields the message does not have.

    What is wrong is logged with line and column, as protobuf's C++ parser does. Raises BadInput that names the source.
    """
    found = messages.message(name)()
    try:
        if len(data) > MAX_TEXT_BYTES:
            raise text_format.ParseError(f"more than {MAX_TEXT_BYTES} bytes are no configuration")
        text_format.Parse(data.decode(), found, allow_unknown_field=lenient, descriptor_pool=messages.POOL)
    except text_format.ParseError as error:
        _log.error("Error parsing text-format %s: %s", name, _position(error))
    except (UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else f"this is no UTF-8: {error}"
        _log.error("Error parsing text-format %s: %s", name, reason)
    else:
        return found
    raise BadInput(f"Invalid protobuf file: '{source}'")


def _position(error: text_format.ParseError) -> str:
    """`line:column: what is wrong`."""
    line, column, text = error.GetLine(), error.GetColumn(), str(error)
    return text if line is None else f"{line}:{column}: {text.partition(' : ')[2] or text}"
