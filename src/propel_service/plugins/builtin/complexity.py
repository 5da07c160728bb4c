"""Plan complexity under every published convention."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from propel_core.complexity import CATALOGUE, PRESETS, ComplexityReport, Convention, compute_complexity
from propel_service.pipeline.facts import CalculationOutput, Fact, FactKind
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.study import ClassifiedStudy
from propel_service.plugins.hookspecs import hookimpl

__all__ = ["ComplexityCalculator", "propel_calculators"]

# Followed on charts: one of each family. The others are stored, and shown on the plan's page.
_CHARTED = frozenset({"MCS", "LT", "LTMCS", "LSV", "AAV", "SAS10", "MFA", "EM", "PI", "MU"})
# The metrics that the conventions define differently; the rest of a second report would repeat the first.
_BY_CONVENTION = frozenset({"MCS", "AAV", "LTMCS"})
VERSION = " ".join(f"{preset.convention.value}/{preset.version}" for preset in PRESETS.values())
_UNITS = {definition.name: definition.unit for definition in CATALOGUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplexityCalculator:
    """Computes the metrics of the plan and of each beam.

    The metrics of the default convention bear their plain name; those that another convention defines differently are
    stored as well, with its name in brackets: ``MCS[masi2013]``.
    """

    name: str = "complexity"
    version: str = VERSION

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Return the metrics as facts about ``plan`` (the usual ones charted) and about each ``beam N``."""
        default = compute_complexity(study.study.plan)
        facts = list(_facts(default, suffix="", charted=_CHARTED, names=frozenset(_UNITS)))
        for convention in Convention:
            if convention is not default.convention:
                other = compute_complexity(study.study.plan, convention=convention)
                suffix = f"[{convention.value}]"
                facts.extend(_facts(other, suffix=suffix, charted=frozenset({"MCS"}), names=_BY_CONVENTION))
        return CalculationOutput(facts=tuple(facts), caveats=default.caveats)


@hookimpl
def propel_calculators() -> Sequence[Calculator]:
    """Offer the calculator of plan complexity."""
    return [ComplexityCalculator()]


def _facts(report: ComplexityReport, *, suffix: str, charted: frozenset[str], names: frozenset[str]) -> Iterator[Fact]:
    subjects = [("plan", report.metrics), *((f"beam {beam.number}", beam.metrics) for beam in report.beams)]
    for subject, metrics in subjects:
        for name, value in metrics.items():
            if name in names:
                yield Fact(
                    kind=FactKind.COMPLEXITY,
                    metric=f"{name}{suffix}",
                    subject=subject,
                    value=value,
                    unit=_UNITS[name],
                    provenance=report.provenance,
                    charted=subject == "plan" and name in charted,
                )
