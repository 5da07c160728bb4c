"""Structures as stacks of planar contours."""

from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat, InputDigest, digest_of_arrays
from propel_core.units import FARTHEST_MM, FloatArray, IntArray, read_only

__all__ = ["ContourKind", "InterpretedType", "RefusedStructure", "Structure", "StructureSet"]


class ContourKind(Enum):
    """DICOM Contour Geometric Type (3006,0042)."""

    POINT = "POINT"
    OPEN_PLANAR = "OPEN_PLANAR"
    OPEN_NONPLANAR = "OPEN_NONPLANAR"
    CLOSED_PLANAR = "CLOSED_PLANAR"
    CLOSEDPLANAR_XOR = "CLOSEDPLANAR_XOR"


class InterpretedType(Enum):
    """The values of RT ROI Interpreted Type (3006,00A4) that PROPEL acts upon; all others are OTHER."""

    EXTERNAL = "EXTERNAL"
    PTV = "PTV"
    CTV = "CTV"
    GTV = "GTV"
    ORGAN = "ORGAN"
    AVOIDANCE = "AVOIDANCE"
    SUPPORT = "SUPPORT"
    MARKER = "MARKER"
    OTHER = "OTHER"
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structure:
    """One region of interest: its closed contours, in patient coordinates (LPS, mm).

    Parameters
    ----------
    points_mm
        All vertices, shape (n, 3).
    starts
        Shape (m + 1,): contour k holds the points ``starts[k]:starts[k + 1]``. Closed contours do not repeat their
        first point.
    point_mm
        The location of a ROI given as a POINT, else None.
    caveats
        What the reader left out and why (open contours, contours of fewer than three distinct points).
    """

    number: int
    name: str
    points_mm: FloatArray
    starts: IntArray
    frame_of_reference_uid: str
    interpreted_type: InterpretedType = InterpretedType.NONE
    point_mm: tuple[float, float, float] | None = None
    caveats: tuple[Caveat, ...] = ()
    source: InputDigest | None = None

    def __post_init__(self) -> None:
        points = read_only(np.asarray(self.points_mm, dtype=np.float64).reshape(-1, 3))
        starts = np.ascontiguousarray(self.starts, dtype=np.int64)
        if starts is self.starts:
            starts = starts.copy()
        starts.flags.writeable = False
        object.__setattr__(self, "points_mm", points)
        object.__setattr__(self, "starts", starts)
        where = f"Structure {self.number}"
        if starts.ndim != 1 or starts.size < 1 or starts[0] != 0 or starts[-1] != points.shape[0]:
            message = f"contour starts from {starts[:1]} to {starts[-1:]}, expected 0 to {points.shape[0]}"
            raise InvalidInputError(message, where=where)
        if np.any(np.diff(starts) < 3):
            message = f"a contour of {int(np.diff(starts).min())} points, expected at least 3"
            raise InvalidInputError(message, where=where)
        if not np.all(np.abs(points) <= FARTHEST_MM):
            message = f"a coordinate that is no number up to {FARTHEST_MM:g}, expected millimetres"
            raise InvalidInputError(message, where=where)

    @property
    def contour_count(self) -> int:
        """The number of closed contours."""
        return int(self.starts.size) - 1

    @property
    def is_empty(self) -> bool:
        """Whether the structure has no closed contour."""
        return self.contour_count == 0

    def identity(self) -> InputDigest:
        """Return the digest of the file this was read from, or of the arrays when made in memory."""
        if self.source is not None:
            return self.source
        return InputDigest(name="structure", sha256=digest_of_arrays(self.points_mm, self.starts))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedStructure:
    """A region of interest that could not be read: its number and name, the error's type and its message."""

    number: int
    name: str
    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StructureSet:
    """The structures of one RTSTRUCT, in file order, and those that could not be read."""

    sop_instance_uid: str
    structures: tuple[Structure, ...]
    refused: tuple[RefusedStructure, ...] = ()
    label: str = ""
    referenced_frame_of_reference_uids: tuple[str, ...] = field(default=())
    caveats: tuple[Caveat, ...] = ()
    source: InputDigest | None = None

    def named(self, name: str) -> tuple[Structure, ...]:
        """Return every structure called exactly `name` (two may share a name), in file order."""
        return tuple(structure for structure in self.structures if structure.name == name)
