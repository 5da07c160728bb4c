"""Store the result of one study: classification, structures, histograms, facts and caveats, all in one transaction."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from propel_core.errors import InvalidInputError, InvalidRequestError
from propel_core.provenance import Caveat, Provenance, digest_of_bytes
from propel_core.rt import Plan
from propel_service.pipeline.facts import Curve, Fact
from propel_service.pipeline.study import ClassifiedHeader, StudyResult
from propel_service.warehouse.chunking import chunks
from propel_service.warehouse.dvh_codec import pack
from propel_service.warehouse.runs import OPEN_RUNS, has_superseded_input
from propel_service.warehouse.tables import (
    CaveatRecord,
    DvhRecord,
    FactRecord,
    Instance,
    PlanRecord,
    ProvenanceRecord,
    Run,
    RunStatus,
    StructureRecord,
    Study,
)

__all__ = ["store"]

_WHERE = "Warehouse"


class _Stamps:
    """The provenance of every fact and curve of a result, each different one stored once.

    Facts of one calculation share their stamp, so a stamp is digested once and found again by its identity.
    """

    def __init__(self, connection: Connection, stamps: Iterable[Provenance]) -> None:
        distinct = {id(stamp): stamp for stamp in stamps}
        values = {key: _stamp_values(stamp) for key, stamp in distinct.items()}
        digests = {key: digest_of_bytes(json.dumps(value, sort_keys=True).encode()) for key, value in values.items()}
        by_digest = {digests[key]: value for key, value in values.items()}
        found = self._rows(connection, by_digest)
        missing = [by_digest[digest] | {"digest": digest} for digest in sorted(by_digest.keys() - found.keys())]
        if missing:
            connection.execute(insert(ProvenanceRecord), missing)
            found = self._rows(connection, by_digest)
        self._ids = {key: found[digest] for key, digest in digests.items()}

    def row(self, stamp: Provenance) -> int:
        """Return the number of the row that holds `stamp`."""
        return self._ids[id(stamp)]

    @staticmethod
    def _rows(connection: Connection, digests: Iterable[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for few in chunks(sorted(digests)):
            query = select(ProvenanceRecord.digest, ProvenanceRecord.id).where(ProvenanceRecord.digest.in_(few))
            found.update((digest, row_id) for digest, row_id in connection.execute(query))
        return found


def _stamp_values(stamp: Provenance) -> dict[str, str]:
    return {
        "algorithm": stamp.algorithm,
        "version": stamp.version,
        "core_digest": stamp.core_digest,
        "settings": json.dumps(dict(stamp.settings), sort_keys=True),
        "inputs": json.dumps([[item.name, item.sha256] for item in stamp.inputs]),
    }


def store(connection: Connection, result: StudyResult, utc: datetime) -> bool:
    """End the claimed run of `result` and store all of it; return False, changing nothing, when that was done before.

    The result becomes the plan's current one; what was current before stays, no longer shown.

    Raises
    ------
    InvalidRequestError
        The ledger has claimed no run for these inputs, or newer content took the place of one of them meanwhile.
    InvalidInputError
        Two facts or two curves claim the same place.
    """
    run = _run(connection, result.classified)
    if run is None:
        return False
    run_id, plan_instance_id, linking = run
    plan_id = _plan(connection, plan_instance_id)
    connection.execute(update(Study).where(Study.plan_id == plan_id, Study.is_current).values(is_current=False))
    values = _study(result.classified) | {"plan_id": plan_id, "run_id": run_id, "is_current": True, "stored_at": utc}
    study_id = connection.execute(insert(Study).values(**values).returning(Study.id)).scalar_one()
    facts = [fact for output in result.outputs.values() for fact in output.facts]
    curves = [curve for output in result.outputs.values() for curve in output.curves]
    stamps = _Stamps(connection, [*(fact.provenance for fact in facts), *(curve.provenance for curve in curves)])
    for table, rows in (
        (StructureRecord, _structures(result.classified)),
        (DvhRecord, _curves(curves, stamps)),
        (FactRecord, _facts(facts, stamps)),
        (CaveatRecord, _caveats(result, linking)),
    ):
        if rows:
            connection.execute(insert(table), [row | {"study_id": study_id} for row in rows])
    connection.execute(update(Run).where(Run.id == run_id).values(status=RunStatus.DONE, finished_at=utc))
    return True


def _run(connection: Connection, study: ClassifiedHeader) -> tuple[int, int, list[tuple[str, str]]] | None:
    """Return the run that this study ends, its plan, and the caveats of the linking; None when it ended well before."""
    plan, structures, dose = study.study.plan, study.study.structures.source, study.study.dose
    if structures is None:
        message = "a structure set that was not read from a file, expected files of the ledger"
        raise InvalidRequestError(message, where=_WHERE)
    query = (
        select(Run.id, Run.plan_instance_id, Run.status, Run.caveats, has_superseded_input().label("superseded"))
        .join(Instance, Instance.id == Run.plan_instance_id)
        .where(
            Instance.sha256 == plan.identity().sha256,
            Run.structures_sha256 == structures.sha256,
            Run.dose_sha256 == dose.identity.sha256,
        )
        .order_by(Run.id.desc())
    )
    runs = connection.execute(query).all()
    if any(run.status == RunStatus.DONE for run in runs):
        return None
    for run in runs:
        if run.status in OPEN_RUNS:
            if run.superseded:
                message = "a file that newer content under its UID has replaced meanwhile, expected the newest"
                raise InvalidRequestError(message, where=_WHERE)
            return run.id, run.plan_instance_id, [(code, text) for code, text in json.loads(run.caveats)]
    message = "a result that no run was claimed for, expected one of a set that the ledger linked"
    raise InvalidRequestError(message, where=_WHERE)


def _plan(connection: Connection, instance_id: int) -> int:
    found = connection.execute(select(PlanRecord.id).where(PlanRecord.instance_id == instance_id)).scalar_one_or_none()
    if found is not None:
        return found
    return connection.execute(insert(PlanRecord).values(instance_id=instance_id).returning(PlanRecord.id)).scalar_one()


def _study(classified: ClassifiedHeader) -> dict[str, Any]:
    plan = classified.study.plan
    time = classified.time
    return {
        "label": plan.label,
        "centre": classified.centre.value,
        "centre_source": classified.centre.source,
        "site": classified.site.value,
        "site_source": classified.site.source,
        "technique": classified.technique.value,
        "technique_source": classified.technique.source,
        "time": time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None),
        "time_source": classified.time_source,
        "prescription_gy": classified.prescription_gy,
        "prescription_source": classified.prescription_source,
        "protocol": classified.protocol,
        "rules_digest": classified.rules_digest,
        "synthetic": _is_synthetic(plan),
        "beams": len(plan.beams),
        "mu": sum(beam.meterset_mu for group in plan.fraction_groups for beam in group.beams),
    }


def _is_synthetic(plan: Plan) -> bool:
    """Whether the plan says of its own origin that no patient stands behind it."""
    return "synthetic" in f"{plan.manufacturer} {plan.model}".casefold()


def _structures(classified: ClassifiedHeader) -> list[dict[str, Any]]:
    rows = []
    for structure in classified.study.structures.structures:
        alias = classified.aliases.get(structure.number)
        rows.append(
            {
                "number": structure.number,
                "raw_name": structure.name,
                "canonical_name": alias.value if alias else "",
                "canonical_source": alias.source if alias else "",
                "is_target": structure.number in classified.targets,
            }
        )
    return rows


def _curves(curves: Sequence[Curve], stamps: _Stamps) -> list[dict[str, Any]]:
    _refuse_twins("curves", [(f"structure {curve.structure_number}",) for curve in curves])
    return [
        {
            "structure_number": curve.structure_number,
            "raw_name": curve.raw_name,
            "canonical_name": curve.canonical_name or "",
            "volume_cc": curve.volume_cc,
            "coverage_fraction": curve.coverage_fraction,
            "min_gy": curve.min_gy,
            "mean_gy": curve.mean_gy,
            "max_gy": curve.max_gy,
            "curve": pack(curve.dose_gy, curve.volume_cc_at_dose),
            "caveats": json.dumps([[caveat.code, caveat.text] for caveat in curve.caveats], ensure_ascii=False),
            "provenance_id": stamps.row(curve.provenance),
        }
        for curve in curves
    ]


def _facts(facts: Sequence[Fact], stamps: _Stamps) -> list[dict[str, Any]]:
    _refuse_twins("facts", [(fact.kind.value, fact.metric, fact.subject, fact.provenance.version) for fact in facts])
    return [
        {
            "kind": fact.kind.value,
            "metric": fact.metric,
            "subject": fact.subject,
            "version": fact.provenance.version,
            "value": fact.value,
            "unit": fact.unit,
            "reason": fact.reason,
            "charted": fact.charted,
            "provenance_id": stamps.row(fact.provenance),
        }
        for fact in facts
    ]


def _refuse_twins(what: str, keys: Sequence[tuple[str, ...]]) -> None:
    seen: set[tuple[str, ...]] = set()
    for key in keys:
        if key in seen:
            message = f"two {what} for {' '.join(key)}, expected one"
            raise InvalidInputError(message, where=_WHERE)
        seen.add(key)


def _caveats(result: StudyResult, linking: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    found = [("linking", code, text) for code, text in linking]
    found += [(source, caveat.code, caveat.text) for source, caveat in _all_caveats(result)]
    return [
        {"position": position, "source": source, "code": code, "text": text}
        for position, (source, code, text) in enumerate(dict.fromkeys(found))
    ]


def _all_caveats(result: StudyResult) -> Iterator[tuple[str, Caveat]]:
    """Yield every reservation with its source; those of a curve stay with the curve."""
    study = result.classified.study
    for source, caveats in (
        ("plan", study.plan.caveats),
        ("structures", study.structures.caveats),
        ("dose", study.dose.caveats),
        ("classification", result.classified.caveats),
        *((name, output.caveats) for name, output in result.outputs.items()),
    ):
        for caveat in caveats:
            yield source, caveat
    for structure in study.structures.structures:
        for caveat in structure.caveats:
            yield f"structure {structure.number}", caveat
    for refused in study.structures.refused:
        yield f"structure {refused.number}", Caveat(code="structure_refused", text=refused.message)
    for excluded in study.plan.excluded:
        yield f"beam {excluded.number}", Caveat(code=excluded.code, text=excluded.reason)
