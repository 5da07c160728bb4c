"""Integrate dose over a slab: exact along the scanline, spread over the dose range of each piece."""

import math

import numpy as np

from propel_core.geometry._kernels import along
from propel_core.numerics._jit import kernel
from propel_core.rt._kernels import cell
from propel_core.units import FloatArray

__all__ = ["add_slab"]

_NUDGE = 1.0 + 1e-11
_WHOLE = 5.0


def _spread(
    density: FloatArray, lump: FloatArray, width: float, per_gray: float, volume: float, dose: float, extent: float
) -> None:
    """Add a volume whose dose is uniform over [dose - extent / 2, dose + extent / 2].

    `density` holds, as differences, the volume of bins that the extent covers whole; `lump` holds all other volume.
    `per_gray` is the number of bins in one gray: the inverse of `width`, since divisions take most of the time here.
    """
    low = max(dose - 0.5 * extent, 0.0)
    high = dose + 0.5 * extent
    top = lump.size - 1
    # A dose that rounding keeps just below an edge belongs to the bin above it: V(d) is inclusive.
    first, last = min(int(low * per_gray * _NUDGE), top), min(int(high * per_gray * _NUDGE), top)
    if first == last:
        lump[first] += volume
        return
    concentration = volume / (high - low)
    below = concentration * ((first + 1) * width - low)
    lump[first] += below
    if last - first == 1:
        lump[last] += volume - below
        return
    per_bin = concentration * width
    lump[last] += volume - below - per_bin * (last - first - 1)
    density[first + 1] += per_bin
    density[last] -= per_bin


spread = kernel(_spread)


def _layers(z: FloatArray, low: float, high: float, step: float) -> FloatArray:
    """Cut a slab at the dose planes.

    Returns shape (n, 5), a row for each layer: the frame below, the layer's middle and its height as fractions of the
    distance between the frames, its height, and into how many parts of at most `step` it may be cut.
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
        layers[filled, 1] = (0.5 * (bottom + top) - z[frame]) / pitch
        layers[filled, 2] = (top - bottom) / pitch
        layers[filled, 3] = top - bottom
        layers[filled, 4] = max(1.0, math.ceil((top - bottom) / step - 1e-9))
        filled += 1
    return layers[:filled]


layers_of = kernel(_layers)


def _add_box(
    density: FloatArray, lump: FloatArray, width: float, sums: FloatArray, x: FloatArray, y: FloatArray,
    dose: FloatArray, layers: FloatArray, step: float, x0: float, x1: float, y0: float, y1: float,
) -> None:  # fmt: skip
    """Add the box [x0, x1] × [y0, y1], inside one row of the dose grid, × every layer; cut at the grid's columns.

    A piece whose dose spans few bins is added whole; any other in parts along y and z, each of few bins or of `step`.
    `sums` gathers volume and volume × dose.
    """
    x0, x1 = max(x0, x[0]), min(x1, x[-1])
    y0, y1 = max(y0, y[0]), min(y1, y[-1])
    if x1 <= x0 or y1 <= y0:
        return
    row = cell(y, 0.5 * (y0 + y1))
    pitch_y = y[row + 1] - y[row]
    ty = (0.5 * (y0 + y1) - y[row]) / pitch_y
    share_y = (y1 - y0) / pitch_y
    rows = max(1, math.ceil((y1 - y0) / step - 1e-9))
    per_gray, total, weighted = 1.0 / width, 0.0, 0.0
    first = cell(x, x0)
    for k in range(layers.shape[0]):
        frame = int(layers[k, 0])
        tz, share_z, height, parts = layers[k, 1], layers[k, 2], layers[k, 3], int(layers[k, 4])
        column, left = first, x0
        # Corners of the cell below (a) and above (b) the layer; the right ones are the next cell's left ones.
        a01, a11 = dose[frame, row, column], dose[frame, row + 1, column]
        b01, b11 = dose[frame + 1, row, column], dose[frame + 1, row + 1, column]
        while left < x1:
            a00, a10, b00, b10 = a01, a11, b01, b11
            a01, a11 = dose[frame, row, column + 1], dose[frame, row + 1, column + 1]
            b01, b11 = dose[frame + 1, row, column + 1], dose[frame + 1, row + 1, column + 1]
            right = min(x1, x[column + 1])
            tx, share_x = 0.5, 1.0
            if left != x[column] or right != x[column + 1]:
                pitch_x = x[column + 1] - x[column]
                tx, share_x = (0.5 * (left + right) - x[column]) / pitch_x, (right - left) / pitch_x
            # Values at the middle of the piece in x, on its four edges along x.
            a0, a1 = a00 + (a01 - a00) * tx, a10 + (a11 - a10) * tx
            b0, b1 = b00 + (b01 - b00) * tx, b10 + (b11 - b10) * tx
            low, high = a0 + (a1 - a0) * ty, b0 + (b1 - b0) * ty
            along_z = (high - low) * share_z
            along_y = ((a1 - a0) + ((b1 - b0) - (a1 - a0)) * tz) * share_y
            near = (a01 - a00) + ((b01 - b00) - (a01 - a00)) * tz
            far = (a11 - a10) + ((b11 - b10) - (a11 - a10)) * tz
            along_x = (near + (far - near) * ty) * share_x
            volume = (right - left) * (y1 - y0) * height
            value = low + (high - low) * tz
            total += volume
            weighted += volume * value
            left = right
            column += 1
            # A sum of three uniform spreads has the variance of one whose width is their root sum of squares.
            extent = math.sqrt(along_x * along_x + along_y * along_y + along_z * along_z)
            if rows * parts == 1 or extent * per_gray <= _WHOLE:
                spread(density, lump, width, per_gray, volume, value, extent)
                continue
            cuts_y = min(rows, 1 + int(abs(along_y) * per_gray / _WHOLE))
            cuts_z = min(parts, 1 + int(abs(along_z) * per_gray / _WHOLE))
            volume /= cuts_y * cuts_z
            for i in range(cuts_y):
                sy = ty + ((i + 0.5) / cuts_y - 0.5) * share_y
                low, high = a0 + (a1 - a0) * sy, b0 + (b1 - b0) * sy
                along_z = (high - low) * (share_z / cuts_z)
                for j in range(cuts_z):
                    sz = tz + ((j + 0.5) / cuts_z - 0.5) * share_z
                    along_y = ((a1 - a0) + ((b1 - b0) - (a1 - a0)) * sz) * (share_y / cuts_y)
                    near = (a01 - a00) + ((b01 - b00) - (a01 - a00)) * sz
                    far = (a11 - a10) + ((b11 - b10) - (a11 - a10)) * sz
                    along_x = (near + (far - near) * sy) * share_x
                    extent = math.sqrt(along_x * along_x + along_y * along_y + along_z * along_z)
                    spread(density, lump, width, per_gray, volume, low + (high - low) * sz, extent)
    sums[0] += total
    sums[1] += weighted


add_box = kernel(_add_box)


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

    Inside a row of the dose grid, what all strips of the section share is taken as one box, the rest strip by strip.

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
        The longest part in y and z, in mm, where the dose spans more than few bins.
    """
    layers = layers_of(z, low, high, step)
    if layers.shape[0] == 0 or trapezoids.shape[0] == 0:
        return
    cores = np.empty((32, 2))
    first = 0
    count = trapezoids.shape[0]
    for row in range(y.size - 1):
        bottom, top = y[row], y[row + 1]
        while first < count and trapezoids[first, 1] <= bottom:
            first += 1
        last = first
        while last < count and trapezoids[last, 0] < top:
            last += 1
        if last == first:
            continue
        chords = band_core(trapezoids, first, last, bottom, top, cores)
        for c in range(chords):
            add_box(density, lump, width, sums, x, y, dose, layers, step, cores[c, 0], cores[c, 1], bottom, top)
        for index in range(first, last):
            t = trapezoids[index]
            y0, y1 = max(bottom, t[0]), min(top, t[1])
            if y1 <= y0:
                continue
            parts = max(1, math.ceil((y1 - y0) / step - 1e-9))
            for part in range(parts):
                below, above = y0 + (y1 - y0) * part / parts, y0 + (y1 - y0) * (part + 1) / parts
                middle = 0.5 * (below + above)
                left, right = along(t[2], t[3], t[0], t[1], middle), along(t[4], t[5], t[0], t[1], middle)
                if chords == 0:
                    add_box(density, lump, width, sums, x, y, dose, layers, step, left, right, below, above)
                else:
                    c = (index - first) % chords
                    add_box(density, lump, width, sums, x, y, dose, layers, step, left, cores[c, 0], below, above)
                    add_box(density, lump, width, sums, x, y, dose, layers, step, cores[c, 1], right, below, above)


add_slab = kernel(_add_slab)
