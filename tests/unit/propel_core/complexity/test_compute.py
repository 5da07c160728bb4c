"""The complexity of plans small enough to compute by hand, and of plans that lie at the edges."""

import math
import pickle

import numpy as np
import pytest

from propel_core.complexity import CATALOGUE, PRESETS, Convention, compute_complexity
from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.rt import Beam, LeafAxis
from support import plans

EDGES = [0.0, 10.0, 20.0, 30.0, 40.0]
"""Four pairs of 10 mm."""


def shapes(*banks: tuple[list[float], list[float]], weights: list[float] | None = None, number: int = 1) -> Beam:
    """Return a jawless beam of four pairs; one shape becomes a static field."""
    points = list(banks) if len(banks) > 1 else [*banks, *banks]
    return plans.beam(plans.layer(points, EDGES), weights=weights, number=number)


def rectangle(half_width: float = 20.0) -> tuple[list[float], list[float]]:
    """Return the banks of a rectangle."""
    return [-half_width] * 4, [half_width] * 4


@pytest.mark.parametrize("convention", Convention)
def test_a_static_rectangle_is_not_complex(convention: Convention) -> None:
    """MCS, LSV and AAV are exactly 1, the edge metric is 2 over the height, leaves do not travel."""
    metrics = compute_complexity(plans.plan(shapes(rectangle())), convention=convention).metrics
    assert (metrics["MCS"], metrics["LSV"], metrics["AAV"], metrics["LTMCS"]) == (1.0, 1.0, 1.0, 1.0)
    assert metrics["EM"] == pytest.approx(2.0 / 40.0, rel=1e-15)
    assert (metrics["LT"], metrics["MAD"], metrics["CAS"], metrics["CLS"]) == (0.0, 0.0, 0.0, 0.0)
    assert (metrics["ALPO"], metrics["MFA"], metrics["MU"]) == (40.0, 1600.0, 100.0)


def test_a_square_has_the_irregularity_of_a_square() -> None:
    """The perimeter squared over 4 pi times the area is 4 / pi for a square."""
    metrics = compute_complexity(plans.plan(shapes(rectangle()))).metrics
    assert metrics["PI"] == pytest.approx(4.0 / math.pi, rel=1e-15)


def test_a_comb_by_hand() -> None:
    """Left tips -20, -20, -10, -20 and straight right tips give the values of the definitions, worked out by hand."""
    comb = ([-20.0, -20.0, -10.0, -20.0], [20.0, 20.0, 20.0, 20.0])
    metrics = compute_complexity(plans.plan(shapes(comb))).metrics
    assert metrics["LSV"] == pytest.approx((10.0 + 0.0 + 0.0) / (3 * 10.0))
    assert metrics["AAV"] == 1.0
    assert metrics["MAD"] == pytest.approx(5.0 / 4.0)
    assert metrics["MFA"] == 1500.0
    assert metrics["EM"] == pytest.approx((40.0 + 40.0 + 2 * 10.0) / 1500.0)
    assert metrics["PI"] == pytest.approx((100.0 + 80.0) ** 2 / (4 * math.pi * 1500.0))


def test_the_presets_differ_in_the_aperture_denominator_alone() -> None:
    """A gap of constant width that moves sideways varies for McNiven (outermost tips) and not for Masi (widest gap)."""
    plan = plans.plan(shapes(([0.0] * 4, [20.0] * 4), ([10.0] * 4, [30.0] * 4)))
    mcniven = compute_complexity(plan, convention=Convention.MCNIVEN2010).metrics
    masi = compute_complexity(plan, convention=Convention.MASI2013).metrics
    assert mcniven["AAV"] == pytest.approx(20.0 / 30.0)
    assert masi["AAV"] == 1.0
    differing = {name for name in mcniven if mcniven[name] != masi[name]}
    assert differing == {"AAV", "MCS", "LTMCS"}


def test_mcs_multiplies_the_means_of_an_interval() -> None:
    """Between LSV·AAV of 1·1 and of 1·0.5 the interval's MCS is the product of the means, 0.75."""
    plan = plans.plan(shapes(rectangle(20.0), rectangle(10.0)))
    assert compute_complexity(plan).metrics["MCS"] == pytest.approx(0.75)


def test_step_and_shoot_weighs_each_segment_by_its_monitor_units() -> None:
    """Two control points a segment, the travel without dose: MCS is the mean of LSV·AAV by monitor units."""
    beam = shapes(rectangle(20.0), rectangle(20.0), rectangle(10.0), rectangle(10.0), weights=[0.0, 0.75, 0.75, 1.0])
    metrics = compute_complexity(plans.plan(beam)).metrics
    assert metrics["MCS"] == pytest.approx(0.75 * 1.0 + 0.25 * 0.5)
    assert metrics["LT"] == pytest.approx(10.0)
    assert metrics["LTMCS"] == pytest.approx(0.99 * metrics["MCS"])


def test_a_shape_that_delivers_nothing_does_not_enlarge_the_denominator() -> None:
    """A wide shape between two intervals without dose leaves AAV at 1."""
    beam = shapes(rectangle(10.0), rectangle(10.0), rectangle(40.0), rectangle(10.0), weights=[0.0, 1.0, 1.0, 1.0])
    report = compute_complexity(plans.plan(beam))
    assert report.metrics["AAV"] == 1.0
    assert report.beams[0].by_control_point.column("AAV").max() == 1.0


@pytest.mark.parametrize(("gap", "below"), [(4.999, 1.0), (5.0, 0.0), (5.001, 0.0)])
def test_small_apertures_are_strictly_below_the_threshold(gap: float, below: float) -> None:
    """A gap of exactly 5 mm is not below 5 mm; a caveat says that rounding decides there."""
    report = compute_complexity(plans.plan(shapes(rectangle(gap / 2.0))))
    assert report.metrics["SAS5"] == below
    codes = [caveat.code for caveat in report.caveats]
    assert codes == (["gap_on_threshold"] if gap == 5.0 else [])


def test_closed_pairs_count_in_the_closed_leaf_score_alone() -> None:
    """One of four pairs closed: CLS a quarter, and the others are neighbours across it."""
    metrics = compute_complexity(plans.plan(shapes(([-20.0, 0.0, -20.0, -20.0], [20.0, 0.0, 20.0, 20.0])))).metrics
    assert (metrics["CLS"], metrics["LSV"], metrics["AAV"], metrics["ALPO"]) == (0.25, 1.0, 1.0, 40.0)


def test_tips_are_clipped_to_the_parallel_jaws_in_areas_only() -> None:
    """Jaws along the leaves narrow the area and leave gaps as they are."""
    jawed = plans.beam(plans.layer([rectangle(), rectangle()], EDGES), jaws_x=[-5.0, 10.0])
    metrics = compute_complexity(plans.plan(jawed)).metrics
    assert (metrics["ALPO"], metrics["MFA"]) == (40.0, 600.0)


def test_perpendicular_jaws_cut_strips() -> None:
    """A strip partly under a jaw keeps its visible height; one wholly under it is not exposed."""
    jawed = plans.beam(plans.layer([rectangle(), rectangle()], EDGES), jaws_y=[15.0, 40.0])
    report = compute_complexity(plans.plan(jawed))
    assert report.metrics["MFA"] == pytest.approx(40.0 * 25.0)
    assert report.metrics["EM"] == pytest.approx(2.0 / 25.0)


def test_leaves_along_y_see_the_jaws_exchanged() -> None:
    """An MLCY field equals the MLCX field with x and y jaws exchanged."""
    positions = [([-12.0, -20.0, -15.0, -9.0], [20.0, 7.0, 9.0, 11.0])] * 2
    along_x = plans.beam(plans.layer(positions, EDGES), jaws_x=[-10.0, 9.0], jaws_y=[5.0, 33.0])
    along_y = plans.beam(plans.layer(positions, EDGES, LeafAxis.Y), jaws_x=[5.0, 33.0], jaws_y=[-10.0, 9.0])
    assert dict(compute_complexity(plans.plan(along_x)).metrics) == dict(
        compute_complexity(plans.plan(along_y)).metrics
    )


def test_stacked_layers_leave_open_what_all_leave_open() -> None:
    """Two layers staggered by half a leaf: six strips of 5 mm, each as wide as the narrower layer."""
    lower = plans.layer([([-20.0] * 4, [20.0] * 4)] * 2, EDGES)
    upper = plans.layer([([-20.0] * 3, [10.0, 20.0, 20.0])] * 2, [5.0, 15.0, 25.0, 35.0])
    metrics = compute_complexity(plans.plan(plans.beam(lower, upper))).metrics
    assert metrics["MFA"] == pytest.approx(10.0 * 30.0 + 20.0 * 40.0)
    assert metrics["ALPO"] == pytest.approx((2 * 30.0 + 4 * 40.0) / 6.0)


def test_a_beam_of_two_groups_counts_once_per_reference() -> None:
    """Pooled values weigh every reference; each group has its own."""
    simple, other = shapes(rectangle()), shapes(([-20.0, -20.0, -10.0, -20.0], [20.0] * 4), number=2)
    report = compute_complexity(plans.plan(simple, other, groups=[[(1, 100.0), (2, 50.0)], [(1, 30.0)]]))
    complex_ = report.beams[1].metrics["LSV"]
    assert report.metrics["LSV"] == pytest.approx((130.0 + 50.0 * complex_) / 180.0)
    assert [group.mu for group in report.groups] == [150.0, 30.0]
    assert report.groups[1].metrics["LSV"] == 1.0
    assert report.beams[0].mu == 130.0


def test_a_group_without_a_computed_beam_has_no_values() -> None:
    """References to excluded beams are passed over."""
    report = compute_complexity(plans.plan(shapes(rectangle()), groups=[[(1, 100.0), (7, 40.0)], [(7, 30.0)]]))
    assert [group.number for group in report.groups] == [1]
    assert report.metrics["MU"] == 100.0


def test_travel_beyond_a_metre_is_said() -> None:
    """LTMCS is 0 and a caveat says why."""
    sweep = [rectangle(20.0) if index % 2 else rectangle(150.0) for index in range(12)]
    report = compute_complexity(plans.plan(shapes(*sweep)))
    assert report.metrics["LT"] == pytest.approx(11 * 130.0)
    assert report.metrics["LTMCS"] == 0.0
    assert "travel_beyond_limit" in [caveat.code for caveat in report.caveats]


@pytest.mark.parametrize("gap", [0.0, 1e-7, -3.0])
def test_leaves_that_touch_or_cross_give_zero_and_never_a_nan(gap: float) -> None:
    """Closed, touching within tolerance, or crossed: MCS is 0, everything is finite, and a caveat says so."""
    report = compute_complexity(plans.plan(shapes(rectangle(gap / 2.0))))
    assert report.metrics["MCS"] == 0.0
    assert report.metrics["CLS"] == 1.0
    assert all(math.isfinite(value) for value in report.metrics.values())
    assert [caveat.code for caveat in report.caveats] == ["aperture_closed"]


def test_jaws_that_hide_every_leaf_give_zero_and_never_a_nan() -> None:
    """Nothing exposed: no share of closed leaves, no area, MCS 0."""
    hidden = plans.beam(plans.layer([rectangle(), rectangle()], EDGES), jaws_y=[60.0, 80.0])
    metrics = compute_complexity(plans.plan(hidden)).metrics
    assert {name: value for name, value in metrics.items() if value} == {"LSV": 1.0, "MU": 100.0}


def test_one_leaf_pair_is_a_legal_collimator() -> None:
    """A single pair has no neighbours: LSV is 1."""
    beam = plans.beam(plans.layer([([-5.0], [5.0]), ([-2.0], [6.0])], [0.0, 10.0]))
    metrics = compute_complexity(plans.plan(beam)).metrics
    assert metrics["LSV"] == 1.0
    assert metrics["MCS"] == pytest.approx((10.0 / 11.0 + 8.0 / 11.0) / 2.0)


def test_a_modifier_is_said() -> None:
    """A wedge does not change the numbers; a caveat says that it is ignored."""
    wedged = plans.beam(plans.layer([rectangle(), rectangle()], EDGES), modifiers=("wedge",))
    (caveat,) = compute_complexity(plans.plan(wedged)).caveats
    assert caveat.code == "beam_modifier"
    assert caveat.text.startswith("Beam 1: wedge")


def test_a_plan_without_beams_is_unsupported() -> None:
    """There is nothing to compute."""
    with pytest.raises(UnsupportedInputError, match="no photon treatment beam"):
        compute_complexity(plans.plan(groups=[]))


def test_leaves_along_both_axes_are_unsupported() -> None:
    """Strips exist along one axis only."""
    mixed = plans.beam(*(plans.layer([rectangle(), rectangle()], EDGES, axis) for axis in LeafAxis))
    with pytest.raises(UnsupportedInputError, match="one direction"):
        compute_complexity(plans.plan(mixed))


def test_stacked_layers_side_by_side_are_refused() -> None:
    """Layers without a common field contradict each other."""
    positions = [rectangle(), rectangle()]
    beam = plans.beam(plans.layer(positions, EDGES), plans.layer(positions, [100.0, 110.0, 120.0, 130.0, 140.0]))
    with pytest.raises(InvalidInputError, match="Beam 1: stacked layers"):
        compute_complexity(plans.plan(beam))


@pytest.mark.parametrize("meterset", [0.0, math.inf, math.nan])
def test_a_beam_without_finite_monitor_units_is_refused(meterset: float) -> None:
    """A beam needs a weight in the plan."""
    with pytest.raises(InvalidInputError, match=r"Beam 1: .* MU"):
        compute_complexity(plans.plan(shapes(rectangle()), groups=[[(1, meterset)]]))


@pytest.mark.parametrize("weights", [[1.0, 1.0, 1.0], [-1e308, 0.0, 1e308]])
def test_a_beam_whose_weight_does_not_rise_by_a_number_is_refused(weights: list[float]) -> None:
    """Without a finite rise there is no share for any interval."""
    with pytest.raises(InvalidInputError, match=r"Beam 1: .* rise by (0|inf)"):
        compute_complexity(plans.plan(shapes(*[rectangle()] * 3, weights=weights)))


def test_numbers_too_large_to_compute_with_are_refused() -> None:
    """A metric that would not be finite is an error, never a value."""
    with pytest.raises(InvalidInputError, match="finite"):
        compute_complexity(plans.plan(shapes(rectangle(1e308))))


def test_a_report_explains_itself() -> None:
    """Algorithm, preset and its version, and the input's digest stand on the report."""
    plan = plans.plan(shapes(rectangle()))
    report = compute_complexity(plan, convention=Convention.MASI2013)
    assert report.provenance.algorithm == "complexity"
    assert dict(report.provenance.settings) == {"convention": "masi2013", "preset_version": 1}
    assert report.provenance.inputs == (plan.identity(),)
    assert report.convention is Convention.MASI2013


def test_a_report_survives_pickling() -> None:
    """A report crosses process boundaries unchanged."""
    report = compute_complexity(plans.plan(shapes(rectangle())))
    copy = pickle.loads(pickle.dumps(report))  # noqa: S301  # our own bytes, made one line above
    assert dict(copy.metrics) == dict(report.metrics)
    assert np.array_equal(copy.beams[0].by_control_point.values, report.beams[0].by_control_point.values)


def test_a_table_of_metrics_reads_like_a_mapping() -> None:
    """A table has a length, shows its values and cannot be altered."""
    table = compute_complexity(plans.plan(shapes(rectangle()))).metrics
    assert len(table) == len(CATALOGUE)
    assert "'MCS': 1.0" in repr(table)
    assert not hasattr(table, "__setitem__")


def test_a_computation_leaves_the_plan_as_it_was() -> None:
    """The digest of the plan's arrays is the same before and after."""
    plan = plans.plan(shapes(rectangle(), rectangle(5.0)))
    before = plan.identity()
    compute_complexity(plan)
    assert plan.identity() == before


def test_the_catalogue_defines_every_metric_and_nothing_else() -> None:
    """Names agree, in order, and each has a definition and a source."""
    report = compute_complexity(plans.plan(shapes(rectangle())))
    assert [metric.name for metric in CATALOGUE] == list(report.metrics)
    assert all(metric.description and metric.reference for metric in CATALOGUE)


def test_every_convention_has_a_preset() -> None:
    """A preset names its convention, a version and a reference."""
    assert set(PRESETS) == set(Convention)
    assert all(preset.convention is convention and preset.version >= 1 for convention, preset in PRESETS.items())
