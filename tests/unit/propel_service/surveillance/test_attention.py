from datetime import UTC, datetime, timedelta

import pytest
from scipy import stats

from propel_service.surveillance import (
    Attention,
    Observation,
    PanelJudgement,
    Reference,
    attention_of,
    judge,
    rank_panels,
)

START = datetime(2024, 3, 1, tzinfo=UTC)
STEADY = [0.40, 0.42, 0.39, 0.41, 0.43, 0.38, 0.40, 0.41, 0.42, 0.39] * 2


def panel(later: list[float | None], *, centre: str = "Centre B", freeze: bool = True) -> PanelJudgement:
    """Return the judgement of twenty reference plans and `later` ones."""
    points = [
        Observation(plan_id=day, time=START + timedelta(days=day), centre=centre, value=value)
        for day, value in enumerate([*STEADY, *later])
    ]
    reference = Reference(plan_ids=tuple(range(20)), values=tuple(STEADY))
    return judge(points, references={centre: reference} if freeze else {})


def test_a_sustained_shift_comes_before_a_single_odd_plan_and_that_before_quiet() -> None:
    """The overview opens with the planted shift."""
    panels = {
        "quiet": panel([0.40, 0.41] * 8),
        "single": panel([0.40, 0.60, *[0.40, 0.41] * 7]),
        "shift": panel([0.40, 0.41, *[0.47] * 14]),
        "provisional": panel([0.9] * 16, freeze=False),
    }
    assert [key for key, _ in rank_panels(panels)] == ["shift", "single", "quiet", "provisional"]


def test_one_odd_plan_of_one_does_not_outrank_many_of_many() -> None:
    """A share alone would put one of one first."""
    panels = {"one": panel([0.6]), "many": panel([*[0.47] * 8, 0.40, 0.41])}
    assert next(iter(rank_panels(panels)))[0] == "many"


def test_attention_counts_tails_signals_and_their_stretch() -> None:
    """Counts, the longest stretch, the binomial surprise and the sentence."""
    found = attention_of(panel([0.40, 0.60, 0.60, None, 0.60, 0.40]))
    assert (found.centre, found.recent, found.in_tail) == ("Centre B", 5, 3)
    assert found.signalled == found.noteworthy == 3
    assert found.sustained == 3
    assert 10**-found.surprise == pytest.approx(stats.binom.sf(2, 5, 0.05), rel=1e-9)
    assert found.sentence == (
        "Centre B: of the last 5 plans 3 lie in a tail (about 0.25 expected) and 3 carry a control-chart signal."
    )


def test_only_recent_plans_count() -> None:
    """A shift that was put right fades from the front page."""
    judgement = panel([*[0.6] * 10, *[0.40, 0.41] * 12])
    assert attention_of(judgement).noteworthy == 0
    assert attention_of(judgement, recent=34).noteworthy >= 10


@pytest.mark.parametrize(
    "judgement", [panel([]), panel([None]), panel([0.9] * 5, freeze=False), judge([], references={})]
)
def test_no_plans_after_a_frozen_reference_give_no_attention(judgement: PanelJudgement) -> None:
    """Nothing is independent of its own limits."""
    assert attention_of(judgement) == Attention()


def test_equals_keep_their_order() -> None:
    """The ranking is stable."""
    quiet = panel([0.40, 0.41] * 8)
    assert [key for key, _ in rank_panels({"b": quiet, "a": quiet})] == ["b", "a"]


def test_a_certain_shift_has_a_finite_surprise() -> None:
    """Probabilities below the range of doubles do not become infinities."""
    assert attention_of(panel([0.9] * 400), recent=400).surprise <= 300.0
