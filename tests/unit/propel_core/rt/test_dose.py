"""Dose grids and their sums."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.rt import DoseGrid, DoseSummation, _kernels, sum_doses
from support.naive.dvh import trilinear
from support.phantoms import FRAME, dose_grid

AXIS = np.array([0.0, 2.0, 5.0])


def beam(number: int | None, value: float, **changes: Any) -> DoseGrid:
    """Return a uniform beam dose."""
    made = dose_grid(lambda x, *_: np.full(x.shape, value), AXIS, AXIS, AXIS)
    return replace(made, **{"summation": DoseSummation.BEAM, "referenced_beam_number": number, **changes})


def test_the_callers_array_stays_theirs() -> None:
    """The array handed in keeps its flags, and later changes to it do not reach the grid."""
    values = np.ones((3, 3, 3))
    made = DoseGrid(
        x_mm=AXIS, y_mm=AXIS, z_mm=AXIS, dose_gy=values, summation=DoseSummation.PLAN, frame_of_reference_uid=FRAME
    )
    values[:] = 7.0
    assert made.dose_gy.max() == 1.0
    assert values.flags.writeable
    assert AXIS.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        made.dose_gy[0, 0, 0] = 2.0


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"dose_gy": np.ones((3, 3, 2))}, "shape"),
        ({"dose_gy": np.full((3, 3, 3), np.nan)}, "finite"),
        ({"dose_gy": np.full((3, 3, 3), np.inf)}, "finite"),
        ({"dose_gy": np.full((3, 3, 3), -1.0)}, "below zero"),
        ({"x_mm": np.array([0.0, 2.0, 2.0])}, "ascend strictly"),
        ({"y_mm": np.array([5.0, 2.0, 0.0])}, "ascend strictly"),
        ({"z_mm": np.array([0.0, np.nan, 1.0])}, "no number up to"),
        ({"z_mm": np.array([0.0, 1.0, 2e5])}, "no number up to"),
        ({"z_mm": np.array([0.0])}, "at least two voxels"),
    ],
)
def test_contradictions_are_refused(changes: dict[str, Any], says: str) -> None:
    """Grids that contradict themselves, and doses that are none, are refused."""
    with pytest.raises(InvalidInputError, match=says):
        replace(beam(1, 1.0), **changes)


def test_beams_add_up_in_any_order() -> None:
    """Beam doses on one grid add voxel by voxel, to the same bytes and digest in any order."""
    beams = [beam(1, 0.1), beam(2, 0.2), beam(3, 0.3)]
    one, two = sum_doses(beams), sum_doses(beams[::-1])
    assert one.dose_gy == pytest.approx(np.full((3, 3, 3), 0.6))
    assert one.dose_gy.tobytes() == two.dose_gy.tobytes()
    assert one.identity() == two.identity()
    assert (one.summation, one.referenced_beam_number) == (DoseSummation.PLAN, None)
    assert beams[0].dose_gy.max() == 0.1


def test_a_single_dose_is_itself() -> None:
    """One dose needs no adding, whatever its kind."""
    plan = replace(beam(None, 2.0), summation=DoseSummation.PLAN)
    assert sum_doses([plan]) is plan


@pytest.mark.parametrize(
    ("doses", "kind", "says"),
    [
        ([], InvalidInputError, "no dose"),
        ([beam(1, 1.0), beam(1, 2.0)], InvalidInputError, "two doses of one beam"),
        ([beam(None, 1.0, sop_instance_uid="1.2.3")] * 2, InvalidInputError, "twice"),
        ([beam(1, 1.0), beam(2, 2.0, summation=DoseSummation.PLAN)], InvalidInputError, "BEAM, PLAN"),
        ([beam(1, 1.0), beam(2, 2.0, frame_of_reference_uid="1.9")], InvalidInputError, "frames of reference"),
        ([beam(1, 1.0), beam(2, 2.0, x_mm=AXIS + 0.5)], UnsupportedInputError, "different grids"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_is_not_added(doses: list[DoseGrid], kind: type[Exception], says: str) -> None:
    """Nothing, one beam twice, kinds mixed, other frames or grids: each is refused, without a UID."""
    with pytest.raises(kind, match=says) as caught:
        sum_doses(doses)
    assert "1.2.3" not in str(caught.value)


@given(st.lists(st.floats(-50.0, 50.0), min_size=2, max_size=8, unique=True), st.floats(-60.0, 60.0))
def test_a_cell_holds_its_position(values: list[float], position: float) -> None:
    """The cell begins at or before the position and ends after it, except beyond the ends of the axis."""
    axis = np.array(sorted(values))
    found = _kernels.cell(axis, position)
    assert 0 <= found <= axis.size - 2
    assert axis[found] <= position or found == 0
    assert position < axis[found + 1] or found == axis.size - 2


def test_extremes_bound_every_sampled_point_and_are_reached() -> None:
    """No point of a slab has a dose beyond the extremes, and fine sampling comes close to them."""
    from propel_core.geometry import section  # noqa: PLC0415  # beside its only use

    generator = np.random.default_rng(2)
    x = np.cumsum(generator.uniform(1.0, 3.0, 8))
    values = generator.uniform(0.0, 10.0, (8, 8, 8))
    dose = dose_grid(lambda *_: values, x, x, x)
    part = section([np.array([[x[0] + 0.7, x[0] + 0.2], [x[5] + 0.3, x[2]], [x[3], x[6] + 0.4]])])
    extrema = np.array([np.inf, -np.inf])
    low, high = float(x[1] + 0.3), float(x[4] + 0.1)
    arguments = dose.x_mm, dose.y_mm, dose.z_mm, dose.dose_gy, part.trapezoids_mm, part.edges_mm, low, high
    _kernels.slab_extrema(extrema, *arguments)
    plain = np.array([np.inf, -np.inf])
    _kernels._slab_extrema(plain, *arguments)
    assert np.array_equal(plain, extrema)
    corners = np.array([[x[0] + 0.7, x[0] + 0.2], [x[5] + 0.3, x[2]], [x[3], x[6] + 0.4]])
    shares = generator.dirichlet((0.4, 0.4, 0.4), 60_000)
    points = np.column_stack([shares @ corners, generator.choice([low, high, *x[2:5]], 60_000)])
    doses = trilinear(dose, points)[0]
    assert extrema[0] - 1e-9 <= doses.min() <= extrema[0] + 0.3
    assert extrema[1] - 0.3 <= doses.max() <= extrema[1] + 1e-9
