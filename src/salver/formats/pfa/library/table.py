"""Which file holds which functions: a file is imported when the first of its functions is wanted. The only list of
them."""

from __future__ import annotations

import importlib
from typing import Final

from salver.formats.pfa.library.registry import LIBRARY, LibraryFunction

FILES: Final[dict[str, tuple[str, ...]]] = {
    "": ("core",),
    "a": (
        "arrays_access",
        "arrays_extremes",
        "arrays_functional",
        "arrays_grouping",
        "arrays_order",
        "arrays_search",
        "arrays_sets",
        "arrays_statistics",
    ),
    "bytes": ("raw_bytes",),
    "cast": ("casts", "fanouts"),
    "enum": ("enums",),
    "fixed": ("fixed_bytes",),
    "impute": ("imputation",),
    "interp": ("interpolation",),
    "la": ("linear_algebra", "matrices"),
    "m": ("mathematics",),
    "m.kernel": ("kernels",),
    "m.link": ("links",),
    "m.special": ("special",),
    "map": ("maps_access", "maps_extremes", "maps_functional", "maps_sets"),
    "metric": ("metrics", "binary_metrics"),
    "model.cluster": ("clustering",),
    "model.naive": ("naive_bayes",),
    "model.neighbor": ("neighbours",),
    "model.neural": ("neural",),
    "model.reg": ("regression", "deviations", "gaussian_process"),
    "model.svm": ("support_vectors",),
    "parse": ("parsing",),
    "prob.dist": (
        "distributions",
        "distributions_beta",
        "distributions_counts",
        "distributions_gamma",
        "distributions_normal",
        "distributions_plain",
    ),
    "re": ("expressions",),
    "s": ("strings", "string_numbers"),
    "time": ("times",),
    "rand": ("random_numbers", "random_texts"),
    "stat.change": ("changes",),
    "stat.test": ("deviations",),
    "stat.sample": ("samples", "histograms", "smoothing"),
    "model.tree": ("trees",),
}
"""The files of each name space; those without a name hold the operators."""


def find(name: str) -> LibraryFunction | None:
    """The function of a name; None where there is none."""
    if name not in LIBRARY:
        load(name.rpartition(".")[0])
    return LIBRARY.get(name)


def load(space: str) -> None:
    """Imports the files of a name space."""
    for file in FILES.get(space, ()):
        importlib.import_module(f"salver.formats.pfa.library.{file}")


def load_all() -> dict[str, LibraryFunction]:
    """The whole library."""
    for space in FILES:
        load(space)
    return LIBRARY
