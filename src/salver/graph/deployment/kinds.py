"""Kinds of units: types, implementations, methods, and what each of them is asked to do.

The hooks are those of Seldon's Go executor; of the built-in units those of its Java engine, which had all four.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, get_args

from salver.graph.deployment.spec import Hook

TYPES: Final[dict[str, frozenset[Hook]]] = {
    "UNKNOWN_TYPE": frozenset(),
    "ROUTER": frozenset(("ROUTE", "SEND_FEEDBACK")),
    "COMBINER": frozenset(("AGGREGATE",)),
    "MODEL": frozenset(("PREDICT", "SEND_FEEDBACK")),
    "TRANSFORMER": frozenset(("TRANSFORM_INPUT",)),
    "OUTPUT_TRANSFORMER": frozenset(("TRANSFORM_OUTPUT",)),
}
METHODS: Final = ("TRANSFORM_INPUT", "TRANSFORM_OUTPUT", "ROUTE", "AGGREGATE", "SEND_FEEDBACK")
BUILT_IN: Final[dict[str, frozenset[Hook]]] = {
    "SIMPLE_MODEL": frozenset(("PREDICT",)),
    "SIMPLE_ROUTER": frozenset(("ROUTE",)),
    "RANDOM_ABTEST": frozenset(("ROUTE",)),
    "AVERAGE_COMBINER": frozenset(("AGGREGATE",)),
}
NO_IMPLEMENTATION: Final = "UNKNOWN_IMPLEMENTATION"
TENSORFLOW: Final = "TENSORFLOW_SERVER"
PREPACKAGED: Final = (
    TENSORFLOW,
    "SKLEARN_SERVER",
    "XGBOOST_SERVER",
    "MLFLOW_SERVER",
    "TRITON_SERVER",
    "HUGGINGFACE_SERVER",
    "TEMPO_SERVER",
)
URI_OPTIONAL: Final = frozenset(("HUGGINGFACE_SERVER",))
IMPLEMENTATIONS: Final = (NO_IMPLEMENTATION, *BUILT_IN, *PREPACKAGED)
_ORDER: Final[tuple[Hook, ...]] = get_args(Hook)


def hooks_of(unit_type: str, methods: Sequence[str], implementation: str) -> tuple[Hook, ...]:
    """In the order of a request. A model is never asked to transform its input as well."""
    hooks = BUILT_IN.get(implementation) or TYPES[unit_type].union(methods)  # type: ignore[arg-type]
    return tuple(hook for hook in _ORDER if hook in hooks and not (hook == "TRANSFORM_INPUT" and "PREDICT" in hooks))
