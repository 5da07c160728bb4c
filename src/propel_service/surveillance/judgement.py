"""The nouns of surveillance: what goes in (observations, references) and what comes out (judgements)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat
from propel_core.spc import Direction, IndividualsChart, TailsChart

__all__ = [
    "CentreJudgement",
    "Observation",
    "PanelJudgement",
    "PointJudgement",
    "Reference",
    "ReferenceState",
    "RuleFinding",
]


class ReferenceState(Enum):
    """What the limits and the band of a centre rest on."""

    FROZEN = "frozen"
    """A frozen reference period that later plans do not change."""
    PROVISIONAL = "provisional"
    """All the plans so far, because no reference period is frozen yet; every new plan moves the limits."""
    NONE = "none"
    """Too few plans: no limits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One plan on a panel: its value, or None where the metric could not be given (a gap on the chart)."""

    plan_id: int
    time: datetime
    centre: str
    value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The frozen reference period of one centre on one panel, in time order; None marks a gap.

    Raises
    ------
    InvalidInputError
        If plans and values differ in number.
    """

    plan_ids: tuple[int, ...]
    values: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if len(self.plan_ids) != len(self.values):
            message = f"{len(self.values)} values for {len(self.plan_ids)} plans, expected one each"
            raise InvalidInputError(message, where="reference period")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFinding:
    """A rule met at a point, with the plans of its window, and why it counts, in a sentence."""

    rule: str
    direction: Direction
    plan_ids: tuple[int, ...]
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointJudgement:
    """One plan, judged.

    Parameters
    ----------
    in_reference
        The plan is one of those the limits come from.
    p, z
        Place in the reference population, None where the value or the law is missing.
    in_tail
        Outside the band: unusual, not bad.
    findings
        Control-chart rules met at this plan.
    explanation
        Sentences for people, None when there is nothing to say.
    """

    plan_id: int
    time: datetime
    value: float | None
    in_reference: bool
    p: float | None
    z: float | None
    direction: Direction
    in_tail: bool
    findings: tuple[RuleFinding, ...]
    explanation: str | None

    @property
    def rules(self) -> tuple[str, ...]:
        """The names of the rules met, each once."""
        return tuple(dict.fromkeys(finding.rule for finding in self.findings))

    @property
    def noteworthy(self) -> bool:
        """Whether the plan lies in a tail or carries a signal."""
        return self.in_tail or bool(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CentreJudgement:
    """One centre on one panel. Control limits (its own process) and band (its reference population) stay apart.

    Parameters
    ----------
    reference_size
        Number of reference values behind limits and band.
    chart, tails
        The results of the core, with provenance, in the order of `points`.
    """

    centre: str
    state: ReferenceState
    reference_size: int
    points: tuple[PointJudgement, ...]
    chart: IndividualsChart
    tails: TailsChart
    caveats: tuple[Caveat, ...]

    @property
    def centre_line(self) -> float | None:
        """Mean of the reference values."""
        return self.chart.centre

    @property
    def sigma(self) -> float | None:
        """Standard deviation of one value, from the mean moving range."""
        return self.chart.sigma

    @property
    def lower_limit(self) -> float | None:
        """Lower control limit."""
        return self.chart.lower_limit

    @property
    def upper_limit(self) -> float | None:
        """Upper control limit."""
        return self.chart.upper_limit

    @property
    def band_lower(self) -> float | None:
        """Lower end of the tail band."""
        return self.tails.lower_limit

    @property
    def band_centre(self) -> float | None:
        """Median of the reference law."""
        return self.tails.centre

    @property
    def band_upper(self) -> float | None:
        """Upper end of the tail band."""
        return self.tails.upper_limit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelJudgement:
    """All centres of one panel, in the order of their names."""

    alpha: float
    centres: tuple[CentreJudgement, ...]
