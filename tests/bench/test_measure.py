"""The arithmetic of the benchmarks."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import table
from bench.measure import (
    COUNT,
    Row,
    comparison,
    durations,
    in_turns,
    latencies,
    paired_ratio,
    percentile,
    rates,
    tries,
)

VALUES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 99, 7.0),
        ([3.0, 1.0, 2.0], 0, 1.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([3.0, 1.0, 2.0], 100, 3.0),
        ([4.0, 1.0, 2.0, 3.0], 50, 2.5),
        ([float(value) for value in range(101)], 95, 95.0),
        ([0.0, 10.0], 99, 9.9),
    ],
)
def test_a_percentile_is_interpolated_between_the_ordered_values(
    values: list[float], share: float, expected: float
) -> None:
    assert percentile(values, share) == pytest.approx(expected)


@pytest.mark.parametrize(("values", "share"), [([], 50), ([1.0], -1), ([1.0], 101)])
def test_a_percentile_of_nothing_or_out_of_range_is_refused(values: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, share)


@given(VALUES, st.floats(min_value=0, max_value=100), st.floats(min_value=0, max_value=100))
def test_percentiles_rise_with_their_share_and_stay_within_the_values(
    values: list[float], one: float, other: float
) -> None:
    low, high = sorted((one, other))
    tolerance = 1e-9 * max(values)
    assert min(values) - tolerance <= percentile(values, low)
    assert percentile(values, low) <= percentile(values, high) + tolerance
    assert percentile(values, high) <= max(values) + tolerance


def test_a_ratio_is_the_median_of_the_rounds_so_that_one_slow_round_does_not_count() -> None:
    # The second round was slow as a whole, the third for the subject only.
    assert paired_ratio([2.0, 20.0, 9.0], [1.0, 10.0, 1.0]) == 2.0


def test_a_ratio_of_different_numbers_of_rounds_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio([1.0, 2.0], [1.0])


def test_subjects_run_in_turns_and_the_first_round_is_not_counted() -> None:
    order: list[str] = []
    taken = in_turns(2, {name: partial(order.append, name) for name in ("one", "other")})
    assert order == ["one", "other"] * 3
    assert {name: len(seconds) for name, seconds in taken.items()} == {"one": 2, "other": 2}


def test_a_comparison_gives_every_row_but_the_yardstick_a_ratio() -> None:
    rows = comparison({"empty": [1.0, 2.0], "whole": [3.0, 6.0]}, "empty", {"whole": "4 s"})
    assert [(row.what, row.ratio, row.yardstick, row.aim) for row in rows] == [
        ("empty", None, "", ""),
        ("whole", 3.0, "empty", "4 s"),
    ]


def test_a_comparison_can_summarise_many_short_tries_with_the_worst_of_them() -> None:
    taken = {"read": [0.01, 0.02, 0.03], "alert": [0.1, 0.2, 0.6]}
    rows = comparison(taken, "read", {"alert": "2 s"}, summary=tries)
    assert [(row.unit, row.aim) for row in rows] == [("ms", ""), ("ms", "2 s")]
    assert [row.figures["worst"] for row in rows] == pytest.approx([30.0, 600.0])
    assert rows[1].ratio == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (durations("a start", [2.0]), "2.00 s"),
        (durations("previews", [3.0, 1.0, 2.5]), "2.50 s (1.00 to 3.00)"),
        (rates("readings", [210.4, 190.2]), "200 /s (190 to 210)"),
        (latencies("reads", [0.001, 0.002, 0.003]), "p50 2.0, p95 2.9, p99 3.0 ms"),
        (tries("alerts", [0.1, 0.2, 0.6]), "p50 200.0, p95 560.0, worst 600.0 ms"),
        (
            Row(what="loss", runs=1, unit=COUNT, figures={"sent": 2150, "lost": 0}),
            "sent 2150, lost 0 in all",
        ),
    ],
)
def test_figures_are_shown_in_their_unit_with_their_spread(row: Row, expected: str) -> None:
    assert table.figures(row) == expected
