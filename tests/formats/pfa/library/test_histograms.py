import math
from functools import partial
from typing import Any

import pytest
from pfa_calls import VECTOR, fails, made, record

from salver.formats.pfa.avro.types import DOUBLE, INT, Array, Type
from salver.formats.pfa.errors import PFASemanticError

FLOWS = ("underflow", "overflow", "nanflow", "infflow")
CORNERS = [f"{x}{y}flow" for x in ("under", "mid", "over") for y in ("under", "mid", "over") if not x == y == "mid"]
COUNTED: dict[str, Type] = {"numbins": INT, "low": DOUBLE, "high": DOUBLE, "values": VECTOR}
SIZED: dict[str, Type] = {"low": DOUBLE, "binsize": DOUBLE, "values": VECTOR}
RANGED: dict[str, Type] = {"ranges": Array(VECTOR), "values": VECTOR}
PLANE: dict[str, Type] = {
    "xnumbins": INT,
    "xlow": DOUBLE,
    "xhigh": DOUBLE,
    "ynumbins": INT,
    "ylow": DOUBLE,
    "yhigh": DOUBLE,
    "values": Array(VECTOR),
}


def filled(kind: dict[str, Type], state: dict[str, Any], x: float, *flows: str) -> Any:
    """What the histogram holds, and the flows that have gained something."""
    of = record("Histogram", **kind, **dict.fromkeys(flows, DOUBLE))
    before = {**state, **dict.fromkeys(flows, 0.0)}
    after = made("stat.sample.fillHistogram", DOUBLE, DOUBLE, of)(x, 2.0, before)
    assert before == {**state, **dict.fromkeys(flows, 0.0)}
    assert list(after) == list(before)
    return after["values"], [flow for flow in flows if after[flow] == 2.0]


def counted(x: float, *flows: str, **other: Any) -> Any:
    return filled(COUNTED, {"numbins": 3, "low": 1.0, "high": 4.0, "values": [0.0, 1.0, 0.0], **other}, x, *flows)


@pytest.mark.parametrize(("x", "at"), [(1.0, 0), (2.0, 1), (3.999999999999999, 2)])
def test_numbers_fall_into_bins(x: float, at: int) -> None:
    values, flows = counted(x, *FLOWS)
    assert values == [2.0 * (place == at) + (place == 1) for place in range(3)]
    assert flows == []


@pytest.mark.parametrize(
    ("x", "flow", "without"),
    [
        (0.9, "underflow", "underflow"),
        (4.0, "overflow", "overflow"),
        (math.nan, "nanflow", "nanflow"),
        (math.inf, "infflow", "overflow"),
        (-math.inf, "infflow", "underflow"),
    ],
)
def test_numbers_outside_are_kept_if_there_is_a_place(x: float, flow: str, without: str) -> None:
    assert counted(x, *FLOWS) == ([0.0, 1.0, 0.0], [flow])
    assert counted(x, *FLOWS[:3]) == ([0.0, 1.0, 0.0], [without])
    assert counted(x) == ([0.0, 1.0, 0.0], [])


def test_histograms_that_cannot_be() -> None:
    fails(14082, lambda: counted(1.0, numbins=0))
    fails(14080, lambda: counted(1.0, numbins=4))
    for low, high in ((4.0, 4.0), (5.0, 4.0), (math.nan, 4.0), (-math.inf, 4.0), (1.0, math.inf)):
        fails(14081, partial(counted, 1.0, low=low, high=high))
    assert counted(1.0, low=-1.7e308, high=1.7e308)[0] == [2.0, 1.0, 0.0]


def sized(x: float, *flows: str, **other: Any) -> Any:
    return filled(SIZED, {"low": 1.0, "binsize": 0.5, "values": [0.0, 1.0], **other}, x, *flows)


def test_histograms_grow() -> None:
    assert sized(1.0)[0] == [2.0, 1.0]
    assert sized(2.9)[0] == [0.0, 1.0, 0.0, 2.0]
    assert sized(99.0, values=[])[0] == [2.0]
    assert sized(0.5, *FLOWS) == ([0.0, 1.0], ["underflow"])
    assert sized(math.inf, *FLOWS) == ([0.0, 1.0], ["infflow"])
    assert sized(math.inf, *FLOWS[:3]) == ([0.0, 1.0], ["overflow"])
    assert sized(-math.inf, *FLOWS[:3]) == ([0.0, 1.0], ["underflow"])
    assert sized(math.nan, *FLOWS) == ([0.0, 1.0], ["nanflow"])


def test_histograms_do_not_grow_without_end() -> None:
    fails(14082, lambda: sized(1e9))
    fails(14082, lambda: sized(1e300))
    for size in (0.0, -1.0, math.nan, math.inf):
        fails(14082, partial(sized, 1.0, binsize=size))


def ranged(x: float, *flows: str, **other: Any) -> Any:
    return filled(RANGED, {"ranges": [[0.0, 2.0], [1.0, 3.0], [5.0, 6.0]], "values": [0.0] * 3, **other}, x, *flows)


def test_ranges_may_overlap() -> None:
    assert ranged(1.5)[0] == [2.0, 2.0, 0.0]
    assert ranged(5.0)[0] == [0.0, 0.0, 2.0]
    assert ranged(4.0, *FLOWS) == ([0.0] * 3, ["underflow"])
    assert ranged(math.inf, *FLOWS[:3]) == ([0.0] * 3, ["underflow"])
    assert ranged(math.inf, *FLOWS) == ([0.0] * 3, ["infflow"])
    assert ranged(math.nan, *FLOWS) == ([0.0] * 3, ["nanflow"])


def test_ranges_that_cannot_be() -> None:
    fails(14080, lambda: ranged(1.0, values=[0.0]))
    for wrong in ([1.0], [1.0, 1.0], [2.0, 1.0], [math.nan, 1.0], [0.0, math.inf]):
        fails(14083, partial(ranged, 1.0, ranges=[[0.0, 1.0], wrong, [2.0, 3.0]]))


@pytest.mark.parametrize(
    "fields",
    [
        {**COUNTED, **SIZED},
        {**SIZED, **RANGED},
        {**COUNTED, "underflow": INT},
        {**SIZED, "nanflow": Array(DOUBLE)},
    ],
)
def test_records_that_are_no_histogram(fields: dict[str, Type]) -> None:
    with pytest.raises(PFASemanticError):
        made("stat.sample.fillHistogram", DOUBLE, DOUBLE, record("Histogram", **fields))


def plane(x: float, y: float, *flows: str, **other: Any) -> Any:
    of = record("Plane", **PLANE, **dict.fromkeys(flows, DOUBLE))
    bounds = {"xnumbins": 2, "xlow": 0.0, "xhigh": 2.0, "ynumbins": 3, "ylow": 0.0, "yhigh": 3.0}
    before = {**bounds, "values": [[0.0] * 3, [1.0] * 3], **other, **dict.fromkeys(flows, 0.0)}
    after = made("stat.sample.fillHistogram2d", DOUBLE, DOUBLE, DOUBLE, of)(x, y, 2.0, before)
    return after["values"], [flow for flow in flows if after[flow] == 2.0]


def test_bins_of_two_dimensions() -> None:
    assert plane(0.0, 2.5)[0] == [[0.0, 0.0, 2.0], [1.0] * 3]
    assert plane(1.999, 0.0, *CORNERS) == ([[0.0] * 3, [3.0, 1.0, 1.0]], [])


@pytest.mark.parametrize("flow", CORNERS)
def test_corners_and_sides(flow: str) -> None:
    places = {"under": -1.0, "mid": 1.0, "over": 9.0}
    x, y = next((x, y) for x in places for y in places if flow == f"{x}{y}flow")
    assert plane(places[x], places[y], *CORNERS) == ([[0.0] * 3, [1.0] * 3], [flow])


def test_what_is_no_number_in_two_dimensions() -> None:
    untouched = [[0.0] * 3, [1.0] * 3]
    assert plane(math.nan, math.inf, "nanflow", "infflow") == (untouched, ["nanflow"])
    assert plane(1.0, math.inf, "nanflow", "infflow") == (untouched, ["infflow"])
    assert plane(-math.inf, math.inf, "underoverflow") == (untouched, ["underoverflow"])


def test_planes_that_cannot_be() -> None:
    fails(14092, lambda: plane(1.0, 1.0, xnumbins=0))
    fails(14092, lambda: plane(1.0, 1.0, ynumbins=-1))
    fails(14090, lambda: plane(1.0, 1.0, xnumbins=3))
    fails(14090, lambda: plane(1.0, 1.0, ynumbins=2))
    for wrong in ({"xlow": 2.0}, {"yhigh": math.inf}, {"ylow": math.nan}):
        fails(14091, partial(plane, 1.0, 1.0, **wrong))
    with pytest.raises(PFASemanticError):
        made("stat.sample.fillHistogram2d", DOUBLE, DOUBLE, DOUBLE, record("Plane", **PLANE, midoverflow=INT))
