"""The choices behind a dose-volume histogram."""

from dataclasses import dataclass
from math import isfinite

from propel_core.errors import InvalidRequestError
from propel_core.geometry import BetweenSlices, EndCaps
from propel_core.provenance import Setting

__all__ = ["DvhSettings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DvhSettings:
    """How the solid is built and how finely the dose is taken.

    Parameters
    ----------
    bin_width_gy
        The widest bin of the curve. Doses below 10 Gy are binned finer, to a thousandth of the maximum or better.
    step_mm
        The longest piece of the integration across the scanline, where the dose of a piece spans more than five bins.
    """

    end_caps: EndCaps = EndCaps.HALF_SLICE
    between_slices: BetweenSlices = BetweenSlices.PRISM
    bin_width_gy: float = 0.01
    step_mm: float = 1.0

    def __post_init__(self) -> None:
        for name in ("bin_width_gy", "step_mm"):
            value = getattr(self, name)
            if not (isfinite(value) and value > 0.0):
                message = f"{name} of {value!r}, expected a positive number"
                raise InvalidRequestError(message)

    def as_mapping(self) -> dict[str, Setting]:
        """Return the settings as a provenance stamp holds them."""
        return {
            "end_caps": self.end_caps.value,
            "between_slices": self.between_slices.value,
            "bin_width_gy": self.bin_width_gy,
            "step_mm": self.step_mm,
        }
