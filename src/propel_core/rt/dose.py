"""A dose distribution on a rectilinear grid aligned with the patient axes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.provenance import Caveat, InputDigest, digest_of_arrays, digest_of_bytes
from propel_core.units import FARTHEST_MM, FloatArray, read_only

__all__ = ["DoseGrid", "DoseSummation", "sum_doses"]


class DoseSummation(Enum):
    """What a dose adds up (DICOM Dose Summation Type, 3004,000A)."""

    PLAN = "PLAN"
    MULTI_PLAN = "MULTI_PLAN"
    PLAN_OVERVIEW = "PLAN_OVERVIEW"
    FRACTION = "FRACTION"
    BEAM = "BEAM"
    BRACHY = "BRACHY"
    FRACTION_SESSION = "FRACTION_SESSION"
    BEAM_SESSION = "BEAM_SESSION"
    BRACHY_SESSION = "BRACHY_SESSION"
    CONTROL_POINT = "CONTROL_POINT"
    RECORD = "RECORD"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseGrid:
    """Absorbed dose in gray at the centres of voxels.

    Whatever the orientation of the stored image, the axes here ascend along DICOM LPS.

    Parameters
    ----------
    x_mm, y_mm, z_mm
        Voxel centres along each patient axis, strictly ascending, shapes (nx,), (ny,), (nz,).
    dose_gy
        Shape (nz, ny, nx).
    """

    x_mm: FloatArray
    y_mm: FloatArray
    z_mm: FloatArray
    dose_gy: FloatArray
    summation: DoseSummation
    frame_of_reference_uid: str
    sop_instance_uid: str = ""
    referenced_plan_uids: tuple[str, ...] = ()
    referenced_structure_set_uids: tuple[str, ...] = ()
    referenced_beam_number: int | None = None
    caveats: tuple[Caveat, ...] = ()
    source: InputDigest | None = None

    def __post_init__(self) -> None:
        for name in ("x_mm", "y_mm", "z_mm", "dose_gy"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        for name in ("x_mm", "y_mm", "z_mm"):
            _check_axis(name, getattr(self, name))
        expected = (self.z_mm.size, self.y_mm.size, self.x_mm.size)
        if self.dose_gy.shape != expected:
            message = f"dose array of shape {self.dose_gy.shape}, expected {expected} (z, y, x)"
            raise InvalidInputError(message, where="Dose grid")
        lowest, highest = float(self.dose_gy.min()), float(self.dose_gy.max())
        if not (np.isfinite(lowest) and np.isfinite(highest)):
            message = "dose that is not a finite number, expected finite values"
            raise InvalidInputError(message, where="Dose grid")
        if lowest < 0.0:
            message = f"lowest dose {lowest:g} Gy, expected none below zero"
            raise InvalidInputError(message, where="Dose grid")

    def identity(self) -> InputDigest:
        """Return the digest of the file this was read from, or of the arrays when made in memory."""
        if self.source is not None:
            return self.source
        return InputDigest(name="dose", sha256=digest_of_arrays(self.x_mm, self.y_mm, self.z_mm, self.dose_gy))


def _check_axis(name: str, axis: FloatArray) -> None:
    if axis.ndim != 1 or axis.size < 2:
        message = f"{name} of shape {axis.shape}, expected one axis of at least two voxels"
        raise InvalidInputError(message, where="Dose grid")
    if not np.all(np.abs(axis) <= FARTHEST_MM):
        message = f"{name} holds no number up to {FARTHEST_MM:g}, expected millimetres"
        raise InvalidInputError(message, where="Dose grid")
    if not np.all(np.diff(axis) > 0.0):
        message = f"{name} does not ascend strictly, expected distinct ascending voxel centres"
        raise InvalidInputError(message, where="Dose grid")


def sum_doses(doses: Sequence[DoseGrid]) -> DoseGrid:
    """Add the doses of the beams (or of the fractions) of one plan, all on one grid.

    Raises
    ------
    InvalidInputError
        No dose, doses of different kinds or frames of reference, one beam twice.
    UnsupportedInputError
        The grids differ.
    """
    if not doses:
        message = "no dose, expected at least one"
        raise InvalidInputError(message, where="Dose sum")
    if len(doses) == 1:
        return doses[0]
    _check_addends(doses)
    # Sums of binary fractions depend on their order: one order, whatever the caller's.
    first, *others = sorted(doses, key=lambda dose: (dose.referenced_beam_number or 0, dose.identity().sha256))
    total = first.dose_gy.copy()
    for dose in others:
        total += dose.dose_gy
    digest = digest_of_bytes("".join(sorted(dose.identity().sha256 for dose in doses)).encode())
    return replace(
        first,
        dose_gy=total,
        summation=DoseSummation.PLAN,
        sop_instance_uid="",
        referenced_beam_number=None,
        caveats=tuple(dict.fromkeys(caveat for dose in doses for caveat in dose.caveats)),
        source=InputDigest(name=f"{len(doses)} RTDOSE", sha256=digest),
    )


def _check_addends(doses: Sequence[DoseGrid]) -> None:
    first = doses[0]
    summations = {dose.summation for dose in doses}
    if summations not in ({DoseSummation.BEAM}, {DoseSummation.FRACTION}):
        found = ", ".join(sorted(kind.value for kind in summations))
        message = f"doses of kind {found}, expected all BEAM or all FRACTION (3004,000A)"
        raise InvalidInputError(message, where="Dose sum")
    if len({dose.frame_of_reference_uid for dose in doses}) != 1:
        message = "doses in different frames of reference, expected one"
        raise InvalidInputError(message, where="Dose sum")
    beams = [dose.referenced_beam_number for dose in doses if dose.referenced_beam_number is not None]
    if len(beams) != len(set(beams)):
        message = "two doses of one beam, expected one of each"
        raise InvalidInputError(message, where="Dose sum")
    instances = [dose.sop_instance_uid for dose in doses if dose.sop_instance_uid]
    if len(instances) != len(set(instances)):
        message = "one dose twice, expected each once (0008,0018)"
        raise InvalidInputError(message, where="Dose sum")
    for dose in doses[1:]:
        if not all(np.array_equal(getattr(dose, axis), getattr(first, axis)) for axis in ("x_mm", "y_mm", "z_mm")):
            message = "beam doses on different grids, expected one grid"
            raise UnsupportedInputError(message, where="Dose sum")
