"""Open DICOM bytes and take values from them.

Numbers and texts are converted from the raw bytes of the elements that a reader asks for, binary64 straight from the
decimal string. pydicom remains the oracle of the tests; it is asked here for character sets alone.
"""

import logging
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from propel_core.errors import InvalidInputError, TruncatedFileError, UnreadableFileError
from propel_core.provenance import InputDigest, digest_of_bytes
from propel_core.readers import _kernels
from propel_core.readers._dataset import Dataset, Encoding, is_explicit
from propel_core.units import FloatArray

__all__ = [
    "UNCOMPRESSED",
    "Dataset",
    "Source",
    "decimal_text",
    "decimals",
    "integer",
    "number",
    "open_dataset",
    "parse_decimals",
    "present",
    "quotable",
    "quotable_class",
    "sequence",
    "tag_name",
    "text",
    "texts",
    "unheard",
]

Source = Path | bytes

_MARK = b"DICM"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_DEFLATED = "1.2.840.10008.1.2.1.99"
_LARGEST_INFLATED = 256 << 20
UNCOMPRESSED = frozenset(("", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", _BIG_ENDIAN, _DEFLATED))
"""Transfer syntaxes whose pixel data are the values themselves; without a stated one they are."""

_CHARACTER_SET = 0x00080005
_UID = re.compile(r"(?=.{1,64}\Z)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
# As far as these go, the standard's own; no part is long enough for a date or a patient's number.
_STORAGE_CLASS = re.compile(r"1\.2\.840\.10008\.5\.1\.4\.1\.1(?:\.[0-9]{1,3}){1,4}")
_QUIET = threading.RLock()
_ESCAPE = b"\x1b"
_TEXT_DELIMITERS = set(b"\\^=")
_BINARY_INTEGERS = {b"US": "H", b"SS": "h", b"UL": "L", b"SL": "l"}
# Implicit form does not say that these are binary: samples, rows, columns, bits allocated, pixel representation.
_UNSIGNED_SHORTS = frozenset((0x00280002, 0x00280010, 0x00280011, 0x00280100, 0x00280103))


def open_dataset(source: Source, *, role: str) -> tuple[Dataset, InputDigest]:
    """Return the data set in `source` and the digest of its bytes.

    Files without preamble and file meta information are accepted when their first element is one that can begin a
    DICOM object; `role` ("RTPLAN", …) stands in messages in place of a file name, which may hold a patient's name.

    Raises
    ------
    UnreadableFileError
        The file cannot be opened, is empty, is not DICOM, or ends early.
    """
    content = _bytes(source, role)
    has_preamble = content[128:132] == _MARK
    if not has_preamble and not _begins_like_dicom(content):
        message = "neither a DICM mark at byte 128 nor a leading data element, expected a DICOM file"
        raise UnreadableFileError(message, where=role)
    start, syntax = _file_meta(content, 132 if has_preamble else 0, role)
    body, start = (_inflate(content[start:], role), 0) if syntax == _DEFLATED else (content, start)
    encoding = Encoding(
        explicit=is_explicit(body[start + 4 : start + 6]),
        order=">" if syntax == _BIG_ENDIAN else "<",
        where=role,
        syntax=syntax,
    )
    dataset = Dataset(body, start, len(body), encoding)
    encoding.charset = dataset.value(_CHARACTER_SET) or b""
    if len(dataset) == 0:
        message = "no data element after the file meta information, expected a DICOM object"
        raise UnreadableFileError(message, where=role)
    return dataset, InputDigest(name=role, sha256=digest_of_bytes(content))


def _file_meta(content: bytes, start: int, role: str) -> tuple[int, str]:
    """Return where the object begins and its transfer syntax; both forms of the file meta information are explicit."""
    end = start
    while content[end : end + 2] == b"\x02\x00":
        long = content[end + 4 : end + 6] in {b"OB", b"UN", b"UT"}
        if end + (12 if long else 8) > len(content):
            break
        length = struct.unpack_from("<L" if long else "<H", content, end + (8 if long else 6))[0]
        end += (12 if long else 8) + length
    if end > len(content):
        message = "the file ends inside its meta information, expected a complete file"
        raise TruncatedFileError(message, where=role)
    if end == start:
        return start, ""
    meta = Dataset(content, start, end, Encoding(explicit=True, order="<", where=role))
    syntax = text(meta, 0x00020010)
    if syntax and not _UID.fullmatch(syntax):
        message = "a transfer syntax that is no UID, expected numbers joined by dots (0002,0010)"
        raise UnreadableFileError(message, where=role)
    return end, syntax


def _inflate(deflated: bytes, role: str) -> bytes:
    """Return the object of the deflated transfer syntax, up to a size that no planning export reaches."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = inflater.decompress(deflated, _LARGEST_INFLATED)
    except zlib.error:
        body = b""
    if not inflater.eof:
        message = f"a deflated object that is broken or above {_LARGEST_INFLATED >> 20} MiB, expected a complete one"
        raise UnreadableFileError(message, where=role)
    return body


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


def tag_name(tag: int) -> str:
    """Return a tag as it is written in the standard, for messages."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def present(dataset: Dataset, tag: int) -> bool:
    """Whether the attribute is there with a value."""
    return bool(dataset.value(tag))


def decimals(dataset: Dataset, tag: int, *, where: str) -> FloatArray | None:
    """Return the numbers of a DS attribute, shape (n,), or None when it is absent or empty.

    Raises
    ------
    InvalidInputError
        A value is not a finite decimal number.
    """
    raw = decimal_text(dataset, tag)
    return parse_decimals(raw, where=where, tag=tag) if raw else None


def decimal_text(dataset: Dataset, tag: int) -> bytes:
    """Return the bytes of a DS attribute without padding; empty when it is absent or empty."""
    return (dataset.value(tag) or b"").strip(b"\0 ")


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


def number(dataset: Dataset, tag: int, *, where: str) -> float | None:
    """Return the one number of a DS attribute, or None when it is absent or empty."""
    values = decimals(dataset, tag, where=where)
    if values is None:
        return None
    if values.size != 1:
        message = f"{values.size} values, expected one {tag_name(tag)}"
        raise InvalidInputError(message, where=where)
    return float(values[0])


def integer(dataset: Dataset, tag: int, *, where: str = "") -> int | None:
    """Return the one integer of an IS, US, SS, UL or SL attribute, or None when it is absent or empty."""
    raw = dataset.value(tag)
    if not raw:
        return None
    stated = dataset.representation(tag)
    form = _BINARY_INTEGERS.get(b"US" if tag in _UNSIGNED_SHORTS and stated in {b"", b"UN"} else stated)
    try:
        if form:
            return int(struct.unpack_from(dataset.encoding.order + form, raw)[0])
        return int(raw.strip(b"\0 ").decode("ascii"))
    except (ValueError, struct.error):
        message = f"a value that is not an integer, expected one integer {tag_name(tag)}"
        raise InvalidInputError(message, where=where or None) from None


def quotable(value: str, *, among: Collection[str]) -> str:
    """Return a code for a message when it is one of the standard's; any other text may be a name and is not shown."""
    if not value:
        return "missing"
    return value if value in among else "of no standard name"


def quotable_class(uid: str) -> str:
    """Return a SOP class for a message when it is a storage class of the standard; any other may be an identifier."""
    if not uid:
        return "missing"
    return uid if _STORAGE_CLASS.fullmatch(uid) else "outside the standard"


@contextmanager
def unheard() -> Iterator[None]:
    """Let no warning and no log line of pydicom out of the block: they quote what they choked on.

    One block at a time, since both are settings of the whole process.
    """
    logger = logging.getLogger("pydicom")  # its children hand on what they say to it
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        propagated, logger.propagate = logger.propagate, False
        try:
            yield
        finally:
            logger.propagate = propagated


def texts(dataset: Dataset, tag: int) -> tuple[str, ...]:
    """Return the values of a text or UID attribute, stripped; empty when it is absent."""
    raw = dataset.value(tag)
    if not raw:
        return ()
    try:
        decoded = _decode(raw, dataset) if _ESCAPE in raw else raw.decode("ascii")
    except UnicodeDecodeError:
        decoded = _decode(raw, dataset)
    return tuple(value.strip("\0 ") for value in decoded.split("\\"))


def _decode(raw: bytes, dataset: Dataset) -> str:
    """Decode by the object's Specific Character Set; bytes that do not fit become replacement characters."""
    # pydicom takes longer to import than a plan to read, and few plans hold more than ASCII.
    from pydicom import charset  # noqa: PLC0415

    declared = dataset.value(_CHARACTER_SET) or dataset.encoding.charset or b"ISO_IR 192"
    with unheard():
        try:
            encodings = charset.convert_encodings([name.strip() for name in declared.decode("ascii").split("\\")])
        except (LookupError, UnicodeDecodeError):
            encodings = ["utf8"]
        return charset.decode_bytes(raw, list(encodings), _TEXT_DELIMITERS)


def text(dataset: Dataset, tag: int) -> str:
    """Return the first value of a text or UID attribute, or '' when it is absent."""
    values = texts(dataset, tag)
    return values[0] if values else ""


def sequence(dataset: Dataset, tag: int) -> Sequence[Dataset]:
    """Return the items of a sequence attribute; empty when it is absent."""
    return dataset.items(tag)
