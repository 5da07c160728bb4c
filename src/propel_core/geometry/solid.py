"""A stack of planar contours as a solid: sections, and the slab of space that each stands for."""

from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.geometry.conventions import BetweenSlices, EndCaps
from propel_core.geometry.section import Section, section
from propel_core.provenance import Caveat
from propel_core.units import FloatArray, IntArray, read_only

__all__ = ["Solid", "plane_spacing_mm", "solid_from_contours"]

_SAME_PLANE_MM = 0.01
_PLANAR_MM = 0.1
_MISSING = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solid:
    """Prisms on planar sections.

    Parameters
    ----------
    z_mm
        The contour planes, ascending, shape (n,).
    low_mm, high_mm
        The slab of each section, shape (n,): to the mid-planes on either side, and to the end caps.
    sections
        One section for each plane.
    spacing_mm
        The spacing of planes that the conventions refer to: the median gap.
    """

    z_mm: FloatArray
    low_mm: FloatArray
    high_mm: FloatArray
    sections: tuple[Section, ...]
    spacing_mm: float
    caveats: tuple[Caveat, ...] = ()

    def __post_init__(self) -> None:
        for name in ("z_mm", "low_mm", "high_mm"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def volume_cc(self) -> float:
        """The volume in cubic centimetres: areas times slab heights."""
        areas = np.array([part.area_mm2 for part in self.sections])
        return float(np.sum(areas * (self.high_mm - self.low_mm))) / 1000.0


def solid_from_contours(
    points_mm: FloatArray,
    starts: IntArray,
    *,
    end_caps: EndCaps = EndCaps.HALF_SLICE,
    between_slices: BetweenSlices = BetweenSlices.PRISM,
    fallback_spacing_mm: float | None = None,
) -> Solid:
    """Build the solid of a contour stack.

    Contours whose z agree within 0.01 mm share a plane. A gap of more than 1.5 times the median is not bridged: the
    section on either side ends in a cap, and the result carries the caveat ``missing_planes``.

    Parameters
    ----------
    points_mm
        Vertices, shape (n, 3), LPS.
    starts
        Shape (m + 1,): contour k holds ``points_mm[starts[k]:starts[k + 1]]``; at least one contour.
    fallback_spacing_mm
        The spacing to assume when all contours lie in one plane.

    Raises
    ------
    UnsupportedInputError
        Contours that are not axial; a single plane and no fallback spacing.
    InvalidInputError
        Contours that are not planar; no contour at all.
    """
    if starts.size < 2:
        message = "no closed contour, expected at least one"
        raise InvalidInputError(message)
    heights = _contour_heights(points_mm, starts)
    z, members = _planes(heights)
    spacing = _spacing(z, fallback_spacing_mm)
    sections = tuple(section([points_mm[starts[k] : starts[k + 1]] for k in plane]) for plane in members)
    low, high, missing = _SLABS[between_slices](z, spacing, end_caps)
    return Solid(
        z_mm=z,
        low_mm=low,
        high_mm=high,
        sections=sections,
        spacing_mm=spacing,
        caveats=_caveats(sections, z, missing, spacing),
    )


def plane_spacing_mm(points_mm: FloatArray, starts: IntArray) -> float | None:
    """Return the median gap between the planes of a stack, or None for fewer than two planes."""
    if starts.size < 2:
        return None
    z = np.unique(points_mm[starts[:-1], 2])
    gaps = np.diff(z)
    gaps = gaps[gaps > _SAME_PLANE_MM]
    return float(np.median(gaps)) if gaps.size else None


def _contour_heights(points_mm: FloatArray, starts: IntArray) -> FloatArray:
    """Return the z of each contour, after checking that each lies in an axial plane."""
    z = points_mm[:, 2]
    low, high = np.minimum.reduceat(z, starts[:-1]), np.maximum.reduceat(z, starts[:-1])
    tilted = np.flatnonzero(high - low > _PLANAR_MM)
    if tilted.size:
        _refuse_tilted(points_mm[starts[tilted[0]] : starts[tilted[0] + 1]], int(tilted[0]) + 1)
    return 0.5 * (low + high)


def _refuse_tilted(contour: FloatArray, number: int) -> None:
    """Say whether a contour that is not axial is at least planar (legal, unsupported) or not (invalid)."""
    centred = contour - contour.mean(axis=0)
    normal = np.linalg.svd(centred, full_matrices=False)[2][-1]
    where = f"Contour {number}"
    if float(np.max(np.abs(centred @ normal))) <= _PLANAR_MM:
        message = "a plane that is not axial (sagittal, coronal or oblique), expected axial contours"
        raise UnsupportedInputError(message, where=where)
    message = f"points up to {np.ptp(contour[:, 2]):.2f} mm apart along z and in no plane, expected a planar contour"
    raise InvalidInputError(message, where=where)


def _planes(heights: FloatArray) -> tuple[FloatArray, list[IntArray]]:
    """Group contours into planes; return their z, ascending, and the contours of each."""
    order = np.argsort(heights, kind="stable")
    breaks = np.flatnonzero(np.diff(heights[order]) > _SAME_PLANE_MM) + 1
    members = [np.sort(group) for group in np.split(order, breaks)]
    return np.array([float(np.mean(heights[group])) for group in members]), members


def _spacing(z: FloatArray, fallback_spacing_mm: float | None) -> float:
    if z.size > 1:
        return float(np.median(np.diff(z)))
    if fallback_spacing_mm is None:
        message = "all contours in one plane and no spacing from elsewhere, expected two planes or a stated spacing"
        raise UnsupportedInputError(message)
    if not (np.isfinite(fallback_spacing_mm) and fallback_spacing_mm > 0.0):
        message = f"fallback spacing {fallback_spacing_mm!r} mm, expected a positive number"
        raise InvalidInputError(message)
    return fallback_spacing_mm


def _prism_slabs(z: FloatArray, spacing: float, end_caps: EndCaps) -> tuple[FloatArray, FloatArray, int]:
    """Return the slab of each plane and the number of gaps that were not bridged."""
    low, high = z.copy(), z.copy()
    gaps = np.diff(z)
    joined = gaps <= _MISSING * spacing
    for k in range(z.size):
        below = gaps[k - 1] if k > 0 and joined[k - 1] else None
        above = gaps[k] if k < gaps.size and joined[k] else None
        low[k] -= below / 2.0 if below is not None else end_caps.height_mm(above if above is not None else spacing)
        high[k] += above / 2.0 if above is not None else end_caps.height_mm(below if below is not None else spacing)
    return low, high, int(np.count_nonzero(~joined))


_SLABS = {BetweenSlices.PRISM: _prism_slabs}


def _caveats(sections: tuple[Section, ...], z: FloatArray, missing: int, spacing: float) -> tuple[Caveat, ...]:
    caveats = []
    if missing:
        text = f"{missing} gaps wider than 1.5 times the plane spacing of {spacing:g} mm; they are not bridged"
        caveats.append(Caveat(code="missing_planes", text=text))
    crossing = sum(part.crossings > 0 for part in sections)
    if crossing:
        text = f"contours cross or overlap in {crossing} planes; a part inside two counts as outside (even-odd)"
        caveats.append(Caveat(code="crossing_contours", text=text))
    repeated = sum(part.repeated for part in sections)
    if repeated:
        text = f"{repeated} contours are drawn twice in the same plane; each counts once"
        caveats.append(Caveat(code="repeated_contours", text=text))
    if z.size == 1:
        text = f"one contour plane only; a slice thickness of {spacing:g} mm is assumed"
        caveats.append(Caveat(code="single_plane", text=text))
    return tuple(caveats)
