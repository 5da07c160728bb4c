"""Volumes shared by solids, exact for prisms on polygonal sections."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from propel_core.geometry.section import Section, common_area_mm2, union_section
from propel_core.geometry.solid import Solid

__all__ = ["common_volume_cc", "union_solid"]


def common_volume_cc(first: Solid, second: Solid) -> float:
    """Return the volume that lies in both solids, in cubic centimetres."""
    total = 0.0
    for low, high, part in zip(first.low_mm, first.high_mm, first.sections, strict=True):
        heights = np.minimum(high, second.high_mm) - np.maximum(low, second.low_mm)
        for index in np.flatnonzero(heights > 0.0):
            total += float(heights[index]) * common_area_mm2(part, second.sections[index])
    return total / 1000.0


def union_solid(solids: Sequence[Solid]) -> Solid:
    """Return the solid that fills every point of at least one of `solids`, on slabs cut at every boundary."""
    if len(solids) == 1:
        return solids[0]
    cuts = np.unique(np.concatenate([edge for solid in solids for edge in (solid.low_mm, solid.high_mm)]))
    low, high, sections = [], [], []
    for bottom, top in pairwise(cuts):
        merged = _merged_section(solids, 0.5 * (bottom + top))
        if merged is not None:
            low.append(bottom)
            high.append(top)
            sections.append(merged)
    return Solid(
        z_mm=0.5 * (np.array(low) + np.array(high)),
        low_mm=np.array(low),
        high_mm=np.array(high),
        sections=tuple(sections),
        spacing_mm=min(solid.spacing_mm for solid in solids),
        caveats=tuple(dict.fromkeys(caveat for solid in solids for caveat in solid.caveats)),
    )


def _merged_section(solids: Sequence[Solid], height_mm: float) -> Section | None:
    merged: Section | None = None
    for solid in solids:
        for index in np.flatnonzero((solid.low_mm < height_mm) & (height_mm < solid.high_mm)):
            part = solid.sections[index]
            merged = part if merged is None else union_section(merged, part)
    return merged
