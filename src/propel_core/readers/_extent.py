"""Check that a DICOM byte stream is whole before anything is read from it.

pydicom stops at the end of a truncated file without a word and returns what came before. A missing end must be an
error here, so the element headers are walked once: each value must end inside the file.
"""

import struct

from propel_core.errors import UnreadableFileError

__all__ = ["check_extent"]

_UNDEFINED = 0xFFFFFFFF
_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_ITEM = (0xFFFE, 0xE000)
_ITEM_END = (0xFFFE, 0xE00D)
_SEQUENCE_END = (0xFFFE, 0xE0DD)
_DEEPEST = 64


def check_extent(content: bytes, *, start: int, explicit: bool, where: str) -> None:
    """Raise `UnreadableFileError` when an element of little endian `content` reaches beyond its end."""
    _Walker(content, explicit, where).elements(start, 0)


class _Walker:
    def __init__(self, content: bytes, explicit: bool, where: str) -> None:  # noqa: FBT001  # private
        self._content = content
        self._explicit = explicit
        self._where = where

    def elements(self, position: int, depth: int) -> int:
        """Walk elements until an item ends (inside a sequence) or the file does; return the next position."""
        content, end = self._content, len(self._content)
        if depth > _DEEPEST:
            message = f"sequences nested deeper than {_DEEPEST}, expected a planning-system export"
            raise UnreadableFileError(message, where=self._where)
        while position < end:
            if end - position < 8:
                if depth == 0 and not any(content[position:]):
                    return end
                self._truncated()
            tag = struct.unpack_from("<HH", content, position)
            if depth and tag == _ITEM_END:
                return position + 8
            if depth == 0 and tag == (0, 0) and not any(content[position : position + 4096]):
                return end  # some exporters pad the file with zeros
            length, position, explicit = self._header(position)
            if length == _UNDEFINED:
                position = self._sequence(position, depth, explicit=explicit)
            else:
                position += length
                if position > end:
                    self._truncated()
        if depth:
            self._truncated()
        return position

    def _header(self, position: int) -> tuple[int, int, bool]:
        """Return the value's length, where it begins, and whether nested elements state their VR."""
        content = self._content
        if not self._explicit:
            return struct.unpack_from("<L", content, position + 4)[0], position + 8, False
        vr = content[position + 4 : position + 6]
        if vr in _LONG_VRS:
            if position + 12 > len(content):
                self._truncated()
            return struct.unpack_from("<L", content, position + 8)[0], position + 12, vr != b"UN"
        return struct.unpack_from("<H", content, position + 6)[0], position + 8, True

    def _sequence(self, position: int, depth: int, *, explicit: bool) -> int:
        """Walk the items of a sequence (or the fragments of a value) of undefined length."""
        content, end = self._content, len(self._content)
        before, self._explicit = self._explicit, explicit
        while True:
            if end - position < 8:
                self._truncated()
            group, element, length = struct.unpack_from("<HHL", content, position)
            position += 8
            if (group, element) == _SEQUENCE_END:
                self._explicit = before
                return position
            if (group, element) != _ITEM:
                message = f"element ({group:04X},{element:04X}) between items, expected an item or the sequence's end"
                raise UnreadableFileError(message, where=self._where)
            if length == _UNDEFINED:
                position = self.elements(position, depth + 1)
            else:
                position += length
            if position > end:
                self._truncated()

    def _truncated(self) -> None:
        message = f"the file ends after {len(self._content)} bytes inside an element, expected a complete file"
        raise UnreadableFileError(message, where=self._where)
