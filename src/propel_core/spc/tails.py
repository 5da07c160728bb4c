"""The specified-distribution chart: each value's place in a reference law, and whether it lies in a tail."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from propel_core.errors import InvalidRequestError
from propel_core.provenance import Caveat, InputDigest, Provenance, core_version, digest_of_arrays
from propel_core.spc.law import Band, SpecifiedLaw, TailProbabilities
from propel_core.spc.series import SeriesLike, as_series, present
from propel_core.spc.standing import ON_LIMIT, Direction
from propel_core.units import BoolArray, FloatArray, IntArray, read_only

__all__ = ["TailsChart", "tails_chart"]

_SMALLEST = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TailsChart:
    """A series placed in a specified law. A tail is *unusual, not bad*: `alpha` of ordinary values lie in one.

    Parameters
    ----------
    statistic
        The values, NaN where missing, shape (k,).
    n
        Number of values that are not missing.
    p
        F(x), NaN where missing or unknown, shape (k,).
    tail_probability
        The probability of the nearer tail, at most ½, without the loss of digits that 1 - p has near 1, shape (k,).
    z
        Φ⁻¹(p), from the nearer tail; it stops at ±37.5, where p is no longer a double. Shape (k,).
    direction
        A `Direction` for each value: below, on or above the centre; neither where unknown. Shape (k,).
    in_tail
        Strictly outside the band, shape (k,).
    centre, lower_limit, upper_limit
        Median and band of the law, None where it gives none.
    """

    statistic: FloatArray
    n: int
    p: FloatArray
    tail_probability: FloatArray
    z: FloatArray
    direction: IntArray
    in_tail: BoolArray
    centre: float | None
    lower_limit: float | None
    upper_limit: float | None
    alpha: float
    law: SpecifiedLaw
    caveats: tuple[Caveat, ...]
    provenance: Provenance

    def __post_init__(self) -> None:
        for name in ("statistic", "p", "tail_probability", "z"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        for name in ("direction", "in_tail"):
            frozen = getattr(self, name).copy()
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)

    @property
    def lower(self) -> FloatArray | None:
        """The lower end of the band at each point, shape (k,)."""
        return None if self.lower_limit is None else np.full(self.statistic.size, self.lower_limit)

    @property
    def upper(self) -> FloatArray | None:
        """The upper end of the band at each point, shape (k,)."""
        return None if self.upper_limit is None else np.full(self.statistic.size, self.upper_limit)


def tails_chart(values: SeriesLike, *, law: SpecifiedLaw, alpha: float = 0.05) -> TailsChart:
    """Place `values` in `law`.

    Parameters
    ----------
    values
        None or NaN where missing, shape (k,).
    alpha
        Probability of both tails together: 0.05 flags p < 0.025 and p > 0.975, both strict. A value within 1e-12 of an
        end of the band, relative to the larger of the end and the band's width, lies on it and is not flagged.

    Raises
    ------
    InvalidInputError
        If values are not numbers, not one-dimensional, infinite or outside the support of the law.
    InvalidRequestError
        Unless 0 < `alpha` < 1.
    """
    if not 0.0 < alpha < 1.0:
        message = f"{alpha:g}, expected a probability between 0 and 1"
        raise InvalidRequestError(message, where="alpha")
    series = as_series(values)
    probabilities = law.probabilities(series)
    band = law.band(alpha)
    direction = _directions(probabilities)
    nearer = _nearer(probabilities, direction)
    inputs = (InputDigest(name="values", sha256=digest_of_arrays(series)),)
    return TailsChart(
        statistic=series,
        n=present(series).size,
        p=np.where(direction == Direction.HIGH, 1.0 - nearer, nearer),
        tail_probability=nearer,
        z=_normal_scores(nearer, direction),
        direction=direction,
        in_tail=np.zeros(series.size, dtype=np.bool_) if band is None else _outside(series, band),
        centre=None if band is None else band.centre,
        lower_limit=None if band is None else band.lower,
        upper_limit=None if band is None else band.upper,
        alpha=float(alpha),
        law=law,
        caveats=law.caveats(alpha),
        provenance=Provenance(
            algorithm="spc.tails",
            version=core_version(),
            inputs=inputs if law.reference is None else (*inputs, law.reference),
            settings={**law.settings(), "alpha": float(alpha)},
        ),
    )


def _directions(probabilities: TailProbabilities) -> IntArray:
    high = probabilities.lower > probabilities.upper
    low = probabilities.lower < probabilities.upper
    return high.astype(np.int64) - low.astype(np.int64)


def _nearer(probabilities: TailProbabilities, direction: IntArray) -> FloatArray:
    """Return the smaller tail probability, one half on the centre, where the two tails of a discrete law overlap."""
    smaller = np.minimum(np.minimum(probabilities.lower, probabilities.upper), 0.5)
    on_centre = (direction == Direction.NEITHER) & ~np.isnan(smaller)
    return np.where(on_centre, 0.5, smaller)


def _normal_scores(nearer: FloatArray, direction: IntArray) -> FloatArray:
    score = -ndtri(np.maximum(nearer, _SMALLEST)) * direction + 0.0  # no negative zero
    return np.asarray(np.where(np.isnan(nearer), np.nan, score), dtype=np.float64)


def _outside(series: FloatArray, band: Band) -> BoolArray:
    width = band.upper - band.lower
    below = band.lower - series > ON_LIMIT * max(abs(band.lower), width)
    above = series - band.upper > ON_LIMIT * max(abs(band.upper), width)
    return np.asarray(below | above, dtype=np.bool_)
