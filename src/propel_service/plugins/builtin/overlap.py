"""How far each organ overlaps each planning target volume, and all of them together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from propel_core.errors import PropelError
from propel_core.overlap import ALGORITHM_VERSION, Overlap, compute_overlap
from propel_core.provenance import Caveat
from propel_core.rt import Structure
from propel_service.pipeline.classify import TargetKind, target_kind
from propel_service.pipeline.facts import CalculationOutput, Fact, FactKind
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.rulebook import RuleBook
from propel_service.pipeline.study import ClassifiedStudy
from propel_service.plugins.builtin.labels import stamped, subject_of
from propel_service.plugins.hookspecs import hookimpl

__all__ = ["ALL_PTVS", "OverlapCalculator", "propel_calculators"]

ALL_PTVS = "all PTVs"
"""The subject of the union: ``Rectum|all PTVs``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlapCalculator:
    """Measures the organs of the protocol against every PTV and against their union."""

    rules: RuleBook
    name: str = "overlap"
    version: str = ALGORITHM_VERSION

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Return overlap volume and fraction as facts about ``ORGAN|TARGET``; a refused pair leaves a caveat."""
        structures = [structure for structure in study.study.structures.structures if not structure.is_empty]
        ptvs = [structure for structure in structures if target_kind(structure) is TargetKind.PTV]
        if not ptvs:
            caveat = Caveat(code="no_ptv", text="no planning target volume with contours: no overlap is computed")
            return CalculationOutput(caveats=(caveat,))
        facts: list[Fact] = []
        caveats: dict[Caveat, None] = {}
        for organ_name, organ in self._organs(structures, study):
            for targets, labels in _pairings(ptvs, study):
                try:
                    overlap = compute_overlap(targets=targets, organ=organ)
                except PropelError as error:
                    numbers = ", ".join(str(target.number) for target in targets)
                    text = f"{organ_name} with structure {numbers}: {error}"
                    caveats[Caveat(code="overlap_refused", text=text)] = None
                    continue
                caveats.update(dict.fromkeys(overlap.caveats))
                for target_name, charted in labels:
                    facts.extend(_facts(overlap, f"{organ_name}|{target_name}", study, charted=charted))
        return CalculationOutput(facts=tuple(facts), caveats=tuple(caveats))

    def _organs(self, structures: Sequence[Structure], study: ClassifiedStudy) -> Iterator[tuple[str, Structure]]:
        """Yield the organs that the protocol measures, under their TG-263 names, in file order."""
        organs = {
            study.aliases[structure.number].value: structure
            for structure in structures
            if structure.number in study.aliases and structure.number not in study.targets
        }
        followed = [name for name in organs if name not in self.rules.aliases.not_organs]
        for name in self.rules.protocol(study.site.value).overlapping(followed):
            yield name, organs[name]


@hookimpl
def propel_calculators(rules: RuleBook) -> Sequence[Calculator]:
    """Offer the calculator of overlaps."""
    return [OverlapCalculator(rules=rules)]


def _pairings(
    ptvs: Sequence[Structure], study: ClassifiedStudy
) -> Iterator[tuple[Sequence[Structure], Sequence[tuple[str, bool]]]]:
    """Yield each target, then the union, with the names it goes by and whether each is charted.

    A target is charted only under a TG-263 name. The only target is the union too, and is measured once.
    """
    union = (ALL_PTVS, True)
    for ptv in ptvs:
        own = (subject_of(ptv, study), ptv.number in study.aliases)
        yield [ptv], [own, union] if len(ptvs) == 1 else [own]
    if len(ptvs) > 1:
        yield ptvs, [union]


def _facts(overlap: Overlap, subject: str, study: ClassifiedStudy, *, charted: bool) -> Iterator[Fact]:
    provenance = stamped(overlap.provenance, study)
    for metric, value, unit in (
        ("overlap_cc", overlap.overlap_cc, "cc"),
        ("overlap_fraction", overlap.overlap_fraction, ""),
    ):
        yield Fact(
            kind=FactKind.OVERLAP,
            metric=metric,
            subject=subject,
            value=value,
            unit=unit,
            provenance=provenance,
            charted=charted,
        )
