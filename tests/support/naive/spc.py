"""The individuals chart, its rules and the predictive tails, written point by point from their definitions."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

from scipy import stats


def mean_moving_range(values: Sequence[float | None]) -> float | None:
    """Average |x[i] - x[i-1]| over neighbours that are both present."""
    ranges = [abs(after - before) for before, after in pairwise(values) if before is not None and after is not None]
    return sum(ranges) / len(ranges) if ranges else None


def limits(values: Sequence[float | None]) -> tuple[float, float, float] | None:
    """Return lower limit, centre and upper limit under the exact divisor."""
    mean_range = mean_moving_range(values)
    present = [value for value in values if value is not None]
    if len(present) < 2 or not mean_range:
        return None
    centre = statistics.fmean(present)
    half_width = 3.0 * mean_range * math.sqrt(math.pi) / 2.0
    return centre - half_width, centre, centre + half_width


def western_electric(
    values: Sequence[float | None], centre: float, sigma: float, tolerance: float
) -> dict[int, set[str]]:
    """Return the rules met at each index, looking back one point at a time until a gap or the full window."""
    rules = (
        ("beyond-limits", 1, 1, 3.0),
        ("2-of-3-beyond-2-sigma", 2, 3, 2.0),
        ("4-of-5-beyond-1-sigma", 4, 5, 1.0),
        ("8-on-one-side", 8, 8, 0.0),
    )
    found: dict[int, set[str]] = {}
    for index in range(len(values)):
        for name, count, length, sigmas in rules:
            window = _window(values, index, length)
            high = sum(value - centre > sigmas * sigma + tolerance for value in window)
            low = sum(centre - value > sigmas * sigma + tolerance for value in window)
            if max(high, low) >= count:
                found.setdefault(index, set()).add(name)
    return found


def _window(values: Sequence[float | None], last: int, length: int) -> list[float]:
    window: list[float] = []
    for value in reversed(values[: last + 1]):
        if value is None or len(window) == length:
            break
        window.append(value)
    return window


def predictive_p(value: float, reference: Sequence[float]) -> float:
    """Return P(X <= value) for one new normal value given the reference, from SciPy's own t distribution."""
    spread = statistics.stdev(reference) * math.sqrt(1.0 + 1.0 / len(reference))
    return float(stats.t.cdf((value - statistics.fmean(reference)) / spread, df=len(reference) - 1))


def empirical_tails(value: float, reference: Sequence[float]) -> tuple[float, float]:
    """Return (1 + #{x <= value}) / (n + 1) and the same with >=."""
    size = len(reference) + 1
    return (1 + sum(x <= value for x in reference)) / size, (1 + sum(x >= value for x in reference)) / size
