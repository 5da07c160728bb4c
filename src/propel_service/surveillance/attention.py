"""Which panels deserve a look first.

The measure is how surprising the recent plans of a centre are: the probability of at least so many tail points if each
plan fell into a tail by chance alone. Signals of the control chart break ties; they are not counted as surprise, since
they overlap and since a metric that sits at its ceiling (100 % coverage, plan after plan) runs on one side of its mean
without any change. It orders pages; it is no test and no verdict. Only plans after a frozen reference period count:
nothing else is independent of its own limits.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from scipy.special import bdtrc

from propel_service.surveillance.judgement import CentreJudgement, PanelJudgement, ReferenceState

__all__ = ["Attention", "attention_of", "rank_panels"]

Key = TypeVar("Key")
RECENT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """Why a panel deserves a look: its most surprising centre.

    Parameters
    ----------
    centre
        None when no centre has plans after a frozen reference period.
    recent, in_tail, signalled, noteworthy
        Number of recent plans considered, and of those in a tail, with a signal, and with either.
    sustained
        Longest unbroken stretch of noteworthy plans among them.
    surprise
        -log10 of the probability of so many tail points by chance; 0 when there are none.
    sentence
        The same for people.
    """

    centre: str | None = None
    recent: int = 0
    in_tail: int = 0
    signalled: int = 0
    noteworthy: int = 0
    sustained: int = 0
    surprise: float = 0.0
    sentence: str = "No plans after a frozen reference period."


def attention_of(panel: PanelJudgement, *, recent: int = RECENT) -> Attention:
    """Return the attention that `panel` deserves, from the last `recent` plans of each centre."""
    found = [_of_centre(centre, alpha=panel.alpha, recent=recent) for centre in panel.centres]
    return max(found, key=_weight, default=Attention())


def rank_panels(panels: Mapping[Key, PanelJudgement], *, recent: int = RECENT) -> list[tuple[Key, Attention]]:
    """Return the panels, the most deserving first; equals keep the order in which they were given."""
    ranked = [(key, attention_of(panel, recent=recent)) for key, panel in panels.items()]
    return sorted(ranked, key=lambda item: _weight(item[1]), reverse=True)


def _weight(attention: Attention) -> tuple[float, int, int, int]:
    return attention.surprise, attention.signalled, attention.sustained, attention.recent


def _of_centre(judgement: CentreJudgement, *, alpha: float, recent: int) -> Attention:
    if judgement.state is not ReferenceState.FROZEN:
        return Attention()
    later = [point for point in judgement.points if not point.in_reference and point.value is not None][-recent:]
    if not later:
        return Attention()
    marks = [point.noteworthy for point in later]
    in_tail = sum(point.in_tail for point in later)
    signalled = sum(bool(point.findings) for point in later)
    return Attention(
        centre=judgement.centre,
        recent=len(later),
        in_tail=in_tail,
        signalled=signalled,
        noteworthy=sum(marks),
        sustained=_longest_stretch(marks),
        surprise=_surprise(in_tail, len(later), alpha),
        sentence=(
            f"{judgement.centre}: of the last {len(later)} plans {in_tail} lie in a tail "
            f"(about {alpha * len(later):.2g} expected) and {signalled} carry a control-chart signal."
        ),
    )


def _longest_stretch(marks: list[bool]) -> int:
    longest = current = 0
    for mark in marks:
        current = current + 1 if mark else 0
        longest = max(longest, current)
    return longest


def _surprise(count: int, size: int, chance: float) -> float:
    """Return -log10 P(at least `count` of `size`), each with probability `chance`."""
    if count == 0:
        return 0.0
    return -math.log10(max(float(bdtrc(count - 1, size, chance)), 1e-300))
