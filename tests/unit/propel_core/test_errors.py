"""Errors: where, found, expected; across processes."""

import pickle

import pytest

from propel_core import errors
from propel_core.errors import InvalidInputError, PropelError, UnsupportedInputError

KINDS = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_a_propel_error(kind: type[PropelError]) -> None:
    """One base class catches all that PROPEL raises on purpose."""
    assert issubclass(kind, PropelError)


@pytest.mark.parametrize("where", [None, "Beam 2"])
@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickling(kind: type[PropelError], where: str | None) -> None:
    """Kind, message and place come through a process boundary."""
    again = pickle.loads(pickle.dumps(kind("found 1, expected 2", where=where)))  # noqa: S301  # its own bytes
    assert type(again) is kind
    assert (again.message, again.where) == ("found 1, expected 2", where)
    assert str(again) == ("Beam 2: found 1, expected 2" if where else "found 1, expected 2")


def test_unsupported_is_not_invalid() -> None:
    """Legal input that PROPEL does not compute is told apart from input that contradicts itself."""
    assert not issubclass(UnsupportedInputError, InvalidInputError)
    assert not issubclass(InvalidInputError, UnsupportedInputError)
