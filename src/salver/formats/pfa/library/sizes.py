"""How large the texts and bytes may get that the library makes: a few calls that double a text would fill the memory
long before any clock runs out.
"""

from __future__ import annotations

from typing import Final

from salver.formats.pfa.errors import PFARuntimeError

MOST: Final = 2**26
"""So many characters, or bytes."""


def bounded(size: int) -> int:
    """The size of what is about to be made. Raises PFARuntimeError, without a code of the specification, if it is more
    than MOST."""
    if size > MOST:
        raise PFARuntimeError(0, f"this would be {size} characters or bytes long; at most {MOST} are allowed")
    return size
