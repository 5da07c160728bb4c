"""The read side: panels, series in order, frozen references, and counts that add up."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_service.warehouse import PanelKey, Views, Warehouse
from propel_service.warehouse.references import reference_digest
from support.results import UTC_TIME, arrivals, claim_all, fact, fill, make_result

KEY = PanelKey(kind="complexity", metric="MCS", subject="plan", site="prostate", technique="VMAT")


def store(warehouse: Warehouse, days: Sequence[float]) -> None:
    """Store plans in the order given, each planned on its day."""
    for number, day in enumerate(days, start=1):
        warehouse.record(arrivals(number), centre="N", utc=UTC_TIME)
        (linked,) = claim_all(warehouse)
        warehouse.receive(make_result(linked, [fact(float(number))], centre="N", day=day), UTC_TIME)


def test_points_come_by_time_and_then_by_plan(warehouse: Warehouse) -> None:
    """Not in the order of arrival; plans of one time are told apart by their number."""
    store(warehouse, [5.0, 1.0, 3.0, 1.0])
    assert [point.plan_id for point in Views(warehouse).series(KEY)] == [2, 4, 3, 1]


def test_a_point_without_value_stays_with_its_reason(warehouse: Warehouse) -> None:
    """A missing value is shown as missing and not left out."""
    fill(warehouse, [0.5, None])
    points = Views(warehouse).series(KEY)
    assert [(point.value, point.reason) for point in points] == [(0.5, None), (None, "not defined")]


def test_a_panel_counts_its_plans_and_names_its_centres(warehouse: Warehouse) -> None:
    """One panel for both centres, never two; facts that are not charted make none."""
    fill(warehouse, [0.5, 0.6])
    fill(warehouse, [0.7], centre="Ashdale", first=3)
    warehouse.record(arrivals(9), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.receive(make_result(linked, [fact(1.0, "mu", "beam 1", charted=False)]), UTC_TIME)
    views = Views(warehouse)
    (panel,) = views.panels()
    assert (panel.key, panel.plans, panel.centres) == (KEY, 3, ("Ashdale", "Northfield"))
    assert views.panel(KEY.slug) == panel
    assert views.panel("another") is None


@given(st.lists(st.text(min_size=0, max_size=12), min_size=5, max_size=5))
def test_a_slug_is_fit_for_a_url_and_belongs_to_one_panel(parts: list[str]) -> None:
    """Letters, digits and hyphens, whatever a metric or a site is called; other parts make another slug."""
    names = ("kind", "metric", "subject", "site", "technique")
    key = PanelKey(**dict(zip(names, parts, strict=True)))
    assert re.fullmatch(r"[a-z0-9-]+", key.slug)
    assert key.slug == PanelKey(**dict(zip(names, parts, strict=True))).slug
    shifted = [parts[0] + "x", *parts[1:]]
    assert PanelKey(**dict(zip(names, shifted, strict=True))).slug != key.slug


def test_plans_come_in_pages(warehouse: Warehouse) -> None:
    """Each page begins after the last number of the one before."""
    fill(warehouse, [0.1, 0.2, 0.3, 0.4, 0.5])
    views = Views(warehouse)
    first = views.plans(limit=2)
    second = views.plans(limit=2, after=first[-1].plan_id)
    assert [row.plan_id for row in first + second] == [1, 2, 3, 4]
    assert views.plan(99) is None


def test_unmapped_names_are_listed_by_how_often_they_stand(warehouse: Warehouse) -> None:
    """A name in three plans comes with three; mapped names are not in the list."""
    fill(warehouse, [0.1, 0.2, 0.3])
    assert Views(warehouse).unmapped_structures() == [("Own name", 3)]


def test_a_reference_is_frozen_once_there_are_enough_values(warehouse: Warehouse) -> None:
    """The first ones by time, not by arrival; a missing value is kept as a gap and does not count."""
    fill(warehouse, [3.0, None, 4.0], first=10)
    assert warehouse.freeze_references(4) == 0
    assert Views(warehouse).reference(KEY, "Northfield") is None
    fill(warehouse, [1.0, 2.0], first=1)
    assert warehouse.freeze_references(4, utc=UTC_TIME) == 1
    reference = Views(warehouse).reference(KEY, "Northfield")
    assert reference is not None
    assert reference.values == (1.0, 2.0, 3.0, None, 4.0)
    assert reference.plan_ids == (4, 5, 1, 2, 3)
    assert reference.frozen_at == UTC_TIME
    assert reference.digest == reference_digest((*_words(KEY), "Northfield"), reference.values)


def _words(key: PanelKey) -> tuple[str, ...]:
    return key.kind, key.metric, key.subject, key.site, key.technique


def test_later_arrivals_and_recomputed_values_do_not_touch_a_frozen_reference(warehouse: Warehouse) -> None:
    """Not even plans that are older than those in it, nor a new value of a plan in it."""
    fill(warehouse, [1.0, 2.0, 3.0], first=10)
    assert warehouse.freeze_references(3) == 1
    views = Views(warehouse)
    before = views.reference(KEY, "Northfield")
    fill(warehouse, [9.0, 9.0], first=1)
    warehouse.record(arrivals(10, dose="9")[2:], centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.receive(make_result(linked, [fact(99.0)], day=10), UTC_TIME)
    assert warehouse.freeze_references(3) == 0
    assert views.reference(KEY, "Northfield") == before
    assert before is not None


def test_centres_are_frozen_apart(warehouse: Warehouse) -> None:
    """One centre's values never make another's reference."""
    fill(warehouse, [1.0, 2.0])
    fill(warehouse, [5.0], centre="Ashdale", first=3)
    assert warehouse.freeze_references(2) == 1
    assert Views(warehouse).reference(KEY, "Ashdale") is None


def test_by_default_twenty_values_make_a_reference(warehouse: Warehouse) -> None:
    """Nineteen are too few."""
    fill(warehouse, [float(value) for value in range(19)])
    assert warehouse.freeze_references() == 0
    fill(warehouse, [19.0], first=20)
    assert warehouse.freeze_references() == 1


def test_the_counts_add_up(warehouse: Warehouse) -> None:
    """Received is unique plus duplicates, and each kind is counted where it belongs."""
    fill(warehouse, [0.5])
    warehouse.record(arrivals(2)[:2], centre="N", utc=UTC_TIME)
    warehouse.record_duplicates([(arrivals(1)[0].sha256, "elsewhere")], utc=UTC_TIME)
    status = Views(warehouse).status()
    assert status.received == status.unique + status.duplicates == 6
    assert (status.waiting, status.plans, status.facts, status.dvhs, status.quarantined) == (2, 1, 1, 0, 0)


@pytest.mark.parametrize("question", ["structures", "curves", "facts", "caveats"])
def test_a_plan_that_is_not_there_has_nothing(warehouse: Warehouse, question: str) -> None:
    """An unknown number is an empty answer."""
    assert getattr(Views(warehouse), question)(1) == []
