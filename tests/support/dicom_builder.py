"""Small valid RTSTRUCTs and RTDOSEs, made with pydicom, that tests may spoil before they write them."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, RTDoseStorage, RTStructureSetStorage

FRAME = "1.2.826.0.1.3680043.2.1"

ORIENTATIONS: Mapping[str, Sequence[float]] = {
    "HFS": (1, 0, 0, 0, 1, 0),
    "HFP": (-1, 0, 0, 0, -1, 0),
    "FFS": (-1, 0, 0, 0, 1, 0),
    "FFP": (1, 0, 0, 0, -1, 0),
    "HFDL": (0, -1, 0, 1, 0, 0),
    "HFDR": (0, 1, 0, -1, 0, 0),
    "FFDL": (0, 1, 0, 1, 0, 0),
    "FFDR": (0, -1, 0, -1, 0, 0),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, -1),
}
"""Image Orientation (Patient) for the eight patient positions, and for two grids whose frames are not axial."""

CLOSED = "CLOSED_PLANAR"


def written(dataset: Dataset, *, implicit: bool = False, preamble: bool = True, meta: bool = True) -> bytes:
    """Return the bytes of a file that holds `dataset`; without preamble it starts at the first element."""
    syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    stream = BytesIO()
    if not meta:
        pydicom.dcmwrite(stream, dataset, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
        return stream.getvalue()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    pydicom.dcmwrite(stream, dataset, enforce_file_format=True)
    content = stream.getvalue()
    return content if preamble else content[132:]


def _identified(dataset: Dataset) -> Dataset:
    dataset.PatientName = "Never^Printed"
    dataset.PatientID = "NEVER-PRINTED"
    dataset.PatientBirthDate = "19000101"
    dataset.StudyInstanceUID = "1.2.826.0.1.3680043.2.9"
    return dataset


def contour(points: npt.ArrayLike | str | None, *, kind: str = CLOSED, stated: int | None = -1) -> Dataset:
    """Return a contour item; `points` may be the raw text of ContourData, `stated` None leaves out the count."""
    item = Dataset()
    if kind:
        item.ContourGeometricType = kind
    if isinstance(points, str):
        text = points
    else:
        values = np.asarray([] if points is None else points, dtype=float).ravel()
        text = "\\".join(f"{value:.10g}" for value in values)
    if stated is not None:
        item.NumberOfContourPoints = (text.count("\\") + 1) // 3 if stated < 0 else stated
    item.add(pydicom.DataElement(0x30060050, "DS", None))
    # The text as it stands: pydicom would refuse what tests must be able to write.
    raw = text.encode()
    raw += b" " * (len(raw) % 2)
    item[0x30060050] = pydicom.dataelem.RawDataElement(
        tag=pydicom.tag.Tag(0x30060050),
        VR="DS",
        length=len(raw),
        value=raw,
        value_tell=0,
        is_implicit_VR=False,
        is_little_endian=True,
    )
    return item


def roi(
    number: int, name: str, contours: Sequence[Dataset] | None, *, kind: str = "ORGAN", frame: str = FRAME
) -> tuple[Dataset, Dataset | None, Dataset]:
    """Return the three items of a region: description, contours (None: no item at all), observation."""
    head, observation = Dataset(), Dataset()
    head.ROINumber, head.ROIName, head.ReferencedFrameOfReferenceUID = number, name, frame
    head.ROIGenerationAlgorithm = "MANUAL"
    observation.ObservationNumber, observation.ReferencedROINumber = number, number
    observation.RTROIInterpretedType, observation.ROIInterpreter = kind, ""
    if contours is None:
        return head, None, observation
    body = Dataset()
    body.ReferencedROINumber = number
    body.ContourSequence = list(contours)
    return head, body, observation


def structure_set(rois: Sequence[tuple[Dataset, Dataset | None, Dataset]]) -> Dataset:
    """Return an RTSTRUCT of the regions."""
    dataset = _identified(Dataset())
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.2.2"
    dataset.Modality = "RTSTRUCT"
    dataset.StructureSetLabel = "Plan"
    frame = Dataset()
    frame.FrameOfReferenceUID = FRAME
    dataset.ReferencedFrameOfReferenceSequence = [frame]
    dataset.StructureSetROISequence = [head for head, _, _ in rois]
    dataset.ROIContourSequence = [body for _, body, _ in rois if body is not None]
    dataset.RTROIObservationsSequence = [observation for _, _, observation in rois]
    return dataset


def dose(
    values: npt.ArrayLike,
    *,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    z: npt.ArrayLike,
    orientation: str = "HFS",
    bits: int = 32,
    absolute: bool = False,
    reverse_frames: bool = False,
    scaling: float = 0.001,
) -> Dataset:
    """Return an RTDOSE that holds `values` (z, y, x) on ascending axes, stored in the orientation named.

    In-plane axes must be uniform. `reverse_frames` stores the frames from the far end, with descending offsets.
    """
    values = np.asarray(values, dtype=float)
    axes = [np.asarray(axis, dtype=float) for axis in (x, y, z)]
    cosines = np.asarray(ORIENTATIONS[orientation], dtype=float)
    directions = (np.cross(cosines[:3], cosines[3:]), cosines[3:], cosines[:3])
    stored = values.transpose(2, 1, 0)
    order, position = [], np.zeros(3)
    lines = []
    for place, direction in enumerate(directions):
        along = int(np.argmax(np.abs(direction)))
        backwards = (direction[along] < 0) != (reverse_frames and place == 0)
        line = axes[along][::-1] if backwards else axes[along]
        if backwards:
            stored = np.flip(stored, axis=along)
        position[along] = line[0]
        order.append(along)
        lines.append((line - line[0]) * direction[along])
    stored = stored.transpose(order)
    dataset = _identified(Dataset())
    dataset.SOPClassUID = RTDoseStorage
    dataset.SOPInstanceUID = "1.2.826.0.1.3680043.2.3"
    dataset.Modality = "RTDOSE"
    dataset.FrameOfReferenceUID = FRAME
    dataset.ImageOrientationPatient = [float(value) for value in cosines]
    dataset.ImagePositionPatient = [float(value) for value in position]
    dataset.PixelSpacing = [abs(float(lines[1][1])), abs(float(lines[2][1]))]
    offsets = position[2] + lines[0] * directions[0][2] if absolute else lines[0]
    dataset.GridFrameOffsetVector = [float(f"{value:.10g}") for value in offsets]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = (int(size) for size in stored.shape)
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, 0
    dataset.DoseUnits, dataset.DoseType, dataset.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    dataset.DoseGridScaling = scaling
    dataset.PixelData = np.round(stored / scaling).astype(f"<u{bits // 8}").tobytes()
    dataset["PixelData"].VR = "OW"
    return dataset


def of_beam(dataset: Dataset, number: int, *, plan: str = "1.2.826.0.1.3680043.2.4") -> Dataset:
    """Make an RTDOSE the dose of one beam."""
    beam, group, reference = Dataset(), Dataset(), Dataset()
    beam.ReferencedBeamNumber = number
    group.ReferencedFractionGroupNumber = 1
    group.ReferencedBeamSequence = [beam]
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.5"
    reference.ReferencedSOPInstanceUID = plan
    reference.ReferencedFractionGroupSequence = [group]
    dataset.ReferencedRTPlanSequence = [reference]
    dataset.DoseSummationType = "BEAM"
    dataset.SOPInstanceUID = f"1.2.826.0.1.3680043.2.5.{number}"
    return dataset
