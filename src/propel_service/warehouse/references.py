"""Freeze reference periods: the first values of each panel at each centre, kept as they were, for ever.

Limits that follow the data they judge flag five in a hundred for ever and hide a slow drift; so the values that limits
come from are copied once and never touched, whatever arrives, is corrected or is recomputed later.
"""

import hashlib
import math
import struct
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select

from propel_service.warehouse.tables import FactRecord, FrozenReference, FrozenValue, Study

__all__ = ["freeze", "reference_digest"]

_PANEL = (FactRecord.kind, FactRecord.metric, FactRecord.subject, Study.site, Study.technique, Study.centre)


def freeze(connection: Connection, minimum: int, *, utc: datetime) -> int:
    """Freeze the first `minimum` values by time of every panel and centre that has as many; return how many panels."""
    frozen = exists().where(
        FrozenReference.kind == FactRecord.kind,
        FrozenReference.metric == FactRecord.metric,
        FrozenReference.subject == FactRecord.subject,
        FrozenReference.site == Study.site,
        FrozenReference.technique == Study.technique,
        FrozenReference.centre == Study.centre,
    )
    charted = (Study.is_current, FactRecord.charted)
    due = (
        select(*_PANEL)
        .join(Study, Study.id == FactRecord.study_id)
        .where(*charted, FactRecord.value.is_not(None), ~frozen)
        .group_by(*_PANEL)
        .having(func.count() >= minimum)
    )
    panels = {tuple(row) for row in connection.execute(due)}
    if not panels:
        return 0
    points: defaultdict[tuple[str, ...], list[tuple[int, float | None]]] = defaultdict(list)
    given: Counter[tuple[str, ...]] = Counter()
    series = (
        select(*_PANEL, Study.plan_id, FactRecord.value)
        .join(Study, Study.id == FactRecord.study_id)
        .where(*charted, ~frozen)
        .order_by(*_PANEL, Study.time, Study.plan_id)
    )
    for *panel, plan_id, value in connection.execute(series):
        key = tuple(panel)
        if key in panels and given[key] < minimum:
            # A plan without a value is a gap: no moving range may cross it, so it is kept.
            points[key].append((plan_id, value))
            given[key] += value is not None
    for key in sorted(points):
        _write(connection, key, points[key], utc)
    return len(points)


def reference_digest(panel: Sequence[str], values: Sequence[float | None]) -> str:
    """Return the SHA-256 over a panel's name, centre and frozen values; a gap counts as not a number."""
    digest = hashlib.sha256("\0".join(panel).encode())
    digest.update(struct.pack(f"<{len(values)}d", *(math.nan if value is None else value for value in values)))
    return digest.hexdigest()


def _write(
    connection: Connection, panel: tuple[str, ...], points: Sequence[tuple[int, float | None]], utc: datetime
) -> None:
    named = dict(zip(("kind", "metric", "subject", "site", "technique", "centre"), panel, strict=True))
    digest = reference_digest(panel, [value for _, value in points])
    reference_id = connection.execute(
        insert(FrozenReference).values(**named, digest=digest, frozen_at=utc).returning(FrozenReference.id)
    ).scalar_one()
    rows = [
        {"reference_id": reference_id, "position": position, "plan_id": plan_id, "value": value}
        for position, (plan_id, value) in enumerate(points)
    ]
    connection.execute(insert(FrozenValue), rows)
