"""A small valid DICOM set, and ways to run the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ExplicitVRLittleEndian

from propel_service.commands.failures import run
from propel_service.commands.program import program
from propel_service.commands.schemas import schemas

PATIENT = "Doe^Jane"
PATIENT_ID = "NHS-943-476"
FRAME = "1.2.826.0.1.3680043.9.1.1"
PLAN_UID = "1.2.826.0.1.3680043.9.1.2"
STRUCTURES_UID = "1.2.826.0.1.3680043.9.1.3"
STORAGE = "1.2.840.10008.5.1.4.1.1.481."


def _object(kind: int, uid: str) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = f"{STORAGE}{kind}"
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    made.SOPClassUID, made.SOPInstanceUID = meta.MediaStorageSOPClassUID, uid
    made.PatientName, made.PatientID, made.PatientBirthDate = PATIENT, PATIENT_ID, "19501231"
    made.StudyInstanceUID, made.SeriesInstanceUID = f"{FRAME}.8", f"{uid}.9"
    made.StudyDate, made.StudyTime = "20260102", "101500"
    made.FrameOfReferenceUID = FRAME
    made.Manufacturer = "Synthetic"
    return made


def _item(**attributes: Any) -> pydicom.Dataset:
    made = pydicom.Dataset()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


def _box(half_mm: float, heights: Sequence[float]) -> list[pydicom.Dataset]:
    corners = ((-half_mm, -half_mm), (half_mm, -half_mm), (half_mm, half_mm), (-half_mm, half_mm))
    return [
        _item(
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints=4,
            ContourData=[value for x, y in corners for value in (x, y, z)],
        )
        for z in heights
    ]


def write_structures(file: Path, rois: Sequence[tuple[str, list[pydicom.Dataset]]]) -> Path:
    """Write an RTSTRUCT whose ROIs are numbered from 1."""
    made = _object(3, STRUCTURES_UID)
    made.Modality, made.StructureSetLabel = "RTSTRUCT", "synthetic"
    made.ReferencedFrameOfReferenceSequence = Items([_item(FrameOfReferenceUID=FRAME)])
    made.StructureSetROISequence = Items(
        _item(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID=FRAME)
        for number, (name, _) in enumerate(rois, start=1)
    )
    made.ROIContourSequence = Items(
        _item(ReferencedROINumber=number, ContourSequence=Items(contours))
        for number, (_, contours) in enumerate(rois, start=1)
        if contours
    )
    made.RTROIObservationsSequence = Items(
        _item(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType=kind)
        for number, kind in enumerate(("PTV" if name.startswith("PTV") else "ORGAN" for name, _ in rois), start=1)
    )
    made.save_as(file, enforce_file_format=True)
    return file


def write_dose(file: Path, *, units: str = "GY") -> Path:
    """Write an RTDOSE of 50 Gy at the centre that falls by 0.5 Gy per millimetre towards the patient's left."""
    made = _object(2, f"{FRAME}.4")
    made.Modality, made.DoseUnits, made.DoseType, made.DoseSummationType = "RTDOSE", units, "PHYSICAL", "PLAN"
    made.ImageOrientationPatient, made.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [-40.0, -40.0, -30.0]
    made.PixelSpacing, made.SliceThickness = [4.0, 4.0], None
    made.Rows, made.Columns, made.NumberOfFrames = 21, 21, 21
    made.GridFrameOffsetVector = [3.0 * k for k in range(21)]
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.BitsAllocated, made.BitsStored, made.HighBit, made.PixelRepresentation = 16, 16, 15, 0
    made.DoseGridScaling = "0.001"
    row = np.round(1000.0 * (50.0 - 0.5 * (-40.0 + 4.0 * np.arange(21)))).astype("<u2")
    made.PixelData = np.broadcast_to(row, (21, 21, 21)).tobytes()
    made.ReferencedRTPlanSequence = Items(
        [_item(ReferencedSOPClassUID=f"{STORAGE}5", ReferencedSOPInstanceUID=PLAN_UID)]
    )
    made.save_as(file, enforce_file_format=True)
    return file


def write_plan(file: Path, *, leaves: bool = True) -> Path:
    """Write an RTPLAN of one static beam with ten leaf pairs, or with jaws alone."""
    made = _object(5, PLAN_UID)
    made.Modality, made.RTPlanLabel, made.RTPlanDate, made.RTPlanTime = "RTPLAN", "synthetic", "20260102", "101500"
    made.RTPlanGeometry = "PATIENT"
    made.ReferencedStructureSetSequence = Items(
        [_item(ReferencedSOPClassUID=f"{STORAGE}3", ReferencedSOPInstanceUID=STRUCTURES_UID)]
    )
    devices = [
        _item(RTBeamLimitingDeviceType="ASYMX", NumberOfLeafJawPairs=1),
        _item(RTBeamLimitingDeviceType="ASYMY", NumberOfLeafJawPairs=1),
    ]
    positions = [
        _item(RTBeamLimitingDeviceType="ASYMX", LeafJawPositions=[-40.0, 40.0]),
        _item(RTBeamLimitingDeviceType="ASYMY", LeafJawPositions=[-40.0, 40.0]),
    ]
    if leaves:
        boundaries = [-50.0 + 10.0 * k for k in range(11)]
        devices.append(
            _item(RTBeamLimitingDeviceType="MLCX", NumberOfLeafJawPairs=10, LeafPositionBoundaries=boundaries)
        )
        tips = [-20.0 - k for k in range(10)] + [20.0 + k for k in range(10)]
        positions.append(_item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=tips))
    start = _item(
        ControlPointIndex=0,
        CumulativeMetersetWeight=0.0,
        NominalBeamEnergy=6.0,
        GantryAngle=0.0,
        GantryRotationDirection="NONE",
        BeamLimitingDeviceAngle=0.0,
        PatientSupportAngle=0.0,
        BeamLimitingDevicePositionSequence=Items(positions),
    )
    beam = _item(
        BeamNumber=1,
        BeamName="AP",
        BeamType="STATIC",
        RadiationType="PHOTON",
        TreatmentMachineName="LINAC",
        PrimaryDosimeterUnit="MU",
        TreatmentDeliveryType="TREATMENT",
        NumberOfControlPoints=2,
        FinalCumulativeMetersetWeight=1.0,
        BeamLimitingDeviceSequence=Items(devices),
        ControlPointSequence=Items([start, _item(ControlPointIndex=1, CumulativeMetersetWeight=1.0)]),
    )
    for name in ("NumberOfWedges", "NumberOfCompensators", "NumberOfBoli", "NumberOfBlocks"):
        setattr(beam, name, 0)
    made.BeamSequence = Items([beam])
    made.FractionGroupSequence = Items(
        [
            _item(
                FractionGroupNumber=1,
                NumberOfFractionsPlanned=20,
                NumberOfBeams=1,
                ReferencedBeamSequence=Items([_item(ReferencedBeamNumber=1, BeamMeterset=100.0)]),
            )
        ]
    )
    made.save_as(file, enforce_file_format=True)
    return file


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSet:
    """The files of one small synthetic patient, named after her as a planning system might."""

    folder: Path
    plan: Path
    structures: Path
    dose: Path


@pytest.fixture
def dicom_set(tmp_path: Path) -> DicomSet:
    """Write a plan, two targets, an organ, two structures of one name and an empty one, and a dose."""
    folder = tmp_path / "Doe_Jane"
    folder.mkdir()
    heights = [-6.0, -3.0, 0.0, 3.0, 6.0]
    rois = [
        ("PTV", _box(10.0, heights)),
        ("Rectum", _box(14.0, heights)),
        ("Twin", _box(5.0, heights)),
        ("Twin", _box(6.0, heights)),
        ("Empty", []),
        ("PTV_Boost", _box(4.0, heights)),
    ]
    return DicomSet(
        folder=folder,
        plan=write_plan(folder / "RP.dcm"),
        structures=write_structures(folder / "RS.dcm", rois),
        dose=write_dose(folder / "RD.dcm"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run of the command line left behind."""

    status: int
    stdout: str
    stderr: str

    def document(self) -> Any:
        """Return the one JSON object on standard output, after holding it against its published schema."""
        document = json.loads(self.stdout)
        jsonschema.validate(document, closed(schemas()[document["schema"]]))
        return document


def closed(schema: Any) -> Any:
    """Return `schema` with every object closed, so that a field that it does not describe is found."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        return {**inner, "additionalProperties": False} if "properties" in schema else inner
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


@pytest.fixture
def propel(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command line in this process, through the same last frame as the console script."""

    def invoke(*arguments: object) -> Outcome:
        capsys.readouterr()
        status = run(program, [str(each) for each in arguments])
        captured = capsys.readouterr()
        return Outcome(status=int(status), stdout=captured.out, stderr=captured.err)

    return invoke


@pytest.fixture
def propel_process() -> Callable[..., Outcome]:
    """Run a command line in a process of its own, compiled whatever this process does: it may meet real data."""

    def invoke(*arguments: object) -> Outcome:
        environment = os.environ | {"NUMBA_DISABLE_JIT": "0"}
        command = [sys.executable, "-m", "propel_service", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
        return Outcome(status=done.returncode, stdout=done.stdout, stderr=done.stderr)

    return invoke
