"""Plans that must be refused, each with a typed error that says where, what and what instead, and nothing private."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from propel_core.errors import InvalidInputError, PropelError, UnreadableFileError, UnsupportedInputError
from propel_core.readers.rtplan import read_plan
from support import rtplan_builder as build

Spoiler = Callable[[Dataset], object]


def first_point(plan: Dataset) -> Dataset:
    """Return control point 0 of the first beam."""
    return plan.BeamSequence[0].ControlPointSequence[0]


def leaves(plan: Dataset) -> Dataset:
    """Return the leaf positions at control point 0."""
    return first_point(plan).BeamLimitingDevicePositionSequence[2]


def mlc(plan: Dataset) -> Dataset:
    """Return the declaration of the leaves."""
    return plan.BeamSequence[0].BeamLimitingDeviceSequence[2]


CONTRADICTIONS: dict[str, tuple[Spoiler, str]] = {
    "no fraction group": (lambda plan: delattr(plan, "FractionGroupSequence"), r"no fraction group.*\(300A,0070\)"),
    "no beam": (lambda plan: setattr(plan, "BeamSequence", []), r"no beam.*\(300A,00B0\)"),
    "no beam number": (lambda plan: delattr(plan.BeamSequence[0], "BeamNumber"), "Beam item 1: no beam number"),
    "shared beam number": (lambda plan: plan.BeamSequence.append(build.static_field(1)), "a second beam of number 1"),
    "unknown beam": (
        lambda plan: setattr(plan.FractionGroupSequence[0].ReferencedBeamSequence[0], "ReferencedBeamNumber", 7),
        "Beam 1: no fraction group refers to this treatment beam",
    ),
    "reference without a number": (
        lambda plan: delattr(plan.FractionGroupSequence[0].ReferencedBeamSequence[0], "ReferencedBeamNumber"),
        "Fraction group 1: a beam reference without a number",
    ),
    "no meterset": (
        lambda plan: delattr(plan.FractionGroupSequence[0].ReferencedBeamSequence[0], "BeamMeterset"),
        r"Beam 1: no meterset.*\(300A,0086\)",
    ),
    "negative meterset": (
        lambda plan: setattr(plan.FractionGroupSequence[0].ReferencedBeamSequence[0], "BeamMeterset", "-1"),
        "Fraction group 1, beam 1: meterset -1",
    ),
    "no boundaries": (
        lambda plan: delattr(mlc(plan), "LeafPositionBoundaries"),
        r"Beam 1, MLCX: no leaf position boundaries.*\(300A,00BE\)",
    ),
    "too few boundaries": (
        lambda plan: setattr(mlc(plan), "NumberOfLeafJawPairs", 12),
        "Beam 1, MLCX: 11 leaf position boundaries for 12 pairs, expected 13",
    ),
    "descending boundaries": (
        lambda plan: setattr(mlc(plan), "LeafPositionBoundaries", [str(50 - 10 * k) for k in range(11)]),
        "do not ascend",
    ),
    "wrong count": (
        lambda plan: setattr(leaves(plan), "LeafJawPositions", ["1.0"] * 18),
        r"Beam 1, control point 0: 18 leaf positions of MLCX, expected 20 \(300A,011C\)",
    ),
    "one jaw": (
        lambda plan: setattr(first_point(plan).BeamLimitingDevicePositionSequence[0], "LeafJawPositions", "1"),
        "1 jaw positions of ASYMX, expected 2",
    ),
    "empty positions": (
        lambda plan: setattr(leaves(plan), "LeafJawPositions", None),
        "control point 0: no positions in an item for MLCX",
    ),
    "leaves not set at first": (
        lambda plan: first_point(plan).BeamLimitingDevicePositionSequence.pop(),
        "Beam 1, control point 0: no positions of MLCX, expected 20",
    ),
    "positions without a type": (
        lambda plan: delattr(leaves(plan), "RTBeamLimitingDeviceType"),
        "positions of no device type",
    ),
    "undeclared device": (
        lambda plan: setattr(leaves(plan), "RTBeamLimitingDeviceType", "MLCY"),
        "positions of MLCY, expected only devices that the beam declares",
    ),
    "positions twice": (
        lambda plan: first_point(plan).BeamLimitingDevicePositionSequence.append(leaves(plan)),
        "two sets of positions for MLCX",
    ),
    "absurd position": (
        lambda plan: setattr(leaves(plan), "LeafJawPositions", ["1e30", *["0"] * 19]),
        r"MLCX position 1e\+30 mm",
    ),
    "no weight": (
        lambda plan: delattr(first_point(plan), "CumulativeMetersetWeight"),
        r"control point 0: no cumulative meterset weight.*\(300A,0134\)",
    ),
    "weights that never rise": (
        lambda plan: setattr(plan.BeamSequence[0].ControlPointSequence[1], "CumulativeMetersetWeight", "0"),
        "rise by 0",
    ),
    "one control point": (
        lambda plan: plan.BeamSequence[0].ControlPointSequence.pop(),
        r"Beam 1: 1 control points, expected 2 \(300A,0110\)",
    ),
    "no control point": (
        lambda plan: delattr(plan.BeamSequence[0], "ControlPointSequence"),
        "Beam 1: 0 control points, expected 2",
    ),
    "control points out of order": (
        lambda plan: setattr(first_point(plan), "ControlPointIndex", 5),
        "indices that do not ascend",
    ),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_plan_that_contradicts_itself_is_refused(name: str) -> None:
    """Each contradiction is an `InvalidInputError` that says where, what was found and what was expected."""
    spoil, message = CONTRADICTIONS[name]
    plan = build.plan([build.static_field()])
    spoil(plan)
    with pytest.raises(InvalidInputError, match=message):
        read_plan(build.content(plan))


def test_a_reference_to_a_beam_that_is_not_there_is_refused() -> None:
    """A fraction group may only refer to beams of the plan."""
    plan = build.plan([build.static_field()], [[(1, 100.0), (9, 50.0)]])
    with pytest.raises(InvalidInputError, match="refer to beam 9"):
        read_plan(build.content(plan))


def test_falling_weights_are_refused() -> None:
    """A fall beyond a millionth of the final weight names the control point."""
    points: list[build.Positions] = [
        [("ASYMX", [-20, 20]), ("ASYMY", [-9, 9]), ("MLCX", build.rectangle())],
        [],
        [],
        [],
    ]
    beam = build.beam(points, weights=[0.0, 0.6, 0.5, 1.0])
    with pytest.raises(InvalidInputError, match=r"Beam 1, control point 2: cumulative meterset weight falls by 0\.1"):
        read_plan(build.content(build.plan([beam])))


def test_jaws_first_set_after_the_start_are_refused() -> None:
    """A jaw that appears later leaves its first positions unknown."""
    points: list[build.Positions] = [[("MLCX", build.rectangle())], [("ASYMX", [-20, 20])]]
    with pytest.raises(InvalidInputError, match="control point 1: first positions of ASYMX"):
        read_plan(build.content(build.plan([build.beam(points)])))


def test_two_layers_that_cannot_be_told_apart_are_refused() -> None:
    """Two devices of one type and one count are ambiguous."""
    points: list[build.Positions] = [[("MLCX", build.rectangle()), ("MLCX", build.rectangle())], []]
    beam = build.beam(points, devices=[("MLCX", build.TEN_PAIRS)] * 2)
    with pytest.raises(InvalidInputError, match="2 devices MLCX of 10 pairs"):
        read_plan(build.content(build.plan([beam])))


@pytest.mark.parametrize("garbage", [b"nan ", b"inf ", b"a.bc", b"1,50", b"--20", b"\xff\xfe\xfd\xfc"])
def test_numbers_that_are_none_are_refused(garbage: bytes) -> None:
    """A leaf position that is not a decimal number is refused, with the control point."""
    leaves_only = b"-20.0" + b"\\-20.0" * 9
    spoilt = garbage + leaves_only[len(garbage) :]
    content = build.content(build.plan([build.static_field()])).replace(leaves_only, spoilt)
    with pytest.raises(InvalidInputError, match="Beam 1, control point 0: "):
        read_plan(content)


def ion(plan: Dataset) -> None:
    """Make an ion plan of it."""
    plan.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
    plan.IonBeamSequence = plan.BeamSequence
    del plan.BeamSequence


def brachy(plan: Dataset) -> None:
    """Make a brachytherapy plan of it."""
    del plan.BeamSequence
    plan.ApplicationSetupSequence = [Dataset()]


UNSUPPORTED: dict[str, tuple[Spoiler, str]] = {
    "ion": (ion, "an ion plan"),
    "brachytherapy": (brachy, "a brachytherapy plan"),
    "structure set": (
        lambda plan: setattr(plan, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.481.3"),
        "481.3, expected RT Plan Storage",
    ),
    "unknown SOP class": (
        lambda plan: setattr(plan, "SOPClassUID", "1.2.3"),
        "SOP class outside the standard, expected RT Plan",
    ),
    "no SOP class": (lambda plan: delattr(plan, "SOPClassUID"), "SOP class missing"),
    "electrons only": (
        lambda plan: setattr(plan.BeamSequence[0], "RadiationType", "ELECTRON"),
        "no beam left .1 not_photons.",
    ),
    "no leaves": (lambda plan: plan.BeamSequence[0].BeamLimitingDeviceSequence.pop(), "no beam left .1 no_mlc."),
    "imaging only": (
        lambda plan: setattr(plan.BeamSequence[0], "TreatmentDeliveryType", "SETUP"),
        "no beam left .1 not_treatment.",
    ),
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_is_legal_and_not_computed_is_unsupported(name: str) -> None:
    """Other kinds of plans, and plans without a beam to compute, have an error class of their own."""
    spoil, message = UNSUPPORTED[name]
    plan = build.plan([build.static_field()])
    spoil(plan)
    with pytest.raises(UnsupportedInputError, match=message):
        read_plan(build.content(plan))


def test_leaves_along_both_axes_are_unsupported() -> None:
    """A beam with MLCX and MLCY is refused rather than computed as if the leaves were parallel."""
    points: list[build.Positions] = [[("MLCX", build.rectangle()), ("MLCY", build.rectangle())], []]
    beam = build.beam(points, devices=[("MLCX", build.TEN_PAIRS), ("MLCY", build.TEN_PAIRS)])
    with pytest.raises(UnsupportedInputError, match="along both axes"):
        read_plan(build.content(build.plan([beam])))


@pytest.mark.parametrize("spoilt", [b"", b"not DICOM at all, only text", bytes(2000)])
def test_bytes_that_are_not_dicom_are_unreadable(spoilt: bytes) -> None:
    """Empty, foreign and blank content is unreadable."""
    with pytest.raises(UnreadableFileError):
        read_plan(spoilt)


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(share: float, *, undefined: bool) -> None:
    """A file cut short anywhere is refused, whatever the encoding of its sequences."""
    content = build.content(build.plan([build.arc()]), undefined=undefined)
    with pytest.raises(PropelError):
        read_plan(content[: int(share * len(content))])


@pytest.mark.filterwarnings("ignore::UserWarning")  # pydicom's own remarks on damaged files
@given(st.data())
def test_damaged_bytes_give_a_plan_or_a_typed_error(data: st.DataObject) -> None:
    """Whatever bytes are overwritten, the reader raises nothing but its own errors, and names no patient."""
    content = bytearray(build.content(build.plan([build.dual_layer()]), undefined=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        read_plan(bytes(content))
    except PropelError as error:
        assert "Never" not in str(error)  # noqa: PT017  # most damage raises, some leaves a legal plan
        assert "NEVER" not in str(error)  # noqa: PT017  # as above
