"""What a warehouse holds, apart from how it got there: numbers, times of arrival and order are left out."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

from propel_service.warehouse import Views, Warehouse

_LEDGER = """
    SELECT sop_uid, sha256, kind, state, study_uid, frame_uid, summation, centre,
           (SELECT group_concat(kind || to_uid, ' ') FROM
               (SELECT kind, to_uid FROM reference WHERE instance_id = instance.id ORDER BY position)),
           (SELECT group_concat(fraction_group || '/' || beam, ' ') FROM
               (SELECT fraction_group, beam FROM beam_scope WHERE instance_id = instance.id ORDER BY 1, 2))
    FROM instance
"""


def content_digest(warehouse: Warehouse) -> str:
    """Return one digest over the ledger's objects and every current result."""
    views = Views(warehouse)
    with warehouse.engine.connect() as connection:
        ledger = sorted(map(repr, connection.exec_driver_sql(_LEDGER).all()))
    plans = sorted(repr(_plan(views, plan.plan_id)) for plan in views.plans(limit=10_000))
    quarantine = sorted((row.sha256, row.code, row.message) for row in views.quarantine())
    whole = repr((ledger, plans, quarantine, views.unmapped_structures(), views.panels()))
    return hashlib.sha256(whole.encode()).hexdigest()


def _plan(views: Views, plan_id: int) -> list[Any]:
    plan = views.plan(plan_id)
    assert plan is not None
    named = {name: getattr(plan, name) for name in plan.__dataclass_fields__ if name not in {"plan_id", "received_at"}}
    curves = [
        (curve.raw_name, curve.volume_cc, curve.max_gy, curve.dose_gy.tolist(), curve.volume_cc_at_dose.tolist())
        for curve in views.curves(plan_id)
    ]
    return [named, views.structures(plan_id), curves, views.facts(plan_id), views.caveats(plan_id)]


def dump(database: Path) -> str:
    """Return the whole database as SQL text, times and numbers included."""
    connection = sqlite3.connect(database)
    try:
        return "\n".join(connection.iterdump())
    finally:
        connection.close()
