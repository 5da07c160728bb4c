"""How the mean moving range becomes a standard deviation: the divisor conventions, each with its name."""

import math
from enum import Enum

__all__ = ["D2_OF_TWO", "D3_OF_TWO", "Divisor"]

D2_OF_TWO = 2.0 / math.sqrt(math.pi)
"""Mean of the range of two standard normal draws: E|Z₁ - Z₂| with Z₁ - Z₂ ~ N(0, 2)."""

D3_OF_TWO = math.sqrt(2.0 - 4.0 / math.pi)
"""Standard deviation of that range: E(Z₁ - Z₂)² = 2, less the squared mean."""


class Divisor(Enum):
    """The convention for the limits of an individuals chart; the values are the words of the command line.

    ``exact`` divides the mean moving range by d2(2) = 2/√π; ``1.128`` by the rounded constant of the printed tables;
    ``2.66`` puts the limits at the mean ± 2.66 mean moving ranges. They differ in the fourth digit, enough to move a
    point across a limit, so that a result always names its own.
    """

    EXACT = "exact"
    ROUNDED = "1.128"
    FACTOR = "2.66"

    def sigma(self, mean_moving_range: float) -> float:
        """Return the standard deviation of one observation."""
        match self:
            case Divisor.EXACT:
                return mean_moving_range / D2_OF_TWO
            case Divisor.ROUNDED:
                return mean_moving_range / 1.128
            case Divisor.FACTOR:
                return 2.66 * mean_moving_range / 3.0

    def half_width(self, mean_moving_range: float) -> float:
        """Return the distance from the centre line to a control limit (three standard deviations)."""
        if self is Divisor.FACTOR:
            return 2.66 * mean_moving_range
        return 3.0 * self.sigma(mean_moving_range)

    def moving_range_limit(self, mean_moving_range: float) -> float:
        """Return the upper limit of the moving-range chart: (1 + 3 d3/d2) mean moving ranges, or the rounded 3.267."""
        factor = 1.0 + 3.0 * D3_OF_TWO / D2_OF_TWO if self is Divisor.EXACT else 3.267
        return factor * mean_moving_range
