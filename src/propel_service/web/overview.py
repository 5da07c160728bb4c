"""The first page: all panels judged, ranked by how much they deserve a look, filtered, cut into pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from urllib.parse import urlencode

from propel_service.surveillance import Attention, ReferenceState, rank_panels
from propel_service.surveillance.watch import WatchedPanel
from propel_service.warehouse import PanelRow, PointRow, Views
from propel_service.web.board import Board
from propel_service.web.charts.palette import CentreStyle, centre_styles
from propel_service.web.panels import PanelCard, panel_card, panel_href
from propel_service.web.words import KINDS, day, panel_name, panel_where, title_case

__all__ = ["Choice", "Field", "Overview", "Ranked", "overview"]

_ON_A_PAGE = 30
_RANKED = 6
_WORTH_A_LOOK = 3.0
"""Surprise (-log10 of a probability) from which a panel is named at the top: one in a thousand by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the reader asked to see; '' stands for all."""

    site: str = ""
    technique: str = ""
    kind: str = ""
    page: int = 1

    def admits(self, row: PanelRow) -> bool:
        """Tell whether a panel is asked for."""
        key = row.key
        wanted = ((self.site, key.site), (self.technique, key.technique), (self.kind, key.kind))
        return all(asked in ("", found) for asked, found in wanted)

    def href(self, page: int) -> str:
        """Return the address of another page of the same choice."""
        asked = {"site": self.site, "technique": self.technique, "kind": self.kind, "page": str(page)}
        return "/?" + urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the filter: its options as (value, words)."""

    name: str
    words: str
    chosen: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A panel that deserves a look, and why."""

    href: str
    name: str
    where: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overview:
    """The first page, ready for its template; `worth` holds the addresses of the panels that deserve a look.

    `settled` tells whether any centre has a frozen reference period.
    """

    headline: str
    styles: Mapping[str, CentreStyle]
    panels: int
    worth: frozenset[str]
    ranked: tuple[Ranked, ...]
    settled: bool
    fields: tuple[Field, ...]
    cards: tuple[PanelCard, ...]
    shown_words: str
    pages: int
    page: int
    synthetic: frozenset[bool]


def overview(views: Views, board: Board, choice: Choice) -> Overview:
    """Judge every panel that `choice` admits and lay out the page."""
    rows = views.panels()
    plans = views.status().plans
    styles = centre_styles(centre for row in rows for centre in row.centres)
    wanted = [row for row in rows if choice.admits(row)]
    watched = board.watched(wanted)
    by_key = {row.key: row for row in wanted}
    attention = rank_panels({key: panel.judgement for key, panel in watched.items()})
    worth = [(by_key[key], found) for key, found in attention if found.surprise >= _WORTH_A_LOOK]
    ordered = [by_key[key] for key, _ in attention]
    pages = max(1, ceil(len(ordered) / _ON_A_PAGE))
    page = min(choice.page, pages)
    on_page = ordered[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE]
    return Overview(
        headline=_headline(rows, watched.values(), plans),
        styles=styles,
        panels=len(rows),
        worth=frozenset(panel_href(row) for row, _ in worth),
        ranked=tuple(_ranked(row, found) for row, found in worth[:_RANKED]),
        settled=any(
            centre.state is ReferenceState.FROZEN for panel in watched.values() for centre in panel.judgement.centres
        ),
        fields=_fields(rows, choice),
        cards=tuple(panel_card(row, watched[row.key], styles) for row in on_page),
        shown_words=_shown_words(len(on_page), len(ordered), len(rows)),
        pages=pages,
        page=page,
        synthetic=frozenset(point.synthetic for panel in watched.values() for point in panel.rows),
    )


def _ranked(row: PanelRow, found: Attention) -> Ranked:
    return Ranked(
        href=panel_href(row),
        name=panel_name(row.key),
        where=panel_where(row.key),
        why=found.sentence,
    )


def _headline(rows: Sequence[PanelRow], watched: Iterable[WatchedPanel[PointRow]], plans: int) -> str:
    centres = sorted({centre for row in rows for centre in row.centres})
    sites = sorted({row.key.site for row in rows})
    techniques = sorted({row.key.technique for row in rows})
    newest = max((panel.rows[-1].time for panel in watched if panel.rows), default=None)
    until = f" The newest plan shown is of {day(newest)}." if newest is not None else ""
    return (
        f"{plans} plans from {_counted(centres, 'centre')}, {_counted(sites, 'site')}, "
        f"{_counted(techniques, 'technique')}.{until}"
    )


def _counted(names: Sequence[str], word: str) -> str:
    """Return for example ``2 sites (breast, prostate)``; more than four names are only counted."""
    plural = word if len(names) == 1 else f"{word}s"
    return f"{len(names)} {plural} ({', '.join(names)})" if len(names) <= 4 else f"{len(names)} {plural}"


def _fields(rows: Sequence[PanelRow], choice: Choice) -> tuple[Field, ...]:
    sites = sorted({row.key.site for row in rows})
    techniques = sorted({row.key.technique for row in rows})
    kinds = [kind for kind in KINDS if any(row.key.kind == kind for row in rows)]
    return (
        Field(name="site", words="Site", chosen=choice.site, options=tuple((s, title_case(s)) for s in sites)),
        Field(name="technique", words="Technique", chosen=choice.technique, options=tuple((t, t) for t in techniques)),
        Field(name="kind", words="Measure", chosen=choice.kind, options=tuple((k, KINDS[k]) for k in kinds)),
    )


def _shown_words(shown: int, chosen: int, all_panels: int) -> str:
    of_all = "" if chosen == all_panels else f" (of {all_panels} in all)"
    on_page = f"{shown} of {chosen}" if shown < chosen else f"{chosen}"
    return f"{on_page} panels{of_all}, those that deserve a look first"
