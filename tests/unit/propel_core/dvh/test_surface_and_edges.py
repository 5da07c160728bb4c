"""What encloses no area has no dose, what lies on an edge is included, what is drawn twice counts once."""

import numpy as np
import pytest

from propel_core.dvh import DvhSettings, Metric, compute_dvh
from propel_core.errors import InvalidInputError
from propel_core.geometry import EndCaps
from propel_core.rt import solid_of
from support.phantoms import axis, cubic_grid, dose_grid, gaussian, linear, rectangle, structure

HEIGHTS = np.arange(0.0, 30.0, 3.0) - 15.0
BRIDGED = np.array(
    [[-40, -5], [-30, -5], [-30, 0], [30, 0], [30, -5], [40, -5], [40, 5], [30, 5], [30, 0], [0, 0], [-30, 0], [-30, 5],
     [-40, 5]], dtype=np.float64,
)  # fmt: skip
SPIKED = np.array([[-10, -10], [10, -10], [10, 0], [50, 0], [25, 0], [10, 0], [10, 10], [-10, 10]], dtype=np.float64)
SLANTED = np.array([[-10, -10], [10, -10], [10, 0], [50, 8], [30, 4], [10, 0], [10, 10], [-10, 10]], dtype=np.float64)


def test_a_bridge_gives_no_dose_however_it_is_drawn() -> None:
    """A bridge between islands encloses nothing; an extra vertex on its way back changes no extreme."""
    dose = cubic_grid(gaussian(60, 8), 60, 2.5)
    split = compute_dvh(structure({z: [BRIDGED] for z in HEIGHTS}), dose)
    whole = compute_dvh(structure({z: [np.delete(BRIDGED, 9, axis=0)] for z in HEIGHTS}), dose)
    assert split.max_gy == pytest.approx(whole.max_gy, abs=1e-12)
    assert split.max_gy is not None
    assert split.max_gy < 1.0


@pytest.mark.parametrize("contour", [SPIKED, SLANTED], ids=["level", "slanted"])
def test_a_spike_gives_no_dose(contour: np.ndarray) -> None:
    """A spike drawn out in one piece and back in two reaches into dose that the structure does not."""
    found = compute_dvh(structure({z: [contour] for z in HEIGHTS}), cubic_grid(linear(20, x=0.2), 60, 2.5))
    assert found.max_gy == pytest.approx(22.0, abs=1e-9)


@pytest.mark.parametrize("dose_gy", [66.6, 2.0, 50.0, 45.1, 60.06, 42.56, 26.0, 0.29])
def test_the_volume_at_a_uniform_dose_is_all_of_it(dose_gy: float) -> None:
    """V(d) is inclusive: a uniform dose covers the whole structure at that dose, whatever rounding does to it."""
    grid = dose_grid(lambda x, _y, _z: 0.0 * x + dose_gy, *(axis(-60, 60, 2.5, phase=p) for p in (0.3, 0.6, 0.1)))
    for shift in (0.0, 0.37, 1.91):
        found = compute_dvh(structure({1.37 + z: [rectangle(-7 + shift, 8, -6, 5)] for z in HEIGHTS}), grid)
        assert Metric.parse(f"V{dose_gy}Gy[%]").evaluate(found).value == pytest.approx(100.0, abs=1e-9)
        assert Metric.parse("V0Gy[%]").evaluate(found).value == 100.0


def test_a_plateau_is_included_at_its_own_dose() -> None:
    """The volume on a plateau counts at the plateau's dose, which is an edge of the bins."""
    grid = dose_grid(
        lambda x, _y, _z: np.where(x < 0.5, 66.6, 10.0), *(axis(-60, 60, 2.5, phase=p) for p in (0.3, 0.6, 0.1))
    )  # fmt: skip
    found = compute_dvh(structure({z: [rectangle(-20, 20, -9, 9)] for z in HEIGHTS}), grid)
    at, below = (Metric.parse(text).evaluate(found).value for text in ("V66.6Gy[%]", "V66.59Gy[%]"))
    assert at == pytest.approx(below, abs=0.05)
    assert at is not None
    assert at > 40.0


def test_a_contour_drawn_twice_counts_once_with_a_caveat() -> None:
    """A duplicate neither deletes the section nor doubles it, and the result says so."""
    once = solid_of(structure({z: [rectangle(-10, 10, -10, 10)] for z in HEIGHTS}))
    for copies in (2, 3):
        twice = solid_of(structure({z: [rectangle(-10, 10, -10, 10)] * (copies if z == 0.0 else 1) for z in HEIGHTS}))
        assert twice.volume_cc == pytest.approx(once.volume_cc, rel=1e-12)
        assert [caveat.code for caveat in twice.caveats] == ["repeated_contours"]


def test_a_contour_wound_over_itself_is_named() -> None:
    """A contour that runs over its own inside again loses that part by the even-odd rule, and says so."""
    wound = np.array(
        [[-10, -10], [10, -10], [10, 10], [-10, 10], [-10, -10], [5, -10], [5, 10], [-10, 10]], dtype=float
    )
    assert "crossing_contours" in [caveat.code for caveat in solid_of(structure({z: [wound] for z in HEIGHTS})).caveats]


def test_a_plane_without_height_has_no_dose() -> None:
    """Without caps an isolated plane has no volume, so its dose is none of the structure's."""
    drawn = structure({z: [rectangle(-10, 10, -10, 10)] for z in (0.0, 3.0, 6.0, 9.0, 30.0)})
    found = compute_dvh(drawn, cubic_grid(linear(40, z=1.0), 60, 2.5), settings=DvhSettings(end_caps=EndCaps.NONE))
    assert found.max_gy == pytest.approx(49.0, abs=1e-9)


def test_coordinates_beyond_any_patient_are_refused() -> None:
    """A coordinate that no scanner gives ends in an error, not in an infinite volume or a loop."""
    with pytest.raises(InvalidInputError, match="no number up to"):
        structure({0.0: [rectangle(-1e160, 1e160, -1, 1)], 3.0: [rectangle(-1, 1, -1, 1)]})


def test_many_islands_are_cut_at_once() -> None:
    """Four hundred islands in a plane, and an outline with as many holes, have the area of their sum."""
    islands = [rectangle(3 * i, 3 * i + 2, 3 * j, 3 * j + 2) for i in range(20) for j in range(20)]
    for contours, area in ((islands, 1600.0), ([rectangle(-1, 60, -1, 60), *islands], 61.0 * 61.0 - 1600.0)):
        solid = solid_of(structure({0.0: contours, 3.0: contours}))
        assert solid.volume_cc == pytest.approx(area * 6.0 / 1000.0, rel=1e-12)
        assert solid.caveats == ()
