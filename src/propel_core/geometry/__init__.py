"""Contour stacks as solids: exact planar sections, slabs, overlap volumes."""

__all__: list[str] = []
