"""Read an RTSTRUCT: names, types and closed contours of each region of interest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError, PropelError, UnsupportedInputError
from propel_core.provenance import Caveat, InputDigest
from propel_core.readers.elements import (
    Dataset,
    Source,
    decimal_text,
    integer,
    open_dataset,
    parse_decimals,
    quotable,
    quotable_class,
    sequence,
    text,
)
from propel_core.rt import ContourKind, InterpretedType, RefusedStructure, Structure, StructureSet
from propel_core.units import FloatArray, IntArray

__all__ = ["read_structure_set"]

_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
_CLOSED = frozenset((ContourKind.CLOSED_PLANAR, ContourKind.CLOSEDPLANAR_XOR))
_CONTOUR_DATA = 0x30060050


def read_structure_set(source: Source, *, names: Collection[str] | None = None) -> StructureSet:
    """Read the structures of an RTSTRUCT, in file order.

    A region of interest whose contours contradict the standard stands in `StructureSet.refused` with the reason; the
    others are read. Open contours and contours of fewer than three distinct points are left out with a caveat.

    Parameters
    ----------
    source
        A path, or the file's bytes.
    names
        Read only the contours of the regions called so (exactly); all when None.

    Raises
    ------
    UnreadableFileError
        The file cannot be read.
    InvalidInputError
        The file is not an RTSTRUCT, or gives two regions one number, or one region two lists of contours.
    """
    dataset, digest = open_dataset(source, role="RTSTRUCT")
    found = text(dataset, 0x00080016)
    if found != _STRUCTURE_SET_STORAGE:
        message = f"SOP class {quotable_class(found)}, expected RT Structure Set Storage"
        raise InvalidInputError(message, where="RTSTRUCT")
    types = _interpreted_types(dataset)
    contours = _contours(dataset)
    structures: list[Structure] = []
    refused: list[RefusedStructure] = []
    seen: set[int] = set()
    for item in sequence(dataset, 0x30060020):
        number = integer(item, 0x30060022)
        name = text(item, 0x30060026)
        if number is None or number in seen:
            message = f"ROI number {number}, expected one number for each ROI (3006,0022)"
            raise InvalidInputError(message, where="RTSTRUCT")
        seen.add(number)
        if names is not None and name not in names:
            continue
        header = _Header(
            number=number,
            name=name,
            frame_of_reference_uid=text(item, 0x30060024) or text(dataset, 0x00200052),
            interpreted_type=types.get(number, InterpretedType.NONE),
            source=digest,
        )
        try:
            structures.append(_structure(header, contours.get(number)))
        except PropelError as error:
            refused.append(RefusedStructure(number=number, name=name, kind=type(error).__name__, message=str(error)))
    return StructureSet(
        sop_instance_uid=text(dataset, 0x00080018),
        label=text(dataset, 0x30060002),
        structures=tuple(structures),
        refused=tuple(refused),
        referenced_frame_of_reference_uids=_frames(dataset),
        source=digest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """What is known of a region before its contours are read."""

    number: int
    name: str
    frame_of_reference_uid: str
    interpreted_type: InterpretedType
    source: InputDigest


def _frames(dataset: Dataset) -> tuple[str, ...]:
    return tuple(text(item, 0x00200052) for item in sequence(dataset, 0x30060010))


def _contours(dataset: Dataset) -> Mapping[int, Dataset]:
    """Return the item of the contour sequence for each ROI number."""
    items: dict[int, Dataset] = {}
    for item in sequence(dataset, 0x30060039):
        number = integer(item, 0x30060084, where="RTSTRUCT")
        if number is None or number in items:
            message = f"contours of ROI number {number} listed twice or of none, expected one list for each (3006,0084)"
            raise InvalidInputError(message, where="RTSTRUCT")
        items[number] = item
    return items


def _interpreted_types(dataset: Dataset) -> Mapping[int, InterpretedType]:
    known = {kind.value: kind for kind in InterpretedType}
    types: dict[int, InterpretedType] = {}
    for item in sequence(dataset, 0x30060080):
        number = integer(item, 0x30060084)
        if number is not None:
            types[number] = known.get(text(item, 0x300600A4).upper(), InterpretedType.OTHER)
    return types


def _structure(header: _Header, item: Dataset | None) -> Structure:
    where = f"Structure {header.number}"
    contours = sequence(item, 0x30060040) if item is not None else ()
    closed: list[_Drawn] = []
    points: list[_Drawn] = []
    open_count = 0
    for index, contour in enumerate(contours, start=1):
        drawn = _Drawn(item=contour, where=f"{where}, contour {index}", text=decimal_text(contour, _CONTOUR_DATA))
        kind = _kind(drawn)
        if kind in _CLOSED:
            closed.append(drawn)
        elif kind is ContourKind.POINT:
            points.append(drawn)
        else:
            open_count += 1
    vertices, starts, degenerate = _stack(closed)
    return Structure(
        number=header.number,
        name=header.name,
        points_mm=vertices,
        starts=starts,
        frame_of_reference_uid=header.frame_of_reference_uid,
        interpreted_type=header.interpreted_type,
        point_mm=_point(points, where),
        caveats=_caveats(open_count, degenerate),
        source=header.source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """One contour of the file: its item, its place for messages, its coordinates as text."""

    item: Dataset
    where: str
    text: bytes


def _kind(contour: _Drawn) -> ContourKind:
    written = text(contour.item, 0x30060042).upper()
    try:
        return ContourKind(written)
    except ValueError:
        message = f"contour type {quotable(written, among=())}, expected one of the standard's (3006,0042)"
        raise InvalidInputError(message, where=contour.where) from None


def _stack(contours: Sequence[_Drawn]) -> tuple[FloatArray, IntArray, int]:
    """Return the vertices of the usable contours, where each begins, and how many were left out."""
    blocks: list[FloatArray] = []
    starts = [0]
    for values in _coordinates([contour for contour in contours if contour.text]):
        block = _open(values.reshape(-1, 3))
        if len(block) >= 3 and _distinct(block) >= 3:
            blocks.append(block)
            starts.append(starts[-1] + len(block))
    vertices = np.concatenate(blocks) if blocks else np.empty((0, 3))
    return vertices, np.array(starts, dtype=np.int64), len(contours) - len(blocks)


def _coordinates(contours: Sequence[_Drawn]) -> Sequence[FloatArray]:
    """Return the coordinates of each contour, as drawn, checked against the stated number of points."""
    if not contours:
        return ()
    sizes = [_size(contour) for contour in contours]
    try:
        values = parse_decimals(b"\\".join(contour.text for contour in contours), where="", tag=_CONTOUR_DATA)
    except InvalidInputError:
        # Again, one by one, for the place.
        return [parse_decimals(contour.text, where=contour.where, tag=_CONTOUR_DATA) for contour in contours]
    return np.split(values, np.cumsum(sizes)[:-1])


def _size(contour: _Drawn) -> int:
    size = contour.text.count(b"\\") + 1
    stated = integer(contour.item, 0x30060046, where=contour.where)
    if size % 3 or (stated is not None and stated * 3 != size):
        expected = f"{stated * 3}" if stated is not None else "a multiple of three"
        message = f"{size} coordinates, expected {expected} (3006,0050)"
        raise InvalidInputError(message, where=contour.where)
    return size


def _open(vertices: FloatArray) -> FloatArray:
    """Return the vertices without a repeated first point at the end."""
    while len(vertices) > 1 and (vertices[0] == vertices[-1]).all():
        vertices = vertices[:-1]
    return vertices


def _distinct(vertices: FloatArray) -> int:
    """Count distinct vertices of at least three, as far as three."""
    if len(set(map(tuple, vertices[:3].tolist()))) == 3:
        return 3
    first = vertices[0]
    others = vertices[np.any(vertices != first, axis=1)]
    if not len(others):
        return 1
    return 3 if np.any(others != others[0]) else 2


def _point(contours: Sequence[_Drawn], where: str) -> tuple[float, float, float] | None:
    if not contours:
        return None
    if len(contours) > 1 or _size(contours[0]) != 3 or not contours[0].text:
        message = f"{len(contours)} point contours, expected one point of three coordinates"
        raise UnsupportedInputError(message, where=where)
    x, y, z = parse_decimals(contours[0].text, where=contours[0].where, tag=_CONTOUR_DATA).tolist()
    return x, y, z


def _caveats(open_count: int, degenerate: int) -> tuple[Caveat, ...]:
    caveats = []
    if open_count:
        caveats.append(Caveat(code="open_contours", text=f"{open_count} open contours were left out: no volume"))
    if degenerate:
        text_ = f"{degenerate} contours of fewer than three distinct points were left out"
        caveats.append(Caveat(code="degenerate_contours", text=text_))
    return tuple(caveats)
