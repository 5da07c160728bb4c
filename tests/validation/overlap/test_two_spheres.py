"""Overlap against a closed form: two spheres (radii 20 and 12 mm, centres 22 mm apart), the case of sheet `overlap`."""

from math import pi

import numba
import pytest

from propel_core.overlap import compute_overlap
from support.phantoms import moved, sphere

A, B, APART = 20.0, 12.0, 22.0
LENS = pi * (A + B - APART) ** 2 * (APART**2 + 2 * APART * (A + B) - 3 * (A - B) ** 2) / (12 * APART)
ORGAN = 4 / 3 * pi * B**3

DIRECTIONS = {
    "x": (APART, 0.0, 0.0),
    "y": (0.0, APART, 0.0),
    "z": (0.0, 0.0, APART),
    "oblique": (14.0, -6.0, 15.874507866387543),
}


@pytest.mark.parametrize("direction", ["x", "y"])
@pytest.mark.parametrize(("spacing", "tolerance_pp"), [(1.0, 0.06), (2.0, 0.2), (3.0, 0.6)])
def test_prisms_side_by_side(direction: str, spacing: float, tolerance_pp: float) -> None:
    """With contours 1, 2 or 3 mm apart the overlap is off by no more than 0.06, 0.2 or 0.6 % of the organ."""
    assert _error_pp(direction, spacing) <= tolerance_pp


@pytest.mark.parametrize("direction", ["z", "oblique"])
@pytest.mark.parametrize("spacing", [1.0, 2.0, 3.0])
def test_prisms_above_each_other(direction: str, spacing: float) -> None:
    """Where the rim of the lens lies across the planes the error stays within that of a step at its kink."""
    # The shared area falls by 106 and rises by 33 mm² per mm on either side of the rim; a prism there takes its middle.
    kink = spacing**2 / 8 * 2 * pi * APART
    curvature = spacing**2 / 24 * 2 * pi * (A + B - APART)
    assert _error_pp(direction, spacing) <= 100.0 * (kink + curvature) / ORGAN


@pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="320 planes take minutes without compilation")
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_fine_contours(direction: str) -> None:
    """With contours 0.2 mm apart the overlap is off by no more than 0.02 % of the organ."""
    assert _error_pp(direction, 0.2, points=360) <= 0.02


def _error_pp(direction: str, spacing: float, *, points: int = 120) -> float:
    organ = moved(sphere(B, spacing, points=points), DIRECTIONS[direction])
    found = compute_overlap(targets=[sphere(A, spacing, points=points)], organ=organ).overlap_cc
    return 100.0 * abs(found * 1000.0 - LENS) / ORGAN
