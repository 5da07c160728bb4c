"""The individuals (XmR) chart: single values, limits from the mean moving range of a reference period."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from propel_core.errors import InvalidRequestError
from propel_core.provenance import Caveat, InputDigest, Provenance, core_version, digest_of_arrays
from propel_core.spc.divisor import Divisor
from propel_core.spc.rules import WESTERN_ELECTRIC, RuleSet, Signal
from propel_core.spc.series import Maturity, SeriesLike, as_series, is_constant, present
from propel_core.spc.standing import Standing
from propel_core.units import FloatArray, read_only

__all__ = ["IndividualsChart", "individuals_chart"]

Baseline: TypeAlias = int | SeriesLike | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IndividualsChart:
    """An individuals chart with its moving ranges. Limits are None where the reference period gives none.

    Parameters
    ----------
    statistic
        The plotted values, NaN where missing, shape (k,).
    n
        Number of plotted values that are not missing.
    centre, lower_limit, upper_limit, sigma
        Mean of the reference period, control limits, and standard deviation of one observation.
    moving_range
        Absolute difference from the value before, NaN at a start and next to a gap, shape (k,).
    moving_range_mean, moving_range_limit
        Mean moving range *of the reference period* and the upper limit of the moving ranges (the lower one is 0).
    reference_size
        Number of non-missing values in the reference period.
    """

    statistic: FloatArray
    n: int
    centre: float | None
    lower_limit: float | None
    upper_limit: float | None
    sigma: float | None
    moving_range: FloatArray
    moving_range_mean: float | None
    moving_range_limit: float | None
    reference_size: int
    maturity: Maturity
    divisor: Divisor
    rules: RuleSet
    signals: tuple[Signal, ...]
    caveats: tuple[Caveat, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("statistic", "moving_range"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def lower(self) -> FloatArray | None:
        """The lower limit at each point, shape (k,)."""
        return None if self.lower_limit is None else np.full(self.statistic.size, self.lower_limit)

    @property
    def upper(self) -> FloatArray | None:
        """The upper limit at each point, shape (k,)."""
        return None if self.upper_limit is None else np.full(self.statistic.size, self.upper_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Estimate:
    """Centre and mean moving range; the centre is `origin` + `offset`, kept apart to spare digits."""

    origin: float
    offset: float
    mean_moving_range: float
    constant: bool

    @property
    def centre(self) -> float:
        return self.origin + self.offset


def individuals_chart(
    values: SeriesLike,
    *,
    baseline: Baseline = None,
    divisor: Divisor = Divisor.EXACT,
    rules: RuleSet = WESTERN_ELECTRIC,
) -> IndividualsChart:
    """Chart single values in time order.

    Parameters
    ----------
    values
        In time order, None or NaN where missing, shape (k,). A gap is never bridged: no moving range is taken across it
        and every window of a rule ends there.
    baseline
        The reference period: a number N takes the first N non-missing values; an array is an explicit frozen period,
        in time order with its own gaps, to which the charted values add nothing; None takes all the values and calls
        the limits retrospective.
    divisor
        The convention that turns a mean moving range into limits.

    Returns
    -------
    IndividualsChart
        Without limits and signals when the reference period holds fewer than two values or no moving range; with limits
        equal to the centre when it is constant.

    Raises
    ------
    InvalidInputError
        If values are not numbers, not one-dimensional or infinite.
    UnsupportedInputError
        If a magnitude exceeds 1e150.
    InvalidRequestError
        If `baseline` is a number below 1.

    References
    ----------
    Wheeler and Chambers, *Understanding Statistical Process Control*, 2nd ed., 1992, chapter 3;
    NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.2, doi:10.18434/M32189.
    """
    series = as_series(values)
    reference, label, caveats = _reference_period(series, baseline)
    size = present(reference).size
    maturity = Maturity.of(size)
    estimate = _estimate(reference) if size >= 2 else None
    caveats += maturity.caveats(size) + _estimate_caveats(estimate, size)
    provenance = Provenance(
        algorithm="spc.individuals",
        version=core_version(),
        inputs=(
            InputDigest(name="values", sha256=digest_of_arrays(series)),
            InputDigest(name="reference period", sha256=digest_of_arrays(reference)),
        ),
        settings={"baseline": label, "divisor": divisor.value, "rules": rules.name},
    )
    mean_range = None if estimate is None else estimate.mean_moving_range
    return IndividualsChart(
        statistic=series,
        n=present(series).size,
        centre=None if estimate is None else estimate.centre,
        lower_limit=None if estimate is None else _limit(estimate, divisor, -1.0),
        upper_limit=None if estimate is None else _limit(estimate, divisor, 1.0),
        sigma=None if mean_range is None else divisor.sigma(mean_range),
        moving_range=_moving_ranges(series),
        moving_range_mean=mean_range,
        moving_range_limit=None if mean_range is None else divisor.moving_range_limit(mean_range),
        reference_size=size,
        maturity=Maturity.NONE if estimate is None else maturity,
        divisor=divisor,
        rules=rules,
        signals=() if estimate is None else _signals(series, estimate, divisor, rules),
        caveats=caveats,
        provenance=provenance,
    )


def _reference_period(series: FloatArray, baseline: Baseline) -> tuple[FloatArray, str, tuple[Caveat, ...]]:
    """Return the values that set the limits, the word for the provenance, and what to say about them."""
    if baseline is None:
        text = "Limits are retrospective: they come from all the values they judge."
        return series, "all", (Caveat(code="retrospective-limits", text=text),)
    if not isinstance(baseline, int | np.integer):
        return as_series(baseline, name="baseline"), "frozen", ()
    if baseline < 1:
        message = f"{baseline} reference values, expected at least 1"
        raise InvalidRequestError(message, where="baseline")
    plotted = np.flatnonzero(~np.isnan(series))
    label = f"first {baseline}"
    if plotted.size < baseline:
        text = f"The reference period is not complete: {plotted.size} of {baseline} values."
        return series, label, (Caveat(code="incomplete-reference", text=text),)
    return series[: plotted[baseline - 1] + 1], label, ()


def _moving_ranges(series: FloatArray) -> FloatArray:
    """Return the differences from the value before, NaN at a start and next to a gap, shape (k,)."""
    ranges = np.full(series.size, np.nan)
    ranges[1:] = np.abs(np.diff(series))
    return ranges


def _estimate(reference: FloatArray) -> _Estimate | None:
    """Estimate from at least two values; None when they vary and no neighbours differ."""
    values = present(reference)
    origin = float(values[0])
    offset = float((values - origin).mean())
    if is_constant(values):
        return _Estimate(origin=origin, offset=offset, mean_moving_range=0.0, constant=True)
    ranges = present(_moving_ranges(reference))
    if not ranges.any():
        return None
    return _Estimate(origin=origin, offset=offset, mean_moving_range=float(ranges.mean()), constant=False)


def _estimate_caveats(estimate: _Estimate | None, size: int) -> tuple[Caveat, ...]:
    if estimate is None and size >= 2:
        text = "The reference period has no neighbouring values that differ, so it gives no moving range and no limits."
        return (Caveat(code="no-moving-range", text=text),)
    if estimate is not None and estimate.constant:
        text = "The reference period is constant: limits equal the centre and rules on zones and runs are not applied."
        return (Caveat(code="constant-reference", text=text),)
    return ()


def _limit(estimate: _Estimate, divisor: Divisor, sign: float) -> float:
    return estimate.origin + (estimate.offset + sign * divisor.half_width(estimate.mean_moving_range))


def _signals(series: FloatArray, estimate: _Estimate, divisor: Divisor, rules: RuleSet) -> tuple[Signal, ...]:
    half_width = np.full(series.size, divisor.half_width(estimate.mean_moving_range))
    standing = Standing(
        deviation=(series - estimate.origin) - estimate.offset,
        centre=np.full(series.size, estimate.centre),
        sigma=np.full(series.size, divisor.sigma(estimate.mean_moving_range)),
        lower=half_width,
        upper=half_width,
    )
    return rules.signals(standing, constant=estimate.constant)
