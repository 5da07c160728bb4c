"""Planar geometry from the definitions, point by point."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]


def shoelace(contour: Points) -> float:
    """Return the area of a simple polygon."""
    total = 0.0
    for (x0, y0), (x1, y1) in zip(contour, [*contour[1:], contour[0]], strict=True):
        total += x0 * y1 - x1 * y0
    return abs(total) / 2.0


def inside(contours: Sequence[Points], points: Points) -> npt.NDArray[np.bool_]:
    """Return for each point whether a ray to the left meets an odd number of edges of all contours together."""
    odd = np.zeros(len(points), dtype=bool)
    px, py = points[:, 0], points[:, 1]
    for contour in contours:
        for (x0, y0), (x1, y1) in zip(contour, [*contour[1:], contour[0]], strict=True):
            if y0 == y1:
                continue
            spans = (py >= min(y0, y1)) & (py < max(y0, y1))
            odd ^= spans & (x0 + (x1 - x0) * (py - y0) / (y1 - y0) < px)
    return odd


def slabs(z: Sequence[float], spacing: float) -> list[tuple[float, float]]:
    """Return the prism of each plane: to the mid-planes, half a gap beyond an end; wide gaps stay open."""
    result = []
    for k, height in enumerate(z):
        below = height - z[k - 1] if k > 0 and height - z[k - 1] <= 1.5 * spacing else None
        above = z[k + 1] - height if k + 1 < len(z) and z[k + 1] - height <= 1.5 * spacing else None
        known = [gap for gap in (below, above) if gap is not None]
        other = known[0] if known else spacing
        result.append((height - (below or other) / 2.0, height + (above or other) / 2.0))
    return result
