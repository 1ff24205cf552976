"""The exposition as an independent parser reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def _parse(text: str) -> Samples:
    found: Samples = {}
    families: Any = text_string_to_metric_families(text)
    for family in families:
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, "a series must not come twice"
            found[key] = sample.value
    return found


@pytest.fixture(scope="session")
def parse() -> Callable[[str], Samples]:
    """Text to {(sample name, sorted label pairs): value}, by Prometheus' own client library."""
    return _parse
