"""Contour stacks as solids: planes, gaps, caps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.geometry import BetweenSlices, EndCaps, Solid, plane_spacing_mm, solid_from_contours
from support.phantoms import Planes, box, circle, rectangle, sphere, structure

SQUARE = [rectangle(0, 10, 0, 10)]


def solid(planes: Planes, **options: Any) -> Solid:
    """Return the solid of the planes."""
    made = structure(planes)
    return solid_from_contours(made.points_mm, made.starts, **options)


@pytest.mark.parametrize(
    ("caps", "span"), [(EndCaps.NONE, 8.0), (EndCaps.HALF_SLICE, 12.0), (EndCaps.HALF_SLICE_LIMITED, 11.0)]
)
def test_caps_decide_how_far_a_stack_reaches(caps: EndCaps, span: float) -> None:
    """Three planes 4 mm apart span 8 mm without caps, 12 with half slices, 11 where a cap is at most 1.5 mm."""
    found = solid({0.0: SQUARE, 4.0: SQUARE, 8.0: SQUARE}, end_caps=caps)
    assert found.volume_cc == pytest.approx(span * 100.0 / 1000.0, rel=1e-12)
    assert found.high_mm[-1] - found.low_mm[0] == pytest.approx(span)


def test_the_words_of_the_command_line_name_the_conventions() -> None:
    """The enum values are the words that scripts use."""
    assert [caps.value for caps in EndCaps] == ["none", "half-slice", "half-slice-1.5mm"]
    assert [mode.value for mode in BetweenSlices] == ["prism"]


def test_slabs_meet_at_mid_planes_of_uneven_gaps() -> None:
    """A section holds to the middle of each gap, however uneven; the caps mirror the neighbouring gap."""
    found = solid({0.0: SQUARE, 2.0: SQUARE, 5.0: SQUARE, 7.5: SQUARE})
    assert found.low_mm.tolist() == [-1.0, 1.0, 3.5, 6.25]
    assert found.high_mm.tolist() == [1.0, 3.5, 6.25, 8.75]


def test_a_missing_plane_is_not_bridged() -> None:
    """A gap above 1.5 spacings leaves both sides capped, and the result says so."""
    found = solid(dict.fromkeys((0.0, 3.0, 6.0, 12.0, 15.0, 18.0), SQUARE))
    assert found.volume_cc == pytest.approx(18.0 * 100.0 / 1000.0)
    assert found.high_mm[2] == 7.5
    assert found.low_mm[3] == 10.5
    assert [caveat.code for caveat in found.caveats] == ["missing_planes"]


def test_a_gap_of_one_and_a_half_spacings_is_bridged() -> None:
    """The limit itself is not exceeded."""
    found = solid(dict.fromkeys((0.0, 2.0, 4.0, 7.0, 9.0), SQUARE))
    assert found.caveats == ()
    assert found.high_mm[2] == found.low_mm[3] == 5.5


def test_a_lone_plane_between_gaps_takes_the_spacing() -> None:
    """A piece of one plane has caps of half the median spacing."""
    found = solid(dict.fromkeys((0.0, 2.0, 4.0, 20.0), SQUARE))
    assert (found.low_mm[3], found.high_mm[3]) == (19.0, 21.0)


def test_planes_within_a_hundredth_of_a_millimetre_are_one() -> None:
    """A hole drawn 0.005 mm beside its plane is still a hole of that plane."""
    hole = [rectangle(2, 4, 2, 4)]
    found = solid({0.0: SQUARE, 0.005: hole, 3.0: SQUARE, 2.995: hole, 6.0: SQUARE})
    assert found.z_mm.size == 3
    assert found.volume_cc == pytest.approx((3.0 * (96.0 + 96.0) + 3.0 * 100.0) / 1000.0, rel=2e-3)


def test_a_single_plane_needs_a_spacing() -> None:
    """One plane takes the stated thickness, says so, and is refused without one."""
    found = solid({5.0: SQUARE}, fallback_spacing_mm=2.5)
    assert found.volume_cc == pytest.approx(0.25)
    assert [caveat.code for caveat in found.caveats] == ["single_plane"]
    with pytest.raises(UnsupportedInputError, match="one plane"):
        solid({5.0: SQUARE})


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan"), float("inf")])
def test_a_fallback_spacing_must_be_a_thickness(spacing: float) -> None:
    """A thickness that is not a positive number is refused."""
    with pytest.raises(InvalidInputError, match="expected a positive number"):
        solid({5.0: SQUARE}, fallback_spacing_mm=spacing)


def test_no_contour_is_no_solid() -> None:
    """An empty stack is refused, never a solid of volume zero."""
    with pytest.raises(InvalidInputError, match="no closed contour"):
        solid({})


def test_tilted_and_crooked_contours_are_told_apart() -> None:
    """A plane that is not axial is legal and unsupported; a contour in no plane is invalid."""
    sagittal = np.array([[5.0, 0.0, 0.0], [5.0, 9.0, 0.0], [5.0, 9.0, 7.0], [5.0, 0.0, 7.0]])
    with pytest.raises(UnsupportedInputError, match=r"^Contour 1: .*axial"):
        solid_from_contours(sagittal, np.array([0, 4]))
    crooked = sagittal.copy()
    crooked[0, 0] = 8.0
    with pytest.raises(InvalidInputError, match="in no plane"):
        solid_from_contours(crooked, np.array([0, 4]))


def test_crossing_contours_are_reported() -> None:
    """Contours that overlap without nesting leave a caveat, and the shared part counts as outside."""
    overlapping = [rectangle(0, 10, 0, 10), rectangle(5, 15, 1, 9)]
    found = solid({0.0: overlapping, 1.0: overlapping})
    assert "crossing_contours" in [caveat.code for caveat in found.caveats]
    assert found.volume_cc == pytest.approx(2.0 * (100.0 + 80.0 - 2 * 40.0) / 1000.0)


def test_overlapping_rectangles_without_a_proper_crossing_are_reported() -> None:
    """Also where the edges that cross are upright and level: two crossed bars overlap without nesting."""
    bars = [rectangle(-10, 10, -2, 2), rectangle(-2, 2, -10, 10)]
    assert "crossing_contours" in [caveat.code for caveat in solid({0.0: bars, 1.0: bars}).caveats]


def test_plane_spacing_is_the_median_gap() -> None:
    """One wide gap does not move the spacing; one plane has none."""
    made = structure(dict.fromkeys((0.0, 3.0, 6.0, 30.0), SQUARE))
    assert plane_spacing_mm(made.points_mm, made.starts) == 3.0
    alone = structure({1.0: SQUARE})
    assert plane_spacing_mm(alone.points_mm, alone.starts) is None
    assert plane_spacing_mm(np.empty((0, 3)), np.array([0])) is None


@given(st.permutations(range(8)))
def test_the_order_of_contours_changes_nothing(order: list[int]) -> None:
    """Contours may be stored in any order."""
    planes = {float(3 * k): [circle(5.0 + k, points=20)] for k in range(8)}
    expected = solid(planes)
    found = solid({list(planes)[k]: planes[list(planes)[k]] for k in order})
    assert found.volume_cc == expected.volume_cc
    assert np.array_equal(found.z_mm, expected.z_mm)


@given(st.tuples(st.floats(-300, 300), st.floats(-300, 300), st.floats(-900, 900)))
def test_volume_does_not_depend_on_place(shift: tuple[float, float, float]) -> None:
    """A rigid translation leaves the volume as it is."""
    made = sphere(12.0, 2.0, points=24)
    here = solid_from_contours(made.points_mm, made.starts).volume_cc
    assert solid_from_contours(made.points_mm + np.array(shift), made.starts).volume_cc == pytest.approx(here, rel=1e-9)


def test_a_block_is_exact() -> None:
    """Area times height, with no error beyond rounding."""
    made = box((-7.3, 8.1), (2.0, 5.5), (-10.0, 20.0), spacing=2.5)
    expected = 15.4 * 3.5 * 30.0 / 1000.0
    assert solid_from_contours(made.points_mm, made.starts).volume_cc == pytest.approx(expected, rel=1e-12)
