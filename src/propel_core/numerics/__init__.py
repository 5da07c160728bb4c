"""Numerical foundations: the one numba policy and small routines shared by the concepts."""

__all__: list[str] = []
