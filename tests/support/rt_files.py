"""Linked RTPLAN, RTSTRUCT and RTDOSE files of small synthetic studies, for tests of what happens to files."""

from dataclasses import dataclass

import numpy as np
from pydicom import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from support import dicom_builder, rtplan_builder

PREFIX = "1.2.826.0.1.3680043.9.7"
NAME = "Never^Printed"
"""Stands in every object that the builders make and must never come out of PROPEL."""


@dataclass(frozen=True, kw_only=True)
class RtFiles:
    """The files of study `number`: two beams, two structures, a dose that depends on the number."""

    number: int = 1
    day: int = 1

    def uid(self, part: str) -> str:
        """Return the UID of a part of this study."""
        return f"{PREFIX}.{self.number}.{sum(part.encode())}"

    def plan_dataset(self) -> Dataset:
        """Return the plan."""
        points = [[("ASYMX", [-50, 50]), ("ASYMY", [-50, 50]), ("MLCX", rtplan_builder.rectangle())], []]
        beams = [rtplan_builder.beam(points, number=number) for number in (1, 2)]
        dataset = rtplan_builder.plan(beams)
        dataset.SOPInstanceUID = self.uid("plan")
        dataset.StudyInstanceUID = self.uid("study")
        dataset.RTPlanDate = f"202401{self.day:02d}"
        dataset.ReferencedStructureSetSequence = [_reference(RTStructureSetStorage, self.uid("structures"))]
        return dataset

    def structures_dataset(self) -> Dataset:
        """Return the structure set: a target and an organ without a TG-263 name."""
        size = 8.0 + self.number
        boxes = [
            dicom_builder.contour([(-size, -9, z), (size, -9, z), (size, 9, z), (-size, 9, z)]) for z in (0.0, 3.0, 6.0)
        ]
        rois = [dicom_builder.roi(1, "PTV", boxes, kind="PTV"), dicom_builder.roi(2, "Own name", boxes)]
        dataset = dicom_builder.structure_set(rois)
        dataset.SOPInstanceUID = self.uid("structures")
        dataset.StudyInstanceUID = self.uid("study")
        return dataset

    def dose_dataset(self, summation: str = "PLAN", *, beam: int | None = None, name: str = "dose") -> Dataset:
        """Return a dose of the plan, of one of its beams, or of its fraction group."""
        axis = np.arange(-20.0, 21.0, 5.0)
        share = 0.5 if beam else 1.0
        values = share * np.broadcast_to(40.0 + self.number + axis, (axis.size,) * 3)
        dataset = dicom_builder.dose(values, x=axis, y=axis, z=axis)
        dataset.SOPInstanceUID = self.uid(f"{name}{summation}{beam or ''}")
        dataset.StudyInstanceUID = self.uid("study")
        dataset.DoseSummationType = summation
        reference = _reference(RTPlanStorage, self.uid("plan"))
        if summation != "PLAN":
            group = Dataset()
            group.ReferencedFractionGroupNumber = 1
            if beam is not None:
                item = Dataset()
                item.ReferencedBeamNumber = beam
                group.ReferencedBeamSequence = [item]
            reference.ReferencedFractionGroupSequence = [group]
        dataset.ReferencedRTPlanSequence = [reference]
        return dataset

    def plan(self) -> bytes:
        """Return the plan's file."""
        return dicom_builder.written(self.plan_dataset())

    def structures(self) -> bytes:
        """Return the structure set's file."""
        return dicom_builder.written(self.structures_dataset())

    def dose(self, summation: str = "PLAN", *, beam: int | None = None, name: str = "dose") -> bytes:
        """Return a dose's file."""
        return dicom_builder.written(self.dose_dataset(summation, beam=beam, name=name))

    def parts(self) -> dict[str, bytes]:
        """Return the three files of a complete set."""
        return {"RP": self.plan(), "RS": self.structures(), "RD": self.dose()}


def _reference(sop_class: str, uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
    return item
