"""Dose-volume histograms: agreement with the definition, laws, awkward inputs."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propel_core.dvh import Dvh, DvhSettings, Metric, _kernels, compute_dvh
from propel_core.errors import InvalidInputError, InvalidRequestError, UnsupportedInputError
from propel_core.geometry import EndCaps
from propel_core.rt import DoseGrid, Structure
from support.naive.dvh import sample
from support.phantoms import (
    axis,
    box,
    circle,
    cubic_grid,
    dose_grid,
    gaussian,
    linear,
    moved,
    rebuilt,
    rectangle,
    sphere,
    structure,
)  # fmt: skip

FEW = settings(max_examples=12)


def blob(seed: int, *, spacing: float = 3.0) -> Structure:
    """Return an irregular structure: a lobed outline that changes from plane to plane, a hole, an island beside it."""
    generator = np.random.default_rng(seed)
    planes = {}
    for k in range(4):
        angle = 2.0 * np.pi * np.arange(18) / 18
        radius = 9.0 + generator.uniform(-2.0, 2.0, 18)
        outline = np.column_stack([radius * np.cos(angle) + k, radius * np.sin(angle)])
        hole = circle(2.5, centre=(k - 1.0, 1.0), points=9)
        planes[spacing * k - 4.0] = [outline, hole, circle(2.0, centre=(15.0, -3.0), points=8)]
    return structure(planes)


def lumpy(seed: int, *, spacing: float = 4.0) -> DoseGrid:
    """Return a dose of random voxel values, 0 to 50 Gy, on an uneven grid that covers `blob`."""
    generator = np.random.default_rng(seed)
    x, y, z = axis(-14.0, 20.0, spacing), axis(-14.0, 14.0, spacing * 0.8), axis(-10.0, 12.0, spacing * 0.9)
    values = generator.uniform(0.0, 50.0, (z.size, y.size, x.size))
    return dose_grid(lambda *_: values, x, y, z)


@pytest.mark.parametrize("seed", range(4))
def test_the_curve_is_what_many_points_say(seed: int) -> None:
    """Mean, extremes, coverage and the whole curve agree with a dense sampling from the definition."""
    roi, dose = blob(seed), lumpy(seed)
    dvh, points = compute_dvh(roi, dose), sample(roi, dose, step_mm=0.35)
    assert dvh.covered_cc == pytest.approx(points.covered_cc, rel=0.005)
    assert dvh.mean_gy == pytest.approx(np.average(points.dose_gy, weights=points.weight_cc), abs=0.1)
    assert dvh.min_gy <= points.dose_gy.min() <= dvh.min_gy + 4.0
    assert dvh.max_gy - 4.0 <= points.dose_gy.max() <= dvh.max_gy
    for level in np.linspace(0.0, 50.0, 26):
        assert dvh.volume_at(level) == pytest.approx(points.volume_at(level), abs=0.01 * dvh.volume_cc)


def test_coverage_is_the_part_inside_the_box_of_voxel_centres() -> None:
    """Half a block outside the grid: half covered, the curve holds that half, and the result says so."""
    roi = box((0.0, 20.0), (-5.0, 5.0), (-6.0, 6.0))
    dose = dose_grid(linear(5.0), np.arange(10.0, 41.0, 2.5), axis(-9, 9, 2.5), axis(-9, 9, 3.0))
    dvh = compute_dvh(roi, dose)
    assert dvh.coverage_fraction == pytest.approx(0.5, rel=1e-12)
    assert dvh.volume_cc == pytest.approx(2.4)
    assert dvh.covered_cc == pytest.approx(1.2)
    assert [caveat.code for caveat in dvh.caveats] == ["dose_not_covered"]


def test_wholly_outside_there_is_no_dose() -> None:
    """A structure beside the grid has its volume, coverage 0 and no dose."""
    dvh = compute_dvh(box((100.0, 120.0), (0.0, 9.0), (0.0, 8.0)), cubic_grid(linear(5.0), 20.0, 4.0))
    assert (dvh.coverage_fraction, dvh.min_gy, dvh.mean_gy, dvh.max_gy) == (0.0, None, None, None)
    assert dvh.volume_cc == pytest.approx(20 * 9 * 8 / 1000)
    assert dvh.volume_cc_at_dose.tolist() == [0.0]


def test_a_structure_that_fills_the_grid_box_exactly_is_covered() -> None:
    """Contours on the outermost voxel centres leave nothing outside."""
    roi = box((-12.0, 12.0), (-12.0, 12.0), (-12.0, 12.0), spacing=3.0)
    centres = np.arange(-12.0, 12.1, 4.0)
    dvh = compute_dvh(roi, dose_grid(linear(20.0, x=1.0), centres, centres, centres))
    assert dvh.coverage_fraction == 1.0
    assert (dvh.min_gy, dvh.max_gy) == (8.0, 32.0)
    assert dvh.mean_gy == pytest.approx(20.0)


@pytest.mark.parametrize("dose_gy", [0.0, 0.004, 2.0, 2.005, 70.0])
def test_a_uniform_dose_is_one_step(dose_gy: float) -> None:
    """All volume up to the dose, none above; minimum, mean and maximum are that dose."""
    dvh = compute_dvh(sphere(8.0, 2.0, points=24), cubic_grid(linear(dose_gy), 12.0, 3.0))
    assert (dvh.min_gy, dvh.max_gy) == (pytest.approx(dose_gy), pytest.approx(dose_gy))
    assert dvh.mean_gy == pytest.approx(dose_gy)
    assert dvh.volume_at(dose_gy * (1.0 - 1e-9)) == dvh.covered_cc == pytest.approx(dvh.volume_cc, rel=1e-12)
    assert dvh.volume_at(dose_gy * (1.0 + 1e-9) + 1e-9) == 0.0
    for share in (0.01, 0.5, 1.0):
        assert dvh.dose_at(share * dvh.volume_cc) == pytest.approx(dose_gy)


def test_a_structure_smaller_than_a_voxel_is_exact_in_a_linear_dose() -> None:
    """The volume comes from contours and the dose from interpolation: no voxel need have its centre inside."""
    roi = box((0.2, 0.6), (0.1, 0.4), (0.0, 0.3), spacing=0.1)
    dvh = compute_dvh(roi, dose_grid(linear(10.0, x=1.0), *(np.arange(-10.0, 11.0, 5.0),) * 3))
    assert dvh.volume_cc == pytest.approx(0.4 * 0.3 * 0.3 / 1000)
    assert (dvh.min_gy, dvh.max_gy) == (pytest.approx(10.2), pytest.approx(10.6))
    assert dvh.volume_at(10.4) == pytest.approx(dvh.volume_cc / 2.0, rel=0.01)


def test_extremes_are_met_exactly_on_edges_and_nodes() -> None:
    """The highest dose inside a triangle is at a grid node or on its outline, never at a vertex by assumption."""
    x = np.array([0.0, 1.0, 2.0, 3.0])
    values = np.zeros((2, 4, 4))
    values[:, 1, 1] = 9.0
    dose = dose_grid(lambda *_: values, x, x, np.array([-5.0, 5.0]))
    around = structure({0.0: [np.array([[0.5, 0.2], [2.5, 0.5], [0.9, 2.5]])], 1.0: [rectangle(0.9, 1.2, 0.9, 1.2)]})
    assert compute_dvh(around, dose).max_gy == 9.0
    beside = structure({z: [np.array([[1.0, 1.6], [1.6, 1.0], [2.0, 2.0]])] for z in (0.0, 1.0)})
    # Along the edge x + y = 2.6 the dose is 9 (2 - x)(2 - y), highest in the middle.
    assert compute_dvh(beside, dose).max_gy == pytest.approx(9.0 * 0.7 * 0.7, rel=1e-12)


def test_a_bridge_of_no_width_has_no_dose() -> None:
    """Doses along a line drawn there and back between two islands are no doses of the structure."""
    bridge = np.array(
        [[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [18.0, 2.0], [18.0, 4.0], [20.0, 4.0], [20.0, 2.0], [18.0, 2.0],
         [2.0, 2.0], [0.0, 2.0]]
    )  # fmt: skip
    x = np.arange(-2.0, 23.0, 4.0)
    hot = dose_grid(lambda px, *_: np.where(np.abs(px - 10.0) < 0.5, 50.0, 1.0), x, x, np.arange(-8.0, 9.0, 4.0))
    assert compute_dvh(structure({0.0: [bridge], 2.0: [bridge]}), hot).max_gy == pytest.approx(1.0)


@pytest.mark.parametrize("error", [1e-12, -1e-12, 3.5e-15, -3.5e-15, 1e-17])
def test_an_edge_that_misses_a_grid_line_by_rounding_ends(error: float) -> None:
    """A contour drawn along a grid line, off by a rounding error, is walked in as many steps as cells."""
    outline = rectangle(4.0, 8.0, 4.0, 8.0)
    outline[2, 0] += error
    outline[3, 1] += error
    dvh = compute_dvh(
        structure({0.0: [outline], 2.0: [outline]}), cubic_grid(linear(20.0, x=1.0), 12.0, 4.0, phase=(0, 0, 0))
    )
    assert dvh.max_gy == pytest.approx(28.0)


def test_contours_on_voxel_edges_and_centres_are_no_special_case() -> None:
    """Moving a block by a whole voxel in a linear dose moves its doses by the gradient, whatever lines it falls on."""
    dose = dose_grid(linear(30.0, x=1.0), *(np.arange(-20.0, 21.0, 2.0),) * 3)
    means = [
        compute_dvh(moved(box((-4.0, 4.0), (-4.0, 4.0), (-4.0, 4.0)), (shift, shift, 0.0)), dose).mean_gy
        for shift in (0.0, 0.5, 1.0, 2.0)
    ]
    assert means == pytest.approx([30.0, 30.5, 31.0, 32.0], rel=1e-12)


@FEW
@given(st.integers(0, 99), st.tuples(*(st.floats(-200.0, 200.0) for _ in range(3))))
def test_moving_structure_and_dose_together_changes_nothing(seed: int, shift: tuple[float, float, float]) -> None:
    """A rigid translation leaves the whole result as it is."""
    roi, dose = blob(seed), lumpy(seed)
    there = DoseGrid(
        x_mm=dose.x_mm + shift[0], y_mm=dose.y_mm + shift[1], z_mm=dose.z_mm + shift[2], dose_gy=dose.dose_gy,
        summation=dose.summation, frame_of_reference_uid=dose.frame_of_reference_uid,
    )  # fmt: skip
    here, gone = compute_dvh(roi, dose), compute_dvh(moved(roi, shift), there)
    _assert_alike(here, gone)


@FEW
@given(st.integers(0, 99), st.floats(0.1, 5.0), st.floats(0.0, 30.0))
def test_scaling_and_offsetting_the_dose_scales_and_offsets_the_answers(seed: int, k: float, c: float) -> None:
    """Dose · k + c gives every dose answer · k + c."""
    roi, dose = blob(seed), lumpy(seed)
    other = DoseGrid(
        x_mm=dose.x_mm, y_mm=dose.y_mm, z_mm=dose.z_mm, dose_gy=dose.dose_gy * k + c, summation=dose.summation,
        frame_of_reference_uid=dose.frame_of_reference_uid,
    )  # fmt: skip
    before, after = compute_dvh(roi, dose), compute_dvh(roi, other)
    for share in (0.02, 0.5, 0.95):
        expected = k * before.dose_at(share * before.covered_cc) + c
        assert after.dose_at(share * after.covered_cc) == pytest.approx(expected, abs=0.05 * max(k, 1.0))
    assert after.mean_gy == pytest.approx(k * before.mean_gy + c, rel=2e-3)
    assert (after.min_gy, after.max_gy) == (pytest.approx(k * before.min_gy + c), pytest.approx(k * before.max_gy + c))


@FEW
@given(st.integers(0, 99), st.permutations(range(12)), st.integers(0, 7))
def test_how_contours_are_written_changes_nothing(seed: int, order: list[int], turn: int) -> None:
    """Contours in another order, reversed, begun elsewhere, with split edges: the same histogram."""
    roi, dose = blob(seed), lumpy(seed)
    contours = [roi.points_mm[a:b] for a, b in zip(roi.starts[:-1], roi.starts[1:], strict=True)]
    blocks = []
    for index in order:
        contour = np.roll(contours[index][::-1], turn, axis=0)
        between = (contour + np.roll(contour, -1, axis=0)) / 2.0
        blocks.append(np.stack([contour, between], axis=1).reshape(-1, 3))
    rewritten = Structure(
        number=1, name="ROI", points_mm=np.concatenate(blocks),
        starts=np.concatenate([[0], np.cumsum([len(block) for block in blocks])]),
        frame_of_reference_uid=roi.frame_of_reference_uid,
    )  # fmt: skip
    _assert_alike(compute_dvh(roi, dose), compute_dvh(rewritten, dose), share=0.003)


@FEW
@given(st.integers(0, 99), st.floats(-6.0, 6.0))
def test_two_halves_add_up(seed: int, cut: float) -> None:
    """A block cut in two along x gives histograms that add up to the whole one's."""
    dose = lumpy(seed)
    whole = compute_dvh(box((-10.0, 10.0), (-8.0, 8.0), (-6.0, 6.0)), dose)
    parts = [compute_dvh(box(x, (-8.0, 8.0), (-6.0, 6.0)), dose) for x in ((-10.0, cut), (cut, 10.0))]
    assert sum(part.volume_cc for part in parts) == pytest.approx(whole.volume_cc)
    for level in np.linspace(0.0, 50.0, 11):
        added = sum(part.volume_at(level) for part in parts)
        assert added == pytest.approx(whole.volume_at(level), abs=0.01 * whole.volume_cc)


@FEW
@given(st.integers(0, 99))
def test_padding_the_grid_changes_nothing(seed: int) -> None:
    """Voxels far from the structure do not matter, except for where the curve's axis may end."""
    roi, dose = blob(seed), lumpy(seed)
    padded = DoseGrid(
        x_mm=np.r_[dose.x_mm[0] - 40.0, dose.x_mm, dose.x_mm[-1] + 7.0],
        y_mm=np.r_[dose.y_mm[0] - 9.0, dose.y_mm, dose.y_mm[-1] + 11.0],
        z_mm=np.r_[dose.z_mm[0] - 9.0, dose.z_mm, dose.z_mm[-1] + 30.0],
        dose_gy=np.pad(dose.dose_gy, 1, constant_values=3.0), summation=dose.summation,
        frame_of_reference_uid=dose.frame_of_reference_uid,
    )  # fmt: skip
    _assert_alike(compute_dvh(roi, dose), compute_dvh(roi, padded))


@FEW
@given(st.integers(0, 99))
def test_mean_is_the_area_under_the_curve(seed: int) -> None:
    """The mean of the integration and the area under the cumulative curve per covered volume are one."""
    dvh = compute_dvh(blob(seed), lumpy(seed))
    area = np.sum((dvh.volume_cc_at_dose[1:] + dvh.volume_cc_at_dose[:-1]) / 2.0 * np.diff(dvh.dose_gy))
    assert area / dvh.covered_cc == pytest.approx(dvh.mean_gy, abs=0.02)


@FEW
@given(st.integers(0, 99), st.floats(0.0, 1.0))
def test_the_volume_at_the_dose_of_a_volume_is_at_least_that_volume(seed: int, share: float) -> None:
    """V(D_x) ≥ x."""
    dvh = compute_dvh(blob(seed), lumpy(seed))
    volume = share * dvh.covered_cc
    assert dvh.volume_at(dvh.dose_at(volume)) >= volume - 1e-12 * dvh.covered_cc


@FEW
@given(st.integers(0, 99))
def test_the_curve_is_well_formed(seed: int) -> None:
    """It begins at the covered volume, never rises, is whole up to the minimum and ends at zero above the maximum."""
    dvh = compute_dvh(blob(seed), lumpy(seed))
    assert dvh.dose_gy[0] == 0.0
    assert np.all(np.diff(dvh.dose_gy) > 0.0)
    assert np.diff(dvh.dose_gy).max() <= 0.01 * (1.0 + 1e-9)
    assert dvh.covered_cc == dvh.volume_cc * dvh.coverage_fraction
    assert np.all(np.diff(dvh.volume_cc_at_dose) <= 0.0)
    assert np.all(dvh.volume_cc_at_dose[dvh.dose_gy <= dvh.min_gy] == dvh.covered_cc)
    assert dvh.volume_cc_at_dose[-1] == 0.0
    assert dvh.dose_gy[-1] > dvh.max_gy


def test_finer_steps_converge() -> None:
    """Halving the step brings the curve closer to that of a very fine step."""
    roi, dose = blob(3), lumpy(3)
    fine = compute_dvh(roi, dose, settings=DvhSettings(step_mm=0.1))
    levels = np.linspace(1.0, 49.0, 25)
    worst = []
    for step in (4.0, 1.0, 0.25):
        dvh = compute_dvh(roi, dose, settings=DvhSettings(step_mm=step))
        worst.append(max(abs(dvh.volume_at(level) - fine.volume_at(level)) for level in levels) / fine.volume_cc)
    assert worst[2] < worst[0]
    assert worst[1] < 0.004
    assert worst[2] < 0.001


def test_small_doses_get_finer_bins() -> None:
    """A curve that ends at 0.3 Gy has bins of a thousandth of it or less."""
    dvh = compute_dvh(sphere(8.0, 2.0, points=24), cubic_grid(linear(0.15, x=0.01), 12.0, 3.0))
    assert np.diff(dvh.dose_gy).max() <= 0.0003


def test_a_vanishing_dose_is_a_dose() -> None:
    """The smallest positive number is binned like any other."""
    dvh = compute_dvh(sphere(8.0, 2.0, points=24), cubic_grid(linear(5e-324), 12.0, 3.0))
    assert dvh.max_gy <= 5e-324
    assert dvh.volume_at(0.0) == dvh.covered_cc


def test_equal_input_gives_equal_bytes_in_any_thread() -> None:
    """Repeating a computation, alone or among several threads, changes no bit."""
    roi, dose = blob(5), lumpy(5)

    def fingerprint(_: int) -> bytes:
        dvh = compute_dvh(roi, dose)
        return dvh.volume_cc_at_dose.tobytes() + np.array([dvh.min_gy, dvh.mean_gy, dvh.max_gy]).tobytes()

    alone = {fingerprint(k) for k in range(2)}
    with ThreadPoolExecutor(4) as pool:
        assert alone == set(pool.map(fingerprint, range(6)))
    assert len(alone) == 1


def test_the_compiled_kernel_agrees_with_its_plain_form() -> None:
    """Compiling changes nothing beyond rounding in the sums."""
    from propel_core.geometry import section  # noqa: PLC0415  # beside its only use

    dose = lumpy(2, spacing=9.0)
    part = section([circle(6.0, points=7), circle(2.0, points=5)])
    results = []
    for function in (_kernels._add_slab, _kernels.add_slab):
        density, lump, sums = np.zeros(5100), np.zeros(5100), np.zeros(2)
        function(
            density, lump, 0.01, sums, dose.x_mm, dose.y_mm, dose.z_mm, dose.dose_gy, part.trapezoids_mm, -1.5, 1.5, 2.0
        )  # fmt: skip
        results.append((density, lump, sums))
    for plain, compiled in zip(*results, strict=True):
        assert compiled == pytest.approx(plain, rel=1e-12, abs=1e-12)


def test_another_frame_of_reference_is_refused() -> None:
    """Structure and dose of different frames never meet, and the message holds no UID."""
    dose = cubic_grid(linear(1.0), 12.0, 4.0)
    with pytest.raises(InvalidInputError, match="frame of reference") as caught:
        compute_dvh(structure({0.0: [circle(3.0)]}, frame="1.2.99"), dose)
    assert "1.2.99" not in str(caught.value)
    assert caught.value.where == "Structure 1"


def test_an_empty_structure_is_listed() -> None:
    """No contour: volume 0, no dose, a caveat; never an error."""
    dvh = compute_dvh(structure({}), cubic_grid(linear(1.0), 12.0, 4.0))
    assert (dvh.volume_cc, dvh.min_gy, dvh.mean_gy, dvh.max_gy) == (0.0, None, None, None)
    assert [caveat.code for caveat in dvh.caveats] == ["no_contours"]


def test_contours_without_area_have_no_volume_and_no_dose() -> None:
    """A contour on a line encloses nothing: volume 0, no dose, a caveat of its own."""
    line = np.array([[0.0, 0.0], [4.0, 1.0], [8.0, 2.0]])
    dvh = compute_dvh(structure({0.0: [line], 2.0: [line]}), cubic_grid(linear(1.0), 12.0, 4.0))
    assert (dvh.volume_cc, dvh.min_gy, dvh.max_gy) == (0.0, None, None)
    assert [caveat.code for caveat in dvh.caveats] == ["no_volume"]


def test_a_single_plane_names_the_structure_it_refuses() -> None:
    """Without a spacing one plane is refused by number, never by name; with one it has a volume."""
    roi = structure({0.0: [circle(5.0)]}, number=7, name="SECRET NAME")
    dose = cubic_grid(linear(1.0), 12.0, 4.0)
    with pytest.raises(UnsupportedInputError, match=r"^Structure 7") as caught:
        compute_dvh(roi, dose)
    assert "SECRET" not in str(caught.value)
    assert compute_dvh(roi, dose, fallback_spacing_mm=3.0).volume_cc == pytest.approx(np.pi * 25 * 3 / 1000)


def test_caps_apply_to_volume_and_dose_alike() -> None:
    """One solid: without caps both the volume and the reach of the dose shrink."""
    roi, dose = sphere(9.0, 3.0), cubic_grid(linear(30.0, z=1.0), 15.0, 3.0)
    capped = compute_dvh(roi, dose)
    bare = compute_dvh(roi, dose, settings=DvhSettings(end_caps=EndCaps.NONE))
    assert bare.volume_cc < capped.volume_cc
    assert (capped.max_gy, bare.max_gy) == (pytest.approx(39.0), pytest.approx(37.5))


@pytest.mark.parametrize("options", [{"bin_width_gy": 0.0}, {"step_mm": -1.0}, {"bin_width_gy": float("nan")}])
def test_settings_must_be_positive(options: dict[str, float]) -> None:
    """A width or step that is not a positive number is refused where it is stated."""
    with pytest.raises(InvalidRequestError, match="expected a positive number"):
        DvhSettings(**options)


def test_absurd_doses_are_refused_before_memory_is_taken() -> None:
    """A dose of a million gray needs more bins than there may be."""
    with pytest.raises(UnsupportedInputError, match="highest dose"):
        compute_dvh(sphere(8.0, 2.0), cubic_grid(linear(1e6), 12.0, 4.0))


def test_results_explain_themselves_and_travel() -> None:
    """A result states algorithm, inputs and settings, survives pickling, and cannot be changed."""
    dvh = compute_dvh(sphere(8.0, 2.0, points=24), cubic_grid(gaussian(60.0, 9.0), 12.0, 4.0))
    assert dvh.provenance.algorithm == "propel.dvh"
    assert [given.name for given in dvh.provenance.inputs] == ["structure", "dose"]
    assert dvh.provenance.settings["end_caps"] == "half-slice"
    again = pickle.loads(pickle.dumps(dvh))  # noqa: S301  # its own bytes
    assert again.provenance == dvh.provenance
    assert np.array_equal(again.volume_cc_at_dose, dvh.volume_cc_at_dose)
    with pytest.raises(FrozenInstanceError):
        dvh.volume_cc = 1.0  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValueError, match="read-only"):
        dvh.volume_cc_at_dose[0] = 1.0


def test_inputs_are_not_altered() -> None:
    """Structure and dose hold the same bytes after the computation."""
    roi, dose = blob(1), lumpy(1)
    before = roi.identity(), dose.identity()
    compute_dvh(roi, dose)
    assert (roi.identity(), dose.identity()) == before


def test_a_rotated_contour_list_of_one_structure_is_the_same_structure() -> None:
    """Rounding of vertices to a hundredth of a millimetre moves no answer by more than a centigray."""
    roi, dose = blob(4), cubic_grid(gaussian(50.0, 12.0), 22.0, 3.0)
    rounded = rebuilt(roi, np.round(roi.points_mm, 2))
    assert Metric.parse("D95%").evaluate(compute_dvh(rounded, dose)).value == pytest.approx(
        Metric.parse("D95%").evaluate(compute_dvh(roi, dose)).value, abs=0.01
    )


def _assert_alike(one: Dvh, two: Dvh, *, share: float = 1e-4) -> None:
    assert two.volume_cc == pytest.approx(one.volume_cc, rel=1e-9)
    assert two.coverage_fraction == pytest.approx(one.coverage_fraction, rel=1e-9)
    assert (two.min_gy, two.max_gy) == (pytest.approx(one.min_gy, abs=1e-6), pytest.approx(one.max_gy, abs=1e-6))
    assert two.mean_gy == pytest.approx(one.mean_gy, abs=30.0 * share)
    for level in np.linspace(0.0, 50.0, 26):
        assert two.volume_at(level) == pytest.approx(one.volume_at(level), abs=share * one.volume_cc)
