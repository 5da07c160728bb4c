import numpy as np
import pytest

from propel_core.errors import InvalidRequestError
from propel_core.spc import (
    NO_RULES,
    WESTERN_ELECTRIC,
    BeyondLimits,
    CountBeyondZone,
    Direction,
    Rule,
    RuleSet,
    RunOnOneSide,
    Standing,
)

NAN = np.nan
TWO_OF_THREE = CountBeyondZone(count=2, length=3, sigmas=2.0)


def standing(*deviations: float, centre: float = 0.0) -> Standing:
    """Return the standing of points in a process with sigma 1 and limits at 3."""
    size = len(deviations)
    return Standing(
        deviation=np.array(deviations),
        centre=np.full(size, centre),
        sigma=np.ones(size),
        lower=np.full(size, 3.0),
        upper=np.full(size, 3.0),
    )


def last_indices(rule: Rule, *deviations: float) -> list[int]:
    """Return where `rule` is met."""
    return sorted(hit.index for hit in rule.hits(standing(*deviations)))


def test_a_signal_is_set_at_the_last_point_of_every_window_that_meets_the_count() -> None:
    """Two beyond and then one ordinary point is still a window of three with two beyond."""
    assert last_indices(TWO_OF_THREE, 0.0, 2.5, 2.5, 0.0, 0.0) == [2, 3]


def test_a_window_may_be_partial_at_a_start() -> None:
    """Two of the first two points are enough for two of three."""
    hits = list(TWO_OF_THREE.hits(standing(2.5, 2.5)))
    assert [(hit.index, hit.window, hit.counted) for hit in hits] == [(1, (0, 1), (0, 1))]


def test_a_window_never_crosses_a_gap() -> None:
    """A missing value ends every window, and a fresh one starts after it."""
    assert last_indices(TWO_OF_THREE, 0.0, 2.5, NAN, 2.5, 0.0) == []
    assert last_indices(TWO_OF_THREE, 2.5, NAN, 2.5, 2.5) == [3]
    assert last_indices(RunOnOneSide(length=3), 1.0, 1.0, NAN, 1.0, 1.0, 1.0) == [5]


def test_both_sides_do_not_add_up() -> None:
    """One point beyond on each side is not two of three on one side."""
    assert last_indices(TWO_OF_THREE, 2.5, -2.5, 0.0) == []


def test_the_window_and_the_points_that_count_are_both_returned() -> None:
    """A display can ring the members that count within the window."""
    (hit,) = TWO_OF_THREE.hits(standing(0.0, -2.5, 0.5, -2.5))
    assert hit.side is Direction.LOW
    assert hit.window == (1, 2, 3)
    assert hit.counted == (1, 3)


def test_a_point_on_the_centre_line_ends_a_run() -> None:
    """It is on neither side."""
    rule = RunOnOneSide(length=3)
    assert last_indices(rule, 1.0, 1.0, 0.0, 1.0, 1.0) == []
    assert last_indices(rule, -1.0, -1.0, -1.0, -1.0) == [2, 3]


def test_zones_are_strict() -> None:
    """Exactly two standard deviations is not beyond two."""
    assert last_indices(TWO_OF_THREE, 2.0, 2.0, 2.0) == []
    assert last_indices(BeyondLimits(), 3.0, -3.0, 3.0 + 1e-13, 3.1, -3.1) == [3, 4]


def test_a_point_near_the_centre_of_a_large_magnitude_is_on_it() -> None:
    """The tolerance follows the magnitude of the line compared with."""
    near = standing(1e-4, 1e-4, 1e-4, centre=1e9)
    assert list(RunOnOneSide(length=3).hits(near)) == []


def test_limits_may_be_absent_on_one_side() -> None:
    """An infinite distance means no limit: nothing is beyond it."""
    one_sided = Standing(
        deviation=np.array([-1e9, 4.0]),
        centre=np.zeros(2),
        sigma=np.ones(2),
        lower=np.full(2, np.inf),
        upper=np.full(2, 3.0),
    )
    assert [hit.index for hit in BeyondLimits().hits(one_sided)] == [1]


def test_signals_gather_the_rules_at_a_point_in_the_order_of_the_set() -> None:
    """One signal per point, with every rule it meets."""
    signals = WESTERN_ELECTRIC.signals(standing(0.0, 2.5, 3.5))
    assert [(signal.index, signal.rules) for signal in signals] == [(2, ("beyond-limits", "2-of-3-beyond-2-sigma"))]


def test_a_rule_met_on_both_sides_is_named_once() -> None:
    """One of two beyond on each side: two hits, one name."""
    rule = CountBeyondZone(count=1, length=2, sigmas=2.0)
    (*_, signal) = RuleSet(name="own", rules=(rule,)).signals(standing(2.5, -2.5))
    assert len(signal.hits) == 2
    assert signal.rules == ("1-of-2-beyond-2-sigma",)


def test_a_constant_reference_leaves_only_the_limits() -> None:
    """Rules on zones and runs have no meaning without spread."""
    signals = WESTERN_ELECTRIC.signals(standing(*[2.5] * 9, 4.0), constant=True)
    assert [(signal.index, signal.rules) for signal in signals] == [(9, ("beyond-limits",))]


def test_no_rules_give_no_signals() -> None:
    """The empty set is a choice, not an error."""
    assert NO_RULES.signals(standing(100.0)) == ()


def test_an_empty_series_gives_no_signals() -> None:
    """Nothing plotted, nothing picked out."""
    assert WESTERN_ELECTRIC.signals(standing()) == ()


@pytest.mark.parametrize(
    ("rule", "low", "either"),
    [
        (BeyondLimits(), "A point lies below the lower control limit.", "A point lies beyond a control limit."),
        (
            CountBeyondZone(count=4, length=5, sigmas=1.0),
            "4 of 5 successive points lie more than 1 standard deviation below the centre line.",
            "4 of 5 successive points lie more than 1 standard deviation to one side of the centre line.",
        ),
        (
            RunOnOneSide(length=8),
            "8 successive points lie below the centre line.",
            "8 successive points lie to one side of the centre line.",
        ),
    ],
)
def test_rules_describe_themselves(rule: Rule, low: str, either: str) -> None:
    """The sentence comes from the parameters, for one side or for whichever."""
    assert rule.describe(Direction.LOW) == low
    assert WESTERN_ELECTRIC.describe(rule.name) == either


def test_an_unknown_rule_name_is_refused() -> None:
    """The message lists the names there are."""
    with pytest.raises(InvalidRequestError, match="beyond-limits"):
        WESTERN_ELECTRIC.describe("nelson-1")


@pytest.mark.parametrize(
    ("count", "length", "sigmas"), [(0, 3, 2.0), (4, 3, 2.0), (2, 3, 0.0), (2, 3, np.inf), (2, 3, NAN)]
)
def test_a_rule_without_meaning_is_refused(count: int, length: int, sigmas: float) -> None:
    """Counts must fit the window and the zone must be a distance."""
    with pytest.raises(InvalidRequestError, match="expected"):
        CountBeyondZone(count=count, length=length, sigmas=sigmas)


def test_a_run_of_one_is_refused() -> None:
    """A run needs two points."""
    with pytest.raises(InvalidRequestError, match="at least 2"):
        RunOnOneSide(length=1)
