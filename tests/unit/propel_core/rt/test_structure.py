"""Structures: frozen, validated, independent of the caller's arrays."""

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from propel_core.errors import InvalidInputError
from propel_core.rt import Structure, StructureSet, solid_of
from support.phantoms import FRAME, circle, rectangle, structure

POINTS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def made(**changes: Any) -> Structure:
    """Return a triangle, changed."""
    fields = {
        "number": 3,
        "name": "SECRET",
        "points_mm": POINTS,
        "starts": np.array([0, 3]),
        "frame_of_reference_uid": FRAME,
    }
    return Structure(**{**fields, **changes})


def test_the_callers_arrays_stay_theirs() -> None:
    """The arrays handed in keep their flags, and later changes to them do not reach the structure."""
    points, starts = POINTS.copy(), np.array([0, 3])
    found = made(points_mm=points, starts=starts)
    points[:], starts[1] = 9.0, 0
    assert found.points_mm.tolist() == POINTS.tolist()
    assert found.starts.tolist() == [0, 3]
    assert points.flags.writeable
    assert starts.flags.writeable


def test_nothing_can_be_changed() -> None:
    """Fields and arrays refuse to be written."""
    found = made()
    with pytest.raises(FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]  # the point of the test
    for array in (found.points_mm, found.starts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"starts": np.array([0, 2])}, "expected 0 to 3"),
        ({"starts": np.array([1, 3])}, "expected 0 to 3"),
        ({"starts": np.array([], dtype=int)}, "expected 0 to 3"),
        ({"starts": np.array([0, 1, 3])}, "a contour of 1 points"),
        ({"starts": np.array([0, 4, 3])}, "a contour of -1 points"),
        ({"points_mm": np.full((3, 3), np.nan)}, "no number up to"),
        ({"points_mm": np.array([[0.0, np.inf, 0.0]] * 3)}, "no number up to"),
        ({"points_mm": np.array([[0.0, 1.7e308, 0.0]] * 3)}, "no number up to"),
    ],
)
def test_contradictions_are_refused_by_number(changes: dict[str, Any], says: str) -> None:
    """What does not fit is refused with the structure's number, never its name."""
    with pytest.raises(InvalidInputError, match=says) as caught:
        made(**changes)
    assert caught.value.where == "Structure 3"
    assert "SECRET" not in str(caught.value)


def test_identity_follows_the_arrays() -> None:
    """Equal arrays have one digest; another vertex gives another."""
    assert made().identity() == made(name="Other").identity()
    assert made().identity() != made(points_mm=POINTS + 1e-9).identity()


def test_sets_find_structures_by_name() -> None:
    """A name finds every structure called exactly so."""
    found = StructureSet(sop_instance_uid="1.2", structures=(made(), made(number=4), made(name="secret")))
    assert [item.number for item in found.named("SECRET")] == [3, 4]


def test_errors_of_geometry_name_the_structure() -> None:
    """A tilted contour is refused by structure and contour."""
    tilted = made(points_mm=np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 5.0], [0.0, 1.0, 9.0]]))
    with pytest.raises(Exception, match=r"^Structure 3, contour 1: "):
        solid_of(tilted)
    assert solid_of(structure({0.0: [circle(2.0)], 1.0: [rectangle(0, 1, 0, 1)]})).z_mm.tolist() == [0.0, 1.0]
