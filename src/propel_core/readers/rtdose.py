"""Read an RTDOSE onto a grid whose axes ascend along the patient's own."""

import re
from io import BytesIO

import numpy as np

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.provenance import Caveat
from propel_core.readers.elements import (
    UNCOMPRESSED,
    Dataset,
    Source,
    decimals,
    integer,
    number,
    open_dataset,
    quotable,
    quotable_class,
    sequence,
    text,
    unheard,
)
from propel_core.rt import DoseGrid, DoseSummation
from propel_core.units import FloatArray

__all__ = ["read_dose"]

_DOSE_STORAGE = "1.2.840.10008.5.1.4.1.1.481.2"
_STORED = {16: "u2", 32: "u4"}
_PIXEL_DATA = 0x7FE00010
_COMPRESSION = re.compile(r"1\.2\.840\.10008\.1\.2(?:\.[0-9]{1,3}){1,3}")
_ALIGNED = 1e-4
_UNITS = frozenset(("GY", "RELATIVE"))
_TYPES = frozenset(("PHYSICAL", "EFFECTIVE", "ERROR"))
_WIDEST_MM = 1000.0
"""Voxels a metre wide describe no patient: such a spacing is a slip of units or a damaged value."""
_WHERE = "RTDOSE"


def read_dose(source: Source) -> DoseGrid:
    """Read a dose distribution in gray.

    Every orientation whose rows and columns lie along patient axes is accepted (supine, prone, decubitus, head or feet
    first); the arrays are turned so that their axes ascend along LPS.

    Raises
    ------
    UnreadableFileError
        The file cannot be read.
    InvalidInputError
        The file is not an RTDOSE, or contradicts itself.
    UnsupportedInputError
        Relative dose, an error distribution, an oblique grid, a single plane.

    References
    ----------
    DICOM PS3.3 C.8.8.3 (RT Dose Module).
    """
    dataset, digest = open_dataset(source, role=_WHERE)
    found = text(dataset, 0x00080016)
    if found != _DOSE_STORAGE:
        message = f"SOP class {quotable_class(found)}, expected RT Dose Storage"
        raise InvalidInputError(message, where=_WHERE)
    _refuse_unusable(dataset)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused as such
        axes = _axes(dataset)
    stored = _stored(dataset, source)
    order, flips, coordinates = _to_patient_axes(axes, stored.shape)
    scaling = number(dataset, 0x3004000E, where=_WHERE)
    if scaling is None or scaling <= 0.0:
        found = "no Dose Grid Scaling" if scaling is None else f"Dose Grid Scaling {scaling:g}"
        message = f"{found}, expected a positive number (3004,000E)"
        raise InvalidInputError(message, where=_WHERE)
    dose = np.ascontiguousarray(stored.transpose(order)[flips]) * scaling
    dose.flags.writeable = False  # handed over: the noun need not copy it
    plans, beam = _references(dataset)
    return DoseGrid(
        x_mm=coordinates[0],
        y_mm=coordinates[1],
        z_mm=coordinates[2],
        dose_gy=dose,
        summation=_summation(dataset),
        frame_of_reference_uid=text(dataset, 0x00200052),
        sop_instance_uid=text(dataset, 0x00080018),
        referenced_plan_uids=plans,
        referenced_structure_set_uids=tuple(text(item, 0x00081155) for item in sequence(dataset, 0x300C0060)),
        referenced_beam_number=beam,
        caveats=_caveats(dataset),
        source=digest,
    )


def _refuse_unusable(dataset: Dataset) -> None:
    units, kind = text(dataset, 0x30040002).upper(), text(dataset, 0x30040004).upper()
    if units != "GY":
        message = f"dose units {quotable(units, among=_UNITS)}, expected GY (3004,0002)"
        raise UnsupportedInputError(message, where=_WHERE)
    if kind not in {"PHYSICAL", "EFFECTIVE"}:
        message = f"dose type {quotable(kind, among=_TYPES)}, expected PHYSICAL or EFFECTIVE (3004,0004)"
        raise UnsupportedInputError(message, where=_WHERE)


def _caveats(dataset: Dataset) -> tuple[Caveat, ...]:
    if text(dataset, 0x30040004).upper() == "EFFECTIVE":
        message = "the dose is an effective (biologically weighted) dose, not a physical one"
        return (Caveat(code="effective_dose", text=message),)
    return ()


def _summation(dataset: Dataset) -> DoseSummation:
    written = text(dataset, 0x3004000A).upper()
    try:
        return DoseSummation(written)
    except ValueError:
        shown = quotable(written, among=())
        message = f"Dose Summation Type {shown}, expected one of the standard's (3004,000A)"
        raise InvalidInputError(message, where=_WHERE) from None


def _references(dataset: Dataset) -> tuple[tuple[str, ...], int | None]:
    """Return the plans this dose belongs to, and its beam when it is the dose of one beam."""
    items = sequence(dataset, 0x300C0002)
    beams = [
        integer(beam, 0x300C0006, where=_WHERE)
        for item in items
        for group in sequence(item, 0x300C0020)
        for beam in sequence(group, 0x300C0004)
    ]
    return tuple(text(item, 0x00081155) for item in items), beams[0] if len(beams) == 1 else None


def _stored(dataset: Dataset, source: Source) -> np.ndarray[tuple[int, int, int], np.dtype[np.unsignedinteger]]:
    """Return the stored integers, shape (frames, rows, columns)."""
    frames = integer(dataset, 0x00280008, where=_WHERE) or 1
    rows, columns = integer(dataset, 0x00280010, where=_WHERE), integer(dataset, 0x00280011, where=_WHERE)
    bits = integer(dataset, 0x00280100, where=_WHERE)
    if not rows or not columns or bits not in _STORED or (integer(dataset, 0x00280002, where=_WHERE) or 1) != 1:
        message = f"{rows} rows, {columns} columns, {bits} bits, expected a grid of one 16- or 32-bit sample per voxel"
        raise InvalidInputError(message, where=_WHERE)
    if integer(dataset, 0x00280103, where=_WHERE):
        message = "signed voxels, expected unsigned ones (0028,0103)"
        raise UnsupportedInputError(message, where=_WHERE)
    if dataset.encoding.syntax not in UNCOMPRESSED:
        return _decompressed(dataset, source, (frames, rows, columns))
    raw = dataset.value(_PIXEL_DATA) or b""
    expected = frames * rows * columns * bits // 8
    if not expected <= len(raw) <= expected + 1:
        message = f"{len(raw)} bytes of pixel data, expected {expected} (7FE0,0010)"
        raise InvalidInputError(message, where=_WHERE)
    kind = dataset.encoding.order + _STORED[bits]
    return np.frombuffer(raw, dtype=kind, count=expected * 8 // bits).reshape(frames, rows, columns)


def _decompressed(
    dataset: Dataset, source: Source, shape: tuple[int, int, int]
) -> np.ndarray[tuple[int, int, int], np.dtype[np.unsignedinteger]]:
    # Compressed doses are rare, and pydicom takes longer to import than a dose to read.
    from pydicom import dcmread  # noqa: PLC0415
    from pydicom.pixels.utils import pixel_array  # noqa: PLC0415

    if not _COMPRESSION.fullmatch(dataset.encoding.syntax):
        message = "pixel data in a transfer syntax outside the standard, expected uncompressed (0002,0010)"
        raise UnsupportedInputError(message, where=_WHERE)
    try:
        with unheard():
            stored: np.ndarray[tuple[int, int, int], np.dtype[np.unsignedinteger]] = pixel_array(
                dcmread(BytesIO(source) if isinstance(source, bytes) else source), raw=True
            ).reshape(shape)
    except Exception as error:  # noqa: BLE001  # decoders of foreign bytes may fail in any way, and quote them
        message = f"compressed pixel data that cannot be decoded here ({type(error).__name__}), expected uncompressed"
        raise UnsupportedInputError(message, where=_WHERE) from None
    return stored


def _axes(dataset: Dataset) -> tuple[tuple[int, FloatArray], ...]:
    """Return, for frames, rows and columns in turn, the patient axis (0 x, 1 y, 2 z) and the coordinates along it."""
    orientation = _required(dataset, 0x00200037, 6, "Image Orientation (Patient)")
    position = _required(dataset, 0x00200032, 3, "Image Position (Patient)")
    spacing = _required(dataset, 0x00280030, 2, "Pixel Spacing")
    if not np.all((spacing > 0.0) & (spacing <= _WIDEST_MM)):
        shown = ", ".join(f"{value:g}" for value in spacing)
        message = f"pixel spacing {shown} mm, expected two positive numbers up to {_WIDEST_MM:g} (0028,0030)"
        raise InvalidInputError(message, where=_WHERE)
    along_row, along_column = orientation[:3], orientation[3:]
    normal = np.cross(along_row, along_column)
    rows, columns = integer(dataset, 0x00280010, where=_WHERE) or 0, integer(dataset, 0x00280011, where=_WHERE) or 0
    offsets = _frame_offsets(dataset, position, normal)
    return (
        _axis(normal, position, offsets),
        _axis(along_column, position, np.arange(rows) * spacing[0]),
        _axis(along_row, position, np.arange(columns) * spacing[1]),
    )


def _required(dataset: Dataset, tag: int, count: int, name: str) -> FloatArray:
    values = decimals(dataset, tag, where=_WHERE)
    if values is None or values.size != count:
        message = f"{0 if values is None else values.size} values of {name}, expected {count}"
        raise InvalidInputError(message, where=_WHERE)
    return values


def _axis(direction: FloatArray, position: FloatArray, offsets: FloatArray) -> tuple[int, FloatArray]:
    axis = int(np.argmax(np.abs(direction)))
    unit = np.zeros(3)
    unit[axis] = np.sign(direction[axis])
    if not np.allclose(direction, unit, rtol=0.0, atol=_ALIGNED):
        message = "a grid oblique to the patient axes, expected rows and columns along them (0020,0037)"
        raise UnsupportedInputError(message, where=_WHERE)
    return axis, position[axis] + unit[axis] * offsets


def _frame_offsets(dataset: Dataset, position: FloatArray, normal: FloatArray) -> FloatArray:
    """Return the distance of each frame from the first along the normal, whichever of the two forms is stored."""
    frames = integer(dataset, 0x00280008, where=_WHERE) or 1
    if frames < 2:
        message = f"{frames} dose plane, expected a volume of at least two"
        raise UnsupportedInputError(message, where=_WHERE)
    offsets = decimals(dataset, 0x3004000C, where=_WHERE)
    if offsets is None or offsets.size != frames:
        message = f"{0 if offsets is None else offsets.size} frame offsets, expected {frames} (3004,000C)"
        raise InvalidInputError(message, where=_WHERE)
    if offsets[0] != 0.0:
        if abs(offsets[0] - position[2]) > 0.01 or abs(normal[2]) < 1.0 - _ALIGNED:
            message = (
                f"first frame offset {offsets[0]:g}, expected 0 or the position along z of an axial grid (3004,000C)"
            )
            raise InvalidInputError(message, where=_WHERE)
        offsets = (offsets - offsets[0]) * np.sign(normal[2])
    steps = np.diff(offsets)
    if not (np.all(steps > 0.0) or np.all(steps < 0.0)):
        message = "frame offsets that repeat or turn back, expected ascending or descending ones (3004,000C)"
        raise InvalidInputError(message, where=_WHERE)
    widest = float(np.abs(steps).max())
    if widest > _WIDEST_MM:
        message = f"frames {widest:g} mm apart, expected at most {_WIDEST_MM:g} (3004,000C)"
        raise InvalidInputError(message, where=_WHERE)
    return offsets


def _to_patient_axes(
    axes: tuple[tuple[int, FloatArray], ...], shape: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[slice, ...], tuple[FloatArray, ...]]:
    """Return how to turn (frames, rows, columns) into ascending (z, y, x), and the x, y, z coordinates."""
    if sorted(axis for axis, _ in axes) != [0, 1, 2] or tuple(values.size for _, values in axes) != shape:
        message = "rows, columns and frames that do not span the three patient axes, expected a volume (0020,0037)"
        raise InvalidInputError(message, where=_WHERE)
    stored_axis = {axis: index for index, (axis, _) in enumerate(axes)}
    order = (stored_axis[2], stored_axis[1], stored_axis[0])
    flips = tuple(slice(None, None, -1 if axes[index][1][0] > axes[index][1][-1] else 1) for index in order)
    coordinates = tuple(np.sort(axes[stored_axis[axis]][1]) for axis in range(3))
    return order, flips, coordinates
