"""Overlap between a target and an organ."""

from propel_core.overlap.compute import ALGORITHM, ALGORITHM_VERSION, Overlap, compute_overlap

__all__ = ["ALGORITHM", "ALGORITHM_VERSION", "Overlap", "compute_overlap"]
