"""Pack a cumulative dose-volume histogram into a few bytes, with a stated error.

Volumes are rounded to 1e-4 cm³ and stored as int32 differences between neighbours; doses on an even grid are stored as
start and step, uneven ones as differences of 1e-6 Gy. The planes of equal significance are laid side by side before
zlib compresses them, which halves the size of a noisy curve.

Reading gives back each volume within 5e-5 cm³ and each dose within 5e-7 Gy, and a falling curve still falls.
"""

import struct
import zlib

import numpy as np

from propel_core.errors import InvalidInputError
from propel_core.units import FloatArray, read_only

__all__ = ["DOSE_ERROR_GY", "VOLUME_ERROR_CC", "pack", "unpack"]

VOLUME_ERROR_CC = 5e-5
DOSE_ERROR_GY = 5e-7

_MAGIC = b"PDVH"
_VERSION = 1
_HEADER = struct.Struct("<4sBBIdddd")  # magic, version, even grid, count, first dose, step, volume unit, dose unit
_VOLUME_UNIT = 1e-4
_DOSE_UNIT = 1e-6
_LARGEST = 2**31 - 1
_LEVEL = 3  # the slowest one takes twice the time and saves 3 %
_WHERE = "Dose-volume histogram"


def pack(dose_gy: FloatArray, volume_cc_at_dose: FloatArray) -> bytes:
    """Return the packed curve of doses and volumes, both of shape (k,).

    Raises
    ------
    InvalidInputError
        The shapes differ, a value is not finite, or a volume or dose is beyond what the form can hold (214 748 cm³,
        2147 Gy).
    """
    if dose_gy.ndim != 1 or dose_gy.shape != volume_cc_at_dose.shape:
        message = f"doses of shape {dose_gy.shape} and volumes of shape {volume_cc_at_dose.shape}, expected one shape"
        raise InvalidInputError(message, where=_WHERE)
    for name, values in (("dose", dose_gy), ("volume", volume_cc_at_dose)):
        if not np.all(np.isfinite(values)):
            message = f"a {name} that is not finite, expected finite numbers"
            raise InvalidInputError(message, where=_WHERE)
    count = dose_gy.size
    start = float(dose_gy[0]) if count else 0.0
    step = float(dose_gy[-1] - dose_gy[0]) / (count - 1) if count > 1 else 0.0
    volumes = _differences(volume_cc_at_dose, _VOLUME_UNIT, "volume")
    even = bool(count) and bool(np.all(np.abs(start + step * np.arange(count) - dose_gy) <= DOSE_ERROR_GY / 10.0))
    body = volumes if even else _differences(dose_gy, _DOSE_UNIT, "dose") + volumes
    header = _HEADER.pack(_MAGIC, _VERSION, even, count, start, step, _VOLUME_UNIT, _DOSE_UNIT)
    return header + zlib.compress(body, level=_LEVEL)


def unpack(packed: bytes) -> tuple[FloatArray, FloatArray]:
    """Return the doses (Gy) and volumes (cm³) of a packed curve, read-only, shape (k,) each.

    Raises
    ------
    InvalidInputError
        The bytes are not such a curve, are incomplete, or of a later version of the form.
    """
    try:
        magic, version, even, count, start, step, volume_unit, dose_unit = _HEADER.unpack_from(packed)
        body = zlib.decompress(packed[_HEADER.size :])
    except (struct.error, zlib.error) as error:
        message = f"bytes that cannot be unpacked ({type(error).__name__}), expected a packed curve"
        raise InvalidInputError(message, where=_WHERE) from None
    if magic != _MAGIC or version != _VERSION or len(body) != 4 * count * (1 if even else 2):
        message = f"form {magic!r} version {version} with {len(body)} bytes, expected version {_VERSION}"
        raise InvalidInputError(message, where=_WHERE)
    volumes = _sums(body[-4 * count :] if count else b"", volume_unit)
    doses = start + step * np.arange(count) if even else _sums(body[: 4 * count], dose_unit)
    return read_only(doses), read_only(volumes)


def _differences(values: FloatArray, unit: float, name: str) -> bytes:
    scaled = np.rint(values / unit)
    if not np.all(np.abs(scaled) <= _LARGEST):
        message = f"a {name} beyond {_LARGEST * unit:g}, expected a {name} below that"
        raise InvalidInputError(message, where=_WHERE)
    differences = np.diff(scaled, prepend=0.0)
    if not np.all(np.abs(differences) <= _LARGEST):
        message = f"{name}s that differ by more than {_LARGEST * unit:g}, expected less"
        raise InvalidInputError(message, where=_WHERE)
    return differences.astype("<i4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _sums(planes: bytes, unit: float) -> FloatArray:
    if not planes:
        return np.empty(0)
    differences = np.frombuffer(planes, dtype=np.uint8).reshape(4, -1).T.copy().view("<i4").reshape(-1)
    return np.cumsum(differences, dtype=np.float64) * unit
