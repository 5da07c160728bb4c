"""The stamp on every result."""

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

import propel_core
from propel_core.provenance import (
    InputDigest,
    Provenance,
    core_digest,
    core_version,
    digest_of_arrays,
    digest_of_bytes,
)  # fmt: skip

STAMP = Provenance(
    algorithm="propel.dvh", version="1", inputs=(InputDigest(name="dose", sha256="ab"),), settings={"b": 1.5, "a": None}
)


def test_the_core_digest_is_over_every_source_file() -> None:
    """Names and contents of all sources of the installed core, in order of path, and nothing else."""
    root = Path(propel_core.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda source: source.relative_to(root).as_posix()):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    core_digest.cache_clear()
    assert core_digest() == digest.hexdigest()
    assert STAMP.core_digest == Provenance(algorithm="", version="", inputs=()).core_digest


def test_stamps_survive_pickling_and_compare_by_value() -> None:
    """A stamp crosses a process boundary whole, its settings still read-only."""
    again = pickle.loads(pickle.dumps(STAMP))  # noqa: S301  # its own bytes
    assert again == STAMP
    with pytest.raises(TypeError):
        again.settings["a"] = 1  # type: ignore[index]  # the point of the test


def test_settings_are_a_copy() -> None:
    """The caller's mapping may change afterwards without changing the stamp."""
    settings = {"a": 1}
    stamp = Provenance(algorithm="x", version="1", inputs=(), settings=settings)
    settings["a"] = 2
    assert stamp.settings["a"] == 1


def test_the_settings_digest_ignores_their_order() -> None:
    """Equal settings in any order have one digest; another value has another; NaN has none."""
    other = Provenance(algorithm="x", version="1", inputs=(), settings={"a": None, "b": 1.5})
    assert other.settings_digest() == STAMP.settings_digest() == digest_of_bytes(b'{"a": null, "b": 1.5}')
    with pytest.raises(ValueError, match="JSON"):
        Provenance(algorithm="x", version="1", inputs=(), settings={"a": float("nan")}).settings_digest()


def test_array_digests_tell_types_shapes_and_values_apart() -> None:
    """The same bytes of another type, shape or split are another input."""
    plain = np.arange(6.0)
    others = [plain.reshape(2, 3), plain.view(np.int64), plain + 1e-16, plain[:5]]
    digests = {digest_of_arrays(plain), *(digest_of_arrays(other) for other in others)}
    assert len(digests) == 5
    assert digest_of_arrays(plain) == digest_of_arrays(plain[::-1][::-1])


def test_a_version_is_always_known() -> None:
    """The installed distribution has a version."""
    assert core_version()[0].isdigit()
