"""The one numba policy of the core.

Every kernel is a plain function compiled by a call, ``area = kernel(_area)``, so that coverage and mutation tools see
the plain form. No ``fastmath`` (it reorders sums and drops NaN), no ``parallel`` (its reductions depend on the number
of threads); ``nogil``, so that a thread pool above can run kernels side by side.

Compiled code is kept on disk, keyed by the digest of the core's own sources. numba's own key is the file of the one
function, so that an edited callee in another file leaves a stale caller behind (numba issues 8359 and 9483).
"""

import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core import caching

from propel_core.provenance import core_digest

__all__ = ["kernel", "kernel_cache_folder"]

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` under the policy; with ``NUMBA_DISABLE_JIT=1`` return it as it is."""
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # set by numba at import, from the environment
        return function
    dispatcher: Any = numba.njit(nogil=True, fastmath=False, error_model="numpy")(function)
    if kernel_cache_folder() is not None:
        dispatcher._cache = _CoreCache(function)  # type: ignore[no-untyped-call]
    return cast("Callable[P, R]", dispatcher)


def kernel_cache_folder() -> Path | None:
    """Return where compiled kernels are kept, or None when they are not kept.

    ``PROPEL_KERNEL_CACHE`` names another parent folder; ``PROPEL_KERNEL_CACHE=off`` compiles afresh in every process.
    """
    chosen = os.environ.get("PROPEL_KERNEL_CACHE")
    if chosen == "off":
        return None
    parent = Path(chosen) if chosen else _user_cache_folder() / "propel" / "kernels"
    interpreter = f"{platform.python_implementation().lower()}-{sys.version_info.major}.{sys.version_info.minor}"
    return parent / core_digest()[:32] / f"{interpreter}-numba-{numba.__version__}"


def _user_cache_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


class _CoreLocator(caching._CacheLocator):
    """Keep a kernel under the digest of the whole core instead of the time stamp of its own file."""

    def __init__(self, function: Callable[..., Any], folder: Path) -> None:
        self._folder = folder
        self._line = function.__code__.co_firstlineno

    def get_cache_path(self) -> str:
        return str(self._folder)

    def get_source_stamp(self) -> str:
        return core_digest()

    def get_disambiguator(self) -> str:
        return str(self._line)

    @classmethod
    def from_function(cls, function: Callable[..., Any], _source: str) -> "_CoreLocator | None":
        folder = kernel_cache_folder()
        if folder is None:
            return None
        locator = cls(function, folder)
        try:
            locator.ensure_cache_path()  # type: ignore[no-untyped-call]
        except OSError:
            return _temporary(cls, function)
        return locator


def _temporary(locator: type[_CoreLocator], function: Callable[..., Any]) -> _CoreLocator:
    """Keep kernels for this process only, where the user's cache folder is not writable."""
    import tempfile  # noqa: PLC0415  # rarely needed, and start-up time counts

    return locator(function, Path(tempfile.mkdtemp(prefix="propel-kernels-")))


class _CoreCacheImpl(caching.CompileResultCacheImpl):
    _locator_classes = [_CoreLocator]  # noqa: RUF012  # numba declares it so


class _CoreCache(caching.FunctionCache):
    _impl_class = _CoreCacheImpl
