"""The beam limiting devices that a beam declares: jaws, and layers of leaves with their boundaries."""

from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.readers.elements import Dataset, decimals, integer, quotable, sequence, tag_name, text
from propel_core.rt import LeafAxis
from propel_core.units import FloatArray

__all__ = ["DEVICE_TYPE", "Device", "declared_devices", "device_name"]

DEVICE_TYPE = 0x300A00B8
_DEVICES = 0x300A00B6
_PAIRS = 0x300A00BC
_BOUNDARIES = 0x300A00BE

_JAW_AXES = {"X": LeafAxis.X, "ASYMX": LeafAxis.X, "Y": LeafAxis.Y, "ASYMY": LeafAxis.Y}
_LEAF_AXES = {"MLCX": LeafAxis.X, "MLCY": LeafAxis.Y}
# Those of the standard, and the layers of a dual-layer head.
_NAMES = frozenset((*_JAW_AXES, *_LEAF_AXES, "MLCX1", "MLCX2", "MLCY1", "MLCY2"))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Device:
    """One declared device: its DICOM type, the axis it moves along, its pairs; boundaries for leaves, None for jaws."""

    kind: str
    axis: LeafAxis
    pairs: int
    boundaries_mm: FloatArray | None = None

    @property
    def name(self) -> str:
        """The type for a message."""
        return device_name(self.kind)

    @property
    def is_mlc(self) -> bool:
        """Whether the device is a layer of leaves."""
        return self.boundaries_mm is not None


def device_name(kind: str) -> str:
    """Return a device type for a message: any but the known ones may be a name."""
    return quotable(kind, among=_NAMES) if kind else "no device type"


def declared_devices(beam: Dataset, where: str) -> tuple[tuple[Device, ...], tuple[str, ...]]:
    """Return the devices of `beam` in file order, and the types of those that are neither jaws nor leaves.

    Raises
    ------
    InvalidInputError
        A layer of leaves has no boundaries, or its number of boundaries is not its number of pairs plus one.
    """
    devices = []
    others = []
    for item in sequence(beam, _DEVICES):
        kind = text(item, DEVICE_TYPE)
        if kind in _JAW_AXES:
            devices.append(Device(kind=kind, axis=_JAW_AXES[kind], pairs=1))
        elif kind[:4] in _LEAF_AXES:  # MLCX1 and MLCX2 are the layers of a dual-layer head
            devices.append(_leaves(item, kind, where))
        else:
            others.append(device_name(kind))
    return tuple(devices), tuple(others)


def _leaves(item: Dataset, kind: str, where: str) -> Device:
    place = f"{where}, {device_name(kind)}"
    boundaries = decimals(item, _BOUNDARIES, where=place)
    if boundaries is None:
        message = f"no leaf position boundaries, expected number of pairs plus one {tag_name(_BOUNDARIES)}"
        raise InvalidInputError(message, where=place)
    pairs = integer(item, _PAIRS, where=place)
    pairs = boundaries.size - 1 if pairs is None else pairs
    if pairs < 1 or boundaries.size != pairs + 1:
        found = f"{boundaries.size} leaf position boundaries for {pairs} pairs"
        message = f"{found}, expected {pairs + 1} {tag_name(_BOUNDARIES)}"
        raise InvalidInputError(message, where=place)
    if not np.all(np.diff(boundaries) > 0.0):
        message = f"leaf position boundaries that do not ascend, expected ascending values {tag_name(_BOUNDARIES)}"
        raise InvalidInputError(message, where=place)
    return Device(kind=kind, axis=_LEAF_AXES[kind[:4]], pairs=pairs, boundaries_mm=boundaries)
