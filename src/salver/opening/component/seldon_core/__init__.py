"""What users' classes import from Seldon's Python package, so far as they need it: our own, of the same names.

It stands in for `seldon_core` where that is not installed. It needs no Flask, serves nothing and reads no settings of
its own. Its messages are those of `salver.protocols`, so they go together with no messages of other protobuf files of
the same names.
"""

from salver.opening.component.seldon_core.storage import Storage

__version__ = "1.17.1"
"""Of the package whose names these are: some classes look at it."""
__all__ = ["Storage", "__version__"]
