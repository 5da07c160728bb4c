"""DICOM elements and sequence items as bytes (PS3.5 section 7), for what a study repeats in its hundreds.

pydicom writes a sequence that is given as bytes as it stands; contours and control points then take milliseconds.
"""

import struct
from dataclasses import dataclass
from functools import cache

from pydicom.charset import default_encoding
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from propel_core.units import FloatArray

__all__ = ["Encoder", "decimals", "keep_raw"]

LONG_LENGTH = frozenset({"OB", "OW", "SQ", "UN", "UT"})
ITEM = struct.pack("<HH", 0xFFFE, 0xE000)


@cache
def _entry(keyword: str) -> tuple[int, str]:
    """Return the tag and value representation of a keyword of the dictionary."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        message = f"no element of the DICOM dictionary is called {keyword!r}"
        raise KeyError(message)
    return tag, dictionary_VR(tag)


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoder:
    """Encodes in little endian with implicit or explicit value representation."""

    implicit: bool

    def element(self, keyword: str, value: str | bytes) -> bytes:
        """Return one element; text must be ASCII, and items of a sequence come as bytes."""
        tag, vr = _entry(keyword)
        padded = _padded(vr, value)
        start = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if self.implicit:
            return start + struct.pack("<L", len(padded)) + padded
        if vr in LONG_LENGTH:
            return start + vr.encode() + struct.pack("<xxL", len(padded)) + padded
        return start + vr.encode() + struct.pack("<H", len(padded)) + padded

    def item(self, **elements: str | bytes) -> bytes:
        """Return one item of a sequence; the elements must be given in the order of their tags."""
        content = b"".join([self.element(keyword, value) for keyword, value in elements.items()])
        return ITEM + struct.pack("<L", len(content)) + content

    def put(self, dataset: Dataset, keyword: str, value: str | bytes) -> None:
        """Put an element into `dataset` as bytes, to be written unchanged."""
        number, vr = _entry(keyword)
        tag, padded = Tag(number), _padded(vr, value)
        dataset[tag] = RawDataElement(tag, vr, len(padded), padded, 0, self.implicit, is_little_endian=True)
        keep_raw(dataset, implicit=self.implicit)


def keep_raw(dataset: Dataset, *, implicit: bool) -> None:
    """Tell pydicom that `dataset` was encoded this way before, so that it neither parses nor converts raw elements."""
    dataset.set_original_encoding(implicit, is_little_endian=True, character_encoding=default_encoding)


def decimals(values: FloatArray, digits: int) -> str:
    """Return decimal strings with `digits` decimals, joined as one value."""
    flat = tuple(values.ravel().tolist())
    return "\\".join([f"%.{digits}f"] * len(flat)) % flat


def _padded(vr: str, value: str | bytes) -> bytes:
    data = value.encode("ascii") if isinstance(value, str) else value
    if len(data) % 2 == 0:
        return data
    return data + (b"\0" if vr in {"UI", "OB", "OW"} else b" ")
