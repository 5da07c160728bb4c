"""Plausible dose fields in closed form: the conformal fall-off of VMAT and the half-open field of breast tangents.

They are no dose calculation. They have what a dose-volume histogram sees: a flat target, a penumbra, a gradient that
differs by direction, a low-dose bath, and nothing outside the body.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from propel_core.units import FloatArray
from propel_service.demo.anatomy import BREAST_HALF_Z_MM, Body, Pelvis, Target, Thorax

__all__ = ["ArcGradient", "DoseArray", "Grid", "TangentEdge", "arc_dose", "cover", "tangent_dose", "tangent_edge"]

DoseArray: TypeAlias = npt.NDArray[np.float32]

VOXEL_MM = 2.5
SHOULDER_MM, SHOULDER_FALL = 2.5, 0.03  # inside the PTV the dose falls by this share over this distance
TEXTURE = 0.008  # relative amplitude of the inhomogeneity
MARGIN_MM = 4.0  # beyond the outermost contour, so that an end cap is covered too


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Voxel centres along each axis, ascending, in the coordinates of the anatomy."""

    x: FloatArray
    y: FloatArray
    z: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ArcGradient:
    """Distances from the PTV at which the conformal part of the dose has fallen to half, by direction."""

    posterior_mm: float
    elsewhere_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TangentEdge:
    """The deep edge of the tangents: the line ``x·normal = offset``, lit on the side the normal points to.

    Parameters
    ----------
    gantry_deg
        Gantry angle of the medial field, whose central axis runs along the edge (IEC 61217).
    """

    gantry_deg: float
    normal: tuple[float, float]
    offset_mm: float


def cover(outline_mm: FloatArray, rng: np.random.Generator) -> Grid:
    """Return a grid that covers the body, whose vertices are `outline_mm`, shape (n, 3); its phase is random."""
    low = outline_mm.min(axis=0) - MARGIN_MM - rng.uniform(0.0, VOXEL_MM, 3)
    counts = np.ceil((outline_mm.max(axis=0) + MARGIN_MM - low) / VOXEL_MM).astype(int) + 1
    x, y, z = (start + VOXEL_MM * np.arange(count) for start, count in zip(low, counts, strict=True))
    return Grid(x=x, y=y, z=z)


def arc_dose(
    pelvis: Pelvis, grid: Grid, *, prescription_gy: float, gradient: ArcGradient, rng: np.random.Generator
) -> DoseArray:
    """Return the dose of two arcs about the PTV, Gy, shape (nz, ny, nx)."""
    across, deep = np.meshgrid(grid.x, grid.y)
    theta = np.arctan2(deep, across)
    backward = np.clip(np.sin(theta), 0.0, None) ** 2
    half = gradient.elsewhere_mm + (gradient.posterior_mm - gradient.elsewhere_mm) * backward
    bath = 62.0 - 28.0 * backward
    # The bath ends with the field: the arcs are coplanar and the jaws close a little above and below the PTV.
    ends = np.clip(np.abs(grid.z) - pelvis.ptv.half_z - 4.0, 0.0, None)
    lit = 1.0 / (1.0 + (ends / 14.0) ** 2)
    outside = _distance(pelvis.ptv, across, deep, theta, grid.z)
    # A shoulder just inside the surface, the same all round: a plan covers 98 % of the PTV with 95 % of the dose.
    shoulder = np.clip(outside, np.float32(-SHOULDER_MM), np.float32(0.0))
    shoulder *= np.float32(-SHOULDER_FALL / SHOULDER_MM)
    square = np.maximum(outside, np.float32(0.0), out=outside)
    square *= outside
    dose = _over_plane(0.66) / (1.0 + square * _over_plane(1.0 / half**2))
    dose += _along(0.34 * lit) / (1.0 + square * _over_plane(1.0 / bath**2))
    dose *= shoulder + np.float32(1.0 - SHOULDER_FALL)
    return _finish(dose, pelvis.body, grid, prescription_gy * rng.normal(1.012, 0.004), rng)


def _distance(target: Target, across: FloatArray, deep: FloatArray, theta: FloatArray, z: FloatArray) -> DoseArray:
    """Return the distance to the surface of the target along the ray from its middle, negative inside."""
    section = (np.hypot(across, deep) / target.curve.radius(theta)) ** 2
    scaled = np.sqrt(_over_plane(section) + _along((z / target.half_z) ** 2))
    distance: DoseArray = np.sqrt(_over_plane(across**2 + deep**2) + _along(z**2))
    np.maximum(scaled, np.float32(1e-3), out=scaled)
    distance -= distance / scaled
    return distance


def tangent_edge(thorax: Thorax, margin_mm: float) -> TangentEdge:
    """Return the deep edge that passes `margin_mm` behind both ends of the PTV, with the gantry at a whole degree."""
    points = np.concatenate(thorax.ptv.contours)[:, :2]
    theta = np.arctan2(points[:, 1], points[:, 0])
    medial, lateral = points[np.argmin(theta)], points[np.argmax(theta)]
    along = lateral - medial
    # Gantry 0 looks from the front; turning clockwise, the source goes to the patient's left: (sin g, -cos g) in LPS.
    gantry = float(np.round(np.degrees(np.arctan2(-along[0], along[1])))) % 360.0
    normal = (float(np.cos(np.radians(gantry))), float(np.sin(np.radians(gantry))))
    return TangentEdge(gantry_deg=gantry, normal=normal, offset_mm=float((points @ normal).min()) - margin_mm)


def tangent_dose(
    thorax: Thorax, grid: Grid, edge: TangentEdge, *, prescription_gy: float, rng: np.random.Generator
) -> DoseArray:
    """Return the dose of two opposed tangents with subfields, Gy, shape (nz, ny, nx)."""
    across, deep = np.meshgrid(grid.x, grid.y)
    lit = across * edge.normal[0] + deep * edge.normal[1] - edge.offset_mm
    field = 1.0 / (1.0 + np.exp(-lit / 2.6))
    scatter = 0.055 * np.exp(np.minimum(lit, 0.0) / 24.0)
    # Where the beams enter it is a little hotter; the subfields take away what exceeds a few per cent.
    middle = np.concatenate(thorax.ptv.contours)[:, :2].mean(axis=0)
    depth = (across - middle[0]) * -edge.normal[1] + (deep - middle[1]) * edge.normal[0]
    field *= 1.0 + rng.normal(0.035, 0.006) * (np.minimum((depth / 70.0) ** 2, 1.3) - 0.45)
    ends = np.abs(grid.z) - BREAST_HALF_Z_MM
    open_ = 1.0 / (1.0 + np.exp((ends - 7.0) / 2.2))
    near = 1.0 / (1.0 + np.exp((ends - 10.0) / 9.0))
    dose: DoseArray = _over_plane(field) * _along(open_) + _over_plane(scatter) * _along(near)
    return _finish(dose, thorax.body, grid, prescription_gy * rng.normal(0.972, 0.004), rng)


def _over_plane(values: FloatArray | float) -> DoseArray:
    """Return values over the axial plane, ready to broadcast along z."""
    return np.asarray(values, dtype=np.float32)[None]


def _along(values: FloatArray) -> DoseArray:
    """Return values along z, ready to broadcast over the axial plane."""
    return np.asarray(values, dtype=np.float32)[:, None, None]


def _finish(dose: DoseArray, body: Body, grid: Grid, scale_gy: float, rng: np.random.Generator) -> DoseArray:
    """Return `dose` in Gy with slow, smooth inhomogeneity, and none outside the body."""
    phase = rng.uniform(0.0, 2.0 * np.pi, 3)
    plane = np.sin(grid.x[None] / 13.0 + phase[0]) * np.sin(grid.y[:, None] / 11.0 + phase[1])
    dose *= _over_plane(scale_gy * (1.0 + TEXTURE * plane))
    dose *= _along(1.0 + TEXTURE * np.sin(grid.z / 9.0 + phase[2]))
    dose *= body.contains(grid.x, grid.y, grid.z)
    return dose
