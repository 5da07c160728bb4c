"""The RTDOSE of a synthetic study."""

from datetime import timedelta
from pathlib import Path

import numpy as np
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from propel_service.demo.dicom import Study, instance, reference, save
from propel_service.demo.dose import DoseArray, Grid

__all__ = ["write_dose"]

LARGEST_STORED = 65000  # leaves room below 2**16 for the rounding of the scaling


def write_dose(path: Path, study: Study, grid: Grid, dose_gy: DoseArray) -> None:
    """Write the RTDOSE of `study`: `dose_gy` on `grid`, shape (nz, ny, nx), as 16 bit plan dose."""
    dataset = instance(study, RTDoseStorage, "RTDOSE", study.planned_at + timedelta(minutes=7))
    corner = np.array([grid.x[0], grid.y[0], grid.z[0]]) + np.array(study.origin_mm)
    spacing = grid.x[1] - grid.x[0], grid.y[1] - grid.y[0], grid.z[1] - grid.z[0]
    scaling = f"{float(dose_gy.max()) / LARGEST_STORED:.9e}"
    dataset.SliceThickness = f"{spacing[2]:g}"
    dataset.ImagePositionPatient = [f"{value:.3f}" for value in corner]
    dataset.ImageOrientationPatient = ["1", "0", "0", "0", "1", "0"]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.NumberOfFrames = grid.z.size
    dataset.FrameIncrementPointer = Tag("GridFrameOffsetVector")
    dataset.Rows, dataset.Columns = grid.y.size, grid.x.size
    dataset.PixelSpacing = [f"{spacing[1]:g}", f"{spacing[0]:g}"]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = 0
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL"
    dataset.DoseComment = "SYNTHETIC: a formula, not a dose calculation"
    dataset.DoseSummationType = "PLAN"
    start = corner[2] if study.export.absolute_offsets else 0.0
    dataset.GridFrameOffsetVector = [f"{start + offset:.3f}" for offset in spacing[2] * np.arange(grid.z.size)]
    dataset.DoseGridScaling = scaling
    dataset.TissueHeterogeneityCorrection = "IMAGE"
    dataset.ReferencedRTPlanSequence = [reference(RTPlanStorage, study.uid("RTPLAN"))]
    dataset.ReferencedStructureSetSequence = [reference(RTStructureSetStorage, study.uid("RTSTRUCT"))]
    dataset.add_new("PixelData", "OW", np.rint(dose_gy * np.float32(1.0 / float(scaling))).astype("<u2").tobytes())
    save(dataset, path)
