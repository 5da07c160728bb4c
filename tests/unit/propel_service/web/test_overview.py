from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from propel_service.warehouse import PanelKey, PanelRow, PointRow, ReferenceRow
from propel_service.web.board import Board
from propel_service.web.overview import Choice, overview
from support.department import Department


class Wide(Department):
    """A department that charts each of its panels eight times, under eight metrics."""

    def panels(self) -> list[PanelRow]:
        """Repeat every panel."""
        return [
            replace(row, key=replace(row.key, metric=f"{row.key.metric}/{copy}"))
            for row in super().panels()
            for copy in range(8)
        ]

    def series(self, key: PanelKey) -> list[PointRow]:
        """Answer for the panel that was repeated."""
        return super().series(replace(key, metric=key.metric.rpartition("/")[0]))

    def reference(self, key: PanelKey, centre: str) -> ReferenceRow | None:
        """Answer for the panel that was repeated."""
        return super().reference(replace(key, metric=key.metric.rpartition("/")[0]), centre)


def test_pages_hold_every_panel_once() -> None:
    """Going through the pages must show each panel once, and a page too far is the last one."""
    department = Wide(plans_a_centre=4)
    board = Board(department)
    first = overview(department, board, Choice())
    seen = [
        card.href for page in range(1, first.pages + 1) for card in overview(department, board, Choice(page=page)).cards
    ]
    assert first.pages == 3
    assert len(seen) == len(set(seen)) == len(department.panels())
    assert overview(department, board, Choice(page=99)).page == 3


def test_the_address_of_a_page_keeps_the_choice() -> None:
    """Turning the page must not lose the filter, whatever stands in it."""
    href = Choice(site="head & neck", technique="VMAT").href(2)
    assert parse_qs(urlsplit(href).query) == {"site": ["head & neck"], "technique": ["VMAT"], "page": ["2"]}


def test_without_a_frozen_reference_nothing_is_called_a_change() -> None:
    """Provisional limits move with every plan: no panel may be ranked by them."""
    department = Department(plans_a_centre=8)
    view = overview(department, Board(department), Choice())
    assert not view.settled
    assert not view.ranked
    assert {card.state for card in view.cards} <= {"provisional", "none"}
