"""Which plans have work to do, and how the work on each ended.

Computing may happen more than once (after a crash, or by two programs at the same time); storing happens once, because
a run ends once. So whatever has not ended is taken up by the next ingest, without leases or clocks.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, exists, func, insert, or_, select, update

from propel_service.pipeline.ledger import (
    BeamScope,
    LinkedSet,
    ObjectKind,
    PlanLinks,
    Reference,
    RefusedSet,
    Stored,
)
from propel_service.pipeline.ports import Refusal
from propel_service.warehouse.tables import (
    BeamScopeRow,
    Instance,
    InstanceState,
    ReferenceRecord,
    Run,
    RunInput,
    RunStatus,
)

__all__ = [
    "OPEN_RUNS",
    "claim",
    "has_superseded_input",
    "open_plans",
    "refuse",
    "refused_runs",
    "refused_sets",
    "waiting",
]

OPEN_RUNS = (RunStatus.CLAIMED, RunStatus.FAILED)
"""Runs that a result, or a refusal, may still end."""

_PLAN, _STRUCTURES, _DOSE = (kind.value for kind in (ObjectKind.PLAN, ObjectKind.STRUCTURES, ObjectKind.DOSE))


def open_plans(connection: Connection, *, algorithm: str) -> tuple[PlanLinks, ...]:
    """Return plans without a run that ended (well, or under `algorithm`), and plans that a later dose names.

    Later means entered after the plan's last run began: numbers of entry decide, not clocks. A run of an object that
    newer content has taken the place of counts no longer.
    """
    ended = exists().where(
        Run.plan_instance_id == Instance.id,
        ~has_superseded_input(),
        or_(Run.status == RunStatus.DONE, (Run.status == RunStatus.REFUSED) & (Run.algorithm_digest == algorithm)),
    )
    seen = select(func.max(Run.last_instance_id)).where(Run.plan_instance_id == Instance.id).scalar_subquery()
    newer_dose = exists().where(
        ReferenceRecord.to_uid == Instance.sop_uid,
        ReferenceRecord.kind == _PLAN,
        ReferenceRecord.instance_id > seen,
    )
    plans = select(Instance.id).where(
        Instance.kind == _PLAN, Instance.state == InstanceState.STORED, or_(~ended, newer_dose)
    )
    return _links(connection, plans)


def claim(connection: Connection, sets: Sequence[LinkedSet], *, algorithm: str, utc: datetime) -> tuple[LinkedSet, ...]:
    """Return the sets to compute, each with a run under `algorithm` that has not ended."""
    last_instance = connection.execute(select(func.max(Instance.id))).scalar_one_or_none() or 0
    todo: list[LinkedSet] = []
    for linked in sets:
        runs = connection.execute(
            select(Run.algorithm_digest, Run.status).where(Run.input_digest == linked.input_digest())
        ).all()
        if any(
            status == RunStatus.DONE or (status == RunStatus.REFUSED and digest == algorithm) for digest, status in runs
        ):
            continue
        if any(digest == algorithm for digest, _ in runs):
            connection.execute(_open_run(linked, algorithm).values(status=RunStatus.CLAIMED, finished_at=None))
        else:
            _enter(connection, linked, _new_run(linked, algorithm, utc) | {"last_instance_id": last_instance})
        todo.append(linked)
    return tuple(todo)


def _enter(connection: Connection, linked: LinkedSet, values: dict[str, Any]) -> None:
    run_id = connection.execute(insert(Run).values(**values).returning(Run.id)).scalar_one()
    parts = {part.instance_id for part in (linked.plan, linked.structures, *linked.doses)}
    connection.execute(insert(RunInput), [{"run_id": run_id, "instance_id": part} for part in sorted(parts)])


def _open_run(linked: LinkedSet, algorithm: str) -> Update:
    """Address the run of `linked`, unless it has ended."""
    return update(Run).where(
        Run.input_digest == linked.input_digest(), Run.algorithm_digest == algorithm, Run.status.in_(OPEN_RUNS)
    )


def _new_run(linked: LinkedSet, algorithm: str, utc: datetime) -> dict[str, Any]:
    return {
        "plan_instance_id": linked.plan.instance_id,
        "structures_sha256": linked.structures.sha256,
        "dose_sha256": linked.dose_sha256(),
        "input_digest": linked.input_digest(),
        "algorithm_digest": algorithm,
        "status": RunStatus.CLAIMED,
        "caveats": json.dumps([[caveat.code, caveat.text] for caveat in linked.caveats]),
        "claimed_at": utc,
        "finished_at": None,
        "error_type": "",
        "error_message": "",
        "error_where": "",
    }


def refuse(connection: Connection, linked: LinkedSet, refusal: Refusal, *, algorithm: str, utc: datetime) -> None:
    """End the run of `linked` with the reason; after a fault of ours it may be claimed again."""
    connection.execute(
        _open_run(linked, algorithm).values(
            status=RunStatus.FAILED if refusal.fault else RunStatus.REFUSED,
            finished_at=utc,
            error_type=refusal.type,
            error_message=refusal.message,
            error_where=refusal.where or "",
        )
    )


def has_superseded_input() -> ColumnElement[bool]:
    """Tell of a run whether newer content has taken the place of one of its objects."""
    part = Instance.__table__.alias("part")
    return exists().where(
        RunInput.run_id == Run.id, part.c.id == RunInput.instance_id, part.c.state == InstanceState.SUPERSEDED
    )


def refused_runs() -> Select[*tuple[Any, ...]]:
    """Select the runs without result whose inputs are still in place and gave no result to any later run either."""
    computed = select(Run.input_digest).where(Run.status == RunStatus.DONE)
    latest = select(func.max(Run.id)).group_by(Run.input_digest)
    return (
        select(
            Run.id.label("run_id"),
            Instance.sha256.label("plan_sha256"),
            Run.status,
            Run.error_type.label("type"),
            Run.error_message.label("message"),
            Run.error_where.label("where"),
            Run.finished_at,
        )
        .join(Instance, Instance.id == Run.plan_instance_id)
        .where(
            Run.status.in_((RunStatus.REFUSED, RunStatus.FAILED)),
            Run.id.in_(latest),
            Run.input_digest.not_in(computed),
            ~has_superseded_input(),
        )
        .order_by(Run.id)
    )


def refused_sets(connection: Connection) -> tuple[RefusedSet, ...]:
    """Return the sets of `refused_runs` with the contents that each is made of."""
    runs = connection.execute(refused_runs()).all()
    ids = select(refused_runs().subquery().c.run_id)
    parts = (
        select(RunInput.run_id, Instance.sha256)
        .join(Instance, Instance.id == RunInput.instance_id)
        .where(RunInput.run_id.in_(ids))
    )
    inputs: defaultdict[int, set[str]] = defaultdict(set)
    for run_id, digest in connection.execute(parts):
        inputs[run_id].add(digest)
    return tuple(
        RefusedSet(
            plan_sha256=run.plan_sha256,
            inputs=frozenset(inputs[run.run_id]),
            refusal=Refusal(
                type=run.type, message=run.message, where=run.where or None, fault=run.status == RunStatus.FAILED
            ),
        )
        for run in runs
    )


def waiting(connection: Connection) -> int:
    """Return how many plans, structure sets and doses belong to no set that was ever complete."""
    plan = Instance.__table__.alias("plan")
    has_run = exists().where(Run.plan_instance_id == Instance.id)
    in_run = exists().where(Run.structures_sha256 == Instance.sha256)
    plan_has_run = exists().where(
        ReferenceRecord.instance_id == Instance.id,
        ReferenceRecord.kind == _PLAN,
        ReferenceRecord.to_uid == plan.c.sop_uid,
        Run.plan_instance_id == plan.c.id,
    )
    satisfied = or_(
        (Instance.kind == _PLAN) & has_run,
        (Instance.kind == _STRUCTURES) & in_run,
        (Instance.kind == _DOSE) & plan_has_run,
    )
    query = select(func.count()).select_from(Instance).where(Instance.state == InstanceState.STORED, ~satisfied)
    return connection.execute(query).scalar_one()


def _links(connection: Connection, plans: Select[int]) -> tuple[PlanLinks, ...]:
    plan_uids = select(Instance.sop_uid).where(Instance.id.in_(plans))
    doses = (
        select(Instance.id)
        .join(ReferenceRecord, ReferenceRecord.instance_id == Instance.id)
        .where(
            Instance.kind == _DOSE,
            Instance.state == InstanceState.STORED,
            ReferenceRecord.kind == _PLAN,
            ReferenceRecord.to_uid.in_(plan_uids),
        )
    )
    named = select(ReferenceRecord.to_uid).where(
        ReferenceRecord.kind == _STRUCTURES,
        or_(ReferenceRecord.instance_id.in_(plans), ReferenceRecord.instance_id.in_(doses)),
    )
    structures = select(Instance.id).where(
        Instance.kind == _STRUCTURES, Instance.state == InstanceState.STORED, Instance.sop_uid.in_(named)
    )
    by_uid = {stored.sop_uid: stored for stored in _load(connection, structures)}
    by_plan: defaultdict[str, list[Stored]] = defaultdict(list)
    for stored in _load(connection, doses):
        for uid in set(stored.refers_to(ObjectKind.PLAN)):
            by_plan[uid].append(stored)
    return tuple(
        PlanLinks(plan=plan, doses=tuple(by_plan[plan.sop_uid]), structures=by_uid) for plan in _load(connection, plans)
    )


def _load(connection: Connection, ids: Select[int]) -> list[Stored]:
    references = _references(connection, ids)
    scope = _scope(connection, ids)
    query = (
        select(
            Instance.id,
            Instance.sop_uid,
            Instance.sha256,
            Instance.centre,
            Instance.received_at,
            Instance.summation,
            Instance.created,
        )
        .where(Instance.id.in_(ids))
        .order_by(Instance.id)
    )
    return [
        Stored(
            instance_id=row.id,
            sop_uid=row.sop_uid,
            sha256=row.sha256,
            centre=row.centre,
            received_at=row.received_at,
            summation=row.summation,
            created=row.created,
            references=tuple(references.get(row.id, ())),
            scope=tuple(scope.get(row.id, ())),
        )
        for row in connection.execute(query)
    ]


def _references(connection: Connection, ids: Select[int]) -> Mapping[int, list[Reference]]:
    found: defaultdict[int, list[Reference]] = defaultdict(list)
    query = (
        select(ReferenceRecord.instance_id, ReferenceRecord.to_uid, ReferenceRecord.kind)
        .where(ReferenceRecord.instance_id.in_(ids))
        .order_by(ReferenceRecord.instance_id, ReferenceRecord.position)
    )
    for instance_id, to_uid, kind in connection.execute(query):
        found[instance_id].append(Reference(to_uid=to_uid, kind=ObjectKind(kind)))
    return found


def _scope(connection: Connection, ids: Select[int]) -> Mapping[int, list[BeamScope]]:
    found: defaultdict[int, list[BeamScope]] = defaultdict(list)
    query = (
        select(BeamScopeRow.instance_id, BeamScopeRow.fraction_group, BeamScopeRow.beam)
        .where(BeamScopeRow.instance_id.in_(ids))
        .order_by(BeamScopeRow.instance_id, BeamScopeRow.fraction_group, BeamScopeRow.beam)
    )
    for instance_id, fraction_group, beam in connection.execute(query):
        found[instance_id].append(BeamScope(fraction_group=fraction_group, beam=beam))
    return found
