"""Storing results: all of one or nothing, once, and replaced without losing what was."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import StatementError

from propel_core.errors import InvalidInputError, InvalidRequestError
from propel_core.provenance import Caveat
from propel_core.rt import Excluded, RefusedStructure
from propel_service.pipeline.facts import CalculationOutput
from propel_service.pipeline.ledger import LinkedSet
from propel_service.warehouse import Views, Warehouse
from support.results import ALGORITHM, UTC_TIME, arrivals, claim_all, curve, fact, fill, make_result
from support.warehouse_content import dump


def claimed(warehouse: Warehouse, number: int = 1) -> LinkedSet:
    """Return a set that the ledger has claimed."""
    warehouse.record(arrivals(number), centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    return linked


def test_a_result_comes_back_as_it_was_stored(warehouse: Warehouse) -> None:
    """Plan, structures, curves, facts with their provenance, and caveats."""
    linked = claimed(warehouse)
    facts = [fact(0.25), fact(None, "LT"), fact(3.0, "mu", "beam 2", charted=False)]
    warehouse.receive(make_result(linked, facts, curves=[curve()], manufacturer="PROPEL synthetic data"), UTC_TIME)
    views = Views(warehouse)
    plan = views.plan(1)
    assert plan is not None
    assert (plan.site, plan.site_source, plan.mu, plan.synthetic) == ("prostate", "a rule", 100.0, True)
    assert plan.received_at == UTC_TIME
    assert [(row.metric, row.value, row.reason, row.charted) for row in views.facts(1)] == [
        ("MCS", 0.25, None, True),
        ("LT", None, "not defined", True),
        ("mu", 3.0, None, False),
    ]
    first = views.facts(1)[0]
    assert (first.settings, first.inputs[0].name, first.core_digest) == ({"sharp": True}, "RTPLAN", "cd" * 32)
    (back,) = views.curves(1)
    assert (back.raw_name, back.canonical_name, back.min_gy, back.mean_gy) == ("S1", None, None, 20.0)
    assert back.volume_cc_at_dose == pytest.approx(curve().volume_cc_at_dose, abs=5.1e-5)
    assert [(row.raw_name, row.canonical_name, row.is_target) for row in views.structures(1)] == [
        ("PTV", "PTV", True),
        ("Own name", None, False),
    ]


def test_every_reservation_is_kept_with_its_source(warehouse: Warehouse) -> None:
    """Those of plan, structures, classification and calculators, structures and beams left out; each once."""
    linked = claimed(warehouse)
    result = make_result(linked, [fact(0.25)])
    caveat = Caveat(code="code", text="text")
    read = result.classified.study
    first, second = read.structures.structures
    refused = RefusedStructure(number=3, name="S3", kind="InvalidInputError", message="why not")
    read = replace(
        read,
        plan=replace(read.plan, caveats=(caveat,), excluded=(Excluded(number=9, code="no_mlc", reason="no leaves"),)),
        structures=replace(read.structures, structures=(replace(first, caveats=(caveat,)), second), refused=(refused,)),
    )
    classified = replace(result.classified, study=read, caveats=(caveat, caveat))
    outputs = {"toy": CalculationOutput(caveats=(caveat,))}
    warehouse.receive(replace(result, classified=classified, outputs=outputs), UTC_TIME)
    assert [(row.source, row.code) for row in Views(warehouse).caveats(1)] == [
        ("plan", "code"),
        ("classification", "code"),
        ("toy", "code"),
        ("structure 1", "code"),
        ("structure 3", "structure_refused"),
        ("beam 9", "no_mlc"),
    ]


def test_a_result_of_values_in_memory_is_refused(warehouse: Warehouse) -> None:
    """Without the digest of a file nothing ties it to what the ledger holds."""
    result = make_result(claimed(warehouse), [fact(0.25)])
    read = result.classified.study
    loose = replace(read, structures=replace(read.structures, source=None))
    with pytest.raises(InvalidRequestError, match="not read from a file"):
        warehouse.receive(replace(result, classified=replace(result.classified, study=loose)), UTC_TIME)


def test_a_time_without_zone_is_not_stored(warehouse: Warehouse) -> None:
    """When something arrived must mean the same everywhere."""
    with pytest.raises(StatementError, match="without zone"):
        warehouse.record(arrivals(1), centre="N", utc=UTC_TIME.replace(tzinfo=None))


def test_the_same_result_twice_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    """Two programs that computed one set store it once."""
    linked = claimed(warehouse)
    warehouse.receive(make_result(linked, [fact(0.25)]), UTC_TIME)
    before = dump(tmp_path / "w.sqlite")
    warehouse.receive(make_result(linked, [fact(0.25)]), UTC_TIME)
    assert dump(tmp_path / "w.sqlite") == before


def test_two_facts_in_one_place_store_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    """The whole study stays out, not only the second fact."""
    linked = claimed(warehouse)
    before = dump(tmp_path / "w.sqlite")
    with pytest.raises(InvalidInputError, match="two facts for complexity MCS plan"):
        warehouse.receive(make_result(linked, [fact(0.25), fact(0.26)]), UTC_TIME)
    with pytest.raises(InvalidInputError, match="two curves"):
        warehouse.receive(make_result(linked, curves=[curve(), curve()]), UTC_TIME)
    assert dump(tmp_path / "w.sqlite") == before


def test_a_result_that_nobody_asked_for_is_refused(warehouse: Warehouse) -> None:
    """Without the ledger's objects there is nothing that the numbers would be about."""
    with Warehouse("sqlite://") as other:
        linked = claimed(other)
    with pytest.raises(InvalidRequestError, match="no run was claimed"):
        warehouse.receive(make_result(linked, [fact(0.25)]), UTC_TIME)


def test_a_better_dose_replaces_the_result_and_keeps_the_plans_number(warehouse: Warehouse) -> None:
    """The views show the new result alone; the old one is still in the database."""
    fill(warehouse, [0.5])
    warehouse.record(arrivals(1, dose="9")[2:], centre="N", utc=UTC_TIME)
    (linked,) = claim_all(warehouse)
    warehouse.receive(make_result(linked, [fact(0.75)]), UTC_TIME)
    views = Views(warehouse)
    assert [(row.value) for row in views.facts(1)] == [0.75]
    assert (views.status().plans, views.status().facts) == (1, 1)
    assert [row.code for row in views.caveats(1)] == ["several_doses"]
    with warehouse.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM fact").scalar_one() == 2


def test_several_writers_wait_for_one_another(tmp_path: Path) -> None:
    """Four connections that store at the same time all succeed."""
    url = f"sqlite:///{tmp_path / 'many.sqlite'}"
    with Warehouse(url) as warehouse:
        for number in range(1, 9):
            warehouse.record(arrivals(number), centre="N", utc=UTC_TIME)
        sets = claim_all(warehouse)
        assert len(sets) == 8
    faults: list[Exception] = []

    def store(mine: Sequence[LinkedSet]) -> None:
        try:
            with Warehouse(url) as own:
                for linked in mine:
                    own.receive(make_result(linked, [fact(1.0)]), UTC_TIME)
        except Exception as error:  # noqa: BLE001  # whatever it is, the test must see it
            faults.append(error)

    threads = [threading.Thread(target=store, args=(sets[start::4],)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with Warehouse(url) as warehouse:
        assert Views(warehouse).status().plans == 8
        assert warehouse.open_plans(algorithm=ALGORITHM) == ()
