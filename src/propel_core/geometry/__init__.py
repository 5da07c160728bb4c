"""Contour stacks as solids: exact planar sections, slabs and end caps, volumes and their overlap."""

from propel_core.geometry.conventions import BetweenSlices, EndCaps
from propel_core.geometry.overlap import common_volume_cc, union_solid
from propel_core.geometry.section import Section, common_area_mm2, section, union_section
from propel_core.geometry.solid import Solid, plane_spacing_mm, solid_from_contours

__all__ = [
    "BetweenSlices",
    "EndCaps",
    "Section",
    "Solid",
    "common_area_mm2",
    "common_volume_cc",
    "plane_spacing_mm",
    "section",
    "solid_from_contours",
    "union_section",
    "union_solid",
]
