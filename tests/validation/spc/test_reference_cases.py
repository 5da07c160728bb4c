"""Published and recomputed figures for individuals charts and reference bands."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from propel_core.spc import (
    D2_OF_TWO,
    D3_OF_TWO,
    Divisor,
    fitted_lognormal,
    fitted_normal,
    given_lognormal,
    given_normal,
    individuals_chart,
    tails_chart,
)

# NIST/SEMATECH e-Handbook, section 6.3.2.2, flow rates
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# twenty mortgage processing times
MORTGAGE = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]
# gamma pass rates in the form of AAPM TG-218, doi:10.1002/mp.12810
PASS_RATES = [
    *(98.2, 99.1, 97.5, 98.8, 99.4, 96.9, 98.0, 99.0, 97.8, 98.5),
    *(99.6, 98.3, 97.2, 98.9, 99.2, 98.1, 97.9, 98.7, 99.3, 98.4),
]


def test_constants_are_the_moments_of_the_range_of_two_normal_draws() -> None:
    """d2(2) is the integral of the mean range, d3(2) follows from a mean square of 2."""
    mean_range, _ = integrate.quad(
        lambda x: 1.0 - stats.norm.cdf(x) ** 2 - stats.norm.sf(x) ** 2, -12, 12, epsabs=1e-13, epsrel=1e-13
    )
    assert pytest.approx(mean_range, abs=1e-12) == D2_OF_TWO == pytest.approx(1.128379167096, abs=1e-12)
    assert pytest.approx(0.8525024664, abs=1e-10) == D3_OF_TWO


@pytest.mark.parametrize(
    ("divisor", "lower", "upper", "range_limit"),
    [
        (Divisor.EXACT, 45.8175883, 55.8024117, 6.1338210),
        (Divisor.ROUNDED, 45.8159102, 55.8040898, 3.267 * 1.8777777777777778),
        (Divisor.FACTOR, 45.8151111, 55.8048889, 3.267 * 1.8777777777777778),
    ],
)
def test_flow_rates(divisor: Divisor, lower: float, upper: float, range_limit: float) -> None:
    """Limits of the flow rates to the printed digits, and to 1e-10 of the closed form, under each convention."""
    chart = individuals_chart(FLOW, divisor=divisor)
    assert chart.centre == pytest.approx(50.81, rel=1e-14)
    assert chart.moving_range_mean == pytest.approx(16.9 / 9, rel=1e-14)
    assert (chart.lower_limit, chart.upper_limit) == pytest.approx((lower, upper), abs=5.1e-8)
    assert chart.moving_range_limit == pytest.approx(range_limit, abs=5.1e-8)
    assert chart.signals == ()
    factor = {Divisor.EXACT: 1.5 * math.sqrt(math.pi), Divisor.ROUNDED: 3 / 1.128, Divisor.FACTOR: 2.66}[divisor]
    assert chart.upper_limit == pytest.approx(50.81 + factor * 16.9 / 9, rel=1e-10)
    assert chart.sigma == pytest.approx(factor * 16.9 / 27, rel=1e-10)


def test_the_moving_range_factor() -> None:
    """The exact upper limit of the moving ranges is 1 + 3 sqrt(pi/2 - 1) = 3.2665319 mean moving ranges."""
    assert Divisor.EXACT.moving_range_limit(1.0) == pytest.approx(1.0 + 3.0 * math.sqrt(math.pi / 2 - 1), rel=1e-14)


@pytest.mark.parametrize(
    ("divisor", "lower", "upper"),
    [(Divisor.ROUNDED, 279.7833147, 321.2166853), (Divisor.EXACT, 279.7902761, 321.2097239)],
)
def test_mortgage_times(divisor: Divisor, lower: float, upper: float) -> None:
    """Limits from the first twenty; later 333 and 328 lie beyond them, and move nothing."""
    chart = individuals_chart([*MORTGAGE, 301.0, 333.0, 328.0], baseline=20, divisor=divisor)
    assert chart.centre == pytest.approx(300.5, rel=1e-14)
    assert chart.moving_range_mean == pytest.approx(7.7894737, abs=5e-8)
    assert (chart.lower_limit, chart.upper_limit) == pytest.approx((lower, upper), abs=5.1e-8)
    assert [signal.index for signal in chart.signals if "beyond-limits" in signal.rules] == [21, 22]


def test_pass_rates() -> None:
    """Mean, mean moving range and the 2.66 limit of the pass rates."""
    chart = individuals_chart(PASS_RATES, divisor=Divisor.FACTOR)
    assert chart.centre == pytest.approx(98.44, rel=1e-14)
    assert chart.moving_range_mean == pytest.approx(1.052631579, abs=5e-10)
    assert chart.lower_limit == pytest.approx(95.64, abs=1e-9)


@pytest.mark.parametrize(
    ("size", "multiplier"), [(5, 3.041443), (10, 2.372570), (20, 2.144711), (40, 2.047818), (100, 1.994113)]
)
def test_predictive_multipliers(size: int, multiplier: float) -> None:
    """The half-width of a fitted normal band is t sqrt(1 + 1/n) standard deviations, not 1.96."""
    reference = np.linspace(-1.0, 1.0, size) ** 3 + 7.0
    band = fitted_normal(reference).band(0.05)
    assert band is not None
    assert (band.upper - band.centre) / reference.std(ddof=1) == pytest.approx(multiplier, abs=5.1e-7)
    exact = stats.t.ppf(0.975, size - 1) * math.sqrt(1 + 1 / size)
    assert (band.centre - band.lower) / reference.std(ddof=1) == pytest.approx(exact, rel=1e-10)


def test_given_bands() -> None:
    """The 2.5 and 97.5 % points of N(100, 10) and of the lognormal law with parameters 6 and 0.3."""
    normal = given_normal(mean=100.0, sigma=10.0).band(0.05)
    assert (normal.lower, normal.upper) == pytest.approx((80.400360154599461, 119.59963984540054), rel=1e-14)
    lognormal = given_lognormal(mean_of_log=6.0, sigma_of_log=0.3).band(0.05)
    assert (lognormal.lower, lognormal.upper) == pytest.approx((224.081719526, 726.318915096), rel=1e-11)


@pytest.mark.parametrize("size", [5, 10, 20])
@pytest.mark.parametrize("family", ["normal", "lognormal"])
def test_coverage_of_fitted_tails(size: int, family: str) -> None:
    """A fitted band leaves 2.5 % of new values on each side even from five reference values.

    40 000 seeded repetitions: four standard errors are 4 sqrt(0.025 * 0.975 / 40 000) = 0.0031. To afford them, p comes
    from the same law on the standardised value; the first hundred repetitions check that against the chart itself.
    """
    draws = np.random.default_rng(20240607).normal(3.0, 0.5, size=(40_000, size + 1))
    reference, new = draws[:, :-1], draws[:, -1]
    if family == "lognormal":
        fitted, values = fitted_lognormal, np.exp(draws)
    else:
        fitted, values = fitted_normal, draws
    unit = np.arange(size) - (size - 1) / 2.0
    standard = fitted_normal(unit)
    scaled = (new - reference.mean(axis=1)) / reference.std(axis=1, ddof=1) * unit.std(ddof=1)
    p = tails_chart(scaled, law=standard).p
    direct = [tails_chart(row[-1:], law=fitted(row[:-1])).p[0] for row in values[:100]]
    assert direct == pytest.approx(p[:100], rel=1e-8)
    assert (p < 0.025).mean() == pytest.approx(0.025, abs=0.0031)
    assert (p > 0.975).mean() == pytest.approx(0.025, abs=0.0031)


def test_the_plug_in_band_would_flag_almost_twice_as_many() -> None:
    """With 1.96 s at n = 10, 9.45 % of ordinary values are flagged: the reason for the predictive law."""
    law = fitted_normal(np.arange(10.0))
    spread = np.arange(10.0).std(ddof=1)
    chart = tails_chart([4.5 - 1.959963984540054 * spread], law=law)
    assert 2 * chart.tail_probability[0] == pytest.approx(0.0945, abs=5e-5)


@pytest.mark.parametrize(
    ("rule", "probability"),
    [("beyond-limits", 0.0026997961), ("2-of-3-beyond-2-sigma", 0.0030583120), ("4-of-5-beyond-1-sigma", 0.0055318420)],
)
def test_rules_have_their_false_alarm_rate(rule: str, probability: float) -> None:
    """In control, with known limits, each full window signals with its published probability.

    20 000 seeded windows of five points apart by gaps, judged at the fifth; four standard errors at most 0.0021.
    """
    windows = np.random.default_rng(7).standard_normal((20_000, 5))
    series = np.column_stack([windows, np.full(len(windows), np.nan)]).ravel()
    spread = 2.0 / math.sqrt(math.pi)  # a reference with mean 0 and mean moving range d2 has sigma 1
    chart = individuals_chart(series, baseline=[-spread / 2, spread / 2])
    assert chart.sigma == pytest.approx(1.0, rel=1e-14)
    hits = sum(rule in signal.rules for signal in chart.signals if signal.index % 6 == 4)
    assert hits / len(windows) == pytest.approx(probability, abs=4 * math.sqrt(probability / len(windows)))
