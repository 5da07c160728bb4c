from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_service.web.charts.scales import LinearScale, TimeScale, label_of, nice_ticks

finite = st.floats(min_value=-1e9, max_value=1e9)


def day(year: int, month: int, number: int) -> datetime:
    """Return midnight of a day."""
    return datetime(year, month, number)  # noqa: DTZ001  # plans give local times without a zone


def test_a_linear_scale_maps_its_ends_to_its_ends() -> None:
    """The low end of the domain must land on the start, the high end on the end, the middle between them."""
    scale = LinearScale(low=10.0, high=20.0, start=200.0, end=0.0)
    assert (scale(10.0), scale(15.0), scale(20.0)) == (200.0, 100.0, 0.0)


def test_a_flat_domain_maps_to_the_middle() -> None:
    """One value alone must not divide by zero."""
    assert LinearScale(low=3.0, high=3.0, start=0.0, end=50.0)(3.0) == 25.0
    assert TimeScale(first=day(2025, 1, 1), last=day(2025, 1, 1), start=0.0, end=50.0)(day(2025, 1, 1)) == 25.0


@given(low=finite, span=st.floats(min_value=1e-6, max_value=1e9), count=st.integers(2, 10))
def test_ticks_lie_inside_the_domain_and_ascend(low: float, span: float, count: int) -> None:
    """No tick may fall outside the axis, and there are never far more than asked for."""
    high = low + span
    ticks = nice_ticks(low, high, count)
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= tick <= high + slack for tick in ticks)
    assert ticks == sorted(ticks)
    assert len(ticks) <= 2 * count + 1


def test_ticks_are_round_numbers() -> None:
    """A person reads 0, 20, 40, not 0, 17, 34."""
    assert nice_ticks(0.0, 100.0, 5) == [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]


@pytest.mark.parametrize(
    ("low", "high"), [(float("nan"), 1.0), (float("inf"), 1.0), (1.0, float("nan")), (2.0, 1.0), (1.0, 1.0)]
)
def test_a_domain_that_is_none_gives_at_most_one_tick(low: float, high: float) -> None:
    """Not-a-number, infinite, reversed and empty domains must not loop or fail."""
    assert len(nice_ticks(low, high)) <= 1


@pytest.mark.parametrize(
    ("value", "step", "label"),
    [(0.3, 0.1, "0.3"), (20.0, 20.0, "20"), (0.35, 0.05, "0.35"), (2.0, 0.0, "2"), (3e-9, 1e-9, "3.00e-09")],
)
def test_labels_have_the_decimals_of_their_step(value: float, step: float, label: str) -> None:
    """0.30000000000000004 must read 0.3."""
    assert label_of(value, step) == label


def test_months_are_named_and_the_year_is_said_in_january() -> None:
    """A year of plans must be labelled by months, the year where it begins."""
    scale = TimeScale(first=day(2024, 11, 15), last=day(2025, 9, 20), start=0.0, end=100.0)
    assert [tick.label for tick in scale.ticks(5)] == ["Jan 2025", "Apr", "Jul"]


def test_short_spans_are_labelled_by_days() -> None:
    """A week of plans must be labelled by days."""
    scale = TimeScale(first=day(2025, 3, 1), last=day(2025, 3, 5), start=0.0, end=100.0)
    assert [tick.label for tick in scale.ticks(5)] == ["1 Mar", "2 Mar", "3 Mar", "4 Mar", "5 Mar"]


def test_long_spans_are_labelled_by_years() -> None:
    """Forty years of plans must not be labelled by months."""
    scale = TimeScale(first=day(1990, 1, 1), last=day(2030, 1, 1), start=0.0, end=100.0)
    assert [tick.label for tick in scale.ticks(5)] == ["1990", "2000", "2010", "2020", "2030"]
