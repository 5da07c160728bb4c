"""The numba policy: where kernels are kept, and that no stale one is used."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from propel_core.numerics import _jit
from propel_core.provenance import core_digest

COMPILES = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled with NUMBA_DISABLE_JIT=1")


def _double(value: float) -> float:
    return 2.0 * value


def test_the_cache_folder_carries_the_core_digest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A change anywhere in the core leads to another folder: numba's own key would keep a stale caller."""
    monkeypatch.setenv("PROPEL_KERNEL_CACHE", str(tmp_path))
    before = _jit.kernel_cache_folder()
    assert before is not None
    assert core_digest()[:32] in before.parts
    monkeypatch.setattr(_jit, "core_digest", lambda: "f" * 64)
    after = _jit.kernel_cache_folder()
    assert after is not None
    assert after != before
    assert "f" * 32 in after.parts
    assert _jit._CoreLocator(_double, tmp_path).get_source_stamp() == "f" * 64


def test_the_cache_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """PROPEL_KERNEL_CACHE=off keeps nothing."""
    monkeypatch.setenv("PROPEL_KERNEL_CACHE", "off")
    assert _jit.kernel_cache_folder() is None
    assert _jit._CoreLocator.from_function(_double, "") is None
    assert _jit.kernel(_double)(4.0) == 8.0


@COMPILES
def test_kernels_are_kept_and_found_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A kernel compiled once is loaded, not compiled, the second time."""
    monkeypatch.setenv("PROPEL_KERNEL_CACHE", str(tmp_path))
    first = _jit.kernel(_double)
    assert first(4.0) == 8.0
    assert list(tmp_path.rglob("*.nbc"))
    second = _jit.kernel(_double)
    assert second(4.0) == 8.0
    assert sum(second.stats.cache_hits.values()) == 1  # type: ignore[attr-defined]  # a dispatcher
    monkeypatch.setattr(_jit, "core_digest", lambda: "f" * 64)
    stale = _jit.kernel(_double)
    assert stale(4.0) == 8.0
    assert sum(stale.stats.cache_hits.values()) == 0  # type: ignore[attr-defined]  # a dispatcher


def test_an_unwritable_cache_folder_is_no_obstacle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the folder cannot be made, kernels are kept for this process only."""
    place = tmp_path / "cache"
    place.write_text("a file in the way")
    monkeypatch.setenv("PROPEL_KERNEL_CACHE", str(place))
    locator = _jit._CoreLocator.from_function(_double, "")
    assert locator is not None
    assert not Path(locator.get_cache_path()).is_relative_to(tmp_path)
    assert _jit.kernel(_double)(4.0) == 8.0


def test_with_compilation_off_a_kernel_is_its_plain_function() -> None:
    """NUMBA_DISABLE_JIT=1 leaves every kernel as it is written, so that its lines can be followed."""
    program = (
        "from propel_core.geometry import _kernels as k\n"
        "from propel_core.dvh import _kernels as d\n"
        "assert k.trapezoids is k._trapezoids and d.add_slab is d._add_slab\n"
    )
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
