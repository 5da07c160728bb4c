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
    dose: FloatArray, layers: FloatArray, x0: float, x1: float, y0: float, y1: float, rows: int,
) -> None:  # fmt: skip
    """Add the box [x0, x1] × [y0, y1] × every layer, cut at the columns of the dose grid.

    The box lies in one row of the grid and is cut into `rows` along y. `layers` is what `_layers` returns. `sums`
    gathers volume and volume × dose.
    """
    x0, x1 = max(x0, x[0]), min(x1, x[-1])
    y0, y1 = max(y0, y[0]), min(y1, y[-1])
    if x1 <= x0 or y1 <= y0:
        return
    row = cell(y, 0.5 * (y0 + y1))
    pitch_y = y[row + 1] - y[row]
    ty0, share_y = (y0 - y[row]) / pitch_y, (y1 - y0) / pitch_y
    column = cell(x, x0)
    left = x0
    while left < x1:
        right = min(x1, x[column + 1])
        span = right - left
        if span > 0.0:
            pitch_x = x[column + 1] - x[column]
            tx, share_x = (0.5 * (left + right) - x[column]) / pitch_x, span / pitch_x
            for k in range(layers.shape[0]):
                frame = int(layers[k, 0])
                a00, a01 = dose[frame, row, column], dose[frame, row, column + 1]
                a10, a11 = dose[frame, row + 1, column], dose[frame, row + 1, column + 1]
                b00, b01 = dose[frame + 1, row, column], dose[frame + 1, row, column + 1]
                b10, b11 = dose[frame + 1, row + 1, column], dose[frame + 1, row + 1, column + 1]
                # The change across the cell along y, on the dose planes below and above.
                ay, by = (a10 - a00) + ((a11 - a01) - (a10 - a00)) * tx, (b10 - b00) + ((b11 - b01) - (b10 - b00)) * tx
                # Where the dose hardly changes along y or z, one piece does what several would.
                along_rows = rows if max(abs(ay), abs(by)) * share_y > 2.0 * width else 1
                for part_y in range(along_rows):
                    ty = ty0 + share_y * ((part_y + 0.5) / along_rows)
                    ax = (a01 - a00) + ((a11 - a10) - (a01 - a00)) * ty
                    bx = (b01 - b00) + ((b11 - b10) - (b01 - b00)) * ty
                    below = (a00 + (a10 - a00) * ty) + ax * tx
                    rise = (b00 + (b10 - b00) * ty) + bx * tx - below
                    along_layer = int(layers[k, 4]) if abs(rise) * layers[k, 3] > 2.0 * width else 1
                    along_z = rise * (layers[k, 3] / along_layer)
                    volume = span * ((y1 - y0) / along_rows) * (layers[k, 2] / along_layer)
                    for part_z in range(along_layer):
                        tz = layers[k, 1] + layers[k, 3] * ((part_z + 0.5) / along_layer)
                        value = below + rise * tz
                        along_x = (ax + (bx - ax) * tz) * share_x
                        along_y = (ay + (by - ay) * tz) * (share_y / along_rows)
                        sums[0] += volume
                        sums[1] += volume * value
                        # Three uniform spreads together have the variance of one as wide as their root sum of squares.
                        extent = math.sqrt(along_x * along_x + along_y * along_y + along_z * along_z)
                        spread(density, lump, width, volume, value, extent)
        left = right
        column += 1


add_box = kernel(_add_box)


def _layers(z: FloatArray, low: float, high: float, step: float) -> FloatArray:
    """Cut a slab at the dose planes.

    Returns shape (n, 5): cell, fraction of it below the layer, height, height as a fraction of the cell, and the number
    of pieces of at most `step` in it.
    """
    low, high = max(low, z[0]), min(high, z[-1])
    if high <= low:
        return np.empty((0, 5))
    first, last = cell(z, low), cell(z, high)
    layers = np.empty((last - first + 1, 5))
    filled = 0
    for frame in range(first, last + 1):
        bottom, top = max(low, z[frame]), min(high, z[frame + 1])
        if top <= bottom:
            continue
        pitch = z[frame + 1] - z[frame]
        layers[filled, 0] = frame
        layers[filled, 1] = (bottom - z[frame]) / pitch
        layers[filled, 2] = top - bottom
        layers[filled, 3] = (top - bottom) / pitch
        layers[filled, 4] = max(1, math.ceil((top - bottom) / step - 1e-9))
        filled += 1
    return layers[:filled]


layers_of = kernel(_layers)


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
        The longest piece in y and z, in mm. In each row of the dose grid the part that all its strips share is taken as
        one box, the rest strip by strip.
    """
    layers = layers_of(z, low, high, step)
    if layers.shape[0] == 0 or trapezoids.shape[0] == 0:
        return
    cores = np.empty((32, 2))
    first = 0
    for row in range(y.size - 1):
        bottom, top = y[row], y[row + 1]
        while first < trapezoids.shape[0] and trapezoids[first, 1] <= bottom:
            first += 1
        last = first
        while last < trapezoids.shape[0] and trapezoids[last, 0] < top:
            last += 1
        if last == first:
            continue
        rows = max(1, math.ceil((top - bottom) / step - 1e-9))
        chords = band_core(trapezoids, first, last, bottom, top, cores)
        for c in range(chords):
            add_box(
                density, lump, width, sums, x, y, dose, layers, cores[c, 0], cores[c, 1], bottom, top, rows
            )  # fmt: skip
        for index in range(first, last):
            t = trapezoids[index]
            start, end = max(bottom, t[0]), min(top, t[1])
            cuts = max(1, math.ceil((end - start) / step - 1e-9))
            for cut in range(cuts):
                y0 = start + (end - start) * (cut / cuts)
                y1 = start + (end - start) * ((cut + 1) / cuts)
                middle = 0.5 * (y0 + y1)
                left, right = along(t[2], t[3], t[0], t[1], middle), along(t[4], t[5], t[0], t[1], middle)
                if chords == 0:
                    add_box(density, lump, width, sums, x, y, dose, layers, left, right, y0, y1, 1)
                else:
                    c = (index - first) % chords
                    add_box(density, lump, width, sums, x, y, dose, layers, left, cores[c, 0], y0, y1, 1)
                    add_box(density, lump, width, sums, x, y, dose, layers, cores[c, 1], right, y0, y1, 1)


add_slab = kernel(_add_slab)
