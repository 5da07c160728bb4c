"""From rows and judgements to the shapes of the API."""

from collections.abc import Iterable

from propel_core.provenance import Provenance
from propel_service.api.schemas import (
    CaveatModel,
    CentreModel,
    CurveModel,
    FactModel,
    FindingModel,
    InputModel,
    LimitsModel,
    MethodModel,
    PanelModel,
    PanelSummaryModel,
    PlanModel,
    PlanSummaryModel,
    PointModel,
    SourcedModel,
    StructureModel,
)
from propel_service.surveillance import CentreJudgement, PointJudgement, RuleFinding
from propel_service.surveillance.watch import WatchedPanel
from propel_service.warehouse import (
    CaveatRow,
    CurveRow,
    FactRow,
    PanelRow,
    PlanRow,
    PointRow,
    StructureRow,
)

__all__ = ["curve", "panel", "panel_summary", "plan", "plan_summary"]


def panel_summary(row: PanelRow) -> PanelSummaryModel:
    """Return the summary of a panel."""
    return PanelSummaryModel(
        slug=row.key.slug,
        kind=row.key.kind,
        metric=row.key.metric,
        subject=row.key.subject,
        site=row.key.site,
        technique=row.key.technique,
        unit=row.unit,
        plans=row.plans,
        centres=row.centres,
    )


def panel(row: PanelRow, watched: WatchedPanel[PointRow]) -> PanelModel:
    """Return a panel with its points and what they are judged by."""
    return PanelModel(
        **panel_summary(row).model_dump(),
        alpha=watched.judgement.alpha,
        judged=tuple(_centre(centre) for centre in watched.judgement.centres),
        points=tuple(_point(stored, judged) for stored, judged in watched.judged()),
    )


def plan_summary(row: PlanRow) -> PlanSummaryModel:
    """Return a plan with its classifications."""
    return PlanSummaryModel(
        plan_id=row.plan_id,
        label=row.label,
        centre=SourcedModel(value=row.centre, source=row.centre_source),
        site=SourcedModel(value=row.site, source=row.site_source),
        technique=SourcedModel(value=row.technique, source=row.technique_source),
        time=SourcedModel(value=row.time, source=row.time_source),
        prescription_gy=SourcedModel(value=row.prescription_gy, source=row.prescription_source),
        protocol=row.protocol,
        rules_digest=row.rules_digest,
        synthetic=row.synthetic,
        beams=row.beams,
        mu=row.mu,
        received_at=row.received_at,
    )


def plan(
    row: PlanRow, structures: Iterable[StructureRow], facts: Iterable[FactRow], caveats: Iterable[CaveatRow]
) -> PlanModel:
    """Return a plan with all that is known of it, but for its histograms."""
    return PlanModel(
        **dict(plan_summary(row)),
        structures=tuple(StructureModel.model_validate(one) for one in structures),
        facts=tuple(FactModel.model_validate(one) for one in facts),
        caveats=tuple(CaveatModel.model_validate(one) for one in caveats),
    )


def curve(row: CurveRow) -> CurveModel:
    """Return a histogram."""
    return CurveModel(
        structure_number=row.structure_number,
        raw_name=row.raw_name,
        canonical_name=row.canonical_name,
        volume_cc=row.volume_cc,
        coverage_fraction=row.coverage_fraction,
        min_gy=row.min_gy,
        mean_gy=row.mean_gy,
        max_gy=row.max_gy,
        dose_gy=row.dose_gy.tolist(),
        volume_cc_at_dose=row.volume_cc_at_dose.tolist(),
        caveats=tuple(CaveatModel(code=one.code, text=one.text) for one in row.caveats),
    )


def _centre(judged: CentreJudgement) -> CentreModel:
    period = [point.time for point in judged.points if point.in_reference]
    return CentreModel(
        name=judged.centre,
        state=judged.state.value,
        reference_size=judged.reference_size,
        reference_start=min(period, default=None),
        reference_end=max(period, default=None),
        limits=LimitsModel(
            centre_line=judged.centre_line,
            sigma=judged.sigma,
            lower=judged.lower_limit,
            upper=judged.upper_limit,
            band_low=judged.band_lower,
            band_high=judged.band_upper,
        ),
        divisor=judged.chart.divisor.value,
        rules=tuple(judged.chart.rules.describe(rule.name) for rule in judged.chart.rules.rules),
        law=judged.tails.law.family.value,
        caveats=tuple(CaveatModel(code=one.code, text=one.text) for one in judged.caveats),
        methods=(_method(judged.chart.provenance), _method(judged.tails.provenance)),
    )


def _method(provenance: Provenance) -> MethodModel:
    return MethodModel(
        algorithm=provenance.algorithm,
        version=provenance.version,
        core_digest=provenance.core_digest,
        settings=dict(provenance.settings),
        inputs=tuple(InputModel(name=one.name, sha256=one.sha256) for one in provenance.inputs),
    )


def _point(stored: PointRow, judged: PointJudgement) -> PointModel:
    return PointModel(
        plan_id=stored.plan_id,
        label=stored.label,
        time=stored.time,
        centre=stored.centre,
        value=judged.value,
        reason=stored.reason,
        synthetic=stored.synthetic,
        in_reference=judged.in_reference,
        p=judged.p,
        tail=judged.in_tail,
        signals=tuple(_finding(one) for one in judged.findings),
        explanation=judged.explanation,
    )


def _finding(found: RuleFinding) -> FindingModel:
    return FindingModel.model_validate(
        {
            "rule": found.rule,
            "direction": found.direction.name.lower(),
            "plan_ids": found.plan_ids,
            "explanation": found.explanation,
        }
    )
