"""Overlap between a target and an organ."""

__all__: list[str] = []
