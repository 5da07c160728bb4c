"""Exact planar sections: edges in, trapezoids out; and the slanted sides of a trapezoid."""

import numpy as np

from propel_core.numerics._jit import kernel
from propel_core.units import FloatArray, IntArray

__all__ = ["along", "boundary", "surface", "trapezoids"]

_TOUCH_MM = 1e-9


def _x_at(edges: FloatArray, edge: int, y: float) -> float:
    """Return where an edge (x0, y0, x1, y1 with y0 < y1) meets a height."""
    x0, y0, x1, y1 = edges[edge, 0], edges[edge, 1], edges[edge, 2], edges[edge, 3]
    if y <= y0:
        return float(x0)
    if y >= y1:
        return float(x1)
    return float(x0 + (x1 - x0) * ((y - y0) / (y1 - y0)))


x_at = kernel(_x_at)


def _order(edges: FloatArray, active: IntArray, count: int, y: float) -> None:
    """Sort the active edges by where they meet a height; nearly sorted already, so by insertion."""
    for i in range(1, count):
        edge = active[i]
        x = x_at(edges, edge, y)
        j = i - 1
        while j >= 0 and x_at(edges, active[j], y) > x:
            active[j + 1] = active[j]
            j -= 1
        active[j + 1] = edge


order = kernel(_order)


def _crossing(edges: FloatArray, active: IntArray, count: int, low: float, high: float) -> float:
    """Return a height strictly inside (low, high) where two neighbours of the sorted list cross, or NaN."""
    for i in range(count - 1):
        a, b = active[i], active[i + 1]
        gap_low = x_at(edges, b, low) - x_at(edges, a, low)
        gap_high = x_at(edges, b, high) - x_at(edges, a, high)
        worst = min(gap_low, gap_high)
        if worst < -_TOUCH_MM and gap_low * gap_high < 0.0:
            y = low + (high - low) * (gap_low / (gap_low - gap_high))
            if low < y < high:
                return float(y)
    return np.nan


crossing = kernel(_crossing)


def _boundary(drawn: FloatArray) -> FloatArray:
    """Turn edges upwards (level ones rightwards), sort them from below, and cancel those that coincide in pairs.

    Takes and returns shape (n, 4): x0, y0, x1, y1. Sorted by y0, then x0, x1 and y1.
    """
    count = drawn.shape[0]
    edges = drawn.copy()
    for i in range(count):
        if drawn[i, 1] > drawn[i, 3] or (drawn[i, 1] == drawn[i, 3] and drawn[i, 0] > drawn[i, 2]):
            edges[i, 0], edges[i, 1], edges[i, 2], edges[i, 3] = drawn[i, 2], drawn[i, 3], drawn[i, 0], drawn[i, 1]
    ranks = np.arange(count)
    for key in (3, 2, 0, 1):
        ranks = ranks[np.argsort(edges[ranks, key], kind="mergesort")]
    kept = np.empty((count, 4))
    filled = 0
    for i in range(count):
        kept[filled] = edges[ranks[i]]
        same = filled > 0
        for key in range(4):
            same = same and kept[filled, key] == kept[filled - 1, key]
        filled += -1 if same else 1  # an edge drawn an even number of times bounds nothing
    return kept[:filled].copy()


boundary = kernel(_boundary)


def _trapezoids(edges: FloatArray, labels: IntArray, needed: int) -> tuple[FloatArray, int]:
    """Cut the region bounded by `edges` into trapezoids with horizontal parallel sides.

    Parameters
    ----------
    edges
        Shape (n, 4): x0, y0, x1, y1 with y0 <= y1; level ones bound nothing here.
    labels
        Shape (n,): which set, 0 or 1, an edge bounds. A point is in a set when an odd number of its edges lie left.
    needed
        In how many of the sets a point must lie: 1 for the region of set 0 (or the union), 2 for the intersection.

    Returns
    -------
    trapezoids
        Shape (m, 6): y low, y high, left x at low and high, right x at low and high; ascending in y, then in x.
    crossings
        How often edges cross.
    """
    slanted = np.flatnonzero(edges[:, 1] < edges[:, 3])
    slanted = slanted[np.argsort(edges[slanted, 1], kind="mergesort")]
    edges, labels = edges[slanted], labels[slanted]
    heights = np.unique(np.concatenate((edges[:, 1], edges[:, 3])))
    found = np.empty((max(16, 2 * heights.size), 6))
    count = 0
    crossings = 0
    active = np.empty(edges.shape[0], dtype=np.int64)
    live = 0
    upcoming = 0
    pending = np.empty(256)
    for level in range(heights.size - 1):
        low, top = heights[level], heights[level + 1]
        kept = 0
        for i in range(live):
            if edges[active[i], 3] > low:
                active[kept] = active[i]
                kept += 1
        live = kept
        while upcoming < edges.shape[0] and edges[upcoming, 1] <= low:
            active[live] = upcoming
            live += 1
            upcoming += 1
        # A strip in which edges cross is split where they do; `pending` holds the upper ends still to come.
        pending[0] = top
        depth = 1
        while depth > 0:
            high = pending[depth - 1]
            order(edges, active, live, 0.5 * (low + high))
            y = crossing(edges, active, live, low, high) if depth < pending.size else np.nan
            if y == y:  # noqa: PLR0124  # not NaN
                crossings += 1
                pending[depth] = y
                depth += 1
                continue
            inside = np.zeros(2, dtype=np.int64)
            left = -1
            for i in range(live):
                edge = active[i]
                was_in = inside[0] + inside[1] >= needed
                inside[labels[edge]] ^= 1
                is_in = inside[0] + inside[1] >= needed
                if is_in and not was_in:
                    left = edge
                elif was_in and not is_in:
                    xl0, xl1 = x_at(edges, left, low), x_at(edges, left, high)
                    xr0, xr1 = x_at(edges, edge, low), x_at(edges, edge, high)
                    if xr0 - xl0 > _TOUCH_MM or xr1 - xl1 > _TOUCH_MM:
                        if count == found.shape[0]:
                            grown = np.empty((2 * count, 6))
                            grown[:count] = found
                            found = grown
                        found[count, 0], found[count, 1] = low, high
                        found[count, 2], found[count, 3] = xl0, xl1
                        found[count, 4], found[count, 5] = max(xl0, xr0), max(xl1, xr1)
                        count += 1
            low = high
            depth -= 1
    return found[:count].copy(), crossings


trapezoids = kernel(_trapezoids)


def _surface(trapezoids: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the sides of a region cut into trapezoids, as edges of shape (n, 4).

    Slanted sides are those of the trapezoids; of a level edge, the part on which a trapezoid ends. So what encloses no
    area (a bridge between islands, a spike drawn there and back) is no part of it, however it was drawn.
    """
    count = trapezoids.shape[0]
    sides = np.empty((2 * count + 16, 4))
    filled = 0
    for k in range(count):
        t = trapezoids[k]
        sides[filled, 0], sides[filled, 1], sides[filled, 2], sides[filled, 3] = t[2], t[0], t[3], t[1]
        sides[filled + 1, 0], sides[filled + 1, 1], sides[filled + 1, 2], sides[filled + 1, 3] = t[4], t[0], t[5], t[1]
        filled += 2
    for i in range(edges.shape[0]):
        if edges[i, 1] != edges[i, 3]:
            continue
        y = edges[i, 1]
        for k in range(count):
            for end in range(2):
                if trapezoids[k, end] != y:
                    continue
                left, right = max(edges[i, 0], trapezoids[k, 2 + end]), min(edges[i, 2], trapezoids[k, 4 + end])
                if right <= left:
                    continue
                if filled == sides.shape[0]:
                    grown = np.empty((2 * filled, 4))
                    grown[:filled] = sides
                    sides = grown
                sides[filled, 0], sides[filled, 1], sides[filled, 2], sides[filled, 3] = left, y, right, y
                filled += 1
    return sides[:filled].copy()


surface = kernel(_surface)


def _along(low: float, high: float, y0: float, y1: float, y: float) -> float:
    """Return the value at y of a side that runs from `low` at y0 to `high` at y1."""
    return low + (high - low) * ((y - y0) / (y1 - y0))


along = kernel(_along)
