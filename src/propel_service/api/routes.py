"""The routes of `/api/v1`: thin, one read each."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from propel_core.provenance import core_digest, core_version
from propel_service.api import answers
from propel_service.api.dependencies import LARGEST_NUMBER, PlanNumber, ViewsDependency
from propel_service.api.problems import MEDIA_TYPE, Problem
from propel_service.api.schemas import (
    CurveModel,
    PanelListModel,
    PanelModel,
    PlanListModel,
    PlanModel,
    QuarantinedModel,
    RefusalModel,
    StatusModel,
    UnmappedModel,
)
from propel_service.surveillance.watch import watch
from propel_service.warehouse import PlanRow

__all__ = ["router"]

_PROBLEM: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}
_MISSING: dict[int | str, dict[str, Any]] = {404: {**_PROBLEM, "description": "There is no such thing."}}

router = APIRouter(
    prefix="/api/v1",
    tags=["v1"],
    responses={
        403: {**_PROBLEM, "description": "Only this computer is answered."},
        422: {**_PROBLEM, "description": "A parameter does not fit."},
    },
)


@router.get("/status")
def status(views: ViewsDependency) -> StatusModel:
    """Tell what the warehouse holds."""
    return StatusModel(**asdict(views.status()), version=core_version(), core_digest=core_digest())


@router.get("/panels")
def panels(views: ViewsDependency) -> PanelListModel:
    """List the panels: metric x subject x site x technique."""
    return PanelListModel(panels=tuple(answers.panel_summary(row) for row in views.panels()))


@router.get("/panels/{slug}", responses=_MISSING)
def panel(slug: str, views: ViewsDependency) -> PanelModel:
    """Return one panel: points, limits, tails and signals."""
    row = views.panel(slug)
    if row is None:
        raise HTTPException(404, "no panel has this slug; /api/v1/panels lists them")
    return answers.panel(row, watch(views, row.key, centres=row.centres, unit=row.unit))


@router.get("/plans")
def plans(
    views: ViewsDependency,
    limit: Annotated[int, Query(ge=1, le=1000, description="Plans on a page.")] = 100,
    after: Annotated[
        int, Query(ge=0, le=LARGEST_NUMBER, description="The last plan of the page before; 0: from the start.")
    ] = 0,
) -> PlanListModel:
    """List the plans, page by page, in the order of their numbers."""
    rows = views.plans(limit=limit + 1, after=after)
    page = rows[:limit]
    return PlanListModel(
        plans=tuple(answers.plan_summary(row) for row in page),
        next=page[-1].plan_id if len(rows) > limit else None,
    )


@router.get("/plans/{plan_id}", responses=_MISSING)
def plan(plan_id: PlanNumber, views: ViewsDependency) -> PlanModel:
    """Return one plan: classifications, structures, numbers, reservations."""
    row = _found(views, plan_id)
    return answers.plan(row, views.structures(plan_id), views.facts(plan_id), views.caveats(plan_id))


@router.get("/plans/{plan_id}/dvhs", responses=_MISSING)
def dvhs(plan_id: PlanNumber, views: ViewsDependency) -> list[CurveModel]:
    """Return the cumulative dose-volume histograms of one plan."""
    _found(views, plan_id)
    return [answers.curve(row) for row in views.curves(plan_id)]


@router.get("/structures/unmapped")
def unmapped(views: ViewsDependency) -> list[UnmappedModel]:
    """List the structure names that no alias maps to TG-263."""
    return [UnmappedModel(raw_name=name, count=count) for name, count in views.unmapped_structures()]


@router.get("/quarantine")
def quarantine(views: ViewsDependency) -> list[QuarantinedModel]:
    """List the files that could not be used, with the reason."""
    return [QuarantinedModel.model_validate(row) for row in views.quarantine()]


@router.get("/refusals")
def refusals(views: ViewsDependency) -> list[RefusalModel]:
    """List the complete sets that could not be computed, with the reason."""
    return [RefusalModel.model_validate(row) for row in views.refusals()]


def _found(views: ViewsDependency, plan_id: int) -> PlanRow:
    row = views.plan(plan_id)
    if row is None:
        raise HTTPException(404, "no plan has this number; /api/v1/plans lists them")
    return row
