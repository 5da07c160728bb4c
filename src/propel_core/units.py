"""Units as types, and the names of arrays.

A unit is a `NewType`: it costs nothing at run time and lets the type checker refuse millimetres where grays are due.
Patient coordinates are DICOM LPS (x to the patient's left, y to the back, z to the head), in millimetres.
"""

from typing import NewType, TypeAlias

import numpy as np
import numpy.typing as npt

__all__ = [
    "FARTHEST_MM",
    "BoolArray",
    "CubicCentimetre",
    "Degree",
    "FloatArray",
    "Gray",
    "IntArray",
    "Millimetre",
    "MonitorUnit",
    "read_only",
]

Gray = NewType("Gray", float)
Millimetre = NewType("Millimetre", float)
CubicCentimetre = NewType("CubicCentimetre", float)
MonitorUnit = NewType("MonitorUnit", float)
Degree = NewType("Degree", float)

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


FARTHEST_MM = 1e5
"""No coordinate of a patient lies farther from the origin: 100 m. Beyond it squares and volumes lose their meaning."""


def read_only(values: npt.ArrayLike) -> FloatArray:
    """Return `values` as a contiguous, read-only float64 array; the caller's own array keeps its flags."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.flags.writeable:
        # Memory that the caller can still reach through its own array or buffer is copied.
        array = array.copy() if array is values or not array.flags.owndata else array
        array.flags.writeable = False
    return array
