"""TextModel: the document of the corpus that a row of term counts is most like. Specification: TextModel.

A row's fields are the terms of the dictionary. Logarithms are to the base of 10.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np

from salver.formats.pmml.element import Element
from salver.formats.pmml.frame import Array, Field, Frame
from salver.formats.pmml.kernel import Kernel, Model, Result
from salver.formats.pmml.models.matrix import matrix_of

_Weigh: TypeAlias = Callable[[Array], Array]
"""Counts [n, terms] to weights of the same shape."""


def compile_text(model: Model) -> Kernel:
    """The kernel of a TextModel."""
    element = model.element
    terms = element.need("TextDictionary").need("Array")
    fields = tuple(_field(term, terms, model) for term in terms.items())
    corpus = element.need("TextCorpus")
    ids = tuple(child.want("id") for child in corpus.all("TextDocument"))
    if not ids:
        corpus.refuse("a TextCorpus needs a TextDocument")
    counts = _counts(element.need("DocumentTermMatrix"), len(ids), len(fields))
    weigh = _weighing(element.first("TextModelNormalization"), counts)
    kind = element.first("TextModelSimiliarity", "TextModelSimilarity")
    similarity = kind.choice("similarityType", ("cosine", "euclidean"), "cosine") if kind is not None else "cosine"
    classes = tuple(model.target.label(id_, corpus) for id_ in ids)
    with np.errstate(all="ignore"):
        documents = weigh(counts)
    return TextCorpus(ids, classes, fields, weigh, documents, is_cosine=similarity == "cosine")


def _field(term: str, place: Element, model: Model) -> Field:
    field = model.scope.field(term, place)
    if field.kind == "text":
        place.refuse(f"field '{term}' is text, wanted how often the term occurs")
    return field


def _counts(element: Element, documents: int, terms: int) -> Array:
    matrix: Array = matrix_of(element.need("Matrix"))
    if matrix.shape != (documents, terms):
        found = " x ".join(map(str, matrix.shape))
        element.refuse(f"the matrix is {found}, wanted {documents} documents x {terms} terms")
    return matrix


class TextCorpus:
    """Compares each row with all documents; the affinity is the cosine, or the distance, of the weighted terms."""

    __slots__ = ("_documents", "_fields", "_is_cosine", "_norms", "_weigh", "classes", "entities")

    def __init__(
        self,
        ids: tuple[str, ...],
        classes: tuple[Any, ...],
        fields: tuple[Field, ...],
        weigh: _Weigh,
        documents: Array,
        *,
        is_cosine: bool,
    ) -> None:
        self.classes = classes
        self.entities = ids
        self._fields = fields
        self._weigh = weigh
        self._documents = documents
        self._norms = np.linalg.norm(documents, axis=1)
        self._is_cosine = is_cosine

    def __call__(self, frame: Frame) -> Result:
        with np.errstate(all="ignore"):
            rows = self._weigh(frame.matrix(self._fields))
            affinity = self._cosine(rows) if self._is_cosine else self._distance(rows)
        order = -affinity if self._is_cosine else affinity
        unknown = np.isnan(order)
        winner = np.where(unknown, np.inf, order).argmin(axis=1)
        winner = np.where(unknown.all(axis=1), -1, winner)
        return Result(winner=winner, affinity=affinity, entity=winner)

    def _cosine(self, rows: Array) -> Array:
        cosine: Array = (rows @ self._documents.T) / (np.linalg.norm(rows, axis=1)[:, None] * self._norms)
        return cosine

    def _distance(self, rows: Array) -> Array:
        distances = np.empty((len(rows), len(self._documents)))
        for place, document in enumerate(self._documents):
            distances[:, place] = np.linalg.norm(rows - document, axis=1)
        return distances


# Weights.


def _weighing(element: Element | None, counts: Array) -> _Weigh:
    """How counts are weighed, a row's as a document's; `counts` are the documents'."""
    if element is None:
        local, shares, is_unit = "termFrequency", _GLOBAL["inverseDocumentFrequency"](counts), False
    else:
        local = element.choice("localTermWeights", tuple(_LOCAL), "termFrequency")
        chosen = element.choice("globalTermWeights", tuple(_GLOBAL), "inverseDocumentFrequency")
        with np.errstate(all="ignore"):
            shares = _GLOBAL[chosen](counts)
        is_unit = element.choice("documentNormalization", ("none", "cosine"), "none") == "cosine"
    weigh_term = _LOCAL[local]

    def weigh(rows: Array) -> Array:
        weights = weigh_term(rows) * shares
        return weights / np.linalg.norm(weights, axis=1, keepdims=True) if is_unit else weights

    return weigh


def _augmented(counts: Array) -> Array:
    most = counts.max(axis=1, keepdims=True)
    return np.where(most > 0, 0.5 * (_occurs(counts) + counts / most), counts)


def _occurs(counts: Array) -> Array:
    """1 where a term occurs, 0 where not; missing counts stay so."""
    return np.sign(counts)


def _documents_with(counts: Array) -> Array:
    occurring: Array = (counts > 0).sum(axis=0).astype(np.float64)
    return occurring


_LOCAL: Final[dict[str, _Weigh]] = {
    "termFrequency": lambda counts: counts,
    "binary": _occurs,
    "logarithmic": lambda counts: np.log10(1.0 + counts),
    "augmentedNormalizedTermFrequency": _augmented,
}
_GLOBAL: Final[dict[str, Callable[[Array], Array]]] = {
    "inverseDocumentFrequency": lambda counts: np.log10(len(counts) / _documents_with(counts)),
    "none": lambda counts: np.ones(counts.shape[1]),
    "GFIDF": lambda counts: counts.sum(axis=0) / _documents_with(counts),
    "normal": lambda counts: 1.0 / np.sqrt((counts * counts).sum(axis=0)),
    "probabilisticInverse": lambda counts: np.log10((len(counts) - _documents_with(counts)) / _documents_with(counts)),
}
"""Of each term, by all documents."""
