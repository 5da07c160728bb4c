"""Statements over many values, in parts."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

__all__ = ["chunks"]

_FEW = 500  # databases limit how many values one statement may carry
_Value = TypeVar("_Value")


def chunks(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    """Yield `values` in parts small enough for one statement."""
    for start in range(0, len(values), _FEW):
        yield values[start : start + _FEW]
