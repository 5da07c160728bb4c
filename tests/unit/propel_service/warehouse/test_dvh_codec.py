"""Packed curves: small, and within the stated error of what was packed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from propel_core.errors import InvalidInputError
from propel_service.warehouse.dvh_codec import DOSE_ERROR_GY, VOLUME_ERROR_CC, pack, unpack

ROUNDING = 1e-9
"""The last digits of a double beside 100 000 cm³."""

VOLUMES = st.integers(min_value=0, max_value=200).flatmap(
    lambda count: arrays(np.float64, count, elements=st.floats(min_value=0.0, max_value=1e5))
)


@given(VOLUMES, st.floats(min_value=0.0, max_value=5.0), st.floats(min_value=1e-3, max_value=1.0))
def test_an_even_curve_comes_back_within_the_stated_error(volumes: np.ndarray, start: float, step: float) -> None:
    """Doses and volumes are what they were, to the error that the module states; a falling curve still falls."""
    falling = np.sort(volumes)[::-1]
    doses = start + step * np.arange(falling.size)
    back_doses, back_volumes = unpack(pack(doses, falling))
    assert back_doses.shape == back_volumes.shape == falling.shape
    assert np.all(np.abs(back_doses - doses) <= DOSE_ERROR_GY)
    assert np.all(np.abs(back_volumes - falling) <= VOLUME_ERROR_CC + ROUNDING)
    assert np.all(np.diff(back_volumes) <= 0.0)


@given(VOLUMES)
def test_an_uneven_curve_comes_back_within_the_stated_error(doses: np.ndarray) -> None:
    """Any doses will do: those that are on no grid are kept one by one."""
    doses = np.sort(doses) / 100.0
    back_doses, back_volumes = unpack(pack(doses, doses[::-1].copy()))
    assert np.all(np.abs(back_doses - doses) <= DOSE_ERROR_GY + ROUNDING)
    assert np.all(np.abs(back_volumes - doses[::-1]) <= VOLUME_ERROR_CC + ROUNDING)


def test_what_was_read_can_be_packed_again_without_loss() -> None:
    """The rounding happens once."""
    volumes = np.sort(np.random.default_rng(1).uniform(0.0, 300.0, 500))[::-1]
    once = unpack(pack(np.arange(500) * 0.1, volumes))
    again = unpack(pack(*once))
    assert np.array_equal(once[1], again[1])


def test_eight_hundred_noisy_bins_take_two_kilobytes() -> None:
    """The size that the design asks for; as binary64 it would be 6.4 kB."""
    generator = np.random.default_rng(7)
    dose = np.arange(800) * 0.1
    differential = 300.0 * np.exp(-0.5 * ((dose - 40.0) / 12.0) ** 2) * (1.0 + 0.05 * generator.standard_normal(800))
    volumes = np.cumsum(differential[::-1])[::-1] / differential.sum() * 300.0
    assert len(pack(dose, volumes)) <= 2048


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 3e5, -3e5])
def test_a_volume_that_cannot_be_held_is_refused(wrong: float) -> None:
    """Nothing is stored that would come back as another number."""
    with pytest.raises(InvalidInputError, match="volume"):
        pack(np.arange(3.0), np.array([2.0, wrong, 0.0]))


@pytest.mark.parametrize("doses", [[0.0, np.nan, 1.0], [0.0, 1.0, 3e3], [np.inf, 1.0, 2.0]])
def test_a_dose_that_cannot_be_held_is_refused(doses: list[float]) -> None:
    """The same holds for doses, without a warning on the way."""
    with pytest.raises(InvalidInputError, match="dose"):
        pack(np.array(doses), np.zeros(3))


def test_doses_and_volumes_must_match() -> None:
    """Two shapes make no curve."""
    with pytest.raises(InvalidInputError, match="one shape"):
        pack(np.zeros(3), np.zeros(2))


def test_a_step_up_and_down_over_the_whole_range_is_refused() -> None:
    """Neighbours that differ by more than the form can hold do not wrap around."""
    with pytest.raises(InvalidInputError, match="differ"):
        pack(np.arange(2.0), np.array([2e5, -2e5]))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:0],
        lambda packed: packed[:20],
        lambda packed: packed[:-1],
        lambda packed: b"XXXX" + packed[4:],
        lambda packed: packed[:4] + b"\x63" + packed[5:],
        lambda packed: packed[:6] + b"\xff" + packed[7:],
    ],
    ids=["empty", "header cut", "body cut", "other form", "later version", "other count"],
)
def test_bytes_that_are_no_curve_are_refused(spoil) -> None:  # noqa: ANN001  # a table of lambdas
    """Damage is noticed and never decoded into numbers."""
    with pytest.raises(InvalidInputError):
        unpack(spoil(pack(np.arange(5.0), np.arange(5.0)[::-1].copy())))
