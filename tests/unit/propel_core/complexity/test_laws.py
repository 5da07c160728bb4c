"""Laws that hold for every plan: agreement with the definitions, ranges, and what must not change a value."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_core.complexity import CATALOGUE, Convention, compute_complexity
from propel_core.complexity import _kernels as kernels
from propel_core.complexity.strips import strips_of
from propel_core.rt import Beam, LeafAxis, MlcLayer, Plan
from support import plan_strategies as strategies
from support import plans
from support.naive import complexity as naive

CONVENTIONS = st.sampled_from(Convention)


def metrics_of(*beams: Beam, convention: Convention = Convention.MCNIVEN2010) -> dict[str, float]:
    """Return the plan metrics of these beams, 100 MU each."""
    return dict(compute_complexity(plans.plan(*beams), convention=convention).metrics)


@given(plan=strategies.treatment_plans(), convention=CONVENTIONS)
def test_every_metric_follows_from_its_definition(plan: Plan, convention: Convention) -> None:
    """Kernels and the plain-Python twin agree on every metric of every plan."""
    metrics = dict(compute_complexity(plan, convention=convention).metrics)
    assert metrics == pytest.approx(naive.plan_metrics(plan, convention.value), rel=1e-11, abs=1e-13)


@given(plan=strategies.treatment_plans(), convention=CONVENTIONS)
def test_every_value_lies_in_its_range(plan: Plan, convention: Convention) -> None:
    """Plan, group and beam values are finite and inside the range that the catalogue states."""
    report = compute_complexity(plan, convention=convention)
    tables = [report.metrics, *(beam.metrics for beam in report.beams), *(group.metrics for group in report.groups)]
    for table in tables:
        for metric in CATALOGUE:
            assert metric.lowest <= table[metric.name] <= metric.highest
            assert np.isfinite(table[metric.name])


def rescaled(beam: Beam) -> Beam:
    """Return the beam with its weights on another scale."""
    return replace(beam, cumulative_weight=3.0 + 97.3 * beam.cumulative_weight)


def layers_reversed(beam: Beam) -> Beam:
    """Return the beam with its layers in the other order."""
    return replace(beam, layers=beam.layers[::-1])


def first_repeated(beam: Beam) -> Beam:
    """Return the beam with its first control point twice."""
    return taken(beam, [0, *range(beam.control_point_count)])


def last_repeated(beam: Beam) -> Beam:
    """Return the beam with its last control point twice."""
    return taken(beam, [*range(beam.control_point_count), -1])


def taken(beam: Beam, indices: list[int]) -> Beam:
    """Return the beam with these control points."""
    return plans.beam(
        *(replace(layer, positions_mm=layer.positions_mm[indices]) for layer in beam.layers),
        weights=beam.cumulative_weight[indices].tolist(),
        jaws_x=None if beam.jaws_x_mm is None else beam.jaws_x_mm[indices],
        jaws_y=None if beam.jaws_y_mm is None else beam.jaws_y_mm[indices],
    )


def mirrored(beam: Beam) -> Beam:
    """Return the beam mirrored along the leaf motion, banks exchanged."""
    layers = tuple(replace(layer, positions_mm=-layer.positions_mm[:, ::-1]) for layer in beam.layers)
    in_x = beam.layers[0].axis is LeafAxis.X
    jaws = beam.jaws_x_mm if in_x else beam.jaws_y_mm
    flipped = None if jaws is None else -jaws[:, ::-1]
    return replace(beam, layers=layers, **({"jaws_x_mm": flipped} if in_x else {"jaws_y_mm": flipped}))


def turned_over(beam: Beam) -> Beam:
    """Return the beam mirrored across the leaf motion."""
    layers = tuple(
        MlcLayer(axis=layer.axis, boundaries_mm=-layer.boundaries_mm[::-1], positions_mm=layer.positions_mm[:, :, ::-1])
        for layer in beam.layers
    )
    in_x = beam.layers[0].axis is LeafAxis.X
    jaws = beam.jaws_y_mm if in_x else beam.jaws_x_mm
    flipped = None if jaws is None else -jaws[:, ::-1]
    return replace(beam, layers=layers, **({"jaws_y_mm": flipped} if in_x else {"jaws_x_mm": flipped}))


@pytest.mark.parametrize(
    "change",
    [rescaled, layers_reversed, first_repeated, last_repeated, mirrored, turned_over],
    ids=lambda f: f.__name__,
)
@given(beam=strategies.beams(), convention=CONVENTIONS)
def test_what_means_the_same_measures_the_same(
    change: Callable[[Beam], Beam], beam: Beam, convention: Convention
) -> None:
    """The weights' scale, the order of layers, repeated control points and mirror images change no metric."""
    expected = metrics_of(beam, convention=convention)
    assert metrics_of(change(beam), convention=convention) == pytest.approx(expected, rel=1e-11, abs=1e-13)


@given(plan=strategies.treatment_plans(), convention=CONVENTIONS)
def test_the_order_of_beams_does_not_matter(plan: Plan, convention: Convention) -> None:
    """Beams and references in reverse give the same plan values."""
    groups = tuple(replace(group, beams=group.beams[::-1]) for group in plan.fraction_groups[::-1])
    reversed_plan = replace(plan, beams=plan.beams[::-1], fraction_groups=groups)
    expected = dict(compute_complexity(plan, convention=convention).metrics)
    assert dict(compute_complexity(reversed_plan, convention=convention).metrics) == pytest.approx(expected, rel=1e-12)


@given(beam=strategies.beams())
def test_masi_divides_by_no_more_than_mcniven(beam: Beam) -> None:
    """The widest gap is never wider than the outermost tips, so that Masi's AAV and MCS are never smaller."""
    mcniven = metrics_of(beam)
    masi = metrics_of(beam, convention=Convention.MASI2013)
    assert masi["AAV"] >= mcniven["AAV"] * (1.0 - 1e-12)
    assert masi["MCS"] >= mcniven["MCS"] * (1.0 - 1e-12)


@given(beam=strategies.beams(most_layers=1))
def test_two_equal_layers_measure_like_one(beam: Beam) -> None:
    """Stacking a layer on itself changes nothing but the coarseness of the boundaries."""
    doubled = replace(beam, layers=(*beam.layers, *beam.layers))
    assert metrics_of(doubled) == pytest.approx(metrics_of(beam), rel=1e-9, abs=1e-12)


@given(beam=strategies.beams())
def test_compiled_and_plain_kernels_agree(beam: Beam) -> None:
    """The compiled form of each kernel computes what its plain form computes."""
    strips = strips_of(beam)
    delivered = np.arange(beam.control_point_count) % 2 == 0
    window = (strips.boundaries_mm, strips.left_mm, strips.right_mm, strips.across_mm)
    values, counts = kernels.shapes(*window, strips.along_mm, delivered)
    plain_values, plain_counts = kernels._shapes(*window, strips.along_mm, delivered)
    np.testing.assert_allclose(values, plain_values, rtol=1e-14)
    np.testing.assert_array_equal(counts, plain_counts)
    for outermost in (True, False):
        assert kernels.denominator(*window, delivered, outermost) == kernels._denominator(*window, delivered, outermost)
    travel = (beam.layers[0].boundaries_mm, beam.layers[0].positions_mm, strips.across_mm)
    assert kernels.travel(*travel) == kernels._travel(*travel)
    weights = np.diff(beam.cumulative_weight)
    np.testing.assert_array_equal(kernels.weighted_means(weights, values), kernels._weighted_means(weights, values))
    product = (weights, values[:, 0].copy(), values[:, 1].copy())
    assert kernels.weighted_product(*product) == kernels._weighted_product(*product)
