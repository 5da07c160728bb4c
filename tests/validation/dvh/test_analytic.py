"""Dose-volume histograms against closed forms: the solids and gradients of Nelms et al. 2015, doi 10.1118/1.4923175.

24 mm solids, 16 Gy at the centre, 1 Gy/mm; contours placed so that half-slice caps end where the solid ends; dose grids
at unrelated phases. Errors of the curve are percentage points of the solid's own volume.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import exp, log, pi, sqrt

import numba
import numpy as np
import pytest

from propel_core.dvh import Dvh, compute_dvh
from propel_core.rt import Structure
from support import analytic, phantoms

R, H = 12.0, 24.0

Truth = Callable[[float], float]

BALL = partial(analytic.sphere, radius=R)
CYLINDER_ALONG = partial(analytic.cylinder_along, radius=R, height=H)
CYLINDER_ACROSS = partial(analytic.cylinder_across, radius=R, height=H)
CONE_ALONG = partial(analytic.cone_along, radius=R, height=H)
CONE_ACROSS = partial(analytic.cone_across, radius=R, height=H)

SOLIDS: Mapping[str, tuple[Callable[[float], Structure], Mapping[str, Truth]]] = {
    "sphere": (
        partial(phantoms.sphere, R),
        {"z": BALL, "y": BALL},
    ),
    "cylinder": (
        partial(phantoms.cylinder, R, H),
        {"z": CYLINDER_ALONG, "y": CYLINDER_ACROSS},
    ),
    "lying cylinder": (
        partial(phantoms.lying_cylinder, R, H),
        {"z": CYLINDER_ACROSS, "y": CYLINDER_ALONG},
    ),
    "cone": (
        partial(phantoms.cone, R, H),
        {"z": CONE_ALONG, "y": CONE_ACROSS},
    ),
    "lying cone": (
        partial(phantoms.lying_cone, R, H),
        {"z": CONE_ACROSS, "y": CONE_ALONG},
    ),
}

# What prisms on these contours can reach, whatever is done inside the planes: the geometry between planes.
PRISM_FLOOR_PP = {1.0: 0.25, 2.0: 0.68, 3.0: 1.20}


def worst_pp(dvh: Dvh, truth: Truth, whole_cc: float) -> float:
    """Return the largest difference of the curve from the truth, in percentage points of the solid's volume."""
    expected = np.array([truth(dose - 16.0) for dose in dvh.dose_gy]) / 1000.0
    return 100.0 * float(np.abs(dvh.volume_cc_at_dose - expected).max()) / whole_cc


@pytest.mark.parametrize("spacing", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("gradient", ["y", "z"])
@pytest.mark.parametrize("solid", SOLIDS)
def test_matched_contours_and_dose(solid: str, gradient: str, spacing: float) -> None:
    """With contours and dose both 1, 2 or 3 mm apart the curve is off by no more than prisms must be."""
    build, truths = SOLIDS[solid]
    truth = truths[gradient]
    dose = phantoms.cubic_grid(phantoms.linear(16.0, **{gradient: 1.0}), 14.0, spacing)
    dvh = compute_dvh(build(spacing), dose)
    whole = truth(-1000.0) / 1000.0
    assert dvh.coverage_fraction == 1.0
    # The mid-planes of a lying cylinder overstate its volume: by sum and closed form, 0.26, 0.74 and 1.35 %.
    floor = max(PRISM_FLOOR_PP[spacing], 100.0 * (dvh.volume_cc / whole - 1.0) + 1e-6 if "lying" in solid else 0.0)
    assert worst_pp(dvh, truth, whole) <= floor
    assert dvh.mean_gy == pytest.approx(_mean(truth, whole), rel=0.012)


@pytest.mark.parametrize(("spacing", "excess"), [(1.0, 0.2623), (2.0, 0.7377), (3.0, 1.3477)])
def test_the_floor_of_a_lying_cylinder(spacing: float, excess: float) -> None:
    """Its volume as prisms is the sum over planes of chord · height · spacing: no more and no less."""
    dose = phantoms.cubic_grid(phantoms.linear(16.0), 14.0, 3.0)
    volume = compute_dvh(phantoms.lying_cylinder(R, H, spacing), dose).volume_cc
    chords = sum(2.0 * sqrt(R**2 - z**2) for z in phantoms.heights(2 * R, spacing))
    assert volume == pytest.approx(chords * H * spacing / 1000.0, rel=1e-12)
    assert 100.0 * (volume / (pi * R**2 * H / 1000.0) - 1.0) == pytest.approx(excess, abs=1e-3)


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="120 planes take minutes without compilation")
@pytest.mark.parametrize("spacing", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("gradient", ["y", "z"])
@pytest.mark.parametrize("solid", SOLIDS)
def test_fine_contours(solid: str, gradient: str, spacing: float) -> None:
    """With contours 0.2 mm apart the whole curve is within 0.05 pp, the mean within 0.02 %, whatever the dose grid."""
    build, truths = SOLIDS[solid]
    truth = truths[gradient]
    dose = phantoms.cubic_grid(phantoms.linear(16.0, **{gradient: 1.0}), 14.0, spacing)
    dvh = compute_dvh(build(0.2), dose)
    whole = truth(-1000.0) / 1000.0
    assert dvh.volume_cc == pytest.approx(whole, rel=5e-4)
    assert worst_pp(dvh, truth, whole) <= 0.05
    assert dvh.mean_gy == pytest.approx(_mean(truth, whole), rel=2e-4)


@pytest.mark.parametrize(("solid", "gradient"), [("cylinder", "z"), ("lying cylinder", "y")])
def test_extremes_of_flat_ends_are_exact(solid: str, gradient: str) -> None:
    """The lowest and highest dose of a solid that ends in faces across the gradient are those at the faces."""
    dose = phantoms.cubic_grid(phantoms.linear(16.0, **{gradient: 1.0}), 14.0, 3.0)
    dvh = compute_dvh(SOLIDS[solid][0](3.0), dose)
    assert (dvh.min_gy, dvh.max_gy) == (pytest.approx(4.0, abs=1e-9), pytest.approx(28.0, abs=1e-9))


@pytest.mark.parametrize(("radius", "spacing"), [(6.0, 0.5), (12.0, 1.0)])
def test_a_sphere_in_a_gaussian_dose(radius: float, spacing: float) -> None:
    """In a centred Gaussian the volume above a dose is a ball, cut off at the structure's own radius."""
    peak, sigma = 60.0, 10.0
    dose = phantoms.cubic_grid(phantoms.gaussian(peak, sigma), radius + 2.0, spacing)
    dvh = compute_dvh(phantoms.sphere(radius, spacing), dose)
    whole = 4 / 3 * pi * radius**3 / 1000.0
    # Balls that stay a spacing inside the surface: there an isodose and the stairs of prisms would coincide.
    levels = np.linspace(peak * exp(-(((radius - spacing) / sigma) ** 2) / 2), 59.9, 60)
    expected = np.array([4 / 3 * pi * min(radius, sigma * sqrt(2 * log(peak / level))) ** 3 / 1000 for level in levels])
    found = np.array([dvh.volume_at(level) for level in levels])
    # Between voxels the interpolated Gaussian is low by at most 3/8 · (spacing / sigma)² of its peak, which shrinks a
    # ball of radius r by that much over the gradient there: the same share of (4π r σ² · peak / dose) in volume.
    low_by = 0.375 * spacing**2 * peak / levels
    radii = sigma * np.sqrt(2 * np.log(peak / levels))
    assert np.all(np.abs(found - expected) <= 4 * pi * radii * low_by / 1000 + 5e-4 * whole)
    assert dvh.volume_at(levels[0] * exp(-1.0)) == pytest.approx(dvh.volume_cc)
    assert peak * (1.0 - 0.375 * (spacing / sigma) ** 2) <= dvh.max_gy <= peak


def _mean(truth: Truth, whole_cc: float) -> float:
    """Return the mean dose by integrating the true curve from 0 Gy."""
    doses = np.linspace(0.0, 32.0, 6401)
    volumes = np.array([truth(dose - 16.0) for dose in doses]) / 1000.0
    return float(np.sum((volumes[1:] + volumes[:-1]) / 2.0 * np.diff(doses))) / whole_cc
