from dataclasses import replace
from pathlib import Path

import pytest

from propel_core.readers import read_plan
from propel_core.rt import Beam
from propel_service.pipeline.technique import Technique, beam_technique, plan_technique
from support.study_builder import make_beam, make_plan


@pytest.mark.parametrize(
    ("beam", "expected"),
    [
        (make_beam(), Technique.STATIC),
        (make_beam(weights=(0, 0.5, 1), gantry_deg=(10, 12, 14), openings_mm=(40, 20, 30)), Technique.VMAT),
        (make_beam(gantry_deg=(10, 60)), Technique.CONFORMAL_ARC),
        (make_beam(weights=(0, 0.5, 1), openings_mm=(10, 20, 30)), Technique.SLIDING_WINDOW),
        (
            make_beam(weights=(0, 0.5, 0.5, 1), openings_mm=(10, 10, 30, 30)),
            Technique.STEP_AND_SHOOT,
        ),
        (
            make_beam(weights=(0, 0.9, 0.9, 1), openings_mm=(40, 40, 20, 20)),
            Technique.FIELD_IN_FIELD,
        ),
    ],
)
def test_technique_follows_what_moves_with_the_beam_on(beam: Beam, expected: Technique) -> None:
    """Gantry and leaves, each moving or standing while dose is given, decide the technique."""
    assert beam_technique(beam) is expected


def test_gantry_that_travels_with_the_beam_off_makes_no_arc() -> None:
    """A movement at zero monitor units is a change of position, not an arc."""
    beam = make_beam(weights=(0, 1, 1), gantry_deg=(0, 0, 90))
    assert beam_technique(beam) is Technique.STATIC


def test_crossing_zero_is_a_small_step() -> None:
    """A gantry written 360 and then 0 stands still; one written 359 and then 1 moves."""
    assert beam_technique(make_beam(gantry_deg=(360, 0))) is Technique.STATIC
    assert beam_technique(make_beam(gantry_deg=(359, 1))) is Technique.CONFORMAL_ARC


def test_arc_the_long_way_round_between_two_control_points_is_an_arc() -> None:
    """181 to 179 degrees is an arc, although the two ends are 2 degrees apart."""
    assert beam_technique(make_beam(gantry_deg=(181, 179))) is Technique.CONFORMAL_ARC


def test_plan_takes_the_technique_with_most_monitor_units() -> None:
    """Many small static beams do not outvote one arc that gives most of the dose, and the source says its share."""
    arc = make_beam(number=1, weights=(0, 0.5, 1), gantry_deg=(0, 90, 180), openings_mm=(40, 20, 30))
    fields = [make_beam(number=number, couch_deg=10.0 * number) for number in (2, 3, 4)]
    classified = plan_technique(make_plan([arc, *fields], mu=(300.0, 20.0, 20.0, 20.0)))
    assert classified.value == "VMAT"
    assert classified.source == "control points: 1 of 4 beams, 83 % of the monitor units"


def test_static_subfields_around_a_main_field_are_field_in_field() -> None:
    """Beams at one gantry, collimator and couch, one of them giving most, are the subfields of one field."""
    beams = [make_beam(number=number, openings_mm=(size, size)) for number, size in ((1, 80.0), (2, 30.0))]
    assert plan_technique(make_plan(beams, mu=(180.0, 20.0))).value == "field-in-field"
    assert plan_technique(make_plan(beams, mu=(100.0, 100.0))).value == "static"


def test_plan_without_a_computable_beam_has_no_technique() -> None:
    """An electron or brachytherapy plan is not called static: its technique is unknown, and the source says why."""
    classified = plan_technique(replace(make_plan(), beams=()))
    assert classified.value == "unknown"
    assert classified.source == "control points: no beam that can be computed"


def test_opposed_static_fields_are_static() -> None:
    """Two fields from two sides are no subfields of each other."""
    beams = [make_beam(number=1), make_beam(number=2, gantry_deg=(180, 180))]
    assert plan_technique(make_plan(beams, mu=(180.0, 20.0))).value == "static"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("breast/rtplan.dcm", "sliding-window"),
        ("plans/dvha-mlca/rtplan.dcm", "step-and-shoot"),
        ("plans/pymedphys/vmat_example.dcm", "VMAT"),
        ("plans/pymedphys/06MV_plan.dcm", "static"),
        ("plans/pymedphys/FFF_example.dcm", "static"),
    ],
)
def test_real_plans_have_the_technique_they_were_made_with(shared: Path, name: str, expected: str) -> None:
    """The public plans, from three planning systems, are told apart."""
    assert plan_technique(read_plan(shared / "data" / name)).value == expected
