"""The empirical law: the reference values themselves, with no assumption about their shape."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from propel_core.provenance import Caveat, InputDigest, Setting
from propel_core.spc.law import Band, Family, InsufficientLaw, TailProbabilities, reference_digest
from propel_core.spc.series import SeriesLike, as_series, present
from propel_core.units import FloatArray, read_only

__all__ = ["EmpiricalLaw", "empirical_law"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmpiricalLaw:
    """The reference values themselves; `ordered` ascending, shape (n,), at least one."""

    ordered: FloatArray
    reference: InputDigest

    def __post_init__(self) -> None:
        object.__setattr__(self, "ordered", read_only(self.ordered))

    @property
    def family(self) -> Family:
        """See `SpecifiedLaw`."""
        return Family.EMPIRICAL

    @property
    def reference_size(self) -> int:
        """See `SpecifiedLaw`."""
        return self.ordered.size

    def probabilities(self, values: FloatArray) -> TailProbabilities:
        """See `SpecifiedLaw`: (1 + #{reference ≤ x}) / (n + 1) for the lower tail, with ≥ for the upper one."""
        size = self.ordered.size
        missing = np.isnan(values)
        lower = (1.0 + np.searchsorted(self.ordered, values, side="right")) / (size + 1.0)
        upper = (1.0 + size - np.searchsorted(self.ordered, values, side="left")) / (size + 1.0)
        return TailProbabilities(lower=np.where(missing, np.nan, lower), upper=np.where(missing, np.nan, upper))

    def band(self, alpha: float) -> Band | None:
        """See `SpecifiedLaw`: None where the sample is too small for a tail to be reached (n < 40 at 5 %)."""
        inside = self._count_outside(alpha)
        if inside < 0:
            return None
        return Band(
            lower=float(self.ordered[inside]),
            centre=float(np.median(self.ordered)),
            upper=float(self.ordered[self.ordered.size - 1 - inside]),
        )

    def caveats(self, alpha: float) -> tuple[Caveat, ...]:
        """See `SpecifiedLaw`."""
        if self._count_outside(alpha) >= 0:
            return ()
        text = (
            f"{self.ordered.size} reference values: an empirical tail of {alpha / 2.0:.3g} cannot be reached with "
            f"fewer than {math.floor(round(2.0 / alpha, 9))}, so there is no band."
        )
        return (Caveat(code="empirical-tail-unreachable", text=text),)

    def settings(self) -> Mapping[str, Setting]:
        """See `SpecifiedLaw`."""
        return {"law": self.family.value, "reference_size": self.ordered.size}

    def _count_outside(self, alpha: float) -> int:
        """Return how many reference values lie strictly outside the band at each end, or -1 where none is possible.

        The largest c with (1 + c) / (n + 1) < alpha / 2; rounded first, since 0.025 times 80 must be exactly 2.
        """
        return math.ceil(round(alpha / 2.0 * (self.ordered.size + 1) - 1.0, 9)) - 1


def empirical_law(reference: SeriesLike) -> EmpiricalLaw | InsufficientLaw:
    """Return the empirical law of `reference`, shape (n,); missing values do not count.

    Raises
    ------
    InvalidInputError
        If values are not numbers, not one-dimensional or infinite.
    """
    series = as_series(reference, name="reference")
    digest = reference_digest(series)
    values = present(series)
    if values.size == 0:
        return InsufficientLaw(family=Family.EMPIRICAL, reference_size=0, needed=1, reference=digest)
    return EmpiricalLaw(ordered=np.sort(values), reference=digest)
