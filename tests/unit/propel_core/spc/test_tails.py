import math
import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from propel_core.errors import InvalidInputError, InvalidRequestError
from propel_core.spc import (
    Direction,
    InsufficientLaw,
    SpecifiedLaw,
    TailsChart,
    empirical_law,
    fitted_lognormal,
    fitted_normal,
    given_lognormal,
    given_normal,
    tails_chart,
)
from support.naive import spc as naive

STANDARD = given_normal(mean=0.0, sigma=1.0)
numbers = st.lists(st.integers(-100, 100).map(float), min_size=5, max_size=30)


def codes(chart: TailsChart) -> list[str]:
    """Return the codes of the caveats."""
    return [caveat.code for caveat in chart.caveats]


def test_a_given_normal_law_is_plugged_in() -> None:
    """Mean 10 and sigma 2 give the band 10 ± 1.959964 sigma, p, z and direction."""
    chart = tails_chart([10.0, 14.0, 6.0, None], law=given_normal(mean=10.0, sigma=2.0))
    assert chart.lower_limit == pytest.approx(10 - 2 * 1.959963984540054, rel=1e-15)
    assert chart.upper_limit == pytest.approx(10 + 2 * 1.959963984540054, rel=1e-15)
    assert chart.centre == 10.0
    assert chart.p == pytest.approx([0.5, 0.9772498680518208, 0.022750131948179195, np.nan], rel=1e-14, nan_ok=True)
    assert chart.z == pytest.approx([0.0, 2.0, -2.0, np.nan], rel=1e-14, nan_ok=True)
    assert chart.direction.tolist() == [Direction.NEITHER, Direction.HIGH, Direction.LOW, Direction.NEITHER]
    assert chart.in_tail.tolist() == [False, True, True, False]
    assert chart.n == 3


def test_the_ends_of_the_band_are_not_in_the_tail() -> None:
    """A p of 0.025 is not below 0.025: the flag is strict, and rounding at the end does not decide."""
    law = fitted_normal([1.0, 2.0, 4.0, 3.0, 5.0, 2.5])
    band = law.band(0.05)
    assert band is not None
    values = [band.lower, band.upper, band.lower - 1e-9, band.upper + 1e-9]
    assert tails_chart(values, law=law).in_tail.tolist() == [False, False, True, True]


def test_far_tails_keep_their_digits() -> None:
    """The probability of a far high value is computed from its own side, not as 1 - p."""
    chart = tails_chart([9.0, -9.0], law=STANDARD)
    assert chart.tail_probability[0] == chart.tail_probability[1] == pytest.approx(1.1285884059538405e-19, rel=1e-12)
    assert chart.z == pytest.approx([9.0, -9.0], rel=1e-12)


def test_scores_stay_finite_where_p_underflows() -> None:
    """A value 1000 sigma away has no double-precision p, and a large finite z."""
    chart = tails_chart([1000.0, -1000.0], law=STANDARD)
    assert np.isfinite(chart.z).all()
    assert chart.p.tolist() == [1.0, 0.0]


@given(reference=numbers, value=st.integers(-300, 300).map(float))
def test_fitted_normal_equals_its_naive_twin(reference: list[float], value: float) -> None:
    """The p is that of a Student t with n - 1 degrees of freedom at (x - mean) / (s sqrt(1 + 1/n))."""
    assume(len(set(reference)) > 1)
    chart = tails_chart([value], law=fitted_normal(reference))
    assert chart.p[0] == pytest.approx(naive.predictive_p(value, reference), rel=1e-9, abs=1e-15)


@given(reference=numbers, value=st.integers(-300, 300).map(float))
def test_mirrored_data_give_mirrored_p(reference: list[float], value: float) -> None:
    """p(-x) = 1 - p(x), the same flag, the other direction."""
    assume(len(set(reference)) > 1)
    one = tails_chart([value], law=fitted_normal(reference))
    two = tails_chart([-value], law=fitted_normal([-x for x in reference]))
    assert two.p[0] == pytest.approx(1.0 - one.p[0], abs=1e-12)
    assert two.in_tail[0] == one.in_tail[0]


@given(
    reference=numbers,
    values=st.lists(st.integers(-300, 300).map(float), max_size=5),
    scale=st.sampled_from([0.25, 2.0, 1024.0]),
    offset=st.integers(-64, 64),
)
def test_tails_do_not_depend_on_the_unit(
    reference: list[float], values: list[float], scale: float, offset: int
) -> None:
    """A change x -> ax + b leaves p and flags."""
    assume(len(set(reference)) > 1)
    one = tails_chart(values, law=fitted_normal(reference))
    two = tails_chart([scale * x + offset for x in values], law=fitted_normal([scale * x + offset for x in reference]))
    assert two.p == pytest.approx(one.p, rel=1e-9, abs=1e-15)
    assert two.in_tail.tolist() == one.in_tail.tolist()


@given(reference=numbers, value=st.integers(-100, 100).map(float))
def test_flag_and_p_tell_the_same_story(reference: list[float], value: float) -> None:
    """Outside the band exactly where the nearer tail is below alpha / 2."""
    chart = tails_chart([value], law=fitted_normal(reference), alpha=0.2)
    assume(abs(chart.tail_probability[0] - 0.1) > 1e-9)
    assert chart.in_tail[0] == (chart.tail_probability[0] < 0.1)


@given(reference=numbers, value=st.integers(1, 300).map(float))
def test_lognormal_is_normal_on_the_logarithms(reference: list[float], value: float) -> None:
    """The p is equal, and the band is the exponential of the band of the logarithms."""
    logs = [x / 50.0 for x in reference]
    assume(len(set(logs)) > 1)
    law, on_logs = fitted_lognormal(np.exp(logs)), fitted_normal(logs)
    chart, twin = tails_chart([value], law=law), tails_chart([math.log(value)], law=on_logs)
    assert chart.p[0] == pytest.approx(twin.p[0], rel=1e-9, abs=1e-14)
    assert (chart.lower_limit, chart.upper_limit) == pytest.approx(
        (math.exp(twin.lower_limit or 0.0), math.exp(twin.upper_limit or 0.0)), rel=1e-9
    )


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_value_outside_the_support_is_an_error_and_not_a_tail(value: float) -> None:
    """The lognormal law has no values at or below zero, in the series or in the reference."""
    with pytest.raises(InvalidInputError, match=r"values: value .* at index 1, expected above 0"):
        tails_chart([1.0, value], law=given_lognormal(mean_of_log=0.0, sigma_of_log=1.0))
    with pytest.raises(InvalidInputError, match="reference: value"):
        fitted_lognormal([1.0, 2.0, value, 3.0, 4.0])


def test_a_lognormal_band_stays_finite() -> None:
    """A spread beyond the range of doubles gives the largest double, not an infinity."""
    law = fitted_lognormal([1e-150, 1e150, 1e-150, 1e150, 1e-150])
    chart = tails_chart([1.0], law=law)
    assert np.isfinite([chart.lower_limit, chart.centre, chart.upper_limit]).all()


@pytest.mark.parametrize("fit", [fitted_normal, fitted_lognormal])
@pytest.mark.parametrize("reference", [[], [1.0], [1.0, 2.0, 3.0, 4.0], [1.0, None, 2.0, 3.0, 4.0]])
def test_fewer_than_five_reference_values_give_no_band(fit: object, reference: list[float | None]) -> None:
    """No band, no p, no flag, and a caveat that says how many are needed."""
    law = fitted_normal(reference) if fit is fitted_normal else fitted_lognormal(reference)
    chart = tails_chart([100.0, None], law=law)
    assert isinstance(law, InsufficientLaw)
    assert chart.lower is None
    assert chart.upper is None
    assert chart.centre is None
    assert np.isnan(chart.p).all()
    assert np.isnan(chart.z).all()
    assert chart.in_tail.tolist() == [False, False]
    assert chart.direction.tolist() == [0, 0]
    assert codes(chart) == ["reference-too-small"]


@pytest.mark.parametrize("fit", [fitted_normal, fitted_lognormal])
def test_a_constant_reference_gives_a_band_of_one_value(fit: object) -> None:
    """Another value lies in a tail; the same value, up to rounding, does not; the chart says so."""
    law = fitted_normal([0.3] * 6) if fit is fitted_normal else fitted_lognormal([0.3] * 6)
    chart = tails_chart([0.1 + 0.2, 0.31, 0.29, None], law=law)
    assert chart.in_tail.tolist() == [False, True, True, False]
    assert chart.p == pytest.approx([0.5, 1.0, 0.0, np.nan], nan_ok=True)
    assert codes(chart) == ["constant-reference"]


@pytest.mark.parametrize(("scale", "offset"), [(1.0, 1e9), (1e-9, 0.0), (1e-170, 0.0)])
def test_offset_and_scale_cost_no_flags(scale: float, offset: float) -> None:
    """An offset of 1e9, and scales whose squares vanish, leave p and flags."""
    reference, values = np.arange(1.0, 21.0), np.array([10.0, 26.0, -5.0, 21.0])
    plain = tails_chart(values, law=fitted_normal(reference))
    moved = tails_chart(values * scale + offset, law=fitted_normal(reference * scale + offset))
    assert moved.p == pytest.approx(plain.p, rel=1e-6)
    assert moved.in_tail.tolist() == plain.in_tail.tolist() == [False, True, True, False]


@given(reference=st.lists(st.integers(0, 60).map(float), min_size=1, max_size=90), value=st.integers(-5, 65).map(float))
def test_empirical_law_equals_its_naive_twin(reference: list[float], value: float) -> None:
    """Both tails by counting, ties in both; in a tail exactly where one is strictly below alpha / 2."""
    law = empirical_law(reference)
    lower, upper = naive.empirical_tails(value, reference)
    found = law.probabilities(np.array([value]))
    assert (found.lower[0], found.upper[0]) == pytest.approx((lower, upper), rel=1e-15)
    assert tails_chart([value], law=law).in_tail[0] == (min(lower, upper) < 0.025 - 1e-12)


@pytest.mark.parametrize(("size", "reached"), [(1, False), (39, False), (40, True), (79, True), (80, True)])
def test_an_empirical_tail_needs_forty_values(size: int, reached: bool) -> None:  # noqa: FBT001  # a parameter
    """Below 40 no value can have p < 0.025: no band, no flag, and the chart says so."""
    chart = tails_chart([-1e6, 1e6], law=empirical_law(np.arange(size)))
    assert chart.in_tail.tolist() == [reached, reached]
    assert (chart.lower is not None) == reached
    assert codes(chart) == ([] if reached else ["empirical-tail-unreachable"])


def test_an_empirical_band_moves_in_at_the_second_order_statistic() -> None:
    """With 79 values (1 + 1) / 80 is exactly 0.025 and not below it; with 80 one value per side may lie outside."""
    ends = []
    for size in (79, 80):
        band = empirical_law(np.arange(size)).band(0.05)
        assert band is not None
        ends.append((band.lower, band.upper))
    assert ends == [(0.0, 78.0), (1.0, 78.0)]


def test_an_empirical_law_of_nothing_knows_nothing() -> None:
    """No values, or only missing ones: unknown p."""
    chart = tails_chart([1.0], law=empirical_law([None, None]))
    assert np.isnan(chart.p).all()
    assert codes(chart) == ["reference-too-small"]


def test_the_middle_of_an_empirical_law_with_ties_is_on_neither_side() -> None:
    """Overlapping tails at the median give p = 1/2, z = 0, and missing values stay missing."""
    chart = tails_chart([5.0, None], law=empirical_law([5.0] * 50))
    assert chart.p.tolist()[0] == 0.5
    assert chart.z.tolist()[0] == 0.0
    assert np.isnan(chart.p[1])


@pytest.mark.parametrize("alpha", [0.0, 1.0, -0.1, math.nan])
def test_alpha_must_be_a_probability(alpha: float) -> None:
    """Zero, one and what is not a number are refused."""
    with pytest.raises(InvalidRequestError, match="alpha"):
        tails_chart([1.0], law=STANDARD, alpha=alpha)


@pytest.mark.parametrize(("location", "scale"), [(0.0, 0.0), (0.0, -1.0), (math.nan, 1.0), (0.0, math.inf)])
def test_a_given_law_needs_finite_parameters(location: float, scale: float) -> None:
    """A law without a positive finite scale is a malformed request."""
    with pytest.raises(InvalidRequestError, match="scale"):
        given_normal(mean=location, sigma=scale)
    with pytest.raises(InvalidRequestError, match="scale"):
        given_lognormal(mean_of_log=location, sigma_of_log=scale)


@pytest.mark.parametrize(
    "law", [STANDARD, fitted_normal(range(20)), empirical_law(range(1, 50)), fitted_normal([1.0]), empirical_law([])]
)
def test_the_result_names_its_law_and_survives_pickling(law: SpecifiedLaw) -> None:
    """Family, parameters and alpha stand in the provenance; a chart crosses process boundaries."""
    chart = tails_chart([1.0, 2.0], law=law, alpha=0.1)
    assert chart.provenance.settings["law"] == law.family.value
    assert chart.provenance.settings["alpha"] == 0.1
    assert len(chart.provenance.inputs) == (1 if law.reference is None else 2)
    assert chart.provenance.settings["reference_size"] == law.reference_size
    again = pickle.loads(pickle.dumps(chart))  # noqa: S301  # our own bytes
    assert again.provenance == chart.provenance
    assert not chart.in_tail.flags.writeable


def test_an_empty_series_is_no_error() -> None:
    """No values, a band all the same."""
    chart = tails_chart([], law=STANDARD)
    assert chart.p.shape == (0,)
    assert chart.lower_limit is not None
