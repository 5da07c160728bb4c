"""Reading legal plans: inheritance, devices, exclusions, header."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from propel_core.errors import InvalidInputError
from propel_core.readers.rtplan import read_plan
from propel_core.rt import LeafAxis, Plan, Prescription
from support import rtplan_builder as build


def read(*beams: Dataset, groups: list[list[tuple[int, float | None]]] | None = None) -> Plan:
    """Return the plan of these beams, written and read."""
    return read_plan(build.content(build.plan(beams, groups)))


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("undefined", [True, False])
def test_the_encoding_of_the_file_does_not_matter(*, preamble: bool, explicit: bool, undefined: bool) -> None:
    """Preamble or not, explicit or implicit, defined or undefined lengths: the plan is the same."""
    expected = read(build.arc()).beams[0]
    encoded = build.content(build.plan([build.arc()]), preamble=preamble, explicit=explicit, undefined=undefined)
    beam = read_plan(encoded).beams[0]
    assert np.array_equal(beam.layers[0].positions_mm, expected.layers[0].positions_mm)
    assert np.array_equal(beam.cumulative_weight, expected.cumulative_weight)


def test_a_path_reads_like_its_bytes(tmp_path: Path) -> None:
    """A path gives the same plan, with the same digest, as the bytes of the file."""
    content = build.content(build.plan([build.static_field()]))
    path = tmp_path / "plan.dcm"
    path.write_bytes(content)
    assert read_plan(path).identity() == read_plan(content).identity()


def test_a_control_point_without_devices_inherits_all_of_them() -> None:
    """The second control point of a static field holds the positions of the first."""
    beam = read(build.static_field()).beams[0]
    assert np.array_equal(beam.layers[0].positions_mm[1], beam.layers[0].positions_mm[0])
    assert beam.jaws_x_mm is not None
    assert beam.jaws_x_mm.tolist() == [[-20.0, 20.0]] * 2


def test_a_device_absent_at_a_control_point_keeps_its_last_positions() -> None:
    """Jaws stated at the first and third control point hold in between and after."""
    points: list[build.Positions] = [
        [("ASYMX", [-20, 20]), ("ASYMY", [-9, 9]), ("MLCX", build.rectangle())],
        [],
        [],
        [],
    ]
    points[2] = [("ASYMY", [-5.0, 6.0])]
    beam = read(build.beam(points)).beams[0]
    assert beam.jaws_y_mm is not None
    assert beam.jaws_y_mm.tolist() == [[-9.0, 9.0], [-9.0, 9.0], [-5.0, 6.0], [-5.0, 6.0]]


def test_the_angles_are_inherited() -> None:
    """A gantry angle stated once holds for the whole beam, one stated at each control point varies."""
    assert read(build.static_field()).beams[0].gantry_deg.tolist() == [0.0, 0.0]
    assert read(build.arc()).beams[0].gantry_deg.tolist() == [350.0, 354.0, 358.0, 2.0, 6.0, 10.0]


def test_banks_are_left_then_right() -> None:
    """The first half of the positions is bank 1."""
    left, right = read(build.static_field()).beams[0].layers[0].positions_mm[0]
    assert set(left) == {-20.0}
    assert set(right) == {20.0}


def test_positions_keep_every_digit_of_the_decimal_string() -> None:
    """A position becomes the binary64 nearest to its decimal string, never a float32."""
    dataset = build.plan([build.static_field()])
    positions = dataset.BeamSequence[0].ControlPointSequence[0].BeamLimitingDevicePositionSequence[2]
    positions.LeafJawPositions = ["-20.000000000001", *["-20"] * 9, *["4.9999999"] * 10]
    layer = read_plan(build.content(dataset)).beams[0].layers[0]
    assert layer.positions_mm[0, 0, 0] == -20.000000000001
    assert layer.positions_mm[0, 1, 0] == 4.9999999


@pytest.mark.parametrize(("kinds", "jaws"), [(("X", "Y"), True), (("ASYMX", "ASYMY"), True), ((), False)])
def test_jaws_may_be_symmetric_asymmetric_or_absent(kinds: tuple[str, ...], *, jaws: bool) -> None:
    """X/Y and ASYMX/ASYMY both become jaws; without them there are none."""
    stated: build.Positions = [(kind, [-20.0, 20.0]) for kind in kinds]
    devices = [*((kind, None) for kind in kinds), ("MLCX", build.TEN_PAIRS)]
    beam = read(build.beam([[*stated, ("MLCX", build.rectangle())], []], devices=devices)).beams[0]
    assert (beam.jaws_x_mm is not None) == jaws
    assert (beam.jaws_y_mm is not None) == jaws


def test_two_pairs_of_jaws_along_one_axis_leave_open_what_both_leave_open() -> None:
    """X and ASYMX together limit the field to their intersection."""
    devices = [("X", None), ("ASYMX", None), ("MLCX", build.TEN_PAIRS)]
    first: build.Positions = [("X", [-20.0, 20.0]), ("ASYMX", [-10.0, 30.0]), ("MLCX", build.rectangle())]
    beam = read(build.beam([first, []], devices=devices)).beams[0]
    assert beam.jaws_x_mm is not None
    assert beam.jaws_x_mm[0].tolist() == [-10.0, 20.0]


def test_leaves_may_move_along_y() -> None:
    """MLCY becomes a layer that moves along y."""
    beam = read(build.beam([[("MLCY", build.rectangle())], []], devices=[("MLCY", build.TEN_PAIRS)])).beams[0]
    assert beam.layers[0].axis is LeafAxis.Y


@pytest.mark.parametrize("kinds", [("MLCX1", "MLCX2"), ("MLCX2", "MLCX1"), ("MLCX", "MLCX")])
@pytest.mark.parametrize("swapped", [True, False])
def test_stacked_layers_are_matched_by_type_and_leaf_count(kinds: tuple[str, str], *, swapped: bool) -> None:
    """Whatever the names and the order of the items, 16 positions go to 8 pairs and 18 to 9."""
    beam = read(build.dual_layer(kinds=kinds, swapped=swapped)).beams[0]
    assert [layer.boundaries_mm.size - 1 for layer in beam.layers] == [8, 9]
    assert beam.layers[0].positions_mm[1, 0, 0] == -16.0
    assert beam.layers[1].positions_mm[1, 0, 8] == -4.0


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda beam: setattr(beam, "TreatmentDeliveryType", "SETUP"), "not_treatment"),
        (lambda beam: setattr(beam, "RadiationType", "ELECTRON"), "not_photons"),
        (lambda beam: setattr(beam, "RadiationType", ""), "not_photons"),
        (lambda beam: beam.BeamLimitingDeviceSequence.pop(), "no_mlc"),
    ],
)
def test_a_beam_that_cannot_take_part_is_excluded_with_its_reason(
    spoil: Callable[[Dataset], object], code: str
) -> None:
    """Imaging, electrons, unstated radiation, no leaves: the other beam remains and the reason is kept."""
    other = build.static_field(2)
    spoil(other)
    plan = read(build.static_field(), other, groups=[[(1, 100.0), (2, 50.0)]])
    assert [beam.number for beam in plan.beams] == [1]
    assert [(beam.number, beam.code) for beam in plan.excluded] == [(2, code)]


def test_a_beam_without_monitor_units_is_excluded_before_its_positions_are_read() -> None:
    """A meterset of 0 excludes a beam, even one whose leaves are never positioned."""
    empty = build.beam([[], []], number=2)
    plan = read(build.static_field(), empty, groups=[[(1, 100.0), (2, 0.0)]])
    assert [beam.code for beam in plan.excluded] == ["no_monitor_units"]


def test_an_imaging_beam_needs_no_meterset_and_no_leaves() -> None:
    """An imaging beam referred to without a meterset does not spoil the plan."""
    plan = read(build.static_field(), build.setup_field(2), groups=[[(1, 100.0), (2, None)]])
    assert plan.excluded[0].code == "not_treatment"
    assert [reference.beam_number for reference in plan.fraction_groups[0].beams] == [1]


def test_fraction_groups_keep_their_metersets_and_fractions() -> None:
    """A beam of two groups has a meterset in each."""
    plan = read(build.static_field(), groups=[[(1, 100.0)], [(1, 80.5)]])
    assert [[reference.meterset_mu for reference in group.beams] for group in plan.fraction_groups] == [[100.0], [80.5]]
    assert [group.fractions_planned for group in plan.fraction_groups] == [20, 20]


def test_weights_of_any_scale_are_read_and_a_fall_within_rounding_is_levelled() -> None:
    """A weight that falls by less than 1e-6 of the final one counts as no step."""
    first: build.Positions = [("ASYMX", [-20, 20]), ("ASYMY", [-9, 9]), ("MLCX", build.rectangle())]
    beam = read(build.beam([first, [], [], []], weights=[0.0, 50.0, 49.99999, 100.0])).beams[0]
    assert np.diff(beam.cumulative_weight) == pytest.approx([50.0, 0.0, 50.00001])


@pytest.mark.parametrize(
    ("attribute", "modifier"),
    [("NumberOfWedges", "wedge"), ("NumberOfBlocks", "block"), ("NumberOfCompensators", "compensator")],
)
def test_a_beam_modifier_is_named(attribute: str, modifier: str) -> None:
    """Wedges, blocks and compensators are kept by name."""
    beam = build.static_field()
    setattr(beam, attribute, 1)
    assert read(beam).beams[0].modifiers == (modifier,)


def test_the_header_is_read() -> None:
    """Texts, dates and references come from their own attributes."""
    dataset = build.plan([build.static_field()])
    dataset.RTPlanDescription = "Prostate 60/20"
    dataset.PlanIntent = "CURATIVE"
    dataset.TreatmentSites = ["Prostate", "Nodes"]
    dataset.ManufacturerModelName = "Model"
    dataset.SoftwareVersions = ["1.2", "3"]
    dataset.ApprovalStatus = "APPROVED"
    dataset.ReviewDate = "20240301"
    dataset.ReviewTime = "101112.5"
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    reference.ReferencedSOPInstanceUID = "1.2.3.4"
    dataset.ReferencedStructureSetSequence = [reference]
    plan = read_plan(build.content(dataset))
    assert (plan.label, plan.description, plan.intent) == ("Synthetic", "Prostate 60/20", "CURATIVE")
    assert plan.treatment_sites == ("Prostate", "Nodes")
    assert (plan.manufacturer, plan.model, plan.software) == ("Builder", "Model", "1.2")
    assert plan.planned_at == datetime(2024, 2, 29, 9, 30)  # noqa: DTZ001  # DICOM local time without a zone
    assert plan.approved_at == datetime(2024, 3, 1, 10, 11, 12, 500_000)  # noqa: DTZ001  # as above
    assert plan.studied_at == datetime(2024, 1, 1, 8)  # noqa: DTZ001  # as above
    assert plan.approval_status == "APPROVED"
    assert plan.referenced_structure_set_uid == "1.2.3.4"


@pytest.mark.parametrize("value", ["", "2024", "20240230", "notadate", "99999999"])
def test_a_date_that_is_none_is_none(value: str) -> None:
    """An empty or impossible plan date gives no plan time; other dates may still serve."""
    encoded = build.content(build.plan([build.static_field()]))
    spoilt = encoded.replace(b"20240229", value.encode().ljust(8))
    assert read_plan(spoilt).planned_at is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0930  ", (9, 30)), ("09:30 ", (9, 30)), ("250000", (0, 0)), ("noon  ", (0, 0)), ("      ", (0, 0))],
)
def test_a_time_of_day_that_is_none_is_midnight(value: str, expected: tuple[int, int]) -> None:
    """A short or dotted time is read; an impossible or missing one leaves the date."""
    encoded = build.content(build.plan([build.static_field()]))
    planned_at = read_plan(encoded.replace(b"093000", value.encode())).planned_at
    assert planned_at is not None
    assert (planned_at.day, planned_at.hour, planned_at.minute) == (29, *expected)


def dose_reference(kind: str, structure: str, dose: str | None) -> Dataset:
    """Return a dose reference item."""
    item = Dataset()
    item.DoseReferenceNumber = 1
    item.DoseReferenceType = kind
    item.DoseReferenceStructureType = structure
    if dose is not None:
        item.TargetPrescriptionDose = dose
    return item


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        ([("TARGET", "SITE", "60")], 60.0),
        ([("TARGET", "COORDINATES", "58"), ("TARGET", "SITE", "60")], 60.0),
        ([("TARGET", "COORDINATES", "62"), ("TARGET", "VOLUME", "60")], 60.0),
        ([("TARGET", "POINT", "58")], 58.0),
        ([("ORGAN_AT_RISK", "SITE", "70"), ("TARGET", "SITE", "60")], 60.0),
        ([("TARGET", "VOLUME", "60"), ("TARGET", "VOLUME", "66")], 66.0),
        ([("TARGET", "SITE", None)], None),
        ([("TARGET", "SITE", "0")], None),
        ([], None),
    ],
)
def test_the_prescription_is_the_highest_target_dose_of_a_volume(
    references: list[tuple[str, str, str | None]], expected: float | None
) -> None:
    """Targets only, volumes and sites before points, the highest of several, null when none is stated."""
    dataset = build.plan([build.static_field()])
    dataset.DoseReferenceSequence = [dose_reference(*reference) for reference in references]
    plan = read_plan(build.content(dataset))
    assert plan.prescription_gy == expected
    assert plan.prescription_source is (Prescription.DOSE_REFERENCE if expected else None)


def test_fraction_groups_prescribe_when_no_dose_reference_does() -> None:
    """The doses that several fraction groups give to one reference add up."""
    dataset = build.plan([build.static_field()], [[(1, 100.0)], [(1, 60.0)]])
    for group, dose in zip(dataset.FractionGroupSequence, ("46", "14"), strict=True):
        item = Dataset()
        item.ReferencedDoseReferenceNumber = 1
        item.TargetPrescriptionDose = dose
        group.ReferencedDoseReferenceSequence = [item]
    plan = read_plan(build.content(dataset))
    assert plan.prescription_gy == 60.0
    assert plan.prescription_source is Prescription.FRACTION_GROUP


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda beam: setattr(beam, "PrimaryDosimeterUnit", "MINUTE"), "meterset_unit"),
        (lambda beam: setattr(beam, "FinalCumulativeMetersetWeight", "2.0"), "final_weight"),
        (lambda beam: beam.ControlPointSequence[0].BeamLimitingDevicePositionSequence.pop(0), "jaw_unset"),
        (lambda beam: delattr(beam.ControlPointSequence[0], "GantryAngle"), "angle_unstated"),
        (
            lambda beam: setattr(
                beam.ControlPointSequence[0].BeamLimitingDevicePositionSequence[0], "LeafJawPositions", ["5", "-5"]
            ),
            "jaws_crossed",
        ),
        (
            lambda beam: (
                setattr(beam.BeamLimitingDeviceSequence[0], "RTBeamLimitingDeviceType", "IRIS")
                or setattr(
                    beam.ControlPointSequence[0].BeamLimitingDevicePositionSequence[0],
                    "RTBeamLimitingDeviceType",
                    "IRIS",
                )
            ),
            "device_ignored",
        ),
    ],
)
def test_what_is_legal_and_unusual_is_said(spoil: Callable[[Dataset], object], code: str) -> None:
    """Oddities that do not stop the reading become caveats with stable codes."""
    beam = build.static_field()
    spoil(beam)
    assert [caveat.code for caveat in read(beam).caveats] == [code]


def test_a_wrong_number_of_beams_is_said() -> None:
    """A fraction group whose stated number of beams is not that of its references is read, with a caveat."""
    dataset = build.plan([build.static_field()])
    dataset.FractionGroupSequence[0].NumberOfBeams = 3
    assert [caveat.code for caveat in read_plan(build.content(dataset)).caveats] == ["beam_count"]


def _spoken(plan: Plan) -> str:
    return " ".join([*(one.reason for one in plan.excluded), *(one.text for one in plan.caveats)])


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda beam: setattr(beam, "TreatmentDeliveryType", "DOE JANE"), "treatment delivery type of no standard"),
        (lambda beam: setattr(beam, "RadiationType", "DOE JANE"), "radiation type of no standard name"),
        (
            lambda beam: setattr(beam.BeamLimitingDeviceSequence[0], "RTBeamLimitingDeviceType", "DOE JANE"),
            "beam limiting device of no standard name is ignored",
        ),
        (lambda beam: setattr(beam, "PrimaryDosimeterUnit", "DOE JANE"), "meterset unit of no standard name"),
    ],
)
def test_text_in_place_of_a_code_is_not_repeated(spoil: Callable[[Dataset], object], says: str) -> None:
    """Reasons and caveats are stored and shown, so they may repeat only the values of the standard."""
    other = build.beam([[("MLCX", build.rectangle())], []], number=2, devices=[("X", None), ("MLCX", build.TEN_PAIRS)])
    spoil(other)
    spoken = _spoken(read(build.static_field(), other, groups=[[(1, 100.0), (2, 50.0)]]))
    assert says in spoken
    assert "DOE" not in spoken


def test_leaves_of_no_standard_name_are_refused_without_it() -> None:
    """A device that only begins like leaves is named in no message."""
    plan = build.plan([build.static_field()])
    beam = plan.BeamSequence[0]
    positioned = beam.ControlPointSequence[0].BeamLimitingDevicePositionSequence[2]
    positioned.RTBeamLimitingDeviceType = "MLCX DOE JANE"
    with pytest.raises(InvalidInputError, match="of no standard name") as caught:
        read_plan(build.content(plan))
    assert "DOE" not in str(caught.value)
