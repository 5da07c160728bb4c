"""From a structure and a dose to a dose-volume histogram."""

import math

import numpy as np

from propel_core.dvh import _kernels
from propel_core.dvh.curve import SAME_DOSE, Dvh
from propel_core.dvh.settings import DvhSettings
from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.geometry import Solid
from propel_core.provenance import Caveat, Provenance
from propel_core.rt import DoseGrid, Structure, solid_of
from propel_core.rt._kernels import slab_extrema
from propel_core.units import FloatArray

__all__ = ["ALGORITHM", "ALGORITHM_VERSION", "compute_dvh"]

ALGORITHM = "propel.dvh"
ALGORITHM_VERSION = "1"

_COVERED = 1.0 - 1e-9
_MOST_BINS = 2_000_000
_LEAST_GY = 1e-9


def compute_dvh(
    structure: Structure,
    dose: DoseGrid,
    *,
    settings: DvhSettings | None = None,
    fallback_spacing_mm: float | None = None,
) -> Dvh:
    """Compute the cumulative dose-volume histogram of `structure` in `dose`.

    The solid is cut exactly (see `propel_core.geometry`) and the trilinear dose integrated over it: exactly along x, by
    pieces of few bins of dose or of ``settings.step_mm`` along y and z, the volume of each spread over its range of
    dose. Volume and dose come from the same solid. Dose exists only inside the box of voxel centres; what lies outside
    it counts in `volume_cc` and not in the curve.

    Parameters
    ----------
    fallback_spacing_mm
        The plane spacing to assume for a structure drawn in one plane only.

    Returns
    -------
    Dvh
        For a structure without closed contours: volume 0 and the caveat ``no_contours``.

    Raises
    ------
    InvalidInputError
        The structure and the dose are in different frames of reference; contours in no plane.
    UnsupportedInputError
        Contours that are not axial; one plane and no fallback spacing; doses beyond 20 kGy.

    References
    ----------
    Nelms et al. 2015, doi 10.1118/1.4923175 (end caps, analytic cases).
    Mayo et al. 2016, doi 10.1016/j.prro.2015.11.001 (metric definitions).
    """
    settings = settings or DvhSettings()
    if structure.frame_of_reference_uid != dose.frame_of_reference_uid or not dose.frame_of_reference_uid:
        message = "a frame of reference missing or other than the dose's, expected the same (0020,0052)"
        raise InvalidInputError(message, where=f"Structure {structure.number}")
    provenance = Provenance(
        algorithm=ALGORITHM,
        version=ALGORITHM_VERSION,
        inputs=(structure.identity(), dose.identity()),
        settings=settings.as_mapping() | {"fallback_spacing_mm": fallback_spacing_mm},
    )
    caveats = [*structure.caveats, *dose.caveats]
    if structure.is_empty:
        return _empty(structure, provenance, (*caveats, Caveat(code="no_contours", text="no closed contour; volume 0")))
    solid = solid_of(
        structure,
        end_caps=settings.end_caps,
        between_slices=settings.between_slices,
        fallback_spacing_mm=fallback_spacing_mm,
    )
    volume_cc = solid.volume_cc
    edges, curve, summary = _integrate(solid, dose, settings)
    coverage = _coverage(curve[0], volume_cc)
    caveats.extend(solid.caveats)
    if not volume_cc > 0.0:
        caveats.append(Caveat(code="no_volume", text="the closed contours enclose no area; volume 0"))
    elif coverage < 1.0:
        text = f"{100.0 * coverage:.2f} % of the volume lies inside the dose grid; the curve holds that part only"
        caveats.append(Caveat(code="dose_not_covered", text=text))
    return Dvh(
        structure_number=structure.number,
        structure_name=structure.name,
        volume_cc=volume_cc,
        coverage_fraction=coverage,
        min_gy=summary[0],
        mean_gy=summary[1],
        max_gy=summary[2],
        dose_gy=edges,
        volume_cc_at_dose=curve / curve[0] * (coverage * volume_cc) if curve[0] > 0.0 else curve,
        provenance=provenance,
        caveats=tuple(caveats),
    )


def _empty(structure: Structure, provenance: Provenance, caveats: tuple[Caveat, ...]) -> Dvh:
    return Dvh(
        structure_number=structure.number,
        structure_name=structure.name,
        volume_cc=0.0,
        coverage_fraction=0.0,
        min_gy=None,
        mean_gy=None,
        max_gy=None,
        dose_gy=np.zeros(1),
        volume_cc_at_dose=np.zeros(1),
        provenance=provenance,
        caveats=caveats,
    )


def _coverage(covered_cc: float, volume_cc: float) -> float:
    if volume_cc <= 0.0:
        return 0.0
    fraction = covered_cc / volume_cc
    return 1.0 if fraction >= _COVERED else float(fraction)


def _integrate(
    solid: Solid, dose: DoseGrid, settings: DvhSettings
) -> tuple[FloatArray, FloatArray, tuple[float | None, float | None, float | None]]:
    """Return the edges, the cumulative volume at each, and minimum, mean and maximum dose."""
    sums, extrema = np.zeros(2), np.array([np.inf, -np.inf])
    width, bins = _bins(float(dose.dose_gy.max()), settings.bin_width_gy)
    density, lump = np.zeros(bins), np.zeros(bins)
    grid = (dose.x_mm, dose.y_mm, dose.z_mm, dose.dose_gy)
    for low, high, part in zip(solid.low_mm, solid.high_mm, solid.sections, strict=True):
        if high > low:
            _kernels.add_slab(density, lump, width, sums, *grid, part.trapezoids_mm, low, high, settings.step_mm)
            slab_extrema(extrema, *grid, part.trapezoids_mm, part.surface_mm, low, high)
    edges = _edges(width, bins)
    if sums[0] <= 0.0:
        return edges[:1], np.zeros(1), (None, None, None)
    # The grid holds no dose below zero; the parabola along an edge may fall short of it by a rounding error.
    lowest, highest = max(float(extrema[0]), 0.0), float(extrema[1])
    mean = min(max(float(sums[1] / sums[0]), lowest), highest)
    return *_cumulative(edges, lump + np.cumsum(density), float(sums[0]), lowest, highest), (lowest, mean, highest)


def _bins(highest_gy: float, widest_gy: float) -> tuple[float, int]:
    """Return the bin width and the number of bins: at least a thousand up to the highest dose of the grid."""
    width = widest_gy
    if 0.0 < highest_gy < 1000.0 * widest_gy:
        wanted = max(highest_gy, _LEAST_GY) / 1000.0
        decade = 10.0 ** math.floor(math.log10(wanted))
        width = decade * max(step for step in (1.0, 2.0, 5.0) if step * decade <= wanted * (1.0 + 1e-12))
    bins = math.floor(highest_gy / width) + 2
    if bins > _MOST_BINS:
        message = f"a highest dose of {highest_gy:g} Gy, expected at most {_MOST_BINS * width:g} Gy"
        raise UnsupportedInputError(message, where="Dose grid")
    return width, bins


def _edges(width: float, bins: int) -> FloatArray:
    """Return the edges of the bins; for a width such as 0.01 they are the doubles nearest to the decimals."""
    per_gray = round(1.0 / width)
    counted = np.arange(bins + 1, dtype=np.float64)
    return counted / per_gray if per_gray and abs(per_gray * width - 1.0) < 1e-12 else counted * width


def _cumulative(
    edges: FloatArray, histogram: FloatArray, total: float, lowest: float, highest: float
) -> tuple[FloatArray, FloatArray]:
    """Sum the histogram from above, in cc; the curve is whole up to the minimum and zero beyond the maximum.

    An edge that differs from either by rounding counts as equal to it.
    """
    curve = np.zeros(edges.size)
    curve[:-1] = np.cumsum(np.maximum(histogram, 0.0)[::-1])[::-1]
    curve *= total / curve[0]
    curve[edges <= lowest * SAME_DOSE] = total
    curve[edges > highest * SAME_DOSE] = 0.0
    last = min(int(np.searchsorted(edges, highest * SAME_DOSE, side="right")) + 1, edges.size)
    return edges[:last], np.minimum(curve[:last], total) / 1000.0
