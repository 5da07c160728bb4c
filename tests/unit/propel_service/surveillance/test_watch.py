from propel_service.surveillance import ReferenceState
from propel_service.surveillance.watch import watch
from support.department import REFERENCE_SIZE, Department


def test_a_stored_series_is_judged_by_its_frozen_reference() -> None:
    """Limits must come from the frozen values, not from the plans that follow."""
    department = Department(plans_a_centre=30)
    row = department.panels()[1]
    watched = watch(department, row.key, centres=row.centres, unit=row.unit)
    for centre in watched.judgement.centres:
        assert centre.state is ReferenceState.FROZEN
        assert centre.reference_size == REFERENCE_SIZE


def test_each_stored_point_keeps_its_judgement_in_time_order() -> None:
    """Rows and judgements must be paired by plan, in the order of the series."""
    department = Department(plans_a_centre=6)
    row = department.panels()[0]
    watched = watch(department, row.key, centres=row.centres, unit=row.unit)
    assert [stored for stored, _ in watched.judged()] == department.series(row.key)
    assert all(stored.plan_id == judged.plan_id for stored, judged in watched.judged())


def test_a_centre_without_reference_is_provisional() -> None:
    """Where nothing is frozen yet, all plans so far stand in, and say so."""
    department = Department(plans_a_centre=6)
    row = department.panels()[0]
    watched = watch(department, row.key, centres=row.centres, unit=row.unit)
    assert {centre.state for centre in watched.judgement.centres} == {ReferenceState.PROVISIONAL}
