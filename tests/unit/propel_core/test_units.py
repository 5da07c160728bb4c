"""Arrays as the core keeps them."""

import array

import numpy as np
import pytest

from propel_core.units import read_only


@pytest.mark.parametrize(
    "values",
    [
        [1.0, 2.0], (1, 2), np.array([1.0, 2.0]), np.array([1, 2]), np.array([1.0, 2.0], dtype=np.float32),
        np.array([2.0, 1.0])[::-1], array.array("d", [1.0, 2.0]),
    ],
    ids=["list", "tuple", "float64", "int64", "float32", "reversed view", "buffer"],
)  # fmt: skip
def test_values_become_read_only_float64(values: object) -> None:
    """Whatever comes in, a contiguous float64 array comes out that nobody can write into."""
    found = read_only(values)  # type: ignore[arg-type]  # any array-like
    assert found.dtype == np.float64
    assert found.tolist() == [1.0, 2.0]
    assert found.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 9.0


def test_writeable_memory_of_the_caller_is_not_shared() -> None:
    """Changing what was handed in, an array or another buffer, changes nothing."""
    own, buffer = np.array([1.0, 2.0]), array.array("d", [1.0, 2.0])
    kept = read_only(own), read_only(buffer)  # type: ignore[arg-type]  # an array-like by the buffer protocol
    own[0] = buffer[0] = 9.0
    assert own.flags.writeable
    assert [found.tolist() for found in kept] == [[1.0, 2.0], [1.0, 2.0]]


def test_a_read_only_array_is_kept_as_it_is() -> None:
    """What is read-only already is not copied."""
    own = np.array([1.0, 2.0])
    own.flags.writeable = False
    assert read_only(own) is own
