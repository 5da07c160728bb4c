"""Rules that pick out points of a control chart, as parameterised objects.

Conventions, the same for every rule. A hit is set at the *last* index of a window that meets the count, whether or not
the last point itself counts. Zones are strict: a point on a limit is not beyond it, a point on the centre line is on
neither side. A window never crosses a gap, and may be partial at a start: two of the first two points are enough for
"two of three".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from propel_core.errors import InvalidRequestError
from propel_core.spc.standing import Direction, Standing
from propel_core.units import BoolArray

__all__ = [
    "NO_RULES",
    "WESTERN_ELECTRIC",
    "BeyondLimits",
    "CountBeyondZone",
    "Rule",
    "RuleHit",
    "RuleSet",
    "RunOnOneSide",
    "Signal",
]

_SIDES = (Direction.LOW, Direction.HIGH)
_SIDE_WORDS = {Direction.LOW: "below", Direction.NEITHER: "to one side of", Direction.HIGH: "above"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """One rule met at one point.

    Parameters
    ----------
    index
        The last index of the window, from 0, gaps counted.
    window
        All indices of the window, ascending.
    counted
        Those of them that meet the condition.
    """

    rule: str
    side: Direction
    index: int
    window: tuple[int, ...]
    counted: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A point that at least one rule picked out, with every hit at that point in the order of the rule set."""

    index: int
    hits: tuple[RuleHit, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules met, each once."""
        return tuple(dict.fromkeys(hit.rule for hit in self.hits))


class Rule(Protocol):
    """What a rule set needs of a rule."""

    @property
    def name(self) -> str:
        """A stable name, made from the parameters."""
        ...

    def describe(self, side: Direction) -> str:
        """Return a sentence for people, for one side or (`Direction.NEITHER`) for whichever side."""
        ...

    @property
    def needs_spread(self) -> bool:
        """Whether the rule means nothing when the reference period is constant."""
        ...

    def hits(self, standing: Standing) -> Iterator[RuleHit]:
        """Yield the hits in the order of their index, side by side."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BeyondLimits:
    """A point strictly outside its control limits."""

    @property
    def name(self) -> str:
        """See `Rule`."""
        return "beyond-limits"

    def describe(self, side: Direction) -> str:
        """See `Rule`."""
        limit = {Direction.LOW: "below the lower", Direction.HIGH: "above the upper"}.get(side, "beyond a")
        return f"A point lies {limit} control limit."

    @property
    def needs_spread(self) -> bool:
        """See `Rule`."""
        return False

    def hits(self, standing: Standing) -> Iterator[RuleHit]:
        """See `Rule`."""
        for side in _SIDES:
            yield from _windows(self.name, side, standing, standing.beyond_limit(side), count=1, length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountBeyondZone:
    """`count` of `length` successive points strictly beyond `sigmas` standard deviations on one side.

    Raises
    ------
    InvalidRequestError
        Unless 1 ≤ count ≤ length and sigmas > 0.
    """

    count: int
    length: int
    sigmas: float

    def __post_init__(self) -> None:
        if not (1 <= self.count <= self.length and 0.0 < self.sigmas < np.inf):
            message = (
                f"{self.count} of {self.length} points beyond {self.sigmas:g} standard deviations, "
                "expected 1 <= count <= length and a positive number of standard deviations"
            )
            raise InvalidRequestError(message, where="rule")

    @property
    def name(self) -> str:
        """See `Rule`."""
        return f"{self.count}-of-{self.length}-beyond-{self.sigmas:g}-sigma"

    def describe(self, side: Direction) -> str:
        """See `Rule`."""
        distance = f"{self.sigmas:g} standard deviation{'' if self.sigmas == 1.0 else 's'}"
        where = _SIDE_WORDS[side]
        return f"{self.count} of {self.length} successive points lie more than {distance} {where} the centre line."

    @property
    def needs_spread(self) -> bool:
        """See `Rule`."""
        return True

    def hits(self, standing: Standing) -> Iterator[RuleHit]:
        """See `Rule`."""
        for side in _SIDES:
            beyond = standing.beyond(side, self.sigmas * standing.sigma)
            yield from _windows(self.name, side, standing, beyond, count=self.count, length=self.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOnOneSide:
    """`length` successive points on one side of the centre line.

    Raises
    ------
    InvalidRequestError
        If the length is below 2.
    """

    length: int

    def __post_init__(self) -> None:
        if self.length < 2:
            message = f"run of {self.length} points, expected at least 2"
            raise InvalidRequestError(message, where="rule")

    @property
    def name(self) -> str:
        """See `Rule`."""
        return f"{self.length}-on-one-side"

    def describe(self, side: Direction) -> str:
        """See `Rule`."""
        return f"{self.length} successive points lie {_SIDE_WORDS[side]} the centre line."

    @property
    def needs_spread(self) -> bool:
        """See `Rule`."""
        return True

    def hits(self, standing: Standing) -> Iterator[RuleHit]:
        """See `Rule`."""
        on_centre = np.zeros_like(standing.sigma)
        for side in _SIDES:
            beyond = standing.beyond(side, on_centre)
            yield from _windows(self.name, side, standing, beyond, count=self.length, length=self.length)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Rules applied together, under one name."""

    name: str
    rules: tuple[Rule, ...]

    def signals(self, standing: Standing, *, constant: bool = False) -> tuple[Signal, ...]:
        """Return the points picked out, in order.

        Parameters
        ----------
        constant
            The reference period is constant: rules that need its spread are left out.
        """
        found: dict[int, list[RuleHit]] = {}
        for rule in self.rules:
            if not (constant and rule.needs_spread):
                for hit in rule.hits(standing):
                    found.setdefault(hit.index, []).append(hit)
        return tuple(Signal(index=index, hits=tuple(found[index])) for index in sorted(found))

    def describe(self, name: str, side: Direction = Direction.NEITHER) -> str:
        """Return the sentence of the rule called `name`, for one side or for whichever side.

        Raises
        ------
        InvalidRequestError
            If the set has no such rule.
        """
        for rule in self.rules:
            if rule.name == name:
                return rule.describe(side)
        message = f"no rule {name!r}, expected one of {[rule.name for rule in self.rules]}"
        raise InvalidRequestError(message, where=f"rule set {self.name}")


WESTERN_ELECTRIC = RuleSet(
    name="western-electric",
    rules=(
        BeyondLimits(),
        CountBeyondZone(count=2, length=3, sigmas=2.0),
        CountBeyondZone(count=4, length=5, sigmas=1.0),
        RunOnOneSide(length=8),
    ),
)
NO_RULES = RuleSet(name="none", rules=())


def _windows(
    name: str, side: Direction, standing: Standing, condition: BoolArray, *, count: int, length: int
) -> Iterator[RuleHit]:
    """Yield a hit for each window of up to `length` points, within one stretch, of which `count` meet `condition`."""
    index = np.arange(condition.size)
    first = np.maximum(standing.segment_starts(), index - length + 1)
    before = np.concatenate(([0], np.cumsum(condition)))
    counted = before[index + 1] - before[np.minimum(first, index + 1)]
    for last in np.flatnonzero(counted >= count):
        window = tuple(range(int(first[last]), int(last) + 1))
        yield RuleHit(rule=name, side=side, index=int(last), window=window, counted=_where(condition, window))


def _where(condition: BoolArray, window: Sequence[int]) -> tuple[int, ...]:
    return tuple(index for index in window if condition[index])
