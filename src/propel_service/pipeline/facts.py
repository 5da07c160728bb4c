"""What the pipeline produces: facts, curves and classifications, all plain values.

Calculators return them, destinations receive them; neither knows the other.
"""

from dataclasses import dataclass, field
from enum import Enum

from propel_core.provenance import Caveat, Provenance
from propel_core.units import FloatArray, read_only

__all__ = ["CalculationOutput", "Classified", "Curve", "Fact", "FactKind"]


class FactKind(Enum):
    """The calculation a fact belongs to."""

    DVH = "dvh"
    COMPLEXITY = "complexity"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number about one plan.

    Parameters
    ----------
    metric
        The metric's name, for example ``D95%[Gy]``, ``MCS``, ``overlap_fraction``.
    subject
        What it is about: ``Rectum``, ``Rectum|PTV`` (organ against target), ``plan``, ``beam 2``.
    value
        None when the number cannot be given; `reason` then says why.
    charted
        Whether the fact is followed on a control chart (plan-level facts that the protocol or the catalogue names).
    """

    kind: FactKind
    metric: str
    subject: str
    value: float | None
    unit: str
    provenance: Provenance
    reason: str | None = None
    charted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A cumulative dose-volume histogram: volume receiving at least each dose, shapes (k,), with its summary."""

    structure_number: int
    raw_name: str
    canonical_name: str | None
    volume_cc: float
    coverage_fraction: float
    min_gy: float | None
    mean_gy: float | None
    max_gy: float | None
    dose_gy: FloatArray
    volume_cc_at_dose: FloatArray
    provenance: Provenance
    caveats: tuple[Caveat, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "dose_gy", read_only(self.dose_gy))
        object.__setattr__(self, "volume_cc_at_dose", read_only(self.volume_cc_at_dose))


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """A classification and where it came from (a rule, a tag, the command line)."""

    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalculationOutput:
    """All that one calculator says about one study."""

    facts: tuple[Fact, ...] = ()
    curves: tuple[Curve, ...] = ()
    caveats: tuple[Caveat, ...] = field(default=())
