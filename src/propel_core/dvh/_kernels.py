"""Integrate dose over a slab: exact along the scanline, spread over the dose range of each piece."""

import math

import numpy as np

from propel_core.geometry._kernels import along
from propel_core.numerics._jit import kernel
from propel_core.rt._kernels import cell
from propel_core.units import FloatArray

__all__ = ["add_slab"]


def _spread(density: FloatArray, lump: FloatArray, width: float, volume: float, dose: float, extent: float) -> None:
    """Add a volume whose dose is uniform over [dose - extent / 2, dose + extent / 2].

    `density` holds, as differences, the volume of bins that the extent covers whole; `lump` holds all other volume.
    """
    low = max(dose - 0.5 * extent, 0.0)
    high = dose + 0.5 * extent
    top = lump.size - 1
    first, last = min(int(low / width), top), min(int(high / width), top)
    if last - first < 2:
        if first == last:
            lump[first] += volume
        else:
            share = ((first + 1) * width - low) / (high - low)
            lump[first] += volume * share
            lump[last] += volume * (1.0 - share)
        return
    per_bin = volume * width / (high - low)
    below = ((first + 1) * width - low) / width
    lump[first] += per_bin * below
    lump[last] += volume - per_bin * (below + (last - first - 1))
    density[first + 1] += per_bin
    density[last] -= per_bin


spread = kernel(_spread)


def _add_box(
    density: FloatArray, lump: FloatArray, width: float, sums: FloatArray, x: FloatArray, y: FloatArray,
    dose: FloatArray, pieces: FloatArray, x0: float, x1: float, y0: float, y1: float,
) -> None:  # fmt: skip
    """Add the box [x0, x1] × [y0, y1] × every height piece, cut at the columns of the dose grid.

    `pieces` holds, per height piece: cell, fraction within the cell, height. `sums` gathers volume and volume × dose.
    """
    x0, x1 = max(x0, x[0]), min(x1, x[-1])
    y0, y1 = max(y0, y[0]), min(y1, y[-1])
    if x1 <= x0 or y1 <= y0:
        return
    middle, depth = 0.5 * (y0 + y1), y1 - y0
    row = cell(y, middle)
    pitch_y = y[row + 1] - y[row]
    ty = (middle - y[row]) / pitch_y
    column = cell(x, x0)
    left = x0
    while left < x1:
        right = min(x1, x[column + 1])
        span = right - left
        if span > 0.0:
            pitch_x = x[column + 1] - x[column]
            tx = (0.5 * (left + right) - x[column]) / pitch_x
            for k in range(pieces.shape[0]):
                frame = int(pieces[k, 0])
                tz = pieces[k, 1]
                a00, a01 = dose[frame, row, column], dose[frame, row, column + 1]
                a10, a11 = dose[frame, row + 1, column], dose[frame, row + 1, column + 1]
                b00, b01 = dose[frame + 1, row, column], dose[frame + 1, row, column + 1]
                b10, b11 = dose[frame + 1, row + 1, column], dose[frame + 1, row + 1, column + 1]
                c00, c01 = a00 + (b00 - a00) * tz, a01 + (b01 - a01) * tz
                c10, c11 = a10 + (b10 - a10) * tz, a11 + (b11 - a11) * tz
                along_x = ((c01 - c00) * (1.0 - ty) + (c11 - c10) * ty) * (span / pitch_x)
                along_y = ((c10 - c00) * (1.0 - tx) + (c11 - c01) * tx) * (depth / pitch_y)
                value = (c00 * (1.0 - tx) + c01 * tx) * (1.0 - ty) + (c10 * (1.0 - tx) + c11 * tx) * ty
                low = (a00 * (1.0 - tx) + a01 * tx) * (1.0 - ty) + (a10 * (1.0 - tx) + a11 * tx) * ty
                high = (b00 * (1.0 - tx) + b01 * tx) * (1.0 - ty) + (b10 * (1.0 - tx) + b11 * tx) * ty
                along_z = (high - low) * pieces[k, 3]
                volume = span * depth * pieces[k, 2]
                sums[0] += volume
                sums[1] += volume * value
                # A sum of three uniform spreads has the variance of one whose width is their root sum of squares.
                extent = math.sqrt(along_x * along_x + along_y * along_y + along_z * along_z)
                spread(density, lump, width, volume, value, extent)
        left = right
        column += 1


add_box = kernel(_add_box)


def _height_pieces(z: FloatArray, low: float, high: float, step: float) -> FloatArray:
    """Cut a slab at the dose planes and into pieces of at most `step`.

    Returns shape (n, 4): cell, fraction of the piece's middle within it, height, height as a fraction of the cell.
    """
    low, high = max(low, z[0]), min(high, z[-1])
    if high <= low:
        return np.empty((0, 4))
    first, last = cell(z, low), cell(z, high)
    count = 0
    for frame in range(first, last + 1):
        count += math.ceil((min(high, z[frame + 1]) - max(low, z[frame])) / step) + 1
    pieces = np.empty((count, 4))
    filled = 0
    for frame in range(first, last + 1):
        bottom, top = max(low, z[frame]), min(high, z[frame + 1])
        if top <= bottom:
            continue
        parts = max(1, math.ceil((top - bottom) / step - 1e-9))
        height = (top - bottom) / parts
        pitch = z[frame + 1] - z[frame]
        for part in range(parts):
            pieces[filled, 0] = frame
            pieces[filled, 1] = (bottom + (part + 0.5) * height - z[frame]) / pitch
            pieces[filled, 2] = height
            pieces[filled, 3] = height / pitch
            filled += 1
    return pieces[:filled]


height_pieces = kernel(_height_pieces)


def _band_core(
    trapezoids: FloatArray, first: int, last: int, low: float, high: float, cores: FloatArray
) -> int:  # fmt: skip
    """Find the intervals of x that lie inside over the whole band [low, high].

    `cores` receives left and right for each chord; the return value is the number of chords, or 0 when the strips of
    the band differ in their number of chords or leave part of the band empty.
    """
    chords = 0
    while first + chords < last and trapezoids[first + chords, 0] == trapezoids[first, 0]:
        chords += 1
    if chords == 0 or chords > cores.shape[0] or (last - first) % chords:
        return 0
    reached = low
    for start in range(first, last, chords):
        bottom, top = max(low, trapezoids[start, 0]), min(high, trapezoids[start, 1])
        if bottom > reached:
            return 0
        reached = top
        for c in range(chords):
            t = trapezoids[start + c]
            if t[0] != trapezoids[start, 0]:
                return 0
            left = max(along(t[2], t[3], t[0], t[1], bottom), along(t[2], t[3], t[0], t[1], top))
            right = min(along(t[4], t[5], t[0], t[1], bottom), along(t[4], t[5], t[0], t[1], top))
            cores[c, 0] = left if start == first else max(cores[c, 0], left)
            cores[c, 1] = right if start == first else min(cores[c, 1], right)
    if reached < high:
        return 0
    for c in range(chords):
        if cores[c, 1] <= cores[c, 0]:
            return 0
    return chords


band_core = kernel(_band_core)


def _add_slab(
    density: FloatArray, lump: FloatArray, width: float, sums: FloatArray, x: FloatArray, y: FloatArray, z: FloatArray,
    dose: FloatArray, trapezoids: FloatArray, low: float, high: float, step: float,
) -> None:  # fmt: skip
    """Add the volume of one slab to the histogram.

    Parameters
    ----------
    density, lump
        The histogram under construction (see `_spread`), shape (bins,), bins of `width` gray.
    sums
        Volume and volume × dose so far, shape (2,).
    x, y, z, dose
        The grid: ascending axes in mm, and gray in shape (nz, ny, nx).
    trapezoids
        The section, shape (m, 6), as `geometry` cuts it.
    low, high
        The slab along z.
    step
        The longest piece in y and z, in mm. Bands of the dose grid's rows are cut to it; inside a band the part that
        all its strips share is taken as one box, the rest strip by strip.
    """
    pieces = height_pieces(z, low, high, step)
    if pieces.shape[0] == 0 or trapezoids.shape[0] == 0:
        return
    cores = np.empty((32, 2))
    first = 0
    count = trapezoids.shape[0]
    for row in range(y.size - 1):
        parts = max(1, math.ceil((y[row + 1] - y[row]) / step - 1e-9))
        for part in range(parts):
            bottom = y[row] + (y[row + 1] - y[row]) * part / parts
            top = y[row] + (y[row + 1] - y[row]) * (part + 1) / parts if part + 1 < parts else y[row + 1]
            while first < count and trapezoids[first, 1] <= bottom:
                first += 1
            last = first
            while last < count and trapezoids[last, 0] < top:
                last += 1
            if last == first:
                continue
            chords = band_core(trapezoids, first, last, bottom, top, cores)
            for c in range(chords):
                add_box(
                    density, lump, width, sums, x, y, dose, pieces, cores[c, 0], cores[c, 1], bottom, top
                )  # fmt: skip
            for index in range(first, last):
                t = trapezoids[index]
                y0, y1 = max(bottom, t[0]), min(top, t[1])
                if y1 <= y0:
                    continue
                middle = 0.5 * (y0 + y1)
                left, right = along(t[2], t[3], t[0], t[1], middle), along(t[4], t[5], t[0], t[1], middle)
                if chords == 0:
                    add_box(density, lump, width, sums, x, y, dose, pieces, left, right, y0, y1)
                else:
                    c = (index - first) % chords
                    add_box(density, lump, width, sums, x, y, dose, pieces, left, cores[c, 0], y0, y1)
                    add_box(density, lump, width, sums, x, y, dose, pieces, cores[c, 1], right, y0, y1)


add_slab = kernel(_add_slab)
