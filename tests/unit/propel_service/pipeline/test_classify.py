from datetime import datetime, timedelta, timezone

import pytest

from propel_core.rt import InterpretedType
from propel_service.pipeline.classify import TargetKind, classify, target_kind
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.pipeline.study import ClassifiedStudy, ReadStudy
from support.study_builder import RECEIVED, by_name, make_box, make_plan, make_study


def place(study: ReadStudy) -> ClassifiedStudy:
    """Classify under the shipped rules."""
    return classify(study, centre="North", centre_source="--centre", received_at=RECEIVED)


def test_every_classification_has_its_source() -> None:
    """Nothing is guessed silently: each value says which rule, tag or argument it came from."""
    placed = place(make_study())
    assert (placed.centre.value, placed.centre.source) == ("North", "--centre")
    assert (placed.site.value, placed.site.source) == ("prostate", "sites.yaml rule 8: plan label")
    assert placed.technique.value == "static"
    assert placed.technique.source.startswith("control points")
    assert placed.time_source == "RT plan date (300A,0006)"
    assert (placed.prescription_gy, placed.prescription_source) == (60.0, "dose reference")
    assert placed.protocol == "prostate/1"
    assert placed.rules_digest == load_rulebook().digest


@pytest.mark.parametrize(
    ("dates", "source"),
    [
        ({}, "time received (UTC)"),
        ({"studied_at": 3}, "study date (0008,0020)"),
        ({"studied_at": 3, "approved_at": 2}, "approval review date (300E,0004)"),
        ({"studied_at": 3, "approved_at": 2, "planned_at": 1}, "RT plan date (300A,0006)"),
    ],
)
def test_time_comes_from_the_first_date_that_the_plan_offers(dates: dict[str, int], source: str) -> None:
    """Plan date, else approval, else study, else arrival; always without time zone, as DICOM dates are local."""
    stamps = {name: datetime(2026, 1, day) for name, day in dates.items()}  # noqa: DTZ001  # DICOM gives local time
    placed = place(make_study(plan=make_plan(**({"planned_at": None} | stamps))))
    assert placed.time_source == source
    assert placed.time == min(stamps.values(), default=RECEIVED.replace(tzinfo=None))


def test_time_received_is_told_in_utc() -> None:
    """An arrival recorded with another offset is moved to UTC before the offset is dropped."""
    local = RECEIVED.astimezone(timezone(timedelta(hours=5)))
    study = make_study(plan=make_plan(planned_at=None))
    placed = classify(study, centre="North", centre_source="--centre", received_at=local)
    assert placed.time == RECEIVED.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        (datetime(1, 1, 1), "before 1970"),  # noqa: DTZ001  # DICOM gives local time
        (datetime(1969, 12, 31, 23, 59), "before 1970"),  # noqa: DTZ001
        (RECEIVED.replace(tzinfo=None) + timedelta(days=1, minutes=1), "after the plan was received"),
        (datetime(9999, 12, 31), "after the plan was received"),  # noqa: DTZ001
    ],
)
def test_a_date_that_cannot_be_is_passed_over(stated: datetime, why: str) -> None:
    """A placeholder or a slip must not date a plan: the next source does, and a caveat says so."""
    studied = datetime(2026, 1, 3)  # noqa: DTZ001
    placed = place(make_study(plan=make_plan(planned_at=stated, studied_at=studied)))
    assert (placed.time, placed.time_source) == (studied, "study date (0008,0020)")
    (caveat,) = placed.caveats
    assert caveat.code == "implausible_date"
    assert "RT plan date (300A,0006)" in caveat.text
    assert why in caveat.text


def test_of_implausible_dates_alone_the_arrival_is_left() -> None:
    """Where every date of the plan is implausible, each is named and the time of arrival counts."""
    never = datetime(9999, 12, 31)  # noqa: DTZ001
    placed = place(make_study(plan=make_plan(planned_at=never, approved_at=never, studied_at=never)))
    assert (placed.time, placed.time_source) == (RECEIVED.replace(tzinfo=None), "time received (UTC)")
    assert [caveat.code for caveat in placed.caveats] == ["implausible_date"] * 3


@pytest.mark.parametrize("stated", [datetime(1970, 1, 1), RECEIVED.replace(tzinfo=None) + timedelta(hours=23)])  # noqa: DTZ001
def test_an_old_date_and_one_ahead_of_utc_are_believed(stated: datetime) -> None:
    """Archives are old, and the clocks of a centre may be ahead of UTC: neither is a reason to doubt a date."""
    placed = place(make_study(plan=make_plan(planned_at=stated)))
    assert (placed.time, placed.caveats) == (stated, ())


def test_absent_prescription_stays_null() -> None:
    """A plan without a prescription gets none, and the source says so."""
    placed = place(make_study(plan=make_plan(prescription_gy=None, prescription_source=None)))
    assert (placed.prescription_gy, placed.prescription_source) == (None, "not stated in the plan")


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("anything", InterpretedType.PTV, TargetKind.PTV),
        ("Tumor Bed", InterpretedType.CTV, TargetKind.CTV),
        ("PTV_60", InterpretedType.NONE, TargetKind.PTV),
        ("gtv", InterpretedType.OTHER, TargetKind.GTV),
        ("PTV_eval", InterpretedType.ORGAN, None),
        ("Rectum", InterpretedType.NONE, None),
        ("Ring_PTV", InterpretedType.NONE, None),
    ],
)
def test_target_is_told_by_type_and_else_by_prefix(
    name: str, kind: InterpretedType, expected: TargetKind | None
) -> None:
    """The interpreted type is believed; only where it says nothing does the TG-263 prefix decide."""
    assert target_kind(make_box(1, name, kind=kind)) is expected


def test_structure_names_are_mapped_or_left_raw() -> None:
    """Known spellings get their TG-263 name and source; an unknown name has no entry."""
    structures = [make_box(1, "Lt Lung"), make_box(2, "Lung"), make_box(3, "Heart")]
    aliases = by_name(place(make_study(structures)).aliases, structures)
    assert {name: alias.value for name, alias in aliases.items()} == {"Lt Lung": "Lung_L", "Heart": "Heart"}


def test_two_claims_to_one_name_are_settled_or_left_open() -> None:
    """The exact name wins over a spelling, contours over none; two equal claims leave both raw, with a caveat."""
    exact = place(make_study([make_box(1, "rectum"), make_box(2, "Rectum")]))
    drawn = place(make_study([make_box(1, "Rectum", planes=0), make_box(2, "RECTUM")]))
    open_ = place(make_study([make_box(1, "RECTUM"), make_box(2, "rectum")]))
    assert list(exact.aliases) == [2]
    assert list(drawn.aliases) == [2]
    assert not open_.aliases
    assert [caveat.code for caveat in open_.caveats] == ["ambiguous_structure_name"]


def test_only_ptv_is_called_ptv() -> None:
    """A single drawn PTV under a free name is comparable between centres; of two, none is renamed."""
    only = make_box(1, "PTV60", kind=InterpretedType.PTV)
    other = make_box(2, "PTV50 boost", kind=InterpretedType.PTV)
    alias = place(make_study([only])).aliases[1]
    assert (alias.value, alias.source) == ("PTV", "the only PTV of the plan")
    assert not place(make_study([only, other])).aliases
    assert place(make_study([make_box(1, "PTV_High", kind=InterpretedType.PTV)])).aliases[1].value == "PTV_High"


def test_structure_without_contours_is_no_sign_of_a_site() -> None:
    """Templates bring empty structures: only drawn ones speak for a site."""
    plan = make_plan(label="Plan1")
    drawn = [make_box(number, name) for number, name in enumerate(("Rectum", "Bladder"), start=1)]
    empty = make_box(3, "PenileBulb", planes=0)
    assert place(make_study([*drawn, empty], plan=plan)).site.value == "unclassified"
    assert place(make_study([*drawn, make_box(3, "PenileBulb")], plan=plan)).site.value == "prostate"


def test_target_named_after_an_organ_speaks_for_the_site() -> None:
    """Where the plan's own words say nothing, the name of a target does; the name of an organ at risk does not."""
    plan = make_plan(label="B1")
    assert place(make_study([make_box(1, "CTV Breast", kind=InterpretedType.CTV)], plan=plan)).site.value == "breast"
    assert place(make_study([make_box(1, "Breast")], plan=plan)).site.value == "unclassified"
