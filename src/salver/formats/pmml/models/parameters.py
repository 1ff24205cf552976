"""Parameters of a GeneralRegressionModel: which predictors each is made of, and what it weighs.

Specification: GeneralRegressionModel, "PPMatrix", "ParamMatrix", "contrast matrix".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from salver.formats.pmml.element import Element, short
from salver.formats.pmml.frame import Array, Field
from salver.formats.pmml.kernel import Model
from salver.formats.pmml.models.columns import number_field
from salver.formats.pmml.models.linear import Coding, Power, Term
from salver.formats.pmml.models.matrix import matrix_of
from salver.formats.pmml.predicates import constant
from salver.formats.pmml.scope import Scope
from salver.formats.pmml.values import MISSING


@dataclass(frozen=True, slots=True)
class Contrast:
    """A contrast matrix: row by the row's category, column by the cell's."""

    categories: tuple[Any, ...]
    matrix: Array

    def column(self, category: Any, field: Field, place: Element) -> Coding:
        if category not in self.categories or self.categories.index(category) >= self.matrix.shape[1]:
            place.refuse(f"{short(str(category))} has no column in the contrast matrix of {short(field.name)}")
        column = self.matrix[:, self.categories.index(category)].tolist()
        return Coding(field, tuple(zip(self.categories, column, strict=True)), missing=MISSING, other=MISSING)


@dataclass(frozen=True, slots=True)
class Weight:
    """A PCell. `category` is None where it is for all."""

    parameter: str
    category: Any
    beta: float
    place: Element


class Parameters:
    """The parameters of one model."""

    __slots__ = ("_cells", "_covariates", "_factors", "_model", "references", "weights")

    def __init__(self, model: Model) -> None:
        element = model.element
        self._model = model
        self.references = {
            parameter.want("name"): parameter.number("referencePoint", 0.0)
            for parameter in element.need("ParameterList").all("Parameter")
        }
        """The reference points, by parameter."""
        self._covariates = {predictor.want("name") for predictor in _predictors(element, "CovariateList")}
        self._factors = {
            predictor.want("name"): _contrast(predictor, model.scope)
            for predictor in _predictors(element, "FactorList")
        }
        self._cells = self._read_cells(element)
        self.weights = [self._weight(cell) for cell in element.need("ParamMatrix").all("PCell")]

    def term(self, parameter: str, category: Any) -> Term:
        """What a parameter is multiplied with, in the equation of a class: an intercept where no cell names it."""
        return tuple(factor for of, factor in self._cells.get(parameter, ()) if of is None or of == category)

    def _read_cells(self, element: Element) -> dict[str, list[tuple[Any, Power | Coding]]]:
        """The PPMatrix: each parameter's factors, with the class that they are for."""
        cells: dict[str, list[tuple[Any, Power | Coding]]] = {}
        matrix = element.first("PPMatrix")
        for cell in matrix.all("PPCell") if matrix is not None else ():
            cells.setdefault(self._known(cell), []).append((self._category(cell), self._factor(cell)))
        return cells

    def _factor(self, cell: Element) -> Power | Coding:
        name = cell.want("predictorName")
        if name in self._covariates:
            return Power(number_field(name, cell, self._model.scope), cell.number("value"))
        if name not in self._factors:
            cell.refuse(f"predictor {short(name)} is neither in the FactorList nor in the CovariateList")
        field = self._model.scope.field(name, cell)
        value = constant(cell.want("value"), field, cell)
        contrast = self._factors[name]
        if contrast is not None:
            return contrast.column(value, field, cell)
        return Coding(field, ((value, 1.0),), missing=MISSING)

    def _weight(self, cell: Element) -> Weight:
        return Weight(self._known(cell), self._category(cell), cell.number("beta"), cell)

    def _category(self, cell: Element) -> Any:
        """The class that a cell is for: a text where the target is a number. None where it is for all."""
        text = cell.attributes.get("targetCategory")
        if text is None or not self._model.is_classification:
            return text
        return self._model.target.label(text, cell)

    def _known(self, cell: Element) -> str:
        name = cell.want("parameterName")
        if name not in self.references:
            cell.refuse(f"there is no parameter {short(name)} in the ParameterList")
        return name


def _predictors(element: Element, name: str) -> list[Element]:
    parent = element.first(name)
    return list(parent.all("Predictor")) if parent is not None else []


def _contrast(predictor: Element, scope: Scope) -> Contrast | None:
    element = predictor.first("Matrix")
    if element is None:
        return None
    field = scope.field(predictor.want("name"), predictor)
    listed = predictor.first("Categories")
    categories = (
        tuple(constant(category.want("value"), field, category) for category in listed.all("Category"))
        if listed is not None
        else field.levels
    )
    matrix = matrix_of(element)
    if len(matrix) != len(categories):
        element.refuse(f"there are {len(categories)} categories of {short(field.name)}, but {len(matrix)} rows")
    return Contrast(categories, matrix)
