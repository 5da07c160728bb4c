"""The dose-volume histogram as a result."""

from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat, Provenance
from propel_core.units import FloatArray, read_only

__all__ = ["SAME_DOSE", "Dvh"]

SAME_DOSE = 1.0 + 1e-9
"""Doses within this ratio of each other are equal: V(d) is inclusive, and interpolation rounds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dvh:
    """The cumulative dose-volume histogram of one structure.

    Parameters
    ----------
    volume_cc
        The volume of the solid, from the contours alone.
    coverage_fraction
        The part of that volume inside the box that the dose-voxel centres span.
    min_gy, mean_gy, max_gy
        Over the covered part; None when nothing is covered. They come from the integration, never from bins.
    dose_gy
        Edges of the bins, ascending from 0, shape (k,).
    volume_cc_at_dose
        The covered volume that receives at least the dose of each edge, non-increasing, shape (k,).
    """

    structure_number: int
    structure_name: str
    volume_cc: float
    coverage_fraction: float
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    dose_gy: FloatArray
    volume_cc_at_dose: FloatArray
    provenance: Provenance
    caveats: tuple[Caveat, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dose_gy", read_only(self.dose_gy))
        object.__setattr__(self, "volume_cc_at_dose", read_only(self.volume_cc_at_dose))
        if self.dose_gy.shape != self.volume_cc_at_dose.shape or self.dose_gy.size < 1:
            message = f"{self.dose_gy.shape} doses and {self.volume_cc_at_dose.shape} volumes, expected as many of each"
            raise InvalidInputError(message, where="DVH")
        if np.any(np.diff(self.volume_cc_at_dose) > 0.0):
            message = "volume that rises with dose, expected a non-increasing curve"
            raise InvalidInputError(message, where="DVH")

    @property
    def covered_cc(self) -> float:
        """The volume inside the dose grid."""
        return float(self.volume_cc_at_dose[0])

    def volume_at(self, dose_gy: float) -> float:
        """Return the covered volume (cc) that receives at least `dose_gy`, linear between the edges."""
        if self.max_gy is None or self.min_gy is None or dose_gy > self.max_gy * SAME_DOSE:
            return 0.0
        if dose_gy <= self.min_gy * SAME_DOSE:
            return self.covered_cc
        return float(np.interp(dose_gy, self.dose_gy, self.volume_cc_at_dose))

    def dose_at(self, volume_cc: float) -> float | None:
        """Return the highest dose (Gy) received by at least `volume_cc`; None when so much is not covered.

        A plateau of the curve gives its right end. Zero volume gives the maximum, all of it the minimum.
        """
        if self.max_gy is None or self.min_gy is None or volume_cc > self.covered_cc:
            return None
        if volume_cc <= 0.0:
            return self.max_gy
        last = int(np.searchsorted(-self.volume_cc_at_dose, -volume_cc, side="right")) - 1
        dose = float(self.dose_gy[last])
        if last + 1 < self.dose_gy.size:
            above, below = self.volume_cc_at_dose[last], self.volume_cc_at_dose[last + 1]
            dose += float((above - volume_cc) / (above - below) * (self.dose_gy[last + 1] - self.dose_gy[last]))
        return min(max(dose, self.min_gy), self.max_gy)
