import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from propel_core.errors import InvalidInputError, InvalidRequestError, PropelError, UnsupportedInputError
from propel_core.spc import WESTERN_ELECTRIC, Divisor, IndividualsChart, Maturity, individuals_chart
from support.naive import spc as naive

GAP = None
WAVE = [10.0, 11.0, 9.5, 10.5, 10.0, 9.0, 11.5, 10.0, 10.2, 9.8, 10.7, 9.9, 10.1, 9.6, 10.4, 10.0, 9.7, 10.3, 10.9, 9.4]
series = st.lists(st.one_of(st.none(), st.integers(-50, 50).map(float)), max_size=40)


def codes(chart: IndividualsChart) -> set[str]:
    """Return the codes of the caveats."""
    return {caveat.code for caveat in chart.caveats}


def flags(chart: IndividualsChart) -> dict[int, set[str]]:
    """Return the rules met, by index."""
    return {signal.index: set(signal.rules) for signal in chart.signals}


def test_no_moving_range_crosses_a_gap() -> None:
    """The series 1, 2, gap, 9, 10 has mean moving range 1, not the 3 of dropping the gap first."""
    chart = individuals_chart([1.0, 2.0, GAP, 9.0, 10.0])
    assert chart.moving_range_mean == 1.0
    assert np.array_equal(chart.moving_range, [np.nan, 1.0, np.nan, np.nan, 1.0], equal_nan=True)


@pytest.mark.parametrize("values", [[], [5.0], [GAP, GAP], [GAP, 3.0, GAP]])
def test_fewer_than_two_values_give_no_limits(values: list[float | None]) -> None:
    """With zero or one value there is nothing to draw and nothing to signal."""
    chart = individuals_chart(values)
    assert chart.lower is None
    assert chart.upper is None
    assert chart.centre is None
    assert chart.sigma is None
    assert chart.signals == ()
    assert chart.maturity is Maturity.NONE
    assert "no-limits" in codes(chart)


@pytest.mark.parametrize(
    ("size", "maturity", "code"),
    [
        (2, Maturity.PROVISIONAL, "provisional-limits"),
        (11, Maturity.PROVISIONAL, "provisional-limits"),
        (12, Maturity.TRIAL, "trial-limits"),
        (19, Maturity.TRIAL, "trial-limits"),
        (20, Maturity.FIRM, None),
    ],
)
def test_limits_say_how_firm_they_are(size: int, maturity: Maturity, code: str | None) -> None:
    """Fewer than 12 values are provisional, fewer than 20 trial."""
    chart = individuals_chart(WAVE, baseline=size)
    assert chart.maturity is maturity
    assert codes(chart) == ({code} if code else set())
    assert chart.reference_size == size


def test_a_baseline_of_n_takes_the_first_n_values_that_are_present() -> None:
    """Gaps do not use up the reference period, and break its moving ranges."""
    chart = individuals_chart([GAP, 1.0, 3.0, GAP, 5.0, 6.0, 100.0], baseline=4)
    assert chart.centre == 3.75
    assert chart.moving_range_mean == 1.5
    assert chart.reference_size == 4


@given(values=st.permutations([*WAVE[:10], GAP, GAP]), later=series, size=st.integers(2, 10))
def test_later_values_never_move_the_limits(values: list[float | None], later: list[float | None], size: int) -> None:
    """Phase II is judged by phase I and does not edit it."""
    alone, followed = (individuals_chart(x, baseline=size) for x in (values, values + later))
    assert alone.centre == followed.centre
    assert (alone.lower_limit, alone.upper_limit) == (followed.lower_limit, followed.upper_limit)
    assert flags(alone) == {index: rules for index, rules in flags(followed).items() if index < len(values)}


def test_a_frozen_baseline_is_kept_apart_from_the_values() -> None:
    """An explicit reference period sets the limits alone; the provenance says so."""
    chart = individuals_chart([50.0, 10.0], baseline=WAVE)
    assert chart.centre == pytest.approx(np.mean(WAVE), rel=1e-15)
    assert [signal.index for signal in chart.signals] == [0]
    assert chart.provenance.settings["baseline"] == "frozen"
    assert chart.lower is not None
    assert chart.lower.shape == (2,)


def test_a_baseline_array_of_one_integer_is_not_a_count() -> None:
    """An array is a reference period even when it holds a single value."""
    assert individuals_chart(WAVE, baseline=[7]).reference_size == 1


def test_limits_from_all_values_are_called_retrospective() -> None:
    """Without a reference period the chart says that the limits judge their own data."""
    assert "retrospective-limits" in codes(individuals_chart(WAVE))


def test_an_incomplete_reference_period_is_named() -> None:
    """A baseline of 30 with 20 values is used and reported."""
    chart = individuals_chart(WAVE, baseline=30)
    assert codes(chart) == {"incomplete-reference"}
    assert chart.reference_size == 20


def test_a_constant_reference_signals_only_a_different_value() -> None:
    """Limits equal the centre; runs and zones are not applied; a later different value signals."""
    chart = individuals_chart([0.3] * 12 + [0.1 + 0.2, 0.3, 0.31, 0.29], baseline=12)
    assert chart.lower_limit == chart.upper_limit == chart.centre == 0.3
    assert chart.sigma == 0.0
    assert flags(chart) == {14: {"beyond-limits"}, 15: {"beyond-limits"}}
    assert "constant-reference" in codes(chart)


def test_a_reference_constant_but_for_rounding_is_constant() -> None:
    """0.1 + 0.2 beside 0.3 is no variation."""
    chart = individuals_chart([0.3, 0.1 + 0.2] * 10)
    assert chart.sigma == 0.0
    assert chart.signals == ()


@pytest.mark.parametrize("values", [[1.0, GAP, 2.0, GAP, 3.0], [1.0, 1.0, GAP, 2.0, 2.0]])
def test_a_reference_without_a_moving_range_gives_no_limits(values: list[float | None]) -> None:
    """Isolated values, or steps only across gaps, give no estimate of the spread, and the chart says why."""
    chart = individuals_chart(values)
    assert chart.lower is None
    assert chart.maturity is Maturity.NONE
    assert "no-moving-range" in codes(chart)


def test_a_point_on_a_limit_does_not_signal() -> None:
    """Comparisons are strict, and 1e-12 of the limit counts as on it."""
    upper = individuals_chart(WAVE, baseline=20).upper_limit
    assert upper is not None
    judged = individuals_chart([upper, upper * (1 + 5e-13), upper * (1 + 5e-12)], baseline=WAVE)
    beyond = [signal.index for signal in judged.signals if "beyond-limits" in signal.rules]
    assert beyond == [2]


@pytest.mark.parametrize("value", [math.inf, -math.inf])
@pytest.mark.parametrize("place", ["values", "baseline"])
def test_infinities_are_refused(value: float, place: str) -> None:
    """An infinity is an error in the data; the message says which index."""
    arguments = {"values": WAVE, "baseline": WAVE} | {place: [1.0, value]}
    with pytest.raises(InvalidInputError, match=f"{place}: infinite value at index 1"):
        individuals_chart(arguments["values"], baseline=arguments["baseline"])


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (["1", "2"], InvalidInputError),
        ([1.0, "x"], InvalidInputError),
        (np.array([1.0, "2"], dtype=object), InvalidInputError),
        (np.array([1.0, object()], dtype=object), InvalidInputError),
        ([1 + 2j], InvalidInputError),
        ([[1.0, 2.0]], InvalidInputError),
        ([[1.0], [1.0, 2.0]], InvalidInputError),
        (3.0, InvalidInputError),
        (np.array(["2024-01-01"], dtype="datetime64[D]"), InvalidInputError),
        ([1e200, 1.0], UnsupportedInputError),
    ],
)
def test_what_is_not_a_series_of_numbers_is_refused(values: object, error: type[PropelError]) -> None:
    """Text, complex numbers, tables, dates and overflowing magnitudes are typed refusals."""
    with pytest.raises(error, match="expected"):
        individuals_chart(values)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize("baseline", [0, -3])
def test_a_baseline_below_one_is_refused(baseline: int) -> None:
    """A reference period of no values is a malformed request."""
    with pytest.raises(InvalidRequestError, match="expected at least 1"):
        individuals_chart(WAVE, baseline=baseline)


@pytest.mark.parametrize(
    ("scale", "offset"), [(1.0, 1e9), (1e-9, 0.0), (1e-9, 1e-9), (1e9, -1e9), (-1.0, 0.0), (1e-200, 0.0)]
)
def test_limits_and_flags_follow_a_change_of_unit(scale: float, offset: float) -> None:
    """A large offset or a tiny scale costs no digits: x -> ax + b moves the limits alike and leaves the flags."""
    values = np.array([*WAVE, 14.0, 12.1, 12.1, 7.0, 10.0])
    plain, moved = individuals_chart(values, baseline=20), individuals_chart(values * scale + offset, baseline=20)
    assert plain.sigma is not None
    assert plain.centre is not None
    assert moved.sigma == pytest.approx(plain.sigma * abs(scale), rel=1e-6 if offset == 1e9 else 1e-12)
    assert moved.centre == pytest.approx(plain.centre * scale + offset, rel=1e-12)
    assert flags(moved) == flags(plain)


def test_masked_values_are_missing() -> None:
    """The mask of a masked array is honoured, not dropped."""
    values = np.ma.masked_array([1, 2, 999, 9, 10], mask=[0, 0, 1, 0, 0])
    assert individuals_chart(values).moving_range_mean == 1.0


def test_the_input_is_neither_altered_nor_aliased() -> None:
    """The caller's array stays writable, and later changes to it do not reach the chart."""
    values = np.array(WAVE)
    chart = individuals_chart(values)
    values[0] = 1e6
    assert chart.statistic[0] == WAVE[0]
    assert not chart.statistic.flags.writeable


def test_the_result_names_its_conventions_and_inputs() -> None:
    """Divisor, rules, baseline and the digests of both inputs stand in the provenance; equal input, equal stamp."""
    one, two = (individuals_chart(WAVE, baseline=12, divisor=Divisor.FACTOR) for _ in range(2))
    assert dict(one.provenance.settings) == {"baseline": "first 12", "divisor": "2.66", "rules": "western-electric"}
    assert [entry.name for entry in one.provenance.inputs] == ["values", "reference period"]
    assert one.provenance == two.provenance
    assert one.rules is WESTERN_ELECTRIC


@given(values=series)
def test_chart_equals_its_naive_twin(values: list[float | None]) -> None:
    """Limits and flags agree with a point-by-point reading of the definitions, gaps included."""
    chart = individuals_chart(values)
    expected = naive.limits(values)
    assume(chart.sigma != 0.0)
    if expected is None:
        assert chart.lower is None
        return
    lower, centre, upper = expected
    assert (chart.lower_limit, chart.centre, chart.upper_limit) == pytest.approx(
        (lower, centre, upper), rel=1e-12, abs=1e-12
    )
    sigma = (upper - lower) / 6.0
    assert flags(chart) == naive.western_electric(values, centre, sigma, 1e-12 * max(100.0, sigma))


@given(values=series, scale=st.sampled_from([-4.0, -0.5, 0.25, 8.0]), offset=st.integers(-64, 64))
def test_flags_do_not_depend_on_the_unit(values: list[float | None], scale: float, offset: int) -> None:
    """A change x -> ax + b leaves every flag, and a < 0 swaps the sides."""
    moved = [None if value is None else scale * value + offset for value in values]
    one, two = individuals_chart(values), individuals_chart(moved)
    assert flags(one) == flags(two)
    sides = [hit.side * (1 if scale > 0 else -1) for signal in one.signals for hit in signal.hits]
    assert sorted(sides) == sorted(hit.side for signal in two.signals for hit in signal.hits)
