from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom import config
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from propel_service.demo import MANUFACTURER, CohortSummary

TEXT_LIMITS = {"SH": 16, "CS": 16, "DS": 16, "IS": 12, "LO": 64, "UI": 64, "ST": 1024, "PN": 64}
SETS = [
    "centre-a/SYNTHETIC-A-P001",
    "centre-b/SYNTHETIC-B-P002",
    "centre-a/SYNTHETIC-A-B001",
    "centre-b/SYNTHETIC-B-B001",
]


def _elements(dataset: Dataset) -> Iterator[pydicom.DataElement]:
    for element in dataset:
        yield element
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)


def _read(folder: Path, place: str) -> tuple[FileDataset, FileDataset, FileDataset]:
    return tuple(pydicom.dcmread(folder / place / f"{name}.dcm") for name in ("RTPLAN", "RTSTRUCT", "RTDOSE"))


@pytest.mark.parametrize("place", SETS)
def test_every_value_is_legal_for_its_representation(
    small_cohort: tuple[Path, CohortSummary], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader must accept every value when told to raise on any that breaks its representation."""
    monkeypatch.setattr(config.settings, "_reading_validation_mode", config.RAISE)
    for dataset in _read(small_cohort[0], place):
        for element in _elements(dataset):
            values = element.value if element.VM > 1 else [element.value]
            limit = TEXT_LIMITS.get(element.VR)
            if limit is not None:
                assert all(len(getattr(value, "original_string", str(value))) <= limit for value in values if value)
            if element.VR == "UI":
                assert all(UID(value).is_valid for value in values)


@pytest.mark.parametrize("place", SETS)
def test_the_three_objects_refer_to_one_another(small_cohort: tuple[Path, CohortSummary], place: str) -> None:
    """Plan to structures, dose to plan and structures, one frame of reference and one study: every link resolves."""
    plan, structures, dose = _read(small_cohort[0], place)
    assert plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    assert dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == plan.SOPInstanceUID
    assert dose.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID == structures.SOPInstanceUID
    frames = {roi.ReferencedFrameOfReferenceUID for roi in structures.StructureSetROISequence}
    assert frames == {plan.FrameOfReferenceUID} == {dose.FrameOfReferenceUID}
    assert structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID in frames
    assert plan.StudyInstanceUID == structures.StudyInstanceUID == dose.StudyInstanceUID


@pytest.mark.parametrize("place", SETS)
def test_contours_refer_to_slices_that_the_structure_set_lists(
    small_cohort: tuple[Path, CohortSummary], place: str
) -> None:
    """Each contour must lie in one plane and name an image of the referenced series."""
    _, structures, _ = _read(small_cohort[0], place)
    study = structures.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0]
    listed = {image.ReferencedSOPInstanceUID for image in study.RTReferencedSeriesSequence[0].ContourImageSequence}
    for roi in structures.ROIContourSequence:
        for contour in roi.ContourSequence:
            assert contour.ContourImageSequence[0].ReferencedSOPInstanceUID in listed
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            assert points.shape[0] == contour.NumberOfContourPoints
            assert np.ptp(points[:, 2]) == 0.0


@pytest.mark.parametrize("place", SETS)
def test_nothing_could_be_taken_for_a_patient(small_cohort: tuple[Path, CohortSummary], place: str) -> None:
    """Name, number, maker, institution, study, series and plan must all say that the data are synthetic."""
    for dataset in _read(small_cohort[0], place):
        assert dataset.Manufacturer == MANUFACTURER == "PROPEL synthetic data"
        assert str(dataset.PatientName).startswith("SYNTHETIC^")
        for keyword in ("PatientID", "InstitutionName", "StudyDescription", "SeriesDescription", "StationName"):
            assert dataset[keyword].value.startswith("SYNTHETIC")
        assert dataset.PatientBirthDate == ""
    plan, _, dose = _read(small_cohort[0], place)
    assert plan.RTPlanLabel.startswith("SYN")
    assert plan.RTPlanName.startswith("SYNTHETIC")
    assert plan.RTPlanDescription.startswith("SYNTHETIC")
    assert dose.DoseComment.startswith("SYNTHETIC")
    assert plan.PatientID not in f"{plan.RTPlanLabel} {plan.RTPlanName} {plan.RTPlanDescription}"


@pytest.mark.parametrize("place", SETS)
def test_the_dose_covers_every_structure(small_cohort: tuple[Path, CohortSummary], place: str) -> None:
    """The box of voxel centres must hold every contour and the half slice beyond the last one."""
    _, structures, dose = _read(small_cohort[0], place)
    corner = np.array(dose.ImagePositionPatient, dtype=float)
    assert [float(value) for value in dose.PixelSpacing] == [2.5, 2.5]
    offsets = np.array(dose.GridFrameOffsetVector, dtype=float)
    assert np.allclose(np.diff(offsets), 2.5, atol=1e-6)
    assert offsets[0] in (0.0, corner[2])
    far = corner + np.array([2.5 * (dose.Columns - 1), 2.5 * (dose.Rows - 1), offsets[-1] - offsets[0]])
    cap = np.array([0.0, 0.0, 1.5])
    for roi in structures.ROIContourSequence:
        for contour in roi.ContourSequence:
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            assert np.all(points.min(axis=0) - cap >= corner)
            assert np.all(points.max(axis=0) + cap <= far)


@pytest.mark.parametrize("place", SETS)
def test_control_points_inherit_as_planning_systems_write_them(
    small_cohort: tuple[Path, CohortSummary], place: str
) -> None:
    """The first control point sets every device; the counts and weights that a reader checks must hold."""
    plan, _, _ = _read(small_cohort[0], place)
    group = plan.FractionGroupSequence[0]
    assert group.NumberOfBeams == len(plan.BeamSequence) == len(group.ReferencedBeamSequence)
    assert all(float(beam.BeamMeterset) > 0.0 for beam in group.ReferencedBeamSequence)
    for beam in plan.BeamSequence:
        devices = {device.RTBeamLimitingDeviceType: device for device in beam.BeamLimitingDeviceSequence}
        points = beam.ControlPointSequence
        assert len(points) == beam.NumberOfControlPoints
        assert {d.RTBeamLimitingDeviceType for d in points[0].BeamLimitingDevicePositionSequence} == set(devices)
        weights = [float(point.CumulativeMetersetWeight) for point in points]
        assert weights[0] == 0.0
        assert weights[-1] == float(beam.FinalCumulativeMetersetWeight)
        assert np.all(np.diff(weights) >= 0.0)
        pairs = devices["MLCX"].NumberOfLeafJawPairs
        assert len(devices["MLCX"].LeafPositionBoundaries) == pairs + 1
        for point in points:
            for device in point.get("BeamLimitingDevicePositionSequence", []):
                if device.RTBeamLimitingDeviceType == "MLCX":
                    assert len(device.LeafJawPositions) == 2 * pairs


def test_the_centres_write_differently(small_cohort: tuple[Path, CohortSummary]) -> None:
    """The two centres must exercise different legal forms: jaws, offsets, transfer syntax, names."""
    plan_a, structures_a, dose_a = _read(small_cohort[0], SETS[0])
    plan_b, structures_b, dose_b = _read(small_cohort[0], SETS[1])
    assert plan_a.file_meta.TransferSyntaxUID != plan_b.file_meta.TransferSyntaxUID
    assert float(dose_a.GridFrameOffsetVector[0]) == 0.0
    assert float(dose_b.GridFrameOffsetVector[0]) == float(dose_b.ImagePositionPatient[2]) != 0.0
    jaws_a, jaws_b = (
        [len(point.BeamLimitingDevicePositionSequence) for point in plan.BeamSequence[0].ControlPointSequence[:3]]
        for plan in (plan_a, plan_b)
    )
    assert (jaws_a, jaws_b) == ([3, 1, 1], [2, 2, 2])
    names_a, names_b = (
        {roi.ROIName for roi in structures.StructureSetROISequence} for structures in (structures_a, structures_b)
    )
    assert "Rectum" in names_a
    assert "rectum" in names_b


def test_a_set_is_small(small_cohort: tuple[Path, CohortSummary]) -> None:
    """The three files of a plan together must stay below 1.4 MB, or the demo grows heavy."""
    for place in SETS:
        assert sum(path.stat().st_size for path in (small_cohort[0] / place).iterdir()) < 1_400_000
