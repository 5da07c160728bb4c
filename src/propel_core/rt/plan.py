"""A treatment plan: fraction groups, beams, and their control points as arrays."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat, InputDigest, digest_of_arrays
from propel_core.units import FloatArray, read_only

__all__ = [
    "Beam",
    "BeamReference",
    "Excluded",
    "FractionGroup",
    "LeafAxis",
    "MlcLayer",
    "Plan",
    "Prescription",
    "Radiation",
]


class Radiation(Enum):
    """DICOM Radiation Type (300A,00C6)."""

    PHOTON = "PHOTON"
    ELECTRON = "ELECTRON"
    NEUTRON = "NEUTRON"
    PROTON = "PROTON"
    ION = "ION"


class LeafAxis(Enum):
    """The axis along which leaves move: X for MLCX, Y for MLCY (IEC 61217 beam limiting device coordinates)."""

    X = "X"
    Y = "Y"


class Prescription(Enum):
    """Where a prescribed dose was found."""

    DOSE_REFERENCE = "dose reference"
    FRACTION_GROUP = "fraction group"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MlcLayer:
    """One layer of leaf pairs, with inheritance between control points already resolved.

    Parameters
    ----------
    boundaries_mm
        Leaf edges perpendicular to the motion, ascending, shape (pairs + 1,).
    positions_mm
        Tip positions, shape (control points, 2, pairs): bank 1 (left), then bank 2 (right).
    """

    axis: LeafAxis
    boundaries_mm: FloatArray
    positions_mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "boundaries_mm", read_only(self.boundaries_mm))
        object.__setattr__(self, "positions_mm", read_only(self.positions_mm))
        pairs = self.boundaries_mm.size - 1
        if self.boundaries_mm.ndim != 1 or pairs < 1 or not np.all(np.diff(self.boundaries_mm) > 0.0):
            message = "leaf boundaries that do not ascend strictly, expected pairs + 1 ascending values (300A,00BE)"
            raise InvalidInputError(message, where="MLC")
        if self.positions_mm.ndim != 3 or self.positions_mm.shape[1:] != (2, pairs):
            message = f"leaf positions of shape {self.positions_mm.shape}, expected (control points, 2, {pairs})"
            raise InvalidInputError(message, where="MLC")
        if not np.all(np.isfinite(self.positions_mm)) or not np.all(np.isfinite(self.boundaries_mm)):
            message = "a leaf position that is not a finite number, expected millimetres"
            raise InvalidInputError(message, where="MLC")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beam:
    """A photon treatment beam with a multileaf collimator.

    Parameters
    ----------
    cumulative_weight
        Cumulative Meterset Weight as stored (any scale), non-decreasing, shape (control points,).
    gantry_deg, collimator_deg, couch_deg
        Angles per control point, shape (control points,).
    layers
        One MLC layer, or several stacked ones.
    jaws_x_mm, jaws_y_mm
        Shape (control points, 2), or None where the machine has no such jaws (unlimited).
    modifiers
        Names of wedges, blocks, compensators and the like that the computation ignores.
    """

    number: int
    name: str
    machine: str
    radiation: Radiation
    cumulative_weight: FloatArray
    gantry_deg: FloatArray
    collimator_deg: FloatArray
    couch_deg: FloatArray
    layers: tuple[MlcLayer, ...]
    jaws_x_mm: FloatArray | None = None
    jaws_y_mm: FloatArray | None = None
    modifiers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        where = f"Beam {self.number}"
        count = int(np.asarray(self.cumulative_weight).size)
        for name in ("cumulative_weight", "gantry_deg", "collimator_deg", "couch_deg"):
            values = read_only(getattr(self, name))
            object.__setattr__(self, name, values)
            if values.shape != (count,) or not np.all(np.isfinite(values)):
                message = f"{name} of shape {values.shape} or not finite, expected {count} finite values"
                raise InvalidInputError(message, where=where)
        for name in ("jaws_x_mm", "jaws_y_mm"):
            if getattr(self, name) is None:
                continue
            values = read_only(getattr(self, name))
            object.__setattr__(self, name, values)
            if values.shape != (count, 2) or not np.all(np.isfinite(values)):
                message = f"{name} of shape {values.shape} or not finite, expected ({count}, 2) finite values"
                raise InvalidInputError(message, where=where)
        if count < 2:
            message = f"{count} control points, expected at least 2"
            raise InvalidInputError(message, where=where)
        if np.any(np.diff(self.cumulative_weight) < 0.0):
            message = "cumulative meterset weights that fall, expected non-decreasing values (300A,0134)"
            raise InvalidInputError(message, where=where)
        if not self.layers or any(layer.positions_mm.shape[0] != count for layer in self.layers):
            message = f"no MLC layer with {count} control points, expected at least one"
            raise InvalidInputError(message, where=where)

    @property
    def control_point_count(self) -> int:
        """The number of control points."""
        return int(self.cumulative_weight.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """A beam that takes no part in the computation: a stable reason code and a sentence."""

    number: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamReference:
    """The monitor units, per fraction, that a fraction group gives to a beam."""

    beam_number: int
    meterset_mu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionGroup:
    """A fraction group: how many fractions, and the monitor units of each beam in one of them."""

    number: int
    fractions_planned: int | None
    beams: tuple[BeamReference, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A treatment plan as read; it holds no patient identifier.

    `beams` holds what can be computed, `excluded` the rest with reasons. `prescription_gy` is null when the plan
    states none; `prescription_source` says where it was found.
    """

    sop_instance_uid: str
    label: str
    description: str
    intent: str
    treatment_sites: tuple[str, ...]
    manufacturer: str
    model: str
    software: str
    fraction_groups: tuple[FractionGroup, ...]
    beams: tuple[Beam, ...]
    excluded: tuple[Excluded, ...] = ()
    planned_at: datetime | None = None
    approved_at: datetime | None = None
    studied_at: datetime | None = None
    approval_status: str = ""
    prescription_gy: float | None = None
    prescription_source: Prescription | None = None
    referenced_structure_set_uid: str | None = None
    frame_of_reference_uid: str = ""
    caveats: tuple[Caveat, ...] = ()
    source: InputDigest | None = None

    def beam(self, number: int) -> Beam:
        """Return the beam called `number`; raise `InvalidInputError` when there is none."""
        for beam in self.beams:
            if beam.number == number:
                return beam
        message = f"no beam {number} among {[beam.number for beam in self.beams]}"
        raise InvalidInputError(message, where="Plan")

    def identity(self) -> InputDigest:
        """Return the digest of the file this was read from, or of the arrays when made in memory."""
        if self.source is not None:
            return self.source
        arrays = [array for beam in self.beams for array in _arrays(beam)]
        return InputDigest(name="plan", sha256=digest_of_arrays(*arrays))


def _arrays(beam: Beam) -> list[FloatArray]:
    jaws = [jaw for jaw in (beam.jaws_x_mm, beam.jaws_y_mm) if jaw is not None]
    layers = [array for layer in beam.layers for array in (layer.boundaries_mm, layer.positions_mm)]
    return [beam.cumulative_weight, beam.gantry_deg, *jaws, *layers]
