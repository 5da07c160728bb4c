"""The pages for people: rendered on the server, complete without script."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from starlette.responses import HTMLResponse

from propel_core.provenance import core_digest, core_version
from propel_service.warehouse import PanelRow, Views
from propel_service.web.board import Board
from propel_service.web.charts.control_chart import LARGE
from propel_service.web.charts.palette import CentreStyle, centre_styles
from propel_service.web.overview import Choice, overview
from propel_service.web.panels import limits_lines, panel_card
from propel_service.web.plan_page import fact_groups, histograms, identity, stamps
from propel_service.web.templating import page
from propel_service.web.words import metric_hint, numbered, shown, when

__all__ = ["problem_page", "router"]

_PLANS_ON_A_PAGE = 100
_LARGEST_NUMBER = 2**63 - 1  # that a database can be asked for
_ALL_SYNTHETIC = "Every plan shown here was made by PROPEL for demonstration; none belongs to a patient."
_SOME_SYNTHETIC = "Some of the plans shown here were made by PROPEL for demonstration and belong to no patient."
_THIS_SYNTHETIC = "This plan was made by PROPEL for demonstration; it belongs to no patient."

router = APIRouter(include_in_schema=False)


def _views(request: Request) -> Views:
    views: Views = request.app.state.views
    return views


def _board(request: Request) -> Board:
    board: Board = request.app.state.board
    return board


ViewsDependency = Annotated[Views, Depends(_views)]
BoardDependency = Annotated[Board, Depends(_board)]


@router.get("/")
def first_page(
    views: ViewsDependency,
    board: BoardDependency,
    site: str = "",
    technique: str = "",
    kind: str = "",
    page_number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> HTMLResponse:
    """Show what changed and every control chart."""
    status = views.status()
    if not status.plans:
        return page("empty.html", here="/", status=status)
    choice = Choice(site=site, technique=technique, kind=kind, page=page_number)
    view = overview(views, board, choice)
    tiles = [
        _Tile(words="plans", value=status.plans, href="/plans"),
        _Tile(words="centres", value=len(view.styles)),
        _Tile(words="panels", value=view.panels),
        _Tile(words="deserve a look", value=len(view.worth), tone="attention" if view.worth else ""),
    ]
    if status.waiting:
        tiles.append(_Tile(words="files waiting", value=status.waiting))
    if status.quarantined:
        tiles.append(_Tile(words="in quarantine", value=status.quarantined, href="/quarantine"))
    return page(
        "overview.html",
        here="/",
        synthetic=_words(view.synthetic),
        view=view,
        choice=choice,
        tiles=tiles,
        styles=view.styles,
    )


@router.get("/panels/{slug}")
def panel_page(slug: str, views: ViewsDependency, board: BoardDependency) -> HTMLResponse:
    """Show one panel: large chart, limits, signals, all points."""
    row = views.panel(slug)
    if row is None:
        raise HTTPException(404, "There is no such panel. Panels appear as soon as plans have values for them.")
    watched = board.watched([row])[row.key]
    card = panel_card(row, watched, _styles(views.panels()), frame=LARGE)
    centres = watched.judgement.centres
    charted = centres[0].chart if centres else None
    looks = {name: {"colour": style.colour, "shape": style.shape.value} for name, style in card.styles.items()}
    return page(
        "panel.html",
        synthetic=_words({stored.synthetic for stored in watched.rows}),
        card=card,
        hint=metric_hint(row.key.metric),
        limits=limits_lines(centres),
        noticed=[line for line in reversed(card.rows) if line.tail or line.signal],
        charted=charted,
        stamps=[stamp for one in centres for stamp in (one.chart.provenance, one.tails.provenance)],
        notes=list(dict.fromkeys(f"{one.centre}: {caveat.text}" for one in centres for caveat in one.caveats)),
        looks=json.dumps(looks),
        api_href=f"/api/v1/panels/{row.key.slug}",
    )


@router.get("/plans")
def plans_page(views: ViewsDependency, after: Annotated[int, Query(ge=0, le=_LARGEST_NUMBER)] = 0) -> HTMLResponse:
    """List the plans."""
    rows = views.plans(limit=_PLANS_ON_A_PAGE + 1, after=after)
    on_page = rows[:_PLANS_ON_A_PAGE]
    lines = [
        {
            "href": f"/plans/{row.plan_id}",
            "label": numbered(row.label, row.plan_id),
            "when": when(row.time),
            "centre": row.centre,
            "site": row.site,
            "technique": row.technique,
            "prescription": shown(row.prescription_gy),
        }
        for row in on_page
    ]
    return page(
        "plans.html",
        here="/plans",
        synthetic=_words({row.synthetic for row in on_page}),
        plans=lines,
        styles=_styles(views.panels()),
        after=after,
        next_after=on_page[-1].plan_id if len(rows) > _PLANS_ON_A_PAGE else None,
    )


@router.get("/plans/{plan_id}")
def plan_page(plan_id: Annotated[int, Path(ge=0, le=_LARGEST_NUMBER)], views: ViewsDependency) -> HTMLResponse:
    """Show one plan: what it is, its histograms, its numbers and how they were made."""
    plan = views.plan(plan_id)
    if plan is None:
        raise HTTPException(404, "There is no plan with this number.")
    panels = views.panels()
    structures, facts = views.structures(plan_id), views.facts(plan_id)
    drawing, curves = histograms(views.curves(plan_id), structures, plan.prescription_gy)
    return page(
        "plan.html",
        synthetic=_THIS_SYNTHETIC if plan.synthetic else "",
        plan=plan,
        plan_time=when(plan.time),
        identity=identity(plan),
        styles=_styles(panels),
        caveats=views.caveats(plan_id),
        dvh_drawing=drawing,
        curves=curves,
        groups=fact_groups(facts, plan, frozenset(row.key.slug for row in panels)),
        structures=structures,
        stamps=stamps(facts),
    )


@router.get("/structures")
def structures_page(views: ViewsDependency) -> HTMLResponse:
    """List the structure names that no alias maps."""
    return page("structures.html", here="/structures", names=views.unmapped_structures())


@router.get("/quarantine")
def quarantine_page(views: ViewsDependency) -> HTMLResponse:
    """List the files and the complete sets that could not be used."""
    return page("quarantine.html", here="/quarantine", files=views.quarantine(), refusals=views.refusals())


@router.get("/about")
def about_page(views: ViewsDependency) -> HTMLResponse:
    """Tell what is running and what it holds."""
    status = views.status()
    return page(
        "about.html",
        here="/about",
        facts=[("PROPEL", core_version()), ("Core digest", core_digest())],
        counts=[
            ("files received", status.received),
            ("distinct contents", status.unique),
            ("duplicates", status.duplicates),
            ("in quarantine", status.quarantined),
            ("waiting for the rest of their set", status.waiting),
            ("plans", status.plans),
            ("numbers", status.facts),
        ],
    )


def problem_page(status_code: int, title: str, detail: str) -> HTMLResponse:
    """Return the page for a request that could not be answered."""
    return page("problem.html", status_code=status_code, code=status_code, title=title, detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    words: str
    value: int
    href: str | None = None
    tone: str = ""


def _styles(rows: list[PanelRow]) -> Mapping[str, CentreStyle]:
    return centre_styles(centre for row in rows for centre in row.centres)


def _words(marks: AbstractSet[bool]) -> str:
    """Return the words of the banner for plans of which these are synthetic (True) or not (False)."""
    return _ALL_SYNTHETIC if marks == {True} else _SOME_SYNTHETIC if True in marks else ""
