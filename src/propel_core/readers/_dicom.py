"""Open DICOM bytes and take values from them without pydicom's per-value conversion.

pydicom parses the file; numbers and texts are converted here from the raw element bytes: fifteen times faster for
contours, binary64 straight from the decimal string, and without warnings that depend on global settings.
"""

import re
import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom import charset
from pydicom.dataelem import RawDataElement

from propel_core.errors import InvalidInputError, PropelError, UnreadableFileError
from propel_core.provenance import InputDigest, digest_of_bytes
from propel_core.readers import _kernels
from propel_core.readers._extent import check_extent
from propel_core.units import FloatArray

__all__ = [
    "Source",
    "decimal_text",
    "decimals",
    "integer",
    "number",
    "open_dataset",
    "parse_decimals",
    "present",
    "quotable",
    "sequence",
    "tag_name",
    "text",
    "texts",
]

Source = Path | bytes

_IMPLICIT = "1.2.840.10008.1.2"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_CODE = re.compile(r"[A-Z0-9_ ]{1,16}|[0-9.]{1,64}")
_ESCAPE = b"\x1b"
_TEXT_DELIMITERS = set(b"\\^=")
_BINARY_INTEGERS = {"US": "H", "SS": "h", "UL": "L", "SL": "l"}


def open_dataset(source: Source, *, role: str) -> tuple[pydicom.Dataset, InputDigest]:
    """Return the data set in `source` and the digest of its bytes.

    Files without preamble and file meta information are accepted when their first element is one that can begin a
    DICOM object; `role` ("RTPLAN", …) stands in messages in place of a file name, which may hold a patient's name.

    Raises
    ------
    UnreadableFileError
        The file cannot be opened, is empty, is not DICOM, or ends early.
    """
    content = _bytes(source, role)
    has_preamble = content[128:132] == b"DICM"
    if not has_preamble and not _begins_like_dicom(content):
        message = "neither a DICM mark at byte 128 nor a leading data element, expected a DICOM file"
        raise UnreadableFileError(message, where=role)
    with _parsing(role):
        dataset = pydicom.dcmread(BytesIO(content), force=not has_preamble)
        _check_complete(content, dataset, role, has_preamble=has_preamble)
    if len(dataset) == 0:
        message = "no data element after the file meta information, expected a DICOM object"
        raise UnreadableFileError(message, where=role)
    return dataset, InputDigest(name=role, sha256=digest_of_bytes(content))


@contextmanager
def _parsing(where: str) -> Iterator[None]:
    """Turn whatever pydicom raises on foreign bytes into one error.

    Its messages, warnings and log lines may quote values, which may identify a patient: they are dropped.
    """
    with warnings.catch_warnings(), pydicom.config.disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            yield
        except PropelError:
            raise
        except Exception as error:  # noqa: BLE001  # a parser of foreign bytes may fail in any way
            message = f"the elements cannot be parsed ({type(error).__name__}), expected a DICOM file"
            raise UnreadableFileError(message, where=where) from None


def _bytes(source: Source, role: str) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        try:
            content = source.read_bytes()
        except OSError as error:
            message = f"the file cannot be read ({error.strerror or type(error).__name__}), expected a readable file"
            raise UnreadableFileError(message, where=role) from None
    if not content:
        message = "the file is empty, expected a DICOM file"
        raise UnreadableFileError(message, where=role)
    return content


def _begins_like_dicom(content: bytes) -> bool:
    """Whether the first element is of group 0002 or 0008 with a length that fits, in implicit or explicit form."""
    if len(content) < 16:
        return False
    group, element, length = struct.unpack_from("<HHL", content, 0)
    if group not in {0x0002, 0x0008} or element > 0x0100:
        return False
    explicit = content[4:6].isalpha() and content[4:6].isupper()
    return explicit or length < len(content)


def _check_complete(content: bytes, dataset: pydicom.Dataset, role: str, *, has_preamble: bool) -> None:
    meta = getattr(dataset, "file_meta", None)
    syntax = str(meta.get("TransferSyntaxUID", "")) if meta else ""
    if syntax in {_BIG_ENDIAN, _DEFLATED}:
        return  # retired or compressed as a whole: pydicom's own end-of-file checks apply
    start = 132 if has_preamble else 0
    while start + 8 <= len(content) and content[start : start + 2] == b"\x02\x00":
        long = content[start + 4 : start + 6] in {b"OB", b"UN", b"UT"}
        length = struct.unpack_from("<L" if long else "<H", content, start + (8 if long else 6))[0]
        start += (12 if long else 8) + length
    explicit = dataset.original_encoding[0] is False if syntax == "" else syntax != _IMPLICIT
    check_extent(content, start=start, explicit=explicit, where=role)


def tag_name(tag: int) -> str:
    """Return a tag as it is written in the standard, for messages."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def present(dataset: pydicom.Dataset, tag: int) -> bool:
    """Whether the attribute is there with a value."""
    return _raw(dataset, tag) not in {None, b""}


def _raw(dataset: pydicom.Dataset, tag: int) -> bytes | None:
    """Return the value's bytes, or None when the attribute is absent."""
    if tag not in dataset:
        return None
    element = dataset.get_item(tag)
    value: Any = getattr(element, "value", None)
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    # Somebody has already asked pydicom for this element; its own text form is the value.
    return "\\".join(map(str, value)).encode() if isinstance(value, list | tuple) else str(value).encode()


def decimals(dataset: pydicom.Dataset, tag: int, *, where: str) -> FloatArray | None:
    """Return the numbers of a DS attribute, shape (n,), or None when it is absent or empty.

    Raises
    ------
    InvalidInputError
        A value is not a finite decimal number.
    """
    raw = decimal_text(dataset, tag)
    return parse_decimals(raw, where=where, tag=tag) if raw else None


def decimal_text(dataset: pydicom.Dataset, tag: int) -> bytes:
    """Return the bytes of a DS attribute without padding; empty when it is absent or empty."""
    return (_raw(dataset, tag) or b"").strip(b"\0 ")


def parse_decimals(raw: bytes, *, where: str, tag: int) -> FloatArray:
    """Return the numbers of a decimal string of at least one value, shape (n,).

    Raises
    ------
    InvalidInputError
        A value is not a finite decimal number.
    """
    values = np.empty(raw.count(b"\\") + 1)
    if _kernels.parse(np.frombuffer(raw, dtype=np.uint8), values):
        return values
    expected = values.size
    try:
        # The number at the end shows that the reading got so far: some versions of numpy stop early without an error.
        with np.errstate(all="ignore"):
            values = np.fromstring(raw.decode("ascii") + "\\0", dtype=np.float64, sep="\\")[:-1]
    except (ValueError, DeprecationWarning):
        values = np.empty(0)
    if values.size != expected or not np.all(np.isfinite(values)):
        message = f"a value that is not a decimal number, expected {expected} decimal numbers {tag_name(tag)}"
        raise InvalidInputError(message, where=where)
    return values


def number(dataset: pydicom.Dataset, tag: int, *, where: str) -> float | None:
    """Return the one number of a DS attribute, or None when it is absent or empty."""
    values = decimals(dataset, tag, where=where)
    if values is None:
        return None
    if values.size != 1:
        message = f"{values.size} values, expected one {tag_name(tag)}"
        raise InvalidInputError(message, where=where)
    return float(values[0])


def integer(dataset: pydicom.Dataset, tag: int, *, where: str = "") -> int | None:
    """Return the one integer of an IS, US, SS, UL or SL attribute, or None when it is absent or empty."""
    raw = _raw(dataset, tag)
    if not raw:
        return None
    element: Any = dataset.get_item(tag)
    form = _BINARY_INTEGERS.get(_value_representation(element, tag))
    try:
        if form and isinstance(element, RawDataElement):
            return int(struct.unpack_from(("<" if element.is_little_endian else ">") + form, raw)[0])
        return int(raw.strip(b"\0 ").decode("ascii"))
    except (ValueError, struct.error):
        message = f"a value that is not an integer, expected one integer {tag_name(tag)}"
        raise InvalidInputError(message, where=where or None) from None


def _value_representation(element: Any, tag: int) -> str:
    if element.VR and element.VR != "UN":
        return str(element.VR)
    return pydicom.datadict.dictionary_VR(tag)


def quotable(value: str) -> str:
    """Return a code or class UID for a message; what has neither form may be anything, a name included."""
    if not value:
        return "missing"
    return value if _CODE.fullmatch(value) else "of no legal form"


def texts(dataset: pydicom.Dataset, tag: int) -> tuple[str, ...]:
    """Return the values of a text or UID attribute, stripped; empty when it is absent."""
    raw = _raw(dataset, tag)
    if not raw:
        return ()
    try:
        decoded = _decode(raw, dataset) if _ESCAPE in raw else raw.decode("ascii")
    except UnicodeDecodeError:
        decoded = _decode(raw, dataset)
    return tuple(value.strip("\0 ") for value in decoded.split("\\"))


def _decode(raw: bytes, dataset: pydicom.Dataset) -> str:
    """Decode by the object's Specific Character Set; bytes that do not fit become replacement characters."""
    declared = getattr(dataset, "original_character_set", None) or "ISO_IR 192"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encodings = charset.convert_encodings(declared)
        except LookupError:
            encodings = ["utf8"]
        return charset.decode_bytes(raw, list(encodings), _TEXT_DELIMITERS)


def text(dataset: pydicom.Dataset, tag: int) -> str:
    """Return the first value of a text or UID attribute, or '' when it is absent."""
    values = texts(dataset, tag)
    return values[0] if values else ""


def sequence(dataset: pydicom.Dataset, tag: int) -> Sequence[pydicom.Dataset]:
    """Return the items of a sequence attribute; empty when it is absent."""
    if tag not in dataset:
        return ()
    with _parsing(tag_name(tag)):
        value: Any = dataset[tag].value
    return tuple(value) if isinstance(value, pydicom.Sequence) else ()
