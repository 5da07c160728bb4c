"""The ledger: every content once, revisions apart, and work that is claimed until it ends."""

import pytest

from propel_core.errors import InvalidRequestError
from propel_core.provenance import digest_of_bytes
from propel_service.pipeline.ledger import ObjectKind, QuarantineCode, Receipt, Rejected
from propel_service.pipeline.ports import Refusal
from propel_service.warehouse import Views, Warehouse
from support.results import ALGORITHM, UTC_TIME, accept, arrivals, claim_all, fact, fill, make_result


def rejected(content: str, code: QuarantineCode = QuarantineCode.NOT_DICOM) -> Rejected:
    """Return a file that is set aside."""
    return Rejected(
        sha256=digest_of_bytes(content.encode()), size=3, origin=f"place of {content}", code=code, message="why"
    )


def test_each_content_is_entered_once(warehouse: Warehouse) -> None:
    """The same again, in one batch or a later one, is a duplicate and changes no count but that."""
    plan = accept("1.2.3", ObjectKind.PLAN)
    first = warehouse.record([plan, plan], centre="N", utc=UTC_TIME)
    assert first == (Receipt(duplicate=False), Receipt(duplicate=True))
    assert warehouse.record([plan], centre="N", utc=UTC_TIME) == (Receipt(duplicate=True),)
    assert warehouse.known([plan.sha256, "absent"]) == {plan.sha256: ObjectKind.PLAN}
    status = Views(warehouse).status()
    assert (status.received, status.unique, status.waiting) == (1, 1, 1)


def test_the_same_content_from_another_place_is_an_arrival(warehouse: Warehouse) -> None:
    """A copy counts as received; the same place twice does not."""
    plan = accept("1.2.3", ObjectKind.PLAN)
    warehouse.record([plan], centre="N", utc=UTC_TIME)
    for _ in range(2):
        warehouse.record_duplicates([(plan.sha256, "elsewhere")], utc=UTC_TIME)
    status = Views(warehouse).status()
    assert (status.received, status.unique, status.duplicates) == (2, 1, 1)


def test_a_revision_is_kept_apart(warehouse: Warehouse) -> None:
    """Other content under the UID of a plan with a result is set aside, each time it comes, and links nothing."""
    plan, revision = arrivals(1)[0], accept("1.2.1.1", ObjectKind.PLAN, version="2")
    fill(warehouse, [1.0])
    for known in (False, True):
        (receipt,) = warehouse.record([revision], centre="N", utc=UTC_TIME)
        assert (receipt.duplicate, receipt.code) == (known, QuarantineCode.REVISION)
    assert warehouse.known([revision.sha256]) == {}
    assert [row.code for row in Views(warehouse).quarantine()] == ["revision"]
    assert warehouse.known([plan.sha256]) == {plan.sha256: ObjectKind.PLAN}
    assert warehouse.open_plans(algorithm=ALGORITHM) == ()


def test_the_newest_content_holds_a_uid_until_there_is_a_result(warehouse: Warehouse) -> None:
    """What waits makes way, what was known before is a duplicate and does not come back, and no row is lost."""
    old, new = accept("1.2.3", ObjectKind.PLAN), accept("1.2.3", ObjectKind.PLAN, version="2")
    receipts = warehouse.record([old, new, old], centre="N", utc=UTC_TIME)
    assert [(receipt.duplicate, receipt.code) for receipt in receipts] == [(False, None), (False, None), (True, None)]
    assert [links.plan.sha256 for links in warehouse.open_plans(algorithm=ALGORITHM)] == [new.sha256]
    assert warehouse.waiting() == 1
    with warehouse.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM instance").scalar_one() == 2


@pytest.mark.parametrize("part", [0, 1, 2], ids=["plan", "structures", "dose"])
def test_the_next_content_takes_the_place_of_a_refused_one(warehouse: Warehouse, part: int) -> None:
    """Whichever part is replaced, the set is linked anew and the refusal of the old one is history."""
    first = arrivals(1)
    warehouse.record(first, centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.refuse(linked, Refusal(type="T", message="why"), algorithm=ALGORITHM, utc=UTC_TIME)
    better = accept(first[part].header.sop_uid, first[part].header.kind, first[part].header.references, version="2")
    (receipt,) = warehouse.record([better], centre="N", utc=UTC_TIME)
    assert receipt == Receipt(duplicate=False)
    (again,) = claim_all(warehouse)
    assert better.sha256 in {again.plan.sha256, again.structures.sha256, *(dose.sha256 for dose in again.doses)}
    warehouse.receive(make_result(again, [fact(1.0)]), UTC_TIME)
    views = Views(warehouse)
    assert (views.status().plans, views.refusals(), warehouse.refused_sets()) == (1, [], ())
    (receipt,) = warehouse.record([first[part]], centre="N", utc=UTC_TIME)
    assert receipt.code is QuarantineCode.REVISION


def test_two_contents_that_fail_do_not_alternate(warehouse: Warehouse) -> None:
    """One that made way untried comes back when its successor failed; once both have failed, nothing moves."""
    plan, *others = arrivals(1)
    successor = accept(plan.header.sop_uid, ObjectKind.PLAN, plan.header.references, version="2")
    warehouse.record([plan, successor, *others], centre="N", utc=UTC_TIME)
    tried = []
    for _ in range(2):
        (linked,) = claim_all(warehouse)
        tried.append(linked.plan.sha256)
        warehouse.refuse(linked, Refusal(type="T", message="why"), algorithm=ALGORITHM, utc=UTC_TIME)
        warehouse.record([plan, successor, *others], centre="N", utc=UTC_TIME)
    assert tried == [successor.sha256, plan.sha256]
    assert claim_all(warehouse) == ()
    assert Views(warehouse).status().refused == 1


def test_objects_of_other_kinds_do_not_dispute_a_uid(warehouse: Warehouse) -> None:
    """An image or a dose under the UID of a plan, before or after its result, takes nothing away and is no revision."""
    image = accept("1.2.1.1", ObjectKind.OTHER, version="image")
    dose = accept("1.2.1.1", ObjectKind.DOSE, version="dose")
    warehouse.record([image], centre="N", utc=UTC_TIME)
    fill(warehouse, [1.0])
    (receipt,) = warehouse.record([dose], centre="N", utc=UTC_TIME)
    assert receipt == Receipt(duplicate=False)
    assert Views(warehouse).status().plans == 1


def test_a_result_of_content_that_was_replaced_meanwhile_is_not_stored(warehouse: Warehouse) -> None:
    """A corrected plan that comes while the old one is computed wins: nothing of the old one is shown."""
    plan, *others = arrivals(1)
    warehouse.record([plan, *others], centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    corrected = accept(plan.header.sop_uid, ObjectKind.PLAN, plan.header.references, version="2")
    warehouse.record([corrected], centre="N", utc=UTC_TIME)
    with pytest.raises(InvalidRequestError, match="replaced meanwhile"):
        warehouse.store(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert [again.plan.sha256 for again in claim_all(warehouse)] == [corrected.sha256]


def test_a_file_that_a_later_version_understands_is_released(warehouse: Warehouse) -> None:
    """Its entry leaves the list of what is set aside and stays in the database."""
    plan = accept("1.2.3", ObjectKind.PLAN)
    aside = Rejected(
        sha256=plan.sha256, size=3, origin="x", code=QuarantineCode.UNKNOWN_SOP_CLASS, message="not known yet"
    )
    warehouse.record([aside], centre="N", utc=UTC_TIME)
    (receipt,) = warehouse.record([plan], centre="N", utc=UTC_TIME)
    assert receipt == Receipt(duplicate=True)
    assert Views(warehouse).quarantine() == []
    with warehouse.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM quarantine").scalar_one() == 1


def test_what_is_set_aside_is_listed_once(warehouse: Warehouse) -> None:
    """In order of arrival, with digest, code and sentence."""
    for expected in (False, True):
        receipts = warehouse.record([rejected("a"), rejected("b")], centre="N", utc=UTC_TIME)
        assert [receipt.duplicate for receipt in receipts] == [expected, expected]
    assert [row.sha256 for row in Views(warehouse).quarantine()] == [rejected("a").sha256, rejected("b").sha256]


def test_a_place_is_told_apart_and_not_named(warehouse: Warehouse) -> None:
    """Origins are keyed: equal for one place, different for two, and different in another warehouse."""
    assert warehouse.origin("/a/Never^Printed") == warehouse.origin("/a/Never^Printed")
    assert warehouse.origin("/a") != warehouse.origin("/b")
    with Warehouse("sqlite://") as other:
        assert other.origin("/a") != warehouse.origin("/a")


def test_a_claim_lasts_until_the_run_ends(warehouse: Warehouse) -> None:
    """What was claimed and never ended is claimed again, as one and the same run; what ended is not."""
    warehouse.record(arrivals(1), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    assert warehouse.waiting() == 0
    assert claim_all(warehouse) == (linked,)
    warehouse.receive(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert claim_all(warehouse) == ()
    assert warehouse.open_plans(algorithm=ALGORITHM) == ()


def test_a_refusal_holds_for_its_algorithms(warehouse: Warehouse) -> None:
    """Under others the set is claimed once more; when that ends well, the refusal is history."""
    warehouse.record(arrivals(1), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.refuse(linked, Refusal(type="T", message="why", where=None), algorithm=ALGORITHM, utc=UTC_TIME)
    assert claim_all(warehouse) == ()
    (row,) = Views(warehouse).refusals()
    assert (row.type, row.message, row.where, row.plan_sha256) == ("T", "why", None, linked.plan.sha256)
    assert claim_all(warehouse, algorithm="algorithm/2") == (linked,)
    warehouse.receive(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert Views(warehouse).refusals() == []
    assert Views(warehouse).status().refused == 0


def test_a_fault_of_ours_is_tried_again(warehouse: Warehouse) -> None:
    """The run is open for the next claim and still counts as refused until it ends well."""
    warehouse.record(arrivals(1), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    fault = Refusal(type="WorkerDied", message="why", fault=True)
    warehouse.refuse(linked, fault, algorithm=ALGORITHM, utc=UTC_TIME)
    (refused,) = warehouse.refused_sets()
    assert (refused.refusal, len(refused.inputs)) == (fault, 3)
    assert Views(warehouse).status().refused == 1
    assert claim_all(warehouse) == (linked,)
    assert warehouse.store(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert not warehouse.store(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert warehouse.refused_sets() == ()


def test_other_algorithms_do_not_compute_again_what_ended_well(warehouse: Warehouse) -> None:
    """An update of the software is no reason to replace results behind everybody's back."""
    warehouse.record(arrivals(1), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.receive(make_result(linked, [fact(1.0)]), UTC_TIME)
    assert claim_all(warehouse, algorithm="algorithm/2") == ()


def test_a_dose_that_comes_later_opens_its_plan_again(warehouse: Warehouse) -> None:
    """Whatever the clock says: what counts is that it was entered after the plan's last run began."""
    warehouse.record(arrivals(1), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.receive(make_result(linked, [fact(1.0)]), UTC_TIME)
    warehouse.record(arrivals(1, dose="9")[2:], centre="N", utc=UTC_TIME.replace(year=1999))
    (links,) = warehouse.open_plans(algorithm=ALGORITHM)
    assert len(links.doses) == 2
