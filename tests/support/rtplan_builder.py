"""Small valid RTPLANs, made with pydicom, that tests may spoil before they write them."""

from collections.abc import Sequence
from io import BytesIO

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RTPlanStorage, generate_uid

Positions = list[tuple[str, Sequence[float]]]
"""What one control point states: device type and positions, in order."""

TEN_PAIRS = [float(edge) for edge in range(-50, 51, 10)]


def plan(beams: Sequence[Dataset], groups: Sequence[Sequence[tuple[int, float | None]]] | None = None) -> Dataset:
    """Return a plan of `beams`; `groups` lists (beam number, meterset) per fraction group, by default 100 MU each."""
    dataset = Dataset()
    dataset.SOPClassUID = RTPlanStorage
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=["propel", "plan"])
    dataset.StudyDate = "20240101"
    dataset.StudyTime = "080000"
    dataset.Modality = "RTPLAN"
    dataset.Manufacturer = "Builder"
    dataset.PatientName = "Never^Printed"
    dataset.PatientID = "NEVER-PRINTED"
    dataset.RTPlanLabel = "Synthetic"
    dataset.RTPlanDate = "20240229"
    dataset.RTPlanTime = "093000"
    dataset.ApprovalStatus = "UNAPPROVED"
    if groups is None:
        groups = [[(int(beam.BeamNumber), 100.0) for beam in beams]]
    dataset.FractionGroupSequence = [_group(number, references) for number, references in enumerate(groups, start=1)]
    dataset.BeamSequence = list(beams)
    return dataset


def _group(number: int, references: Sequence[tuple[int, float | None]]) -> Dataset:
    group = Dataset()
    group.FractionGroupNumber = number
    group.NumberOfFractionsPlanned = 20
    group.NumberOfBeams = len(references)
    group.NumberOfBrachyApplicationSetups = 0
    items = []
    for beam_number, meterset in references:
        item = Dataset()
        item.ReferencedBeamNumber = beam_number
        if meterset is not None:
            item.BeamMeterset = _decimal(meterset)
        items.append(item)
    group.ReferencedBeamSequence = items
    return group


def beam(
    points: Sequence[Positions],
    *,
    number: int = 1,
    devices: Sequence[tuple[str, Sequence[float] | None]] = (("ASYMX", None), ("ASYMY", None), ("MLCX", TEN_PAIRS)),
    weights: Sequence[float] | None = None,
    gantry: Sequence[float] | None = None,
    radiation: str = "PHOTON",
    delivery: str = "TREATMENT",
) -> Dataset:
    """Return a beam; weights rise evenly from 0 to 1 by default, the gantry stands still."""
    item = Dataset()
    item.BeamNumber = number
    item.BeamName = f"B{number}"
    item.TreatmentMachineName = "LINAC"
    item.PrimaryDosimeterUnit = "MU"
    item.RadiationType = radiation
    item.TreatmentDeliveryType = delivery
    item.BeamLimitingDeviceSequence = [_device(kind, boundaries) for kind, boundaries in devices]
    weights = np.linspace(0.0, 1.0, len(points)) if weights is None else weights
    item.FinalCumulativeMetersetWeight = _decimal(weights[-1])
    item.NumberOfControlPoints = len(points)
    item.ControlPointSequence = [
        _control_point(index, positions, weights[index], None if gantry is None else gantry[index])
        for index, positions in enumerate(points)
    ]
    return item


def _device(kind: str, boundaries: Sequence[float] | None) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = kind
    item.NumberOfLeafJawPairs = 1 if boundaries is None else len(boundaries) - 1
    if boundaries is not None:
        item.LeafPositionBoundaries = [_decimal(edge) for edge in boundaries]
    return item


def _control_point(index: int, positions: Positions, weight: float, gantry: float | None) -> Dataset:
    item = Dataset()
    item.ControlPointIndex = index
    item.CumulativeMetersetWeight = _decimal(weight)
    if positions:
        item.BeamLimitingDevicePositionSequence = [_position(kind, values) for kind, values in positions]
    if gantry is not None or index == 0:
        item.GantryAngle = _decimal(gantry or 0.0)
    if index == 0:
        item.BeamLimitingDeviceAngle = "0.0"
        item.PatientSupportAngle = "0.0"
    return item


def _position(kind: str, values: Sequence[float]) -> Dataset:
    item = Dataset()
    item.RTBeamLimitingDeviceType = kind
    item.LeafJawPositions = [_decimal(value) for value in values]
    return item


def _decimal(value: float) -> str:
    """Return the shortest decimal string of at most 16 characters that means `value`, or nearly so."""
    text = repr(float(value))
    return text if len(text) <= 16 else f"{value:.9e}"


def content(dataset: Dataset, *, preamble: bool = True, explicit: bool = False, undefined: bool = False) -> bytes:
    """Return `dataset` as the bytes of a file; without preamble it also lacks the file meta information."""
    if undefined:
        _make_undefined(dataset)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian if explicit else ImplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", RTPlanStorage)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = BytesIO()
    if preamble:
        pydicom.dcmwrite(buffer, dataset, enforce_file_format=True)
    else:
        del dataset.file_meta
        pydicom.dcmwrite(buffer, dataset, implicit_vr=not explicit, little_endian=True)
    return buffer.getvalue()


def _make_undefined(dataset: Dataset) -> None:
    for element in dataset:
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
                _make_undefined(item)


def rectangle(half_width: float = 20.0, pairs: int = 10) -> list[float]:
    """Return leaf positions of one rectangle: left bank, then right bank."""
    return [-half_width] * pairs + [half_width] * pairs


def static_field(number: int = 1) -> Dataset:
    """Return a static rectangle, 40 mm between leaves and 60 mm between jaws; control point 1 inherits everything."""
    first: Positions = [("ASYMX", [-20.0, 20.0]), ("ASYMY", [-30.0, 30.0]), ("MLCX", rectangle())]
    return beam([first, []], number=number)


def arc(number: int = 1, *, control_points: int = 6) -> Dataset:
    """Return an arc: leaves and gantry move with the beam on, jaws at the first control point only."""
    points: list[Positions] = []
    for index in range(control_points):
        left = [-20.0 + 1.5 * index - 0.75 * pair for pair in range(10)]
        right = [8.0 + 0.5 * index + 1.25 * (pair % 3) for pair in range(10)]
        points.append([("MLCX", left + right)])
    points[0] = [("ASYMX", [-40.0, 40.0]), ("ASYMY", [-33.0, 27.0]), *points[0]]
    gantry = [(350.0 + 4.0 * index) % 360.0 for index in range(control_points)]
    return beam(points, number=number, gantry=gantry)


def step_and_shoot(number: int = 1) -> Dataset:
    """Return two segments, two control points each; the leaves travel between them without dose."""
    jaws: Positions = [("ASYMX", [-40.0, 40.0]), ("ASYMY", [-50.0, 50.0])]
    wide, narrow = rectangle(20.0), rectangle(5.0)
    points: list[Positions] = [[*jaws, ("MLCX", wide)], [], [("MLCX", narrow)], []]
    return beam(points, number=number, weights=[0.0, 0.75, 0.75, 1.0])


PROXIMAL = [float(edge) for edge in range(-40, 41, 10)]
DISTAL = [float(edge) for edge in range(-45, 46, 10)]


def dual_layer(number: int = 1, *, kinds: tuple[str, str] = ("MLCX1", "MLCX2"), swapped: bool = False) -> Dataset:
    """Return a jawless beam of two layers, 8 and 9 pairs, staggered by half a leaf; `swapped` reverses the items."""
    first, second = kinds
    points: list[Positions] = []
    for index in range(3):
        upper = [-15.0 - index] * 8 + [10.0 + 2.0 * pair for pair in range(8)]
        lower = [-12.0 + pair for pair in range(9)] + [18.0] * 9
        stated: Positions = [(first, upper), (second, lower)]
        points.append(stated[::-1] if swapped else stated)
    return beam(points, number=number, devices=[(first, PROXIMAL), (second, DISTAL)])


def electron(number: int = 1) -> Dataset:
    """Return an electron beam: an applicator, no leaves."""
    return beam([[("ASYMX", [-50.0, 50.0])], []], number=number, devices=[("ASYMX", None)], radiation="ELECTRON")


def setup_field(number: int = 1) -> Dataset:
    """Return an imaging beam."""
    return beam([[], []], number=number, devices=[], delivery="SETUP")
