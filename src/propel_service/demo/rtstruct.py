"""The RTSTRUCT of a synthetic study."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, RTStructureSetStorage

from propel_service.demo.anatomy import Region
from propel_service.demo.dicom import Study, approve, instance, item, reference, save
from propel_service.demo.encoding import Encoder, decimals

__all__ = ["write_structures"]

DETACHED_STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"


def write_structures(path: Path, study: Study, regions: Sequence[Region]) -> None:
    """Write the RTSTRUCT of `study`, its regions numbered from 1."""
    dataset = instance(study, RTStructureSetStorage, "RTSTRUCT", study.planned_at - timedelta(days=2))
    dataset.StructureSetLabel = "SYNTHETIC CT"
    dataset.StructureSetDate, dataset.StructureSetTime = dataset.InstanceCreationDate, dataset.InstanceCreationTime
    # The CT itself is not part of the cohort: a plan, its structures and its dose are all that PROPEL reads.
    heights = sorted({float(contour[0, 2]) for region in regions for contour in region.contours})
    images = {height: study.uid("CT", height) for height in heights}
    dataset.ReferencedFrameOfReferenceSequence = [_referenced_frame(study, images)]
    named = [
        (number, study.export.names.get(region.name, region.name), region) for number, region in enumerate(regions, 1)
    ]
    dataset.StructureSetROISequence = [
        item(
            ROINumber=number,
            ReferencedFrameOfReferenceUID=study.uid("FRAME"),
            ROIName=name,
            ROIGenerationAlgorithm="MANUAL",
        )
        for number, name, _ in named
    ]
    dataset.ROIContourSequence = [_roi_contour(study, number, region, images) for number, _, region in named]
    dataset.RTROIObservationsSequence = [
        item(
            ObservationNumber=number,
            ReferencedROINumber=number,
            ROIObservationLabel=name[:16],
            RTROIInterpretedType=region.kind.value,
            ROIInterpreter="",
        )
        for number, name, region in named
    ]
    approve(dataset, study)
    save(dataset, path)


def _referenced_frame(study: Study, images: Mapping[float, str]) -> Dataset:
    slices = [reference(CTImageStorage, uid) for uid in images.values()]
    referenced = reference(DETACHED_STUDY_MANAGEMENT, study.uid("STUDY"))
    referenced.RTReferencedSeriesSequence = [item(SeriesInstanceUID=study.uid("CT"), ContourImageSequence=slices)]
    return item(FrameOfReferenceUID=study.uid("FRAME"), RTReferencedStudySequence=[referenced])


def _roi_contour(study: Study, number: int, region: Region, images: Mapping[float, str]) -> Dataset:
    encoder, origin = Encoder(implicit=study.export.implicit), np.array(study.origin_mm)
    contours = [
        encoder.item(
            ContourImageSequence=encoder.item(
                ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=images[float(points[0, 2])]
            ),
            ContourGeometricType="CLOSED_PLANAR" if points.shape[0] > 1 else "POINT",
            NumberOfContourPoints=str(points.shape[0]),
            ContourData=decimals(points + origin, 2),
        )
        for points in region.contours
    ]
    roi = item(ROIDisplayColor=[40 * number % 256, 90 * number % 256, 200], ReferencedROINumber=number)
    encoder.put(roi, "ContourSequence", b"".join(contours))
    return roi
