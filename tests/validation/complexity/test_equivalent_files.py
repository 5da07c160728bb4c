"""Files that mean the same plan measure the same."""

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

from propel_core.complexity import Convention, compute_complexity
from propel_core.readers import read_plan
from support import rtplan_builder as build


def metrics_of(plan: Dataset) -> dict[str, float]:
    """Return the plan metrics of a data set, written and read."""
    report = compute_complexity(read_plan(build.content(plan)), convention=Convention.MASI2013)
    return dict(report.metrics)


def every_device_repeated(plan: Dataset) -> None:
    """State every device at every control point, where the original lets them inherit."""
    for beam in plan.BeamSequence:
        held: dict[str, Dataset] = {}
        for point in beam.ControlPointSequence:
            stated = point.get("BeamLimitingDevicePositionSequence", [])
            held |= {item.RTBeamLimitingDeviceType: item for item in stated}
            point.BeamLimitingDevicePositionSequence = list(held.values())


def weights_in_percent(plan: Dataset) -> None:
    """Give cumulative weights from 0 to 100."""
    for beam in plan.BeamSequence:
        beam.FinalCumulativeMetersetWeight = "100"
        for point in beam.ControlPointSequence:
            point.CumulativeMetersetWeight = repr(100.0 * float(point.CumulativeMetersetWeight))[:16]


def setup_field_added(plan: Dataset) -> None:
    """Add an imaging beam."""
    plan.BeamSequence.append(build.setup_field(9))


def beams_reversed(plan: Dataset) -> None:
    """List the beams in the other order."""
    plan.BeamSequence = list(plan.BeamSequence)[::-1]


def more_fractions(plan: Dataset) -> None:
    """Deliver the same fraction more often."""
    plan.FractionGroupSequence[0].NumberOfFractionsPlanned = 35


@pytest.mark.parametrize(
    "change",
    [every_device_repeated, weights_in_percent, setup_field_added, beams_reversed, more_fractions],
    ids=lambda change: change.__name__,
)
def test_equivalent_plans_measure_the_same(change: Callable[[Dataset], None]) -> None:
    """Repeated devices, another scale of weights, imaging beams, beam order and fractions change no metric."""
    beams = [build.arc(1), build.step_and_shoot(2), build.static_field(3)]
    plan = build.plan(beams, [[(1, 210.5), (2, 90.0), (3, 33.3)]])
    expected = metrics_of(plan)
    change(plan)
    assert metrics_of(plan) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("kinds", [("MLCX", "MLCX"), ("MLCX2", "MLCX1")])
def test_names_and_order_of_stacked_layers_do_not_matter(kinds: tuple[str, str]) -> None:
    """Layers told apart by count measure like layers told apart by name, in either order of the positions."""
    expected = metrics_of(build.plan([build.dual_layer()]))
    assert metrics_of(build.plan([build.dual_layer(kinds=kinds, swapped=True)])) == pytest.approx(expected, rel=1e-12)


def test_an_excluded_electron_beam_leaves_the_photon_beams_alone() -> None:
    """A mixed plan measures like its photon beams."""
    expected = metrics_of(build.plan([build.arc(1)]))
    assert metrics_of(build.plan([build.arc(1), build.electron(2)])) == expected
