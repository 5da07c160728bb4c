"""The stamp on every result: which algorithm, in which build, made it from which input, and with what reservations."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from propel_core.errors import PropelError

__all__ = [
    "Caveat",
    "InputDigest",
    "Provenance",
    "Setting",
    "core_digest",
    "core_version",
    "digest_of_arrays",
    "digest_of_bytes",
]

Setting: TypeAlias = str | int | float | bool | None


@cache
def core_digest() -> str:
    """Return the SHA-256 over the names and contents of the installed core's own sources.

    It identifies the arithmetic: two installations with one digest run the same core code.
    """
    root = Path(__file__).parent
    sources = sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix())
    if not sources:
        message = "no source files in the installed core, expected the files of the wheel"
        raise PropelError(message)
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A reservation about a result: a stable code for programs and a sentence for people.

    Called a caveat, not a warning, because it is part of the data: nothing is printed and nothing can be filtered away.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDigest:
    """What a result was computed from: the role of the input (never a file name) and its SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a result was made.

    The time is no part of it: whoever stores or prints the result adds the time, so that equal input gives equal bytes.
    """

    algorithm: str
    version: str
    inputs: tuple[InputDigest, ...]
    settings: Mapping[str, Setting] = field(default_factory=dict)
    core_digest: str = field(default_factory=core_digest)

    def __post_init__(self) -> None:
        object.__setattr__(self, "settings", MappingProxyType(dict(self.settings)))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling: a mapping proxy does not."""
        return _rebuild, (self.algorithm, self.version, self.inputs, dict(self.settings), self.core_digest)

    def settings_digest(self) -> str:
        """Return the SHA-256 of the settings in canonical JSON."""
        return digest_of_bytes(json.dumps(dict(self.settings), sort_keys=True, allow_nan=False).encode())


def _rebuild(
    algorithm: str, version_: str, inputs: tuple[InputDigest, ...], settings: dict[str, Setting], digest: str
) -> Provenance:
    return Provenance(algorithm=algorithm, version=version_, inputs=inputs, settings=settings, core_digest=digest)


def digest_of_bytes(content: bytes | memoryview) -> str:
    """Return the SHA-256 of `content` in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def digest_of_arrays(*arrays: npt.NDArray[Any]) -> str:
    """Return one SHA-256 over the type, the shape and the bytes of each array."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


@cache
def core_version() -> str:
    """Return the version of the installed distribution, or ``0+uninstalled`` for a bare source tree."""
    try:
        return version("propel")
    except PackageNotFoundError:
        return "0+uninstalled"
