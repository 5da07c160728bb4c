import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from propel_core.errors import InvalidInputError
from propel_core.spc import Direction
from propel_service.surveillance import (
    CentreJudgement,
    Observation,
    PanelJudgement,
    Reference,
    ReferenceState,
    judge,
)

START = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
STEADY = [
    0.40,
    0.42,
    0.39,
    0.41,
    0.43,
    0.38,
    0.40,
    0.41,
    0.42,
    0.39,
    0.40,
    0.37,
    0.41,
    0.40,
    0.43,
    0.39,
    0.41,
    0.40,
    0.38,
    0.42,
]


def plans(values: list[float | None], *, centre: str = "Centre B", first: int = 1) -> list[Observation]:
    """Return one plan a day."""
    return [
        Observation(plan_id=first + day, time=START + timedelta(days=day), centre=centre, value=value)
        for day, value in enumerate(values)
    ]


def frozen(values: list[float | None] = STEADY, *, first: int = 1) -> Reference:
    """Return the reference period of plans numbered from `first`."""
    return Reference(plan_ids=tuple(range(first, first + len(values))), values=tuple(values))


def only(panel: PanelJudgement) -> CentreJudgement:
    """Return the one centre of a panel."""
    (centre,) = panel.centres
    return centre


def test_a_plan_in_the_tail_is_called_unusual_and_not_bad() -> None:
    """The sentence gives the value, the side, the population, the band and the expected share of tails."""
    centre = only(judge(plans([*STEADY, 0.44]), references={"Centre B": frozen()}, unit="Gy"))
    point = centre.points[-1]
    assert point.in_tail
    assert point.direction is Direction.HIGH
    assert point.p == pytest.approx(0.979, abs=1e-3)
    assert point.rules == ()
    assert point.explanation is not None
    assert point.explanation.startswith(
        "Unusual, not bad: 0.44 Gy lies in the upper 2.5 % tail of what the 20 reference plans of Centre B predict "
        "(0.3675 Gy to 0.4385 Gy; probability of a value at least as high: 0.021)."
    )
    assert "5 % of ordinary plans" in point.explanation


def test_a_plan_beyond_the_limits_names_the_limit_of_its_own_process() -> None:
    """A signal is explained apart from the tail."""
    centre = only(judge(plans([*STEADY, 0.30]), references={"Centre B": frozen()}))
    point = centre.points[-1]
    assert point.rules == ("beyond-limits",)
    assert point.findings[0].direction is Direction.LOW
    assert point.findings[0].explanation == (
        "Signal: a plan lies below the lower control limit of Centre B's own process (0.3386)."
    )
    assert point.explanation is not None
    assert point.explanation.index("Unusual") < point.explanation.index("Signal")
    assert "lower 2.5 % tail" in point.explanation


def test_a_pattern_names_the_plans_of_its_window() -> None:
    """A run of eight returns its eight plans and the centre line."""
    centre = only(judge(plans([*STEADY, *[0.41] * 8]), references={"Centre B": frozen()}))
    finding = centre.points[-1].findings[-1]
    assert finding.rule == "8-on-one-side"
    assert finding.plan_ids == tuple(range(21, 29))
    assert finding.explanation == (
        "Signal: 8 successive plans lie above the centre line of Centre B's own process (0.403)."
    )
    assert not centre.points[-1].in_tail


def test_an_ordinary_plan_needs_no_explanation() -> None:
    """Nothing to say, no words."""
    centre = only(judge(plans([*STEADY, 0.40]), references={"Centre B": frozen()}))
    assert centre.points[-1].explanation is None
    assert not centre.points[-1].noteworthy


def test_each_centre_is_judged_by_its_own_reference() -> None:
    """The same value is ordinary at one centre and in the tail at another; nothing is pooled."""
    high = [value + 0.2 for value in STEADY]
    points = [*plans([*STEADY, 0.6]), *plans([*high, 0.6], centre="Centre A", first=101)]
    references = {"Centre B": frozen(), "Centre A": frozen(high, first=101)}
    a, b = judge(points, references=references).centres
    assert (a.centre, b.centre) == ("Centre A", "Centre B")
    assert not a.points[-1].in_tail
    assert b.points[-1].in_tail
    alone = only(judge(plans([*STEADY, 0.6]), references=references))
    assert alone.points == b.points


def test_later_plans_do_not_move_a_frozen_reference() -> None:
    """Limits and band are equal before and after a shift."""
    one = only(judge(plans(STEADY), references={"Centre B": frozen()}))
    two = only(judge(plans([*STEADY, *[0.9] * 30]), references={"Centre B": frozen()}))
    assert (one.lower_limit, one.centre_line, one.upper_limit) == (two.lower_limit, two.centre_line, two.upper_limit)
    assert (one.band_lower, one.band_centre, one.band_upper) == (two.band_lower, two.band_centre, two.band_upper)
    assert one.sigma == two.sigma
    assert one.points == two.points[:20]
    assert two.state is ReferenceState.FROZEN
    assert two.reference_size == 20


def test_reference_plans_are_marked_and_say_so() -> None:
    """A reference plan outside the band it helped to set is told from a later one."""
    values = [*STEADY[:19], 0.48]
    centre = only(judge(plans([*values, 0.5]), references={"Centre B": frozen(values)}))
    assert [point.in_reference for point in centre.points] == [True] * 20 + [False]
    assert centre.points[19].in_tail
    assert (centre.points[19].explanation or "").count("itself one of them") == 1
    assert "itself" not in (centre.points[20].explanation or "")


def test_the_order_of_arrival_does_not_matter() -> None:
    """Plans are judged in order of time, then of plan number."""
    points = plans([*STEADY, 0.5, None, 0.3])
    shuffled = points.copy()
    random.Random(3).shuffle(shuffled)  # noqa: S311  # a shuffle, not a secret
    one, two = (only(judge(x, references={"Centre B": frozen()})) for x in (points, shuffled))
    assert one.points == two.points


def test_equal_times_are_ordered_by_plan_number_with_a_caveat() -> None:
    """The order is defined, and the reader is told that the times do not give it."""
    points = [Observation(plan_id=n, time=START, centre="Centre B", value=0.4) for n in (3, 1, 2)]
    centre = only(judge(points, references={}))
    assert [point.plan_id for point in centre.points] == [1, 2, 3]
    assert "duplicate-times" in {caveat.code for caveat in centre.caveats}


@pytest.mark.parametrize("missing", [None, math.nan])
def test_a_missing_value_is_a_gap(missing: float | None) -> None:
    """No verdict on the plan, and no run across it."""
    values = [*STEADY, *[0.42] * 4, missing, *[0.42] * 4]
    centre = only(judge(plans(values), references={"Centre B": frozen()}))
    gap = centre.points[24]
    assert (gap.value, gap.p, gap.z, gap.in_tail, gap.findings) == (None, None, None, False, ())
    assert gap.direction is Direction.NEITHER
    assert "8-on-one-side" not in {rule for point in centre.points for rule in point.rules}


def test_without_a_frozen_reference_the_verdict_is_provisional() -> None:
    """All plans so far set the limits, every plan is its own reference, and the words say so."""
    centre = only(judge(plans([*STEADY[:14], 0.6]), references={}))
    assert centre.state is ReferenceState.PROVISIONAL
    assert all(point.in_reference for point in centre.points)
    assert "so far (no reference period is frozen yet)" in (centre.points[-1].explanation or "")
    assert {caveat.code for caveat in centre.caveats} == {"retrospective-limits", "trial-limits"}


@pytest.mark.parametrize("values", [[0.4], [None], [None, 0.4, None]])
def test_too_few_plans_give_no_limits(values: list[float | None]) -> None:
    """State none: points are shown, nothing is drawn, nothing is judged."""
    centre = only(judge(plans(values), references={}))
    assert centre.state is ReferenceState.NONE
    assert centre.centre_line is centre.sigma is centre.lower_limit is centre.upper_limit is None
    assert centre.band_lower is centre.band_centre is centre.band_upper is None
    assert not any(point.noteworthy or point.in_reference for point in centre.points)


def test_a_panel_without_plans_has_no_centres() -> None:
    """Nothing in, nothing out, even when references exist."""
    assert judge([], references={"Centre B": frozen()}).centres == ()


def test_a_constant_reference_marks_only_a_different_value() -> None:
    """A metric that was always 0 flags the first plan that is not."""
    values: list[float | None] = [0.0] * 20
    centre = only(judge(plans([*values, 0.0, 0.5]), references={"Centre B": frozen(values)}))
    assert [point.plan_id for point in centre.points if point.noteworthy] == [22]
    assert [caveat.code for caveat in centre.caveats].count("constant-reference") == 2


def test_naive_and_aware_times_are_not_mixed() -> None:
    """They cannot be put in order: refused."""
    points = plans([0.4, 0.5])
    points.append(Observation(plan_id=9, time=datetime(2024, 3, 9), centre="Centre B", value=0.4))  # noqa: DTZ001  # on purpose
    with pytest.raises(InvalidInputError, match="time zone"):
        judge(points, references={})


def test_an_infinite_value_is_refused() -> None:
    """It is an error in the data and not a tail."""
    with pytest.raises(InvalidInputError, match="infinite"):
        judge(plans([0.4, math.inf]), references={})


def test_a_reference_with_unequal_parts_is_refused() -> None:
    """Every reference value belongs to a plan."""
    with pytest.raises(InvalidInputError, match="expected one each"):
        Reference(plan_ids=(1, 2), values=(0.4,))


def test_alpha_sets_the_width_of_the_band() -> None:
    """A wider tail flags more, and its share stands in the sentence."""
    panel = judge(plans([*STEADY, 0.44, 0.432]), references={"Centre B": frozen()}, alpha=0.2)
    assert panel.alpha == 0.2
    assert [point.in_tail for point in only(panel).points[-2:]] == [True, True]
    assert "upper 10 % tail" in (only(panel).points[-1].explanation or "")


def test_a_far_tail_is_given_as_a_bound() -> None:
    """No one needs the 17th digit of a probability."""
    centre = only(judge(plans([*STEADY, 40.0]), references={"Centre B": frozen()}))
    assert "below 0.0001" in (centre.points[-1].explanation or "")
