"""Corners of the series and laws that a review found."""

import numpy as np
import pytest

from propel_core.errors import InvalidInputError
from propel_core.spc import fitted_lognormal, individuals_chart, tails_chart


@pytest.mark.parametrize("steps", [1, 4, 5, 6, 8])
def test_a_reference_constant_but_for_rounding_gives_a_finite_band(steps: int) -> None:
    """Where the logarithms of a reference are equal, the band is finite and anything far off lies in a tail."""
    base = 4295.40955868
    reference = np.full(20, base)
    reference[7] = base + steps * np.spacing(base)
    chart = tails_chart([base, base * 1.5, 1.0], law=fitted_lognormal(reference))
    assert np.isfinite([chart.lower_limit, chart.upper_limit]).all()
    assert list(chart.in_tail[1:]) == [True, True]


def test_an_integer_beyond_floating_point_is_refused() -> None:
    """A number that no double holds is a typed refusal."""
    with pytest.raises(InvalidInputError):
        individuals_chart([1.0, 10**400])
