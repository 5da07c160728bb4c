"""Starting the kernels quickly in a process that does nothing else.

When numba loads its first kernel it imports `scipy.linalg`, only to learn whether kernels may call BLAS. Ours never
do, and the import takes a quarter of a second of a command that ends after one. So a command that runs kernels of the
core, and nothing besides, hides that package meanwhile. The library itself never does so: a program that imports it may
have kernels of its own.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quick_kernels"]

_PACKAGE = "scipy.linalg"


@contextmanager
def quick_kernels() -> Iterator[None]:
    """Keep numba from importing `scipy.linalg` inside the block, unless something else has imported it already."""
    if _PACKAGE in sys.modules:
        yield
        return
    # The import system takes None for "there is no such module"; typeshed does not know.
    sys.modules[_PACKAGE] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.modules.pop(_PACKAGE, None)
