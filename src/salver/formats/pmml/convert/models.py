"""The model elements that can be converted, and by whom; and a model with its targets."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final

from salver.formats.pmml.convert.compiler import GraphCompiler
from salver.formats.pmml.convert.outputs import Converted
from salver.formats.pmml.convert.said import Said
from salver.formats.pmml.convert.targets import rescaled
from salver.formats.pmml.kernel import Model

_ROOM: Final = "salver.formats.pmml.convert"
CONVERTERS: Final = {
    "GeneralRegressionModel": ("linear", "general_regression"),
    "MiningModel": ("segments", "mining"),
    "NeuralNetwork": ("network", "network"),
    "RegressionModel": ("linear", "regression"),
    "TreeModel": ("trees", "tree"),
}
"""By tag: the module, and its function."""


def converted(model: Model, compiler: GraphCompiler) -> Converted:
    """A model in the graph. Raises Unsupported for what does not fit."""
    if model.element.tag not in CONVERTERS:
        model.element.unsupported(f"a {model.element.tag} cannot be converted; there are {', '.join(CONVERTERS)}")
    module, name = CONVERTERS[model.element.tag]
    convert: Callable[[Model, GraphCompiler], Said] = getattr(import_module(f"{_ROOM}.{module}"), name)
    said = rescaled(convert(model, compiler), model.element, model.target, compiler.graph)
    return Converted(model, said)
