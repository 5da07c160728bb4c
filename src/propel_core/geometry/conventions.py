"""What a stack of contours means between and beyond its planes."""

from enum import Enum

__all__ = ["BetweenSlices", "EndCaps"]


class EndCaps(Enum):
    """How far the first and last section of a piece reach beyond their planes (g: gap to the neighbouring plane)."""

    NONE = "none"
    HALF_SLICE = "half-slice"
    HALF_SLICE_LIMITED = "half-slice-1.5mm"

    def height_mm(self, gap_mm: float) -> float:
        """Return the height of the cap beyond a terminal plane."""
        if self is EndCaps.NONE:
            return 0.0
        if self is EndCaps.HALF_SLICE:
            return gap_mm / 2.0
        return min(gap_mm / 2.0, 1.5)


class BetweenSlices(Enum):
    """How sections are joined: as prisms, each section holds to the mid-planes on either side."""

    PRISM = "prism"
