"""A planar section: the region that the contours of one plane enclose, as exact trapezoids."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from propel_core.geometry import _kernels
from propel_core.units import FloatArray, IntArray

__all__ = ["Section", "common_area_mm2", "contour_edges", "section", "union_section"]


_NESTED = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """The region enclosed in one plane by the even-odd rule (holes, keyholes and islands fall out of it).

    Parameters
    ----------
    trapezoids_mm
        Shape (m, 6): y low, y high, left x at low and high, right x at low and high; ascending in y, then in x.
    edges_mm
        The contour edges, each upwards, shape (n, 4): x0, y0, x1, y1. Edges drawn there and back (keyholes, bridges
        between islands, contours drawn twice) bound nothing and are left out.
    crossings
        How often edges cross, or else how many contours overlap themselves or another without nesting.
    repeated
        How many contours were drawn before in the same plane; they count once.
    """

    trapezoids_mm: FloatArray
    edges_mm: FloatArray
    crossings: int
    repeated: int = 0

    @property
    def area_mm2(self) -> float:
        """The enclosed area, exact for polygons up to rounding."""
        return _area(self.trapezoids_mm)

    @property
    def surface_mm(self) -> FloatArray:
        """The sides that enclose area, shape (n, 4): without bridges and spikes."""
        return _kernels.surface(self.trapezoids_mm, self.edges_mm)


def section(contours: Sequence[FloatArray]) -> Section:
    """Return the region enclosed by closed contours of one plane, each of shape (n, 2 or more): x, y."""
    drawn, repeated = _distinct([contour_edges(contour) for contour in contours])
    edges = _kernels.boundary(np.concatenate(drawn))
    trapezoids, crossings = _cut(edges, np.zeros(len(edges), dtype=np.int64), needed=1)
    if not crossings:
        crossings = _overlaps_without_nesting(drawn, _area(trapezoids))
    return Section(trapezoids_mm=trapezoids, edges_mm=edges, crossings=crossings, repeated=repeated)


def _distinct(drawn: list[FloatArray]) -> tuple[list[FloatArray], int]:
    """Return the contours without those drawn again, in whichever direction and from whichever point, and how many."""
    if len(drawn) == 1:
        return drawn, 0
    once = {_kernels.boundary(contour).tobytes(): contour for contour in reversed(drawn)}
    return list(reversed(once.values())), len(drawn) - len(once)


def union_section(first: Section, second: Section) -> Section:
    """Return the region that lies in either section."""
    edges, labels = _both(first, second)
    trapezoids, _ = _cut(edges, labels, needed=1)
    return Section(
        trapezoids_mm=trapezoids,
        edges_mm=_kernels.boundary(_outline(trapezoids)),
        crossings=first.crossings + second.crossings,
    )


def common_area_mm2(first: Section, second: Section) -> float:
    """Return the area that lies in both sections."""
    if _apart(first.edges_mm, second.edges_mm):
        return 0.0
    edges, labels = _both(first, second)
    return _area(_cut(edges, labels, needed=2)[0])


def _overlaps_without_nesting(drawn: Sequence[FloatArray], even_odd_mm2: float) -> int:
    """Count the contours that overlap themselves, or the pairs that share a part of both, by their areas.

    Upright and level edges may cross where strips meet, out of sight of the cutting. Where the areas of the contours
    add up to that of the region, they lie apart and nothing overlaps: the common case needs no more.
    """
    areas = [_shoelace(contour) for contour in drawn]
    if abs(sum(areas) - even_odd_mm2) <= _NESTED * max(areas):
        return 0
    if len(drawn) == 1:
        return 1
    boxes = np.array([(*part.min(axis=0)[:2], *part.max(axis=0)[:2]) for part in drawn])
    count = 0
    for i in range(len(drawn) - 1):
        others = boxes[i + 1 :]
        meets = np.all((others[:, :2] < boxes[i, 2:]) & (others[:, 2:] > boxes[i, :2]), axis=1)
        met: list[int] = (np.flatnonzero(meets) + (i + 1)).tolist()
        count += sum(_share_a_part(drawn[i], drawn[k], areas[i], areas[k]) for k in met)
    return count


def _share_a_part(first: FloatArray, second: FloatArray, first_mm2: float, second_mm2: float) -> bool:
    """Whether two contours overlap and neither holds the other, by the area of their symmetric difference."""
    edges = _kernels.boundary(np.concatenate([first, second]))
    either = _area(_cut(edges, np.zeros(len(edges), dtype=np.int64), needed=1)[0])
    shared, least = (first_mm2 + second_mm2 - either) / 2.0, _NESTED * max(first_mm2, second_mm2)
    return least < shared < min(first_mm2, second_mm2) - least


def _shoelace(edges: FloatArray) -> float:
    x0, y0, x1, y1 = edges.T
    return abs(float(np.sum(x0 * y1 - x1 * y0))) / 2.0


def contour_edges(contour: FloatArray) -> FloatArray:
    """Return the edges of a closed contour, shape (n, 4): x0, y0, x1, y1."""
    edges = np.empty((len(contour), 4))
    edges[:, :2] = contour[:, :2]
    edges[:-1, 2:] = contour[1:, :2]
    edges[-1, 2:] = contour[0, :2]
    return edges


def _both(first: Section, second: Section) -> tuple[FloatArray, IntArray]:
    labels = np.repeat(np.array([0, 1], dtype=np.int64), [len(first.edges_mm), len(second.edges_mm)])
    return np.concatenate([first.edges_mm, second.edges_mm]), labels


def _apart(first: FloatArray, second: FloatArray) -> bool:
    """Whether the bounding boxes of two sets of edges have no common interior."""
    if not len(first) or not len(second):
        return True
    one, two = first.reshape(-1, 2), second.reshape(-1, 2)
    low = np.maximum(one.min(axis=0), two.min(axis=0))
    high = np.minimum(one.max(axis=0), two.max(axis=0))
    return bool(np.any(low >= high))


def _cut(edges: FloatArray, labels: IntArray, *, needed: int) -> tuple[FloatArray, int]:
    """Cut the region that canonical edges (see `_kernels.boundary`) bound, those of each label by themselves."""
    trapezoids, crossings = _kernels.trapezoids(edges, labels, needed)
    return trapezoids, int(crossings)


def _outline(trapezoids: FloatArray) -> FloatArray:
    """Return the sides of the trapezoids as closed edges; shared horizontal sides cancel in the even-odd sense."""
    low, high, left_low, left_high, right_low, right_high = trapezoids.T
    corners = [(left_low, low), (right_low, low), (right_high, high), (left_high, high)]
    sides = [np.stack([*corners[k], *corners[(k + 1) % 4]], axis=1) for k in range(4)]
    return np.concatenate(sides)


def _area(trapezoids: FloatArray) -> float:
    low, high, left_low, left_high, right_low, right_high = trapezoids.T
    return float(np.sum((high - low) * (0.5 * ((right_low - left_low) + (right_high - left_high)))))
