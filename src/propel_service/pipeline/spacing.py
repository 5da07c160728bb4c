"""The plane spacing of a structure set, for structures drawn in one plane only."""

from collections.abc import Iterable
from statistics import median

from propel_core.geometry import plane_spacing_mm
from propel_core.rt import Structure

__all__ = ["typical_spacing_mm"]


def typical_spacing_mm(structures: Iterable[Structure]) -> float | None:
    """Return the median over the structures of their plane spacing; None when none has two planes."""
    spacings = (plane_spacing_mm(structure.points_mm, structure.starts) for structure in structures)
    known = [spacing for spacing in spacings if spacing is not None]
    return median(known) if known else None
