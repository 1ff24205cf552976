from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salver.observe.catalogue import Join, Kind, Metric
from salver.observe.exposition import exposition, joined, tensorflow_page

ROOMS = Metric("rooms_total", Kind.COUNTER, 'Rooms with a "view",\nand a \\.', ("house", "floor"))
HEAT = Metric("heat", Kind.GAUGE, "How warm.", join=Join.MAX)
COLD = Metric("cold", Kind.GAUGE, "How cold.", join=Join.MIN)
WAIT = Metric("wait_seconds", Kind.HISTOGRAM, "How long.", ("door",), (0.001, 0.5, 2.0))

labels = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=True, allow_infinity=True)


def test_the_text_of_the_specification():
    text = exposition([ROOMS, WAIT], [(WAIT, ("front",), (1.0, 2.0, 0.0, 4.0, 12.5)), (ROOMS, ("b", "1"), (3.0,))])
    assert text == (
        '# HELP rooms_total Rooms with a "view",\\nand a \\\\.\n'
        "# TYPE rooms_total counter\n"
        'rooms_total{house="b",floor="1"} 3\n'
        "# HELP wait_seconds How long.\n"
        "# TYPE wait_seconds histogram\n"
        'wait_seconds_bucket{door="front",le="0.001"} 1\n'
        'wait_seconds_bucket{door="front",le="0.5"} 3\n'
        'wait_seconds_bucket{door="front",le="2"} 3\n'
        'wait_seconds_bucket{door="front",le="+Inf"} 7\n'
        'wait_seconds_sum{door="front"} 12.5\n'
        'wait_seconds_count{door="front"} 7\n'
    )


@given(house=labels, floor=labels, value=numbers)
def test_labels_and_numbers_are_read_back_as_they_were(parse, house, floor, value):
    found = parse(exposition([ROOMS], [(ROOMS, (house, floor), (value,))]))
    ((name, pairs), read) = next(iter(found.items()))
    assert (name, dict(pairs)) == ("rooms_total", {"house": house, "floor": floor})
    assert read == value or (math.isnan(read) and math.isnan(value))


def test_a_label_that_is_no_text_does_not_break_the_page(parse):
    assert exposition([ROOMS], [(ROOMS, ("\udcff", "1"), (1.0,))]).encode()


@given(st.lists(st.tuples(labels, st.integers(0, 2**40)), max_size=8))
def test_counters_of_several_processes_are_summed(parse, counts):
    values = [(ROOMS, (house, ""), (float(count),)) for house, count in counts]
    found = parse(exposition([ROOMS], joined(values)))
    assert sum(found.values()) == sum(count for _, count in counts)
    assert len(found) == len({house for house, _ in counts})


@pytest.mark.parametrize(("metric", "expected"), [(HEAT, 5.0), (COLD, -1.0)])
def test_gauges_are_joined_as_declared(metric, expected):
    assert joined([(metric, (), (value,)) for value in (2.0, 5.0, -1.0)]) == [(metric, (), (expected,))]


def test_metrics_without_series_are_left_out():
    assert exposition([ROOMS, HEAT], []) == ""


def test_the_page_as_tensorflow_serving_writes_it():
    """As its `prometheus_exporter.cc` lays it out: type lines only, also for what was never counted; braces always."""
    bare = Metric(":tensorflow:core:graph_runs", Kind.COUNTER, "Runs.")
    text = tensorflow_page(
        [bare, ROOMS, WAIT, HEAT],
        [(WAIT, ("front",), (1.0, 2.0, 0.0, 4.0, 12.5)), (ROOMS, ('b"', "1"), (3.0,)), (bare, (), (7.0,))],
    )
    assert text == (
        "# TYPE :tensorflow:core:graph_runs counter\n"
        ":tensorflow:core:graph_runs{} 7\n"
        "# TYPE rooms_total counter\n"
        'rooms_total{house="b\\"",floor="1"} 3\n'
        "# TYPE wait_seconds histogram\n"
        'wait_seconds_bucket{door="front",le="0.001"} 1\n'
        'wait_seconds_bucket{door="front",le="0.5"} 3\n'
        'wait_seconds_bucket{door="front",le="2"} 3\n'
        'wait_seconds_bucket{door="front",le="+Inf"} 7\n'
        'wait_seconds_sum{door="front"} 12.5\n'
        'wait_seconds_count{door="front"} 7\n'
        "# TYPE heat gauge\n"
    )
