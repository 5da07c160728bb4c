"""The errors of PROPEL: one base class and a few children.

A message names where, what was found and what was expected, in that order, for example
``Beam 2, control point 7: 118 leaf positions, expected 120 (300A,011C)``. It never holds a patient identifier.
"""

__all__ = [
    "InvalidInputError",
    "InvalidRequestError",
    "PropelError",
    "TruncatedFileError",
    "UnreadableFileError",
    "UnsupportedInputError",
]


class PropelError(Exception):
    """Base of every error that PROPEL raises on purpose.

    Parameters
    ----------
    message
        What was found and what was expected, in one line.
    where
        The place in the input: a beam, a control point, a structure, a DICOM tag.
    """

    def __init__(self, message: str, *, where: str | None = None) -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        """Keep `where` when the error crosses a process boundary."""
        return _rebuild, (type(self), self.message, self.where)


class InvalidRequestError(PropelError):
    """The caller asked for something that has no meaning (a malformed metric, a fraction above one)."""


class UnreadableFileError(PropelError):
    """The bytes are not a readable DICOM object: empty, truncated, of another format, or not accessible."""


class TruncatedFileError(UnreadableFileError):
    """The bytes begin as a DICOM object and end before it does."""


class InvalidInputError(PropelError):
    """The object is readable and contradicts itself or another object that it must agree with."""


class UnsupportedInputError(PropelError):
    """The input is legal and outside what PROPEL computes."""


def _rebuild(kind: type[PropelError], message: str, where: str | None) -> PropelError:
    return kind(message, where=where)
