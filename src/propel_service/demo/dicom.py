"""What the DICOM objects of one synthetic study share: identity, common modules, references, the written file.

Every identifier follows from the key of the study, and no clock is read.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from propel_service.demo.encoding import keep_raw

__all__ = ["MANUFACTURER", "Export", "Study", "approve", "instance", "item", "reference", "save"]

MANUFACTURER = "PROPEL synthetic data"
# A fixed name space of our own for version 5 UUIDs, under which 2.25 UIDs follow from text (PS3.5 B.2).
NAMESPACE = uuid.UUID("5d2a7c0e-3b1f-5e8a-9c64-70f1d5b8a2e3")
IMPLEMENTATION = UID(f"2.25.{uuid.uuid5(NAMESPACE, 'implementation').int}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How a centre's planning system writes DICOM.

    Parameters
    ----------
    implicit
        Whether value representations are left out.
    names
        TG-263 name to the name used there; what is missing is written as it is.
    absolute_offsets
        Whether frame offsets are patient coordinates; else they count from the first frame (PS3.3 C.8.8.3.2).
    states_site
        Whether plans carry Treatment Sites (300A,000B).
    """

    model: str
    software: str
    implicit: bool
    names: Mapping[str, str]
    absolute_offsets: bool
    states_site: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Who, what and when: all that the three files of one synthetic patient share.

    Parameters
    ----------
    key
        Text from which every UID follows.
    origin_mm
        Where the origin of the anatomy lies in the patient's coordinates.
    """

    key: str
    patient_id: str
    patient_name: str
    patient_sex: str
    centre: str
    label: str
    site: str
    prescription_gy: float
    fractions: int
    planned_at: datetime
    origin_mm: tuple[float, float, float]
    export: Export

    def uid(self, *parts: object) -> str:
        """Return the UID of a part of the study."""
        return f"2.25.{uuid.uuid5(NAMESPACE, '/'.join([self.key, *map(str, parts)])).int}"


def instance(study: Study, sop_class: UID, modality: str, created: datetime) -> FileDataset:
    """Return a data set with the modules that all three objects share (patient, study, series, frame, equipment)."""
    uid = UID(study.uid(modality))
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = uid
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if study.export.implicit else ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION
    meta.ImplementationVersionName = "PROPEL_SYNTHETIC"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    scanned = study.planned_at - timedelta(days=6)
    dataset.update(
        item(
            InstanceCreationDate=created.strftime("%Y%m%d"),
            InstanceCreationTime=created.strftime("%H%M%S"),
            SOPClassUID=sop_class,
            SOPInstanceUID=uid,
            StudyDate=scanned.strftime("%Y%m%d"),
            StudyTime=scanned.strftime("%H%M%S"),
            AccessionNumber="",
            Modality=modality,
            Manufacturer=MANUFACTURER,
            InstitutionName=f"SYNTHETIC {study.centre}",
            ReferringPhysicianName="",
            StationName="SYNTHETIC",
            StudyDescription=f"SYNTHETIC {study.site}",
            SeriesDescription=f"SYNTHETIC {modality}",
            OperatorsName="",
            ManufacturerModelName=study.export.model,
            PatientName=study.patient_name,
            PatientID=study.patient_id,
            PatientBirthDate="",
            PatientSex=study.patient_sex,
            SoftwareVersions=study.export.software,
            StudyInstanceUID=study.uid("STUDY"),
            SeriesInstanceUID=study.uid("SERIES", modality),
            StudyID="SYNTHETIC",
            SeriesNumber=1,
            InstanceNumber=1,
            FrameOfReferenceUID=study.uid("FRAME"),
            PositionReferenceIndicator="",
        )
    )
    return dataset


def approve(dataset: Dataset, study: Study) -> None:
    """State that the object was reviewed the day after it was planned."""
    reviewed = study.planned_at + timedelta(days=1)
    dataset.ApprovalStatus = "APPROVED"
    dataset.ReviewDate, dataset.ReviewTime = reviewed.strftime("%Y%m%d"), reviewed.strftime("%H%M%S")
    dataset.ReviewerName = "SYNTHETIC^Reviewer"


def item(**elements: object) -> Dataset:
    """Return a data set with these elements, by keyword."""
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def reference(sop_class: str, uid: str) -> Dataset:
    """Return an item that refers to another object."""
    return item(ReferencedSOPClassUID=sop_class, ReferencedSOPInstanceUID=uid)


def save(dataset: FileDataset, path: Path) -> None:
    """Write `dataset` in the transfer syntax that its file meta information names."""
    implicit = dataset.file_meta.TransferSyntaxUID.is_implicit_VR
    keep_raw(dataset, implicit=implicit)
    dataset.save_as(path, implicit_vr=implicit, little_endian=True, enforce_file_format=True)
