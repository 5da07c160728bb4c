"""What a specified reference law is: the family, the probabilities it gives, and its band."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from propel_core.provenance import Caveat, InputDigest, Setting, digest_of_arrays
from propel_core.units import FloatArray

__all__ = ["Band", "Family", "InsufficientLaw", "SpecifiedLaw", "TailProbabilities", "reference_digest"]


class Family(Enum):
    """The family of a specified law; the values are the words of the command line."""

    NORMAL = "normal"
    LOGNORMAL = "lognormal"
    EMPIRICAL = "empirical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The values between the two tails, ends included, and the median."""

    lower: float
    centre: float
    upper: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TailProbabilities:
    """Probability of a value as low, and of one as high, under the law; NaN where unknown, shapes (k,)."""

    lower: FloatArray
    upper: FloatArray


class SpecifiedLaw(Protocol):
    """What a tails chart needs of a law."""

    @property
    def family(self) -> Family:
        """The family."""
        ...

    @property
    def reference_size(self) -> int | None:
        """Number of reference values, None for a given law."""
        ...

    @property
    def reference(self) -> InputDigest | None:
        """Digest of the reference values, None for a given law."""
        ...

    def probabilities(self, values: FloatArray) -> TailProbabilities:
        """Return the tail probabilities of `values`, shape (k,), NaN for missing ones."""
        ...

    def band(self, alpha: float) -> Band | None:
        """Return the band that leaves `alpha` / 2 on each side, or None where the law gives none."""
        ...

    def caveats(self, alpha: float) -> tuple[Caveat, ...]:
        """Return the reservations about the law at this `alpha`."""
        ...

    def settings(self) -> Mapping[str, Setting]:
        """Return what the provenance records about the law."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InsufficientLaw:
    """A law that could not be had from so few reference values: every probability is unknown, and there is no band."""

    family: Family
    reference_size: int
    needed: int
    reference: InputDigest

    def probabilities(self, values: FloatArray) -> TailProbabilities:
        """See `SpecifiedLaw`."""
        unknown = np.full(values.shape, np.nan)
        return TailProbabilities(lower=unknown, upper=unknown)

    def band(self, alpha: float) -> None:
        """See `SpecifiedLaw`."""

    def caveats(self, alpha: float) -> tuple[Caveat, ...]:  # noqa: ARG002  # the protocol's signature
        """See `SpecifiedLaw`."""
        text = f"{self.reference_size} reference values, expected at least {self.needed}: no band."
        return (Caveat(code="reference-too-small", text=text),)

    def settings(self) -> Mapping[str, Setting]:
        """See `SpecifiedLaw`."""
        return {"law": self.family.value, "reference_size": self.reference_size}


def reference_digest(series: FloatArray) -> InputDigest:
    """Return what the provenance records about the reference values, gaps included."""
    return InputDigest(name="reference period", sha256=digest_of_arrays(series))
