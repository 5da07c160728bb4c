"""What a chart accepts as a series of values, and how much a reference period of a given size is worth."""

from collections.abc import Sequence
from enum import Enum
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.provenance import Caveat
from propel_core.units import FloatArray, read_only

__all__ = ["Maturity", "SeriesLike", "as_series", "is_constant", "present"]

SeriesLike: TypeAlias = npt.ArrayLike | Sequence[float | None]
"""Values in order; None or NaN is missing."""

_LARGEST = 1e150  # squares of differences stay finite
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


class Maturity(Enum):
    """How firm limits are, by the number of non-missing values in their reference period."""

    NONE = "none"
    PROVISIONAL = "provisional"
    TRIAL = "trial"
    FIRM = "firm"

    @staticmethod
    def of(size: int) -> "Maturity":
        """Return the maturity of limits from `size` values: none below 2, provisional below 12, trial below 20."""
        if size < 2:
            return Maturity.NONE
        if size < 12:
            return Maturity.PROVISIONAL
        return Maturity.TRIAL if size < 20 else Maturity.FIRM

    def caveats(self, size: int) -> tuple[Caveat, ...]:
        """Return what a reader must know about limits of this maturity."""
        match self:
            case Maturity.FIRM:
                return ()
            case Maturity.NONE:
                return (Caveat(code="no-limits", text=f"{size} reference values, expected at least 2: no limits."),)
            case Maturity.PROVISIONAL | Maturity.TRIAL:
                text = f"Limits are {self.value}: they rest on {size} values, fewer than {self._wanted()}."
                return (Caveat(code=f"{self.value}-limits", text=text),)

    def _wanted(self) -> int:
        return 12 if self is Maturity.PROVISIONAL else 20


def as_series(values: SeriesLike, *, name: str = "values") -> FloatArray:
    """Return `values` as a read-only float64 series, shape (k,), in which NaN marks a missing value.

    None, NaN and masked entries are missing. Text is refused even when it spells a number.

    Raises
    ------
    InvalidInputError
        If the values are not numbers, not one-dimensional, or not finite.
    UnsupportedInputError
        If a magnitude exceeds 1e150, beyond which squares overflow.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(np.float64), np.nan)
        raw = np.asarray(values)
        if raw.dtype.kind not in "biufO" or (raw.dtype.kind == "O" and any(isinstance(item, str) for item in raw.flat)):
            message = f"entries of type {raw.dtype}, expected numbers"
            raise InvalidInputError(message, where=name)
        series = read_only(raw)
    except (TypeError, ValueError, OverflowError):
        message = "entries that are not numbers, expected numbers"
        raise InvalidInputError(message, where=name) from None
    if raw.ndim != 1:
        message = f"array of shape {raw.shape}, expected one dimension"
        raise InvalidInputError(message, where=name)
    _check_magnitude(series, name)
    return series


def present(series: FloatArray) -> FloatArray:
    """Return the values that are not missing, in order."""
    return series[~np.isnan(series)]


def is_constant(values: FloatArray) -> bool:
    """Say whether non-missing `values`, at least one, differ by no more than the rounding of their own magnitude."""
    spread = float(values.max()) - float(values.min())
    return spread <= _ROUNDING * float(np.abs(values).max())


def _check_magnitude(series: FloatArray, name: str) -> None:
    infinite = np.flatnonzero(np.isinf(series))
    if infinite.size:
        message = f"infinite value at index {infinite[0]}, expected finite or missing"
        raise InvalidInputError(message, where=name)
    large = np.flatnonzero(np.abs(series) > _LARGEST)
    if large.size:
        message = f"value {series[large[0]]:g} at index {large[0]}, expected a magnitude up to {_LARGEST:g}"
        raise UnsupportedInputError(message, where=name)
