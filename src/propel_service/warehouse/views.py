"""The read side of the warehouse: panels, series, plans and what stands behind each number.

Every view shows the current result of a plan; results that were replaced are kept and not shown.
"""

import json
from collections import defaultdict
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, func, select

from propel_core.provenance import Caveat, InputDigest
from propel_service.warehouse import runs
from propel_service.warehouse.dvh_codec import unpack
from propel_service.warehouse.rows import (
    CaveatRow,
    CurveRow,
    FactRow,
    PanelKey,
    PanelRow,
    PlanRow,
    PointRow,
    QuarantineRow,
    ReferenceRow,
    RefusalRow,
    StatusRow,
    StructureRow,
)
from propel_service.warehouse.tables import (
    CaveatRecord,
    DvhRecord,
    FactRecord,
    FrozenReference,
    FrozenValue,
    Instance,
    InstanceState,
    PlanRecord,
    ProvenanceRecord,
    Quarantine,
    ReceptionRow,
    StructureRecord,
    Study,
)
from propel_service.warehouse.warehouse import Warehouse

__all__ = ["Views"]

AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]


class Views:
    """Questions to a warehouse; none of them changes it."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    # --- panels ------------------------------------------------------------------------------------------------------

    def panels(self) -> list[PanelRow]:
        """Return every panel, by site, technique, kind, metric and subject."""
        key = (FactRecord.kind, FactRecord.metric, FactRecord.subject, Study.site, Study.technique)
        query = (
            select(*key, Study.centre, func.min(FactRecord.unit), func.count())
            .join(Study, Study.id == FactRecord.study_id)
            .where(Study.is_current, FactRecord.charted)
            .group_by(*key, Study.centre)
            .order_by(Study.site, Study.technique, *key[:3], Study.centre)
        )
        found: defaultdict[PanelKey, list[tuple[str, str, int]]] = defaultdict(list)
        for kind, metric, subject, site, technique, centre, unit, count in self._all(query):
            panel = PanelKey(kind=kind, metric=metric, subject=subject, site=site, technique=technique)
            found[panel].append((centre, unit, count))
        return [
            PanelRow(
                key=panel,
                unit=parts[0][1],
                plans=sum(count for _, _, count in parts),
                centres=tuple(centre for centre, _, _ in parts),
            )
            for panel, parts in found.items()
        ]

    def panel(self, slug: str) -> PanelRow | None:
        """Return the panel of that slug, or None."""
        return next((row for row in self.panels() if row.key.slug == slug), None)

    def series(self, key: PanelKey) -> list[PointRow]:
        """Return the points of a panel by time, then by plan."""
        query = (
            select(Study.plan_id, Study.time, Study.centre, FactRecord.value, FactRecord.reason, Study.label)
            .add_columns(Study.synthetic)
            .join(FactRecord, FactRecord.study_id == Study.id)
            .where(
                Study.is_current,
                FactRecord.charted,
                FactRecord.kind == key.kind,
                FactRecord.metric == key.metric,
                FactRecord.subject == key.subject,
                Study.site == key.site,
                Study.technique == key.technique,
            )
            .order_by(Study.time, Study.plan_id)
        )
        return [PointRow(**row._asdict()) for row in self._all(query)]

    def reference(self, key: PanelKey, centre: str) -> ReferenceRow | None:
        """Return the frozen reference of a panel at a centre, or None while there is none."""
        query = select(FrozenReference.id, FrozenReference.digest, FrozenReference.frozen_at).where(
            FrozenReference.kind == key.kind,
            FrozenReference.metric == key.metric,
            FrozenReference.subject == key.subject,
            FrozenReference.site == key.site,
            FrozenReference.technique == key.technique,
            FrozenReference.centre == centre,
        )
        found = self._all(query)
        if not found:
            return None
        values = self._all(
            select(FrozenValue.plan_id, FrozenValue.value)
            .where(FrozenValue.reference_id == found[0].id)
            .order_by(FrozenValue.position)
        )
        return ReferenceRow(
            plan_ids=tuple(row.plan_id for row in values),
            values=tuple(row.value for row in values),
            frozen_at=found[0].frozen_at,
            digest=found[0].digest,
        )

    # --- plans -------------------------------------------------------------------------------------------------------

    def plans(self, *, limit: int = 100, after: int = 0) -> list[PlanRow]:
        """Return up to `limit` plans whose number is greater than `after`, by number."""
        return self._plans(PlanRecord.id > after, limit)

    def plan(self, plan_id: int) -> PlanRow | None:
        """Return a plan, or None when there is no such number."""
        return next(iter(self._plans(PlanRecord.id == plan_id, 1)), None)

    def structures(self, plan_id: int) -> list[StructureRow]:
        """Return the structures of a plan, by number."""
        query = (
            self._of_plan(
                select(
                    StructureRecord.number,
                    StructureRecord.raw_name,
                    StructureRecord.canonical_name,
                    StructureRecord.canonical_source,
                    StructureRecord.is_target,
                ).join(Study, Study.id == StructureRecord.study_id),
                plan_id,
            )
        ).order_by(StructureRecord.number)
        rows = [row._asdict() for row in self._all(query)]
        return [StructureRow(**row | {"canonical_name": row["canonical_name"] or None}) for row in rows]

    def curves(self, plan_id: int) -> list[CurveRow]:
        """Return the dose-volume histograms of a plan, by structure number."""
        query = self._of_plan(
            select(DvhRecord.__table__).join(Study, Study.id == DvhRecord.study_id), plan_id
        ).order_by(DvhRecord.structure_number)
        return [_curve(row) for row in self._all(query)]

    def facts(self, plan_id: int) -> list[FactRow]:
        """Return the facts of a plan in the order in which they were computed."""
        query = self._of_plan(
            select(FactRecord.__table__, ProvenanceRecord.__table__)
            .join(Study, Study.id == FactRecord.study_id)
            .join(ProvenanceRecord, ProvenanceRecord.id == FactRecord.provenance_id),
            plan_id,
        ).order_by(FactRecord.id)
        return [_fact(row) for row in self._all(query)]

    def caveats(self, plan_id: int) -> list[CaveatRow]:
        """Return the reservations about a plan; those about one curve stand with the curve."""
        query = self._of_plan(
            select(CaveatRecord.code, CaveatRecord.text, CaveatRecord.source).join(
                Study, Study.id == CaveatRecord.study_id
            ),
            plan_id,
        ).order_by(CaveatRecord.position)
        return [CaveatRow(**row._asdict()) for row in self._all(query)]

    # --- the state of the whole --------------------------------------------------------------------------------------

    def revision(self) -> tuple[int, int]:
        """Return a mark that changes whenever a panel may have changed: results and references are only ever added."""
        query = select(
            select(func.coalesce(func.max(Study.id), 0)).scalar_subquery(),
            select(func.coalesce(func.max(FrozenReference.id), 0)).scalar_subquery(),
        )
        (newest,) = self._all(query)
        return newest[0], newest[1]

    def status(self) -> StatusRow:
        """Return what the warehouse holds, counted in one moment."""
        current = select(func.count()).select_from(Study).where(Study.is_current)
        received = select(func.count()).select_from(ReceptionRow)
        unique = select(func.count(func.distinct(ReceptionRow.sha256)))
        aside = select(func.count()).select_from(Quarantine).where(Quarantine.released_at.is_(None))
        refused = select(func.count()).select_from(runs.refused_runs().subquery())
        other = select(func.count()).select_from(Instance).where(Instance.state == InstanceState.NOT_NEEDED)
        with self._warehouse.engine.connect() as connection:

            def count(query: Select[int]) -> int:
                return connection.execute(query).scalar_one()

            arrivals, contents = count(received), count(unique)
            return StatusRow(
                received=arrivals,
                unique=contents,
                duplicates=arrivals - contents,
                quarantined=count(aside),
                waiting=runs.waiting(connection),
                plans=count(current),
                dvhs=count(current.join(DvhRecord, DvhRecord.study_id == Study.id)),
                facts=count(current.join(FactRecord, FactRecord.study_id == Study.id)),
                refused=count(refused),
                not_needed=count(other),
            )

    def unmapped_structures(self) -> list[tuple[str, int]]:
        """Return raw structure names without a TG-263 name, each with its number of plans, most frequent first."""
        plans = func.count(func.distinct(Study.plan_id))
        query = (
            select(StructureRecord.raw_name, plans)
            .join(Study, Study.id == StructureRecord.study_id)
            .where(Study.is_current, StructureRecord.canonical_name == "")
            .group_by(StructureRecord.raw_name)
            .order_by(plans.desc(), StructureRecord.raw_name)
        )
        return [(name, count) for name, count in self._all(query)]

    def quarantine(self) -> list[QuarantineRow]:
        """Return what is set aside, in order of arrival."""
        query = (
            select(Quarantine.sha256, Quarantine.code, Quarantine.message, Quarantine.centre, Quarantine.received_at)
            .where(Quarantine.released_at.is_(None))
            .order_by(Quarantine.id)
        )
        return [QuarantineRow(**row._asdict()) for row in self._all(query)]

    def refusals(self) -> list[RefusalRow]:
        """Return the complete sets that could not be computed, in order of arrival."""
        return [
            RefusalRow(
                plan_sha256=row.plan_sha256,
                type=row.type,
                message=row.message,
                where=row.where or None,
                finished_at=row.finished_at,
            )
            for row in self._all(runs.refused_runs())
        ]

    # --- how ---------------------------------------------------------------------------------------------------------

    def _all(self, query: AnySelect) -> list[AnyRow]:
        with self._warehouse.engine.connect() as connection:
            return list(connection.execute(query).all())

    def _plans(self, condition: ColumnElement[bool], limit: int) -> list[PlanRow]:
        shown = [
            getattr(Study, name) for name in PlanRow.__dataclass_fields__ if name not in {"plan_id", "received_at"}
        ]
        query = (
            select(Study.plan_id, *shown, Instance.received_at)
            .join(PlanRecord, PlanRecord.id == Study.plan_id)
            .join(Instance, Instance.id == PlanRecord.instance_id)
            .where(Study.is_current, condition)
            .order_by(PlanRecord.id)
            .limit(limit)
        )
        return [PlanRow(**row._asdict()) for row in self._all(query)]

    @staticmethod
    def _of_plan(query: AnySelect, plan_id: int) -> AnySelect:
        return query.where(Study.is_current, Study.plan_id == plan_id)


def _caveats(stored: str) -> tuple[Caveat, ...]:
    return tuple(Caveat(code=code, text=text) for code, text in json.loads(stored))


def _curve(row: AnyRow) -> CurveRow:
    doses, volumes = unpack(row.curve)
    return CurveRow(
        structure_number=row.structure_number,
        raw_name=row.raw_name,
        canonical_name=row.canonical_name or None,
        volume_cc=row.volume_cc,
        coverage_fraction=row.coverage_fraction,
        min_gy=row.min_gy,
        mean_gy=row.mean_gy,
        max_gy=row.max_gy,
        dose_gy=doses,
        volume_cc_at_dose=volumes,
        caveats=_caveats(row.caveats),
    )


def _fact(row: AnyRow) -> FactRow:
    return FactRow(
        kind=row.kind,
        metric=row.metric,
        subject=row.subject,
        value=row.value,
        unit=row.unit,
        reason=row.reason,
        charted=row.charted,
        algorithm=row.algorithm,
        version=row.version,
        core_digest=row.core_digest,
        settings=json.loads(row.settings),
        inputs=tuple(InputDigest(name=name, sha256=digest) for name, digest in json.loads(row.inputs)),
    )
