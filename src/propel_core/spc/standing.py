"""Where each plotted point stands against its centre line and limits: the one place that compares."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from propel_core.units import BoolArray, FloatArray, IntArray, read_only

__all__ = ["ON_LIMIT", "Direction", "Standing"]

ON_LIMIT = 1e-12
"""A point this close to a limit, relative to the larger of the limit's magnitude and sigma, lies *on* it."""


class Direction(IntEnum):
    """A side of the centre."""

    LOW = -1
    NEITHER = 0
    HIGH = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """A series relative to its centre line, point by point, so that limits may vary from point to point.

    Deviations and not values, because a difference taken early keeps the digits that a large offset would cost.

    Parameters
    ----------
    deviation
        Plotted value minus centre, NaN where the value is missing, shape (k,).
    centre, sigma
        Centre line and width of one zone at each point, shape (k,).
    lower, upper
        Distances from the centre down to the lower and up to the upper limit, not negative, shape (k,); infinite where
        there is no limit.
    """

    deviation: FloatArray
    centre: FloatArray
    sigma: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        for name in ("deviation", "centre", "sigma", "lower", "upper"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def beyond(self, side: Direction, distance: FloatArray) -> BoolArray:
        """Say which points lie strictly beyond `distance` from the centre on `side`; on the limit is not beyond.

        Parameters
        ----------
        distance
            Not negative, shape (k,).
        """
        limit = self.centre + side * distance
        tolerance = ON_LIMIT * np.maximum(np.abs(limit), self.sigma)
        return np.asarray(side * self.deviation - distance > tolerance, dtype=np.bool_)

    def beyond_limit(self, side: Direction) -> BoolArray:
        """Say which points lie strictly beyond the control limit on `side`."""
        return self.beyond(side, self.upper if side is Direction.HIGH else self.lower)

    def segment_starts(self) -> IntArray:
        """Return, for each point, the index at which its unbroken stretch starts, shape (k,)."""
        index = np.arange(self.deviation.size, dtype=np.int64)
        last_gap = np.maximum.accumulate(np.where(np.isnan(self.deviation), index, -1))
        return np.asarray(last_gap + 1, dtype=np.int64)
