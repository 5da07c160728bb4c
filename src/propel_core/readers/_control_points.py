"""The control points of a beam as arrays, with what they inherit from one another resolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.readers._devices import DEVICE_TYPE, Device, device_name
from propel_core.readers.elements import Dataset, decimals, integer, number, sequence, tag_name, text
from propel_core.units import FloatArray

__all__ = ["ControlPoints", "read_control_points"]

_COUNT = 0x300A0110
_CONTROL_POINTS = 0x300A0111
_INDEX = 0x300A0112
_WEIGHT = 0x300A0134
_DEVICE_POSITIONS = 0x300A011A
_POSITIONS = 0x300A011C
_ANGLES = {"gantry": 0x300A011E, "collimator": 0x300A0120, "couch": 0x300A0122}
_FARTHEST_MM = 10_000.0
"""No leaf or jaw is that far from the beam axis: such a number is not a position."""
_LARGEST_FALL = 1e-6
"""Of the final cumulative weight: a smaller fall is rounding and counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControlPoints:
    """What the control points of one beam say.

    Parameters
    ----------
    cumulative_weight
        Non-decreasing, shape (control points,).
    angles_deg
        By name (gantry, collimator, couch), shape (control points,); None where the beam never states the angle.
    positions_mm
        Per declared device, shape (control points, 2, pairs); None for a device that is never positioned.
    """

    cumulative_weight: FloatArray
    angles_deg: dict[str, FloatArray | None]
    positions_mm: tuple[FloatArray | None, ...]


def read_control_points(beam: Dataset, devices: Sequence[Device], where: str) -> ControlPoints:
    """Return the control points of `beam`.

    Raises
    ------
    InvalidInputError
        Control points are missing or out of order, weights are missing or fall, the first control point leaves a
        declared device unset, or positions fit no declared device.
    """
    items = sequence(beam, _CONTROL_POINTS)
    _check_count(beam, items, where)
    places = [f"{where}, control point {index}" for index in range(len(items))]
    return ControlPoints(
        cumulative_weight=_weights(items, places, where),
        angles_deg={name: _inherited_angle(items, tag, places) for name, tag in _ANGLES.items()},
        positions_mm=_positions(items, devices, places),
    )


def _check_count(beam: Dataset, items: Sequence[Dataset], where: str) -> None:
    declared = integer(beam, _COUNT, where=where)
    expected = len(items) if declared is None else declared
    if len(items) != expected or len(items) < 2:
        wanted = f"{max(expected, 2)} {tag_name(_COUNT)}" if declared is not None else "at least 2"
        message = f"{len(items)} control points, expected {wanted}"
        raise InvalidInputError(message, where=where)
    indices = [integer(item, _INDEX, where=where) for item in items]
    stated = [index for index in indices if index is not None]
    if any(later <= earlier for earlier, later in pairwise(stated)):
        message = f"control point indices that do not ascend, expected 0 to {len(items) - 1} {tag_name(_INDEX)}"
        raise InvalidInputError(message, where=where)


def _weights(items: Sequence[Dataset], places: Sequence[str], where: str) -> FloatArray:
    """Return the cumulative weights, with falls within rounding levelled out."""
    weights = np.empty(len(items))
    for index, item in enumerate(items):
        weight = number(item, _WEIGHT, where=places[index])
        if weight is None:
            message = f"no cumulative meterset weight, expected one {tag_name(_WEIGHT)}"
            raise InvalidInputError(message, where=places[index])
        weights[index] = weight
    with np.errstate(over="ignore"):
        steps = np.diff(weights)
        rise = float(np.maximum(steps, 0.0).sum())
    if not (rise > 0.0 and np.isfinite(rise)):
        message = f"cumulative meterset weights that rise by {rise:g}, expected a finite rise {tag_name(_WEIGHT)}"
        raise InvalidInputError(message, where=where)
    fallen = steps < -_LARGEST_FALL * abs(weights[-1])
    if np.any(fallen):
        index = int(np.argmax(fallen)) + 1
        message = f"cumulative meterset weight falls by {-steps[index - 1]:g}, expected no fall {tag_name(_WEIGHT)}"
        raise InvalidInputError(message, where=places[index])
    if np.any(steps < 0.0):
        weights[1:] = weights[0] + np.cumsum(np.maximum(steps, 0.0))
    return weights


def _inherited_angle(items: Sequence[Dataset], tag: int, places: Sequence[str]) -> FloatArray | None:
    """Return an angle at every control point; control points before the first statement take that statement."""
    stated = [number(item, tag, where=place) for item, place in zip(items, places, strict=True)]
    first = next((angle for angle in stated if angle is not None), None)
    if first is None:
        return None
    angles = np.empty(len(items))
    for index, angle in enumerate(stated):
        angles[index] = angle if angle is not None else (angles[index - 1] if index else first)
    return angles


def _positions(
    items: Sequence[Dataset], devices: Sequence[Device], places: Sequence[str]
) -> tuple[FloatArray | None, ...]:
    """Return the positions of every device; a device absent at a control point keeps its last positions."""
    held = [np.empty((len(items), 2, device.pairs)) for device in devices]
    known = [False] * len(devices)
    for index, (item, place) in enumerate(zip(items, places, strict=True)):
        found = _stated_positions(item, devices, place)
        for slot, device in enumerate(devices):
            if slot in found:
                _check_first(device, index, place, known=known[slot])
                known[slot] = True
                held[slot][index] = found[slot].reshape(2, device.pairs)
            elif index:
                held[slot][index] = held[slot][index - 1]
            elif device.is_mlc:
                message = f"no positions of {device.name}, expected {2 * device.pairs} {tag_name(_POSITIONS)}"
                raise InvalidInputError(message, where=place)
    return tuple(positions if seen else None for positions, seen in zip(held, known, strict=True))


def _check_first(device: Device, index: int, place: str, *, known: bool) -> None:
    if index and not known:
        message = f"first positions of {device.name}, expected them from control point 0 on {tag_name(_POSITIONS)}"
        raise InvalidInputError(message, where=place)


def _stated_positions(item: Dataset, devices: Sequence[Device], place: str) -> dict[int, FloatArray]:
    """Return the positions that one control point states, by the place of their device among `devices`."""
    found: dict[int, FloatArray] = {}
    for entry in sequence(item, _DEVICE_POSITIONS):
        kind = text(entry, DEVICE_TYPE)
        values = decimals(entry, _POSITIONS, where=place)
        if values is None:
            message = f"no positions in an item for {device_name(kind)}, expected positions {tag_name(_POSITIONS)}"
            raise InvalidInputError(message, where=place)
        slot = _device_of(kind, values.size, devices, place)
        if slot is None:
            continue
        if slot in found:
            message = f"two sets of positions for {device_name(kind)}, expected one {tag_name(_DEVICE_POSITIONS)}"
            raise InvalidInputError(message, where=place)
        farthest = float(np.abs(values).max())
        if farthest > _FARTHEST_MM:
            message = f"{device_name(kind)} position {farthest:g} mm from the axis, expected at most {_FARTHEST_MM:g}"
            raise InvalidInputError(message, where=place)
        found[slot] = values
    return found


def _device_of(kind: str, count: int, devices: Sequence[Device], place: str) -> int | None:
    """Return which device `count` positions of type `kind` belong to; None for a type that is not leaves or jaws.

    Machines with stacked layers name two devices alike, or list them in another order than they declare them: type
    and count together decide.
    """
    alike = [slot for slot, device in enumerate(devices) if device.kind == kind]
    fitting = [slot for slot in alike if 2 * devices[slot].pairs == count]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        found = f"{len(fitting)} devices {device_name(kind)} of {count // 2} pairs"
        message = f"{found}, expected to tell them apart by their pairs"
        raise InvalidInputError(message, where=place)
    if alike:
        wanted = " or ".join(str(2 * devices[slot].pairs) for slot in alike)
        noun = "leaf" if devices[alike[0]].is_mlc else "jaw"
        message = f"{count} {noun} positions of {device_name(kind)}, expected {wanted} {tag_name(_POSITIONS)}"
        raise InvalidInputError(message, where=place)
    if kind in {"", "X", "Y", "ASYMX", "ASYMY"} or kind.startswith("MLC"):
        message = f"positions of {device_name(kind)}, expected only devices that the beam declares (300A,00B6)"
        raise InvalidInputError(message, where=place)
    return None
