"""Dose-volume histograms of every structure, and the metrics that the protocol of the site names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from propel_core.dvh import ALGORITHM_VERSION, Dvh, DvhSettings, Metric, compute_dvh
from propel_core.errors import PropelError
from propel_core.provenance import Caveat
from propel_core.rt import InterpretedType, Structure
from propel_service.pipeline.classify import TargetKind, target_kind
from propel_service.pipeline.facts import CalculationOutput, Curve, Fact, FactKind
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.rulebook import RuleBook
from propel_service.pipeline.spacing import typical_spacing_mm
from propel_service.pipeline.study import ClassifiedStudy
from propel_service.plugins.builtin.labels import stamped, subject_of
from propel_service.plugins.hookspecs import hookimpl

__all__ = ["DvhCalculator", "propel_calculators"]

# Not parts of the patient: a histogram of a couch or a marker says nothing.
_NOT_OF_THE_PATIENT = frozenset({InterpretedType.SUPPORT, InterpretedType.MARKER})
_NOT_OF_THE_PATIENT_NAMES = frozenset({"CouchSurface", "CouchInterior", "Bolus"})
# Below this share of a structure inside the dose grid its percent volumes carry a caveat (below 0.95 they are null).
_FULL_COVERAGE = 0.999
# Steps of 2.5 mm, the usual dose voxel, instead of 1 mm move the curve of an outline by about 0.1 percentage points
# and take a third of the time, of which it has the largest part.
OUTLINE = DvhSettings(step_mm=2.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class DvhCalculator:
    """Computes one curve for each structure with contours and the facts of the protocol.

    Organs and planning target volumes are charted under their TG-263 names. A CTV, a GTV and a target under a free
    name have facts without a chart: such a chart would hold one plan. The outline of the patient, larger than all else
    together and never followed, has settings of its own.
    """

    rules: RuleBook
    settings: DvhSettings = field(default_factory=DvhSettings)
    outline_settings: DvhSettings = OUTLINE
    name: str = "dvh"
    version: str = ALGORITHM_VERSION

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Return curves and facts; a structure that cannot be computed leaves a caveat."""
        structures = study.study.structures
        spacing = typical_spacing_mm(structures.structures)
        facts: list[Fact] = []
        curves: list[Curve] = []
        caveats = [*structures.caveats]
        caveats += [_refusal(refused.message) for refused in structures.refused]
        for structure in structures.structures:
            if structure.is_empty or _is_furniture(structure, study):
                continue
            try:
                settings = self.outline_settings if _is_outline(structure, study) else self.settings
                dvh = compute_dvh(structure, study.study.dose, settings=settings, fallback_spacing_mm=spacing)
            except PropelError as error:
                caveats.append(_refusal(str(error)))
                continue
            curves.append(_curve(dvh, study))
            metrics = [Metric.parse(text) for text in self._metrics(structure, study)]
            caveats.extend(_reservations(metrics, dvh, study))
            facts.extend(self._facts(metrics, structure, dvh, study))
        return CalculationOutput(facts=tuple(facts), curves=tuple(curves), caveats=tuple(dict.fromkeys(caveats)))

    def _facts(
        self, metrics: Sequence[Metric], structure: Structure, dvh: Dvh, study: ClassifiedStudy
    ) -> Iterator[Fact]:
        """Yield the metrics that can be asked; without a prescription there are none in percent of it."""
        named = structure.number in study.aliases
        charted = named and (structure.number not in study.targets or target_kind(structure) is TargetKind.PTV)
        provenance = stamped(dvh.provenance, study)
        for metric in metrics:
            if metric.needs_prescription and study.prescription_gy is None:
                continue
            result = metric.evaluate(dvh, prescription_gy=study.prescription_gy)
            yield Fact(
                kind=FactKind.DVH,
                metric=str(metric),
                subject=subject_of(structure, study),
                value=result.value,
                unit=result.unit,
                reason=result.reason,
                provenance=provenance,
                charted=charted,
            )

    def _metrics(self, structure: Structure, study: ClassifiedStudy) -> Sequence[str]:
        protocol = self.rules.protocol(study.site.value)
        if structure.number in study.targets:
            return protocol.targets
        canonical = study.aliases.get(structure.number)
        if canonical is None or canonical.value in self.rules.aliases.not_organs:
            return ()
        return protocol.metrics_of(canonical.value)


@hookimpl
def propel_calculators(rules: RuleBook) -> Sequence[Calculator]:
    """Offer the calculator of dose-volume histograms."""
    return [DvhCalculator(rules=rules)]


def _refusal(text: str) -> Caveat:
    return Caveat(code="structure_refused", text=text)


def _reservations(metrics: Sequence[Metric], dvh: Dvh, study: ClassifiedStudy) -> Iterator[Caveat]:
    """Yield what holds back the metrics of one structure: no prescription, or dose missing at the edge of the grid."""
    if study.prescription_gy is None and any(metric.needs_prescription for metric in metrics):
        yield Caveat(
            code="no_prescription", text="the plan states no prescription: no metric in percent of it is given"
        )
    if metrics and dvh.coverage_fraction < _FULL_COVERAGE:
        text = (
            f"Structure {dvh.structure_number}: {100.0 * dvh.coverage_fraction:.1f} % lies in the dose grid, "
            f"metrics in percent of its volume are unsure below 99.9 % and not given below 95 %"
        )
        yield Caveat(code="coverage_below_99.9_percent", text=text)


def _is_furniture(structure: Structure, study: ClassifiedStudy) -> bool:
    canonical = study.aliases.get(structure.number)
    return structure.interpreted_type in _NOT_OF_THE_PATIENT or (
        canonical is not None and canonical.value in _NOT_OF_THE_PATIENT_NAMES
    )


def _is_outline(structure: Structure, study: ClassifiedStudy) -> bool:
    canonical = study.aliases.get(structure.number)
    return structure.interpreted_type is InterpretedType.EXTERNAL or (
        canonical is not None and canonical.value == "External"
    )


def _curve(dvh: Dvh, study: ClassifiedStudy) -> Curve:
    canonical = study.aliases.get(dvh.structure_number)
    return Curve(
        structure_number=dvh.structure_number,
        raw_name=dvh.structure_name,
        canonical_name=canonical.value if canonical else None,
        volume_cc=dvh.volume_cc,
        coverage_fraction=dvh.coverage_fraction,
        min_gy=dvh.min_gy,
        mean_gy=dvh.mean_gy,
        max_gy=dvh.max_gy,
        dose_gy=dvh.dose_gy,
        volume_cc_at_dose=dvh.volume_cc_at_dose,
        provenance=dvh.provenance,
        caveats=dvh.caveats,
    )
