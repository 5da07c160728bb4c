"""Enter what arrived: objects with their references, files set aside, and each place of arrival."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from propel_service.pipeline.ledger import Accepted, Arrival, ObjectKind, QuarantineCode, Receipt, Rejected
from propel_service.warehouse.chunking import chunks
from propel_service.warehouse.succession import Succession
from propel_service.warehouse.tables import (
    Base,
    BeamScopeRow,
    Instance,
    InstanceState,
    Quarantine,
    ReceptionRow,
    ReferenceRecord,
)

__all__ = ["known", "record", "record_duplicates"]

_REVISION_MESSAGE = (
    "other content under the SOP Instance UID of an object with a stored result, expected the same or a new UID"
)

# Asked once for every file that arrives, so it is built once.
_KNOWN = select(Instance.sha256, Instance.kind).where(
    Instance.sha256.in_(bindparam("digests", expanding=True)),
    Instance.state.in_((InstanceState.STORED, InstanceState.NOT_NEEDED)),
)


def known(connection: Connection, digests: Iterable[str]) -> dict[str, ObjectKind]:
    """Return the kind of each of `digests` whose content is an object of the ledger now."""
    found: dict[str, ObjectKind] = {}
    for few in chunks(sorted(set(digests))):
        found.update((digest, ObjectKind(kind)) for digest, kind in connection.execute(_KNOWN, {"digests": few}))
    return found


def record(connection: Connection, arrivals: Sequence[Arrival], *, centre: str, utc: datetime) -> tuple[Receipt, ...]:
    """Enter `arrivals` in order and return what became of each."""
    aside = _quarantined(connection, [arrival.sha256 for arrival in arrivals])
    succession = Succession(connection, [arrival for arrival in arrivals if isinstance(arrival, Accepted)])
    receipts: list[Receipt] = []
    entries: dict[str, Accepted] = {}
    for arrival in arrivals:
        duplicate = arrival.sha256 in aside or succession.knows(arrival.sha256)
        if isinstance(arrival, Rejected):
            receipt = Receipt(duplicate=duplicate, code=arrival.code, message=arrival.message)
        else:
            if not succession.knows(arrival.sha256):
                entries[arrival.sha256] = arrival
            revision = succession.admit(arrival) is InstanceState.REVISION
            receipt = Receipt(
                duplicate=duplicate,
                code=QuarantineCode.REVISION if revision else None,
                message=_REVISION_MESSAGE if revision else "",
            )
        receipts.append(receipt)
        if receipt.code and arrival.sha256 not in aside:
            _set_aside(connection, arrival.sha256, receipt, centre, utc)
            aside.add(arrival.sha256)
        elif not receipt.code and arrival.sha256 in aside:
            _release(connection, arrival.sha256, utc)
            aside.discard(arrival.sha256)
    for digest, state in succession.changed().items():
        connection.execute(update(Instance).where(Instance.sha256 == digest).values(state=state))
    _enter(connection, [(entry, succession.state(digest)) for digest, entry in entries.items()], centre, utc)
    record_duplicates(connection, [(arrival.sha256, arrival.origin) for arrival in arrivals], utc=utc)
    return tuple(receipts)


def record_duplicates(connection: Connection, seen: Sequence[tuple[str, str]], *, utc: datetime) -> None:
    """Enter arrivals as (sha256, origin); those that are there already stay as they are."""
    there: set[tuple[str, str]] = set()
    for few in chunks(sorted({digest for digest, _ in seen})):
        query = select(ReceptionRow.sha256, ReceptionRow.origin).where(ReceptionRow.sha256.in_(few))
        there.update((digest, origin) for digest, origin in connection.execute(query))
    rows = [{"sha256": digest, "origin": origin, "received_at": utc} for digest, origin in sorted(set(seen) - there)]
    _insert(connection, ReceptionRow, rows)


def _quarantined(connection: Connection, digests: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for few in chunks(sorted(set(digests))):
        query = select(Quarantine.sha256).where(Quarantine.sha256.in_(few), Quarantine.released_at.is_(None))
        found.update(connection.scalars(query))
    return found


def _set_aside(connection: Connection, digest: str, receipt: Receipt, centre: str, utc: datetime) -> None:
    values: dict[str, Any] = {"code": receipt.code, "message": receipt.message, "centre": centre, "released_at": None}
    changed = connection.execute(update(Quarantine).where(Quarantine.sha256 == digest).values(**values))
    if changed.rowcount == 0:
        connection.execute(insert(Quarantine).values(sha256=digest, received_at=utc, **values))


def _release(connection: Connection, digest: str, utc: datetime) -> None:
    connection.execute(update(Quarantine).where(Quarantine.sha256 == digest).values(released_at=utc))


def _enter(
    connection: Connection, entries: Sequence[tuple[Accepted, InstanceState]], centre: str, utc: datetime
) -> None:
    """Enter objects with their references and beams, each table at once."""
    common = {"centre": centre, "source": "folder", "received_at": utc}
    _insert(connection, Instance, [_instance(arrival, state) | common for arrival, state in entries])
    headers = {arrival.sha256: arrival.header for arrival, _ in entries}
    numbers: dict[str, int] = {}
    for few in chunks(sorted(headers)):
        query = select(Instance.sha256, Instance.id).where(Instance.sha256.in_(few))
        numbers.update((digest, number) for digest, number in connection.execute(query))
    references = [
        {"instance_id": numbers[digest], "position": position, "to_uid": edge.to_uid, "kind": edge.kind.value}
        for digest, header in headers.items()
        for position, edge in enumerate(header.references)
    ]
    scope = [
        {"instance_id": numbers[digest], "fraction_group": extent.fraction_group, "beam": extent.beam}
        for digest, header in headers.items()
        for extent in sorted(set(header.scope))
    ]
    _insert(connection, ReferenceRecord, references)
    _insert(connection, BeamScopeRow, scope)


def _instance(arrival: Accepted, state: InstanceState) -> dict[str, Any]:
    header = arrival.header
    return {
        "sop_uid": header.sop_uid,
        "sha256": arrival.sha256,
        "kind": header.kind.value,
        "state": state,
        "sop_class_uid": header.sop_class_uid,
        "study_uid": header.study_uid,
        "series_uid": header.series_uid,
        "frame_uid": header.frame_uid,
        "summation": header.summation,
        "created": header.created,
        "size": arrival.size,
    }


def _insert(connection: Connection, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)
