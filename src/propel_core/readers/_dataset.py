"""Find the elements of a DICOM byte stream without copying or converting a value.

A planning export holds tens of thousands of elements, of which a reader asks for a few. Here an item is scanned once,
one dictionary entry for each element; sequences are opened when they are asked for. Nothing is believed: each value
must end inside its item, and a stream that ends early is an error instead of a shorter object.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from propel_core.errors import TruncatedFileError, UnreadableFileError

__all__ = ["Dataset", "Encoding", "is_explicit"]

_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT_VRS = frozenset(
    (b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS")
) | {b"ST", b"TM", b"UI", b"UL", b"US"}
_FRAGMENTED = frozenset((b"OB", b"OW"))
_ITEM = 0xFFFEE000
_ITEM_END = 0xFFFEE00D
_SEQUENCE_END = 0xFFFEE0DD
_DEEPEST = 64


def is_explicit(representation: bytes) -> bool:
    """Whether two bytes after a tag are a value representation; in implicit form they are part of a length."""
    return representation in _SHORT_VRS or representation in _LONG_VRS


@dataclass(slots=True, kw_only=True)
class Encoding:
    """How the bytes are to be read.

    Parameters
    ----------
    explicit
        Whether each element states its value representation.
    order
        ``<`` for little endian, ``>`` for big endian.
    where
        The role of the file, for messages.
    syntax
        The transfer syntax that the file states; empty when it states none.
    charset
        The bytes of the object's Specific Character Set, known once its first item is scanned.
    """

    explicit: bool
    order: str
    where: str
    syntax: str = ""
    charset: bytes = b""


class Dataset:
    """The elements of one item: where each value lies in the file.

    Sequences of stated length are scanned when they are asked for; those of undefined length at once, since only so
    can their end be found.
    """

    __slots__ = ("_content", "_depth", "_items", "_places", "encoding", "end")

    def __init__(
        self, content: bytes, start: int, end: int, encoding: Encoding, *, depth: int = 0, open_: bool = False
    ) -> None:
        """Scan from `start`; `open_` means that an item delimiter ends the item, otherwise `end` does."""
        if depth > _DEEPEST:
            message = f"sequences nested deeper than {_DEEPEST}, expected a planning-system export"
            raise UnreadableFileError(message, where=encoding.where)
        self._content = content
        self._depth = depth
        self.encoding = encoding
        self._places: dict[int, tuple[bytes, int, int]] = {}
        self._items: dict[int, tuple[Dataset, ...]] = {}
        self.end = self._scan(start, end, delimited=open_)

    def __contains__(self, tag: int) -> bool:
        return tag in self._places

    def __len__(self) -> int:
        return len(self._places)

    def value(self, tag: int) -> bytes | None:
        """Return the value's bytes, or None when the attribute is absent."""
        place = self._places.get(tag)
        return None if place is None else self._content[place[1] : place[2]]

    def representation(self, tag: int) -> bytes:
        """Return the stated value representation; empty in implicit form or when the attribute is absent."""
        place = self._places.get(tag)
        return b"" if place is None else place[0]

    def items(self, tag: int) -> Sequence["Dataset"]:
        """Return the items of a sequence, scanned; none when the attribute is absent.

        Raises
        ------
        UnreadableFileError
            The value is not a sequence of items.
        """
        found = self._items.get(tag)
        if found is None:
            place = self._places.get(tag)
            if place is None:
                return ()
            found = self._items[tag] = self._sequence(*place, delimited=False)[0]
        return found

    def _scan(self, position: int, end: int, *, delimited: bool) -> int:
        content, places = self._content, self._places
        head = struct.Struct(self.encoding.order + "HHL").unpack_from
        while position < end:
            if end - position < 8:
                if self._is_padding(position, end):
                    return end
                self._truncated()
            group, element, length = head(content, position)
            tag = group << 16 | element
            if tag == _ITEM_END and delimited:
                return position + 8
            if tag == 0 and self._is_padding(position, end):
                return end
            vr = b""
            if self.encoding.explicit:
                vr, length, position = self._explicit(position, end, length)
            else:
                position += 8
            begin = position
            if length == _UNDEFINED:
                self._items[tag], position = self._sequence(vr, begin, end, delimited=True)
            elif length > end - position:
                self._truncated()
            else:
                position += length
            places[tag] = (vr, begin, position)
        if delimited:
            self._truncated()
        return position

    def _explicit(self, position: int, end: int, length: int) -> tuple[bytes, int, int]:
        """Return the stated representation, the value's length and where it begins; an unknown form counts as none."""
        vr = self._content[position + 4 : position + 6]
        if vr in _SHORT_VRS:
            return vr, struct.unpack_from(self.encoding.order + "H", self._content, position + 6)[0], position + 8
        if vr not in _LONG_VRS:
            return b"", length, position + 8
        if end - position < 12:
            self._truncated()
        return vr, struct.unpack_from(self.encoding.order + "L", self._content, position + 8)[0], position + 12

    def _is_padding(self, position: int, end: int) -> bool:
        """Whether nothing but zeros follows at the end of the file, as some exporters write."""
        return self._depth == 0 and not any(self._content[position:end])

    def _sequence(self, vr: bytes, position: int, end: int, *, delimited: bool) -> tuple[tuple["Dataset", ...], int]:
        """Scan the items of a value, and where it ends; the fragments of encapsulated pixels are passed over."""
        head = struct.Struct(self.encoding.order + "HHL").unpack_from
        encoding = self._nested(vr)
        items: list[Dataset] = []
        while position < end or delimited:
            if end - position < 8:
                self._truncated()
            group, element, length = head(self._content, position)
            found = group << 16 | element
            position += 8
            if found == _SEQUENCE_END and delimited:
                break
            if found != _ITEM:
                message = f"element ({group:04X},{element:04X}) between items, expected an item or the sequence's end"
                raise UnreadableFileError(message, where=self.encoding.where)
            open_ = length == _UNDEFINED
            if not open_ and length > end - position:
                self._truncated()
            if vr in _FRAGMENTED:
                position += length
                continue
            stop = end if open_ else position + length
            items.append(Dataset(self._content, position, stop, encoding, depth=self._depth + 1, open_=open_))
            position = items[-1].end
        return tuple(items), position

    def _nested(self, vr: bytes) -> Encoding:
        """Return how the items of a value are encoded: those of an unknown value (UN) are implicit little endian."""
        if vr != b"UN":
            return self.encoding
        return replace(self.encoding, explicit=False, order="<")

    def _truncated(self) -> NoReturn:
        message = "the file ends, or an item does, inside an element, expected a complete file"
        raise TruncatedFileError(message, where=self.encoding.where)
