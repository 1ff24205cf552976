from __future__ import annotations

from dataclasses import fields

import pytest

from salver import config
from salver.core.errors import BadInput
from salver.graph.guards.mahalanobis import Mahalanobis
from salver.graph.guards.table import GuardSpec

DOCUMENT = """
mahalanobis:
  columns: [alcohol, 3]
  reference: {path: /data/wines.csv, delimiter: ";"}
  quantile: 0.99
  refuse: true
"""


def test_a_document_names_a_guard_and_its_options() -> None:
    kind, options = config.read(GuardSpec, DOCUMENT, "guard.yaml").chosen
    assert kind == "mahalanobis"
    assert isinstance(options, Mahalanobis)
    assert (options.columns, options.quantile, options.refuse) == (("alcohol", "3"), 0.99, True)
    assert options.reference is not None
    assert options.reference.delimiter == ";"


@pytest.mark.parametrize("kind", [field.name for field in fields(GuardSpec)])
def test_every_guard_can_be_had_as_it_is(kind: str) -> None:
    named, options = config.read(GuardSpec, f"{kind}: {{}}", "guard.yaml").chosen
    assert named == kind
    assert isinstance(options("watch").may_be_slow, bool)


def test_a_guard_is_exactly_one() -> None:
    with pytest.raises(BadInput, match=r"guard must be one of mahalanobis, .*; got mahalanobis, cusum"):
        config.read(GuardSpec, "mahalanobis: {}\ncusum: {}", "guard.yaml")
    with pytest.raises(BadInput, match=r"got none \(write `adwin: \{\}`\)"):
        config.read(GuardSpec, "cusum:", "guard.yaml")


def test_every_option_says_what_it_is() -> None:
    for field in fields(GuardSpec):
        _, options = config.read(GuardSpec, f"{field.name}: {{}}", "guard.yaml").chosen
        assert set(config.help_of(type(options))) == {option.name for option in fields(options)}  # type: ignore[arg-type]
