"""Dose between voxel centres: trilinear values, and their extremes over a slab."""

import numpy as np

from propel_core.geometry._kernels import along
from propel_core.numerics._jit import kernel
from propel_core.units import FloatArray

__all__ = ["cell", "slab_extrema"]


def _cell(axis: FloatArray, position: float) -> int:
    """Return the grid cell that holds a position; positions outside belong to the first or last cell."""
    low, high = 0, axis.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if axis[middle] <= position:
            low = middle
        else:
            high = middle
    return low


cell = kernel(_cell)


def _entered(axis: FloatArray, position: float, travel: float) -> int:
    """Return the cell that a point moving along an axis is about to be in."""
    index = cell(axis, position)
    return index - 1 if travel < 0.0 and index > 0 and axis[index] >= position else index


entered = kernel(_entered)


def _at(
    x: FloatArray, y: FloatArray, dose: FloatArray, frame: int, tz: float, column: int, row: int, px: float, py: float
) -> float:
    """Return the dose at a point of a known cell column and row, between two frames."""
    tx = (px - x[column]) / (x[column + 1] - x[column])
    ty = (py - y[row]) / (y[row + 1] - y[row])
    value = 0.0
    for k in range(2):
        share = tz if k else 1.0 - tz
        if share == 0.0:
            continue
        near = dose[frame + k, row, column] * (1.0 - tx) + dose[frame + k, row, column + 1] * tx
        far = dose[frame + k, row + 1, column] * (1.0 - tx) + dose[frame + k, row + 1, column + 1] * tx
        value += share * (near * (1.0 - ty) + far * ty)
    return value


at = kernel(_at)


def _edge_extrema(
    extrema: FloatArray, x: FloatArray, y: FloatArray, dose: FloatArray, frame: int, tz: float, edge: FloatArray
) -> None:
    """Widen (lowest, highest) by the dose along one contour edge; between grid lines it is a parabola, met exactly."""
    dx, dy = edge[2] - edge[0], edge[3] - edge[1]
    start, end = 0.0, 1.0
    for a in range(2):
        origin, delta = edge[a], dx if a == 0 else dy
        low, high = (x[0], x[-1]) if a == 0 else (y[0], y[-1])
        if delta == 0.0:
            if origin < low or origin > high:
                return
            continue
        t0, t1 = (low - origin) / delta, (high - origin) / delta
        start, end = max(start, min(t0, t1)), min(end, max(t0, t1))
    if start > end:
        return
    # From cell to cell in the direction of travel. The indices alone decide when the walk ends, so that an edge which
    # misses a grid line by a rounding error cannot stall on it.
    column, row = entered(x, edge[0] + dx * start, dx), entered(y, edge[1] + dy * start, dy)
    t = start
    while 0 <= column < x.size - 1 and 0 <= row < y.size - 1:
        to_x = ((x[column + 1] if dx > 0.0 else x[column]) - edge[0]) / dx if dx != 0.0 else np.inf
        to_y = ((y[row + 1] if dy > 0.0 else y[row]) - edge[1]) / dy if dy != 0.0 else np.inf
        step = max(t, min(end, to_x, to_y))
        middle = 0.5 * (t + step)
        f0 = at(x, y, dose, frame, tz, column, row, edge[0] + dx * t, edge[1] + dy * t)
        f1 = at(x, y, dose, frame, tz, column, row, edge[0] + dx * middle, edge[1] + dy * middle)
        f2 = at(x, y, dose, frame, tz, column, row, edge[0] + dx * step, edge[1] + dy * step)
        extrema[0] = min(extrema[0], f0, f2)
        extrema[1] = max(extrema[1], f0, f2)
        bend = 2.0 * (f0 - 2.0 * f1 + f2)
        if bend != 0.0:
            vertex = (3.0 * f0 - 4.0 * f1 + f2) / (2.0 * bend)
            if 0.0 < vertex < 1.0:
                value = f0 + vertex * (4.0 * f1 - 3.0 * f0 - f2) + vertex * vertex * bend
                extrema[0], extrema[1] = min(extrema[0], value), max(extrema[1], value)
        if step >= end:
            return
        t = step
        if to_x <= to_y:
            column += 1 if dx > 0.0 else -1
        else:
            row += 1 if dy > 0.0 else -1


edge_extrema = kernel(_edge_extrema)


def _node_extrema(
    extrema: FloatArray, x: FloatArray, y: FloatArray, dose: FloatArray, frame: int, tz: float, trapezoids: FloatArray
) -> None:
    """Widen (lowest, highest) by the grid nodes inside a section."""
    for index in range(trapezoids.shape[0]):
        t = trapezoids[index]
        row = int(np.searchsorted(y, t[0]))
        while row < y.size and y[row] <= t[1]:
            left, right = along(t[2], t[3], t[0], t[1], y[row]), along(t[4], t[5], t[0], t[1], y[row])
            column = int(np.searchsorted(x, left))
            while column < x.size and x[column] <= right:
                value = dose[frame, row, column]
                if tz > 0.0:
                    value += (dose[frame + 1, row, column] - value) * tz
                extrema[0], extrema[1] = min(extrema[0], value), max(extrema[1], value)
                column += 1
            row += 1


node_extrema = kernel(_node_extrema)


def _slab_extrema(
    extrema: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray, dose: FloatArray, trapezoids: FloatArray,
    edges: FloatArray, low: float, high: float,
) -> None:  # fmt: skip
    """Widen (lowest, highest) by the extreme doses of one slab.

    Trilinear dose is linear along z between dose planes and bilinear in a plane: its extremes over a prism lie at the
    slab's faces or at dose planes, there at grid nodes or on contour edges.
    """
    low, high = max(low, z[0]), min(high, z[-1])
    if high < low:
        return
    height = low
    while True:
        frame = cell(z, height)
        tz = (height - z[frame]) / (z[frame + 1] - z[frame])
        node_extrema(extrema, x, y, dose, frame, tz, trapezoids)
        for index in range(edges.shape[0]):
            edge_extrema(extrema, x, y, dose, frame, tz, edges[index])
        if height >= high:
            return
        following = z[frame + 1] if z[frame + 1] > height else z[min(frame + 2, z.size - 1)]
        height = min(high, following)


slab_extrema = kernel(_slab_extrema)
