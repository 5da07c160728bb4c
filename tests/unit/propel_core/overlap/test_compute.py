"""Overlap of organs with targets."""

import pickle

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from propel_core.dvh import compute_dvh
from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.geometry import EndCaps
from propel_core.overlap import compute_overlap
from propel_core.provenance import Caveat
from propel_core.rt import Structure
from support.naive.geometry import inside
from support.phantoms import box, circle, cubic_grid, linear, moved, rectangle, sphere, structure

FEW = settings(max_examples=15)
SHIFT = st.tuples(*(st.floats(-12.0, 12.0) for _ in range(3)))
ORGAN = sphere(9.0, 3.0, points=20)


def test_coincident_planes_are_area_times_thickness() -> None:
    """On common planes the overlap is the planar intersection times the spacing, to nine digits."""
    one, two = circle(10.0, points=31), circle(7.0, centre=(6.0, 2.0), points=17)
    planes = (0.0, 2.5, 5.0)
    result = compute_overlap(
        targets=[structure({z: [one] for z in planes})], organ=structure({z: [two] for z in planes}, number=2)
    )
    area = shapely.Polygon(one).intersection(shapely.Polygon(two)).area
    assert result.overlap_cc == pytest.approx(area * 7.5 / 1000.0, rel=1e-9)
    assert result.overlap_fraction == pytest.approx(result.overlap_cc / result.organ_cc, rel=1e-12)


def test_different_spacings_are_cut_where_slabs_meet() -> None:
    """Blocks of 2 mm and 5 mm planes share exactly the block that they have in common."""
    target = box((0.0, 10.0), (0.0, 10.0), (0.0, 20.0), spacing=2.0)
    organ = box((5.0, 15.0), (-4.0, 6.0), (-5.0, 10.0), spacing=5.0, number=2)
    assert compute_overlap(targets=[target], organ=organ).overlap_cc == pytest.approx(5.0 * 6.0 * 10.0 / 1000.0)


def test_a_lattice_of_points_agrees() -> None:
    """Counting points that lie in both gives the same volume."""
    target = structure({0.0: [circle(8.0), circle(3.0)], 2.0: [circle(8.0)]})
    organ = structure({0.0: [rectangle(-2, 9, -9, 1)], 2.0: [rectangle(-2, 9, -9, 1)]}, number=2)
    grid = np.stack(np.meshgrid(np.arange(-10, 10, 0.1), np.arange(-10, 10, 0.1)), axis=-1).reshape(-1, 2) + 0.05
    both = [
        inside(contours, grid) & inside([rectangle(-2, 9, -9, 1)], grid)
        for contours in ([circle(8.0), circle(3.0)], [circle(8.0)])
    ]
    expected = sum(float(found.sum()) for found in both) * 0.01 * 2.0 / 1000.0
    assert compute_overlap(targets=[target], organ=organ).overlap_cc == pytest.approx(expected, rel=0.005)


@FEW
@given(SHIFT)
def test_swapping_keeps_the_shared_volume(shift: tuple[float, float, float]) -> None:
    """Organ and target may change places: the shared volume stays."""
    other = moved(sphere(7.0, 2.0, points=16), shift)
    one, two = compute_overlap(targets=[other], organ=ORGAN), compute_overlap(targets=[ORGAN], organ=other)
    assert one.overlap_cc == pytest.approx(two.overlap_cc, rel=1e-9, abs=1e-12)
    assert (one.organ_cc, one.target_cc) == (two.target_cc, two.organ_cc)


@FEW
@given(SHIFT, SHIFT)
def test_moving_both_changes_nothing(shift: tuple[float, float, float], both: tuple[float, float, float]) -> None:
    """A rigid translation of organ and target leaves the overlap as it is."""
    target = moved(sphere(7.0, 2.0, points=16), shift)
    here = compute_overlap(targets=[target], organ=ORGAN)
    there = compute_overlap(targets=[moved(target, both)], organ=moved(ORGAN, both))
    assert there.overlap_cc == pytest.approx(here.overlap_cc, abs=1e-9)


@FEW
@given(SHIFT, SHIFT)
def test_a_union_shares_at_least_the_most_and_at_most_the_sum(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> None:
    """The union of two targets shares no less than either and no more than both together; its volume likewise."""
    targets = [moved(sphere(7.0, 2.0, points=12), first), moved(sphere(5.0, 2.5, points=12), second)]
    alone = [compute_overlap(targets=[target], organ=ORGAN) for target in targets]
    union = compute_overlap(targets=targets, organ=ORGAN)
    shared = [result.overlap_cc for result in alone]
    assert max(shared) - 1e-9 <= union.overlap_cc <= sum(shared) + 1e-9
    volumes = [result.target_cc for result in alone]
    assert max(volumes) - 1e-9 <= union.target_cc <= sum(volumes) + 1e-9
    backwards = compute_overlap(targets=targets[::-1], organ=ORGAN)
    assert backwards.overlap_cc == pytest.approx(union.overlap_cc, abs=1e-9)


@FEW
@given(st.floats(4.0, 9.0), st.floats(0.1, 5.0), SHIFT)
def test_a_larger_target_shares_no_less(radius: float, more: float, shift: tuple[float, float, float]) -> None:
    """T within T' gives no greater overlap than T'."""
    planes = {z: [circle(radius, points=24)] for z in (-3.0, 0.0, 3.0)}
    wider = {z: [circle(radius + more, points=24)] for z in (-3.0, 0.0, 3.0)}
    small, large = (
        compute_overlap(targets=[moved(structure(drawn), shift)], organ=ORGAN).overlap_cc for drawn in (planes, wider)
    )
    assert small <= large + 1e-9


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_an_organ_in_itself_is_all_inside(copies: int) -> None:
    """Organ = target gives a fraction of one, however often the target is named."""
    result = compute_overlap(targets=[ORGAN] * copies, organ=ORGAN)
    assert result.overlap_fraction == pytest.approx(1.0, rel=1e-9)
    assert result.overlap_fraction <= 1.0
    assert result.target_cc == pytest.approx(result.organ_cc, rel=1e-9)


def test_hollow_targets_share_only_their_wall() -> None:
    """An organ inside the hole of a target shares nothing; one across the wall shares the wall."""
    ring = structure({z: [circle(12.0), circle(8.0)] for z in (-3.0, 0.0, 3.0)})
    within = structure({z: [circle(5.0)] for z in (-3.0, 0.0, 3.0)}, number=2)
    across = structure({z: [rectangle(0.0, 20.0, -1.0, 1.0)] for z in (-3.0, 0.0, 3.0)}, number=3)
    assert compute_overlap(targets=[ring], organ=within).overlap_cc == 0.0
    assert compute_overlap(targets=[ring], organ=across).overlap_cc == pytest.approx(4.0 * 2.0 * 9.0 / 1000.0, rel=0.01)


@pytest.mark.parametrize(
    "place",
    [((10.0, 20.0), (0.0, 10.0), (0.0, 8.0)), ((0.0, 10.0), (0.0, 10.0), (8.0, 16.0)), ((90.0, 95.0),) * 3],
    ids=["faces touch in x", "faces touch in z", "far apart"],
)
def test_touching_and_disjoint_solids_share_nothing(place: tuple[tuple[float, float], ...]) -> None:
    """Faces that only touch have no common volume."""
    block = box((0.0, 10.0), (0.0, 10.0), (0.0, 8.0))
    result = compute_overlap(targets=[box(*place, spacing=1.0)], organ=block)
    assert (result.overlap_cc, result.overlap_fraction) == (0.0, 0.0)


def test_a_single_plane_takes_the_spacing_of_the_other() -> None:
    """An organ drawn in one plane is as thick as the target's spacing; two such are refused."""
    target = box((0.0, 10.0), (0.0, 10.0), (0.0, 9.0), spacing=3.0)
    organ = structure({4.5: [rectangle(5, 15, 0, 10)]}, number=2)
    result = compute_overlap(targets=[target], organ=organ)
    assert result.overlap_cc == pytest.approx(5.0 * 10.0 * 3.0 / 1000.0)
    assert "single_plane" in [caveat.code for caveat in result.caveats]
    with pytest.raises(UnsupportedInputError, match=r"^Structure 2"):
        compute_overlap(targets=[organ], organ=organ)


def test_volumes_are_those_of_the_histogram() -> None:
    """Overlap and dose-volume histogram speak of one solid."""
    result = compute_overlap(targets=[ORGAN], organ=ORGAN, end_caps=EndCaps.NONE)
    from propel_core.dvh import DvhSettings  # noqa: PLC0415  # beside its only use

    dvh = compute_dvh(ORGAN, cubic_grid(linear(1.0), 12.0, 4.0), settings=DvhSettings(end_caps=EndCaps.NONE))
    assert result.organ_cc == dvh.volume_cc


@pytest.mark.parametrize("role", ["organ", "target"])
def test_structures_without_volume_are_refused(role: str) -> None:
    """No contour, or contours that enclose nothing, is no overlap of zero."""
    flat = np.array([[0.0, 0.0], [4.0, 0.0], [8.0, 0.0]])
    for nothing in (structure({}, number=5), structure({0.0: [flat], 2.0: [flat]}, number=5)):
        chosen: tuple[Structure, Structure] = (ORGAN, nothing) if role == "organ" else (nothing, ORGAN)
        with pytest.raises(InvalidInputError, match=r"no closed contour|volume 0"):
            compute_overlap(targets=[chosen[0]], organ=chosen[1])


def test_other_refusals() -> None:
    """No target at all, and structures of two frames of reference, are refused without a UID or a name."""
    with pytest.raises(InvalidInputError, match="no target"):
        compute_overlap(targets=[], organ=ORGAN)
    with pytest.raises(InvalidInputError, match="frame of reference") as caught:
        compute_overlap(targets=[structure({0.0: [circle(2.0)]}, frame="1.2.99", name="SECRET")], organ=ORGAN)
    assert "1.2.99" not in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_results_explain_themselves_and_travel() -> None:
    """The result names algorithm, conventions and operands, keeps what the reader left out, and survives pickling."""
    left_out = Caveat(code="open_contours", text="1 open contours were left out: no volume")
    organ = Structure(
        number=4, name="Organ", points_mm=ORGAN.points_mm, starts=ORGAN.starts,
        frame_of_reference_uid=ORGAN.frame_of_reference_uid, caveats=(left_out,),
    )  # fmt: skip
    result = compute_overlap(targets=[ORGAN], organ=organ)
    assert result.caveats == (left_out,)
    assert dict(result.provenance.settings) == {
        "end_caps": "half-slice", "between_slices": "prism", "organ_number": 4, "target_numbers": "1",
    }  # fmt: skip
    assert pickle.loads(pickle.dumps(result)) == result  # noqa: S301  # its own bytes
