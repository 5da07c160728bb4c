"""The arithmetic of apertures on bare arrays: lengths in mm, areas in mm², loops in a fixed order.

Strips are indexed by j, control points by i. A strip is exposed when more than 1e-6 mm of it lies between the
perpendicular jaws, and open when its gap exceeds 1e-6 mm.
"""

import math

import numpy as np

from propel_core.numerics._jit import kernel
from propel_core.units import BoolArray, FloatArray, IntArray

__all__ = ["COLUMNS", "denominator", "shapes", "travel", "weighted_means", "weighted_product"]

COLUMNS = ("LSV", "AAV", "SAS2", "SAS5", "SAS10", "SAS20", "MAD", "CAS", "CLS", "ALPO", "MFA", "EM", "PI")
"""The columns of `shapes`; AAV holds the sum of open gaps until it is divided by the beam's denominator."""

_LSV, _GAPS, _SAS, _MAD, _CAS, _CLS, _ALPO, _AREA, _EM, _PI = 0, 1, 2, 6, 7, 8, 9, 10, 11, 12
_TOLERANCE_MM = 1e-6
_THRESHOLDS_MM = (2.0, 5.0, 10.0, 20.0)


def _height(lower: float, upper: float, jaw_low: float, jaw_high: float) -> float:
    """Return how much of a strip lies between the perpendicular jaws; negative when none."""
    return min(upper, jaw_high) - max(lower, jaw_low)


height = kernel(_height)


def _tip_variability(tips: FloatArray, chosen: IntArray, count: int) -> float:
    """Return one bank's factor of the leaf sequence variability over the `count` chosen strips."""
    if count < 2:
        return 1.0
    lowest = highest = tips[chosen[0]]
    for k in range(1, count):
        lowest = min(lowest, tips[chosen[k]])
        highest = max(highest, tips[chosen[k]])
    spread = highest - lowest
    if spread == 0.0:
        return 1.0
    total = 0.0
    for k in range(count - 1):
        total += spread - abs(tips[chosen[k]] - tips[chosen[k + 1]])
    return float(min(1.0, total / ((count - 1) * spread)))


tip_variability = kernel(_tip_variability)


def _outline(
    boundaries: FloatArray, left: FloatArray, right: FloatArray, across: FloatArray, along: FloatArray
) -> tuple[float, float, float]:
    """Return area, side length and end length of one aperture, its tips clipped to the parallel jaws."""
    area = side = ends = 0.0
    above_left = above_right = above_width = 0.0
    for j in range(left.size):
        tall = height(boundaries[j], boundaries[j + 1], across[0], across[1])
        if tall <= _TOLERANCE_MM:
            continue
        clipped_left = max(left[j], along[0])
        clipped_right = min(right[j], along[1])
        width = max(0.0, clipped_right - clipped_left)
        overlap = max(0.0, min(above_right, clipped_right) - max(above_left, clipped_left))
        area += width * tall
        side += above_width + width - 2.0 * overlap
        if width > 0.0:
            ends += 2.0 * tall
        above_left, above_right, above_width = clipped_left, clipped_right, width
    return area, side + above_width, ends


outline = kernel(_outline)


def _shapes(
    boundaries: FloatArray,
    left: FloatArray,
    right: FloatArray,
    across: FloatArray,
    along: FloatArray,
    delivered: BoolArray,
) -> tuple[FloatArray, IntArray]:
    """Return the quantities of every control point and, per threshold, how many delivered gaps lie on it.

    Shapes: boundaries (s + 1,), left and right (n, s), across and along (n, 2), delivered (n,); the results are
    (n, len(COLUMNS)) and (4,).
    """
    count, strips = left.shape
    out = np.zeros((count, 13))
    on_threshold = np.zeros(4, dtype=np.int64)
    chosen = np.empty(strips, dtype=np.int64)
    for i in range(count):
        opened = exposed = 0
        for j in range(strips):
            if height(boundaries[j], boundaries[j + 1], across[i, 0], across[i, 1]) <= _TOLERANCE_MM:
                continue
            exposed += 1
            gap = right[i, j] - left[i, j]
            if gap <= _TOLERANCE_MM:
                continue
            chosen[opened] = j
            opened += 1
            out[i, _GAPS] += gap
            out[i, _MAD] += abs(left[i, j] + right[i, j]) / 2.0
            if left[i, j] > 0.0 or right[i, j] < 0.0:
                out[i, _CAS] += 1.0
            for t in range(4):
                if gap < _THRESHOLDS_MM[t]:
                    out[i, _SAS + t] += 1.0
                if delivered[i] and abs(gap - _THRESHOLDS_MM[t]) <= _TOLERANCE_MM:
                    on_threshold[t] += 1
        out[i, _LSV] = tip_variability(left[i], chosen, opened) * tip_variability(right[i], chosen, opened)
        if opened > 0:
            for column in range(_SAS, _CLS):
                out[i, column] /= opened
            out[i, _ALPO] = out[i, _GAPS] / opened
        if exposed > 0:
            out[i, _CLS] = 1.0 - opened / exposed
        area, side, ends = outline(boundaries, left[i], right[i], across[i], along[i])
        out[i, _AREA] = area
        if area > 0.0:
            out[i, _EM] = side / area
            out[i, _PI] = (side + ends) ** 2 / (4.0 * math.pi * area)
    return out, on_threshold


shapes = kernel(_shapes)


def _denominator(
    boundaries: FloatArray,
    left: FloatArray,
    right: FloatArray,
    across: FloatArray,
    delivered: BoolArray,
    outermost: bool,  # noqa: FBT001  # kernels take bare positional values
) -> float:
    """Return the sum over strips of the outermost-tip distance, or else of the widest gap, over delivered shapes."""
    count, strips = left.shape
    total = 0.0
    for j in range(strips):
        leftmost, rightmost, widest = math.inf, -math.inf, 0.0
        for i in range(count):
            gap = right[i, j] - left[i, j]
            if not delivered[i] or gap <= _TOLERANCE_MM:
                continue
            if height(boundaries[j], boundaries[j + 1], across[i, 0], across[i, 1]) <= _TOLERANCE_MM:
                continue
            leftmost = min(leftmost, left[i, j])
            rightmost = max(rightmost, right[i, j])
            widest = max(widest, gap)
        if widest > 0.0:
            total += rightmost - leftmost if outermost else widest
    return total


denominator = kernel(_denominator)


def _travel(boundaries: FloatArray, positions: FloatArray, across: FloatArray) -> tuple[float, int]:
    """Return the travel of all leaves, both banks, of the pairs in use, and the number of those pairs.

    Shapes: boundaries (p + 1,), positions (n, 2, p), across (n, 2). In use: exposed and open at some control point.
    """
    count, _, pairs = positions.shape
    total = 0.0
    used = 0
    for j in range(pairs):
        in_use = False
        length = 0.0
        for i in range(count):
            gap = positions[i, 1, j] - positions[i, 0, j]
            tall = height(boundaries[j], boundaries[j + 1], across[i, 0], across[i, 1])
            in_use = in_use or (gap > _TOLERANCE_MM and tall > _TOLERANCE_MM)
            if i > 0:
                length += abs(positions[i, 0, j] - positions[i - 1, 0, j])
                length += abs(positions[i, 1, j] - positions[i - 1, 1, j])
        if in_use:
            total += length
            used += 1
    return total, used


travel = kernel(_travel)


def _weighted_means(weights: FloatArray, values: FloatArray) -> FloatArray:
    """Return, per column of values (n, q), the sum of interval weight (n - 1,) times the mean of the two ends."""
    means = np.zeros(values.shape[1])
    for i in range(weights.size):
        for column in range(values.shape[1]):
            means[column] += weights[i] * (values[i, column] + values[i + 1, column]) / 2.0
    return means


weighted_means = kernel(_weighted_means)


def _weighted_product(weights: FloatArray, first: FloatArray, second: FloatArray) -> float:
    """Return the sum of interval weight times the product of the two quantities' means over the interval's ends."""
    total = 0.0
    for i in range(weights.size):
        total += weights[i] * (first[i] + first[i + 1]) / 2.0 * (second[i] + second[i + 1]) / 2.0
    return total


weighted_product = kernel(_weighted_product)
