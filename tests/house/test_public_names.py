"""What `import salver` promises: a name that comes or goes does so on purpose."""

from __future__ import annotations

import inspect

import salver
from salver.cli.reference import public_names
from salver.core.errors import KINDS

PUBLIC = {
    "BadInput",
    "Fault",
    "FormatOptions",
    "Full",
    "Internal",
    "Late",
    "Model",
    "NotFound",
    "OnnxOptions",
    "PfaOptions",
    "PmmlOptions",
    "PythonOptions",
    "Signature",
    "Tensor",
    "TensorSpec",
    "Trail",
    "Unavailable",
    "Unsupported",
    "load",
    "signature",
}


def test_public_names_are_these() -> None:
    assert set(public_names()) == PUBLIC


def test_each_has_a_docstring() -> None:
    assert [name for name, value in public_names().items() if not inspect.getdoc(value)] == []


def test_every_kind_of_fault_can_be_caught_by_name() -> None:
    assert {kind.__name__ for kind in KINDS} < PUBLIC


def test_the_version_is_there() -> None:
    assert salver.__version__.count(".") == 2
