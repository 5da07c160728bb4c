"""Which content holds a SOP Instance UID, where several came under one.

The newest content holds it, until a result was computed from one: that one keeps it for good, and whatever else comes
is a revision. Objects of different kinds do not dispute a UID. No row is ever taken away; what changes is its state.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, select

from propel_service.pipeline.ledger import Accepted, ObjectKind
from propel_service.warehouse.chunking import chunks
from propel_service.warehouse.tables import Instance, InstanceState, Run, RunInput, RunStatus

__all__ = ["Succession"]


@dataclass(slots=True, kw_only=True)
class _Content:
    """A content under a UID: `kept` when a result was computed from it, `tried` when that failed."""

    sha256: str
    state: InstanceState
    kept: bool = False
    tried: bool = False


class Succession:
    """The contents under the UIDs of a batch of arrivals, as they are and as the batch changes them."""

    def __init__(self, connection: Connection, arrivals: Iterable[Accepted]) -> None:
        self._contents: defaultdict[tuple[str, ObjectKind], list[_Content]] = defaultdict(list)
        self._known: dict[str, _Content] = {}
        self._before: dict[str, InstanceState] = {}
        for few in chunks(sorted({arrival.header.sop_uid for arrival in arrivals})):
            query = (
                select(
                    Instance.sop_uid,
                    Instance.kind,
                    Instance.sha256,
                    Instance.state,
                    _in_run(RunStatus.DONE).label("kept"),
                    _in_run(RunStatus.REFUSED, RunStatus.FAILED).label("tried"),
                )
                .where(Instance.sop_uid.in_(few))
                .order_by(Instance.id)
            )
            for row in connection.execute(query):
                content = _Content(
                    sha256=row.sha256, state=InstanceState(row.state), kept=bool(row.kept), tried=bool(row.tried)
                )
                self._contents[row.sop_uid, ObjectKind(row.kind)].append(content)
                self._known[row.sha256] = content
                self._before[row.sha256] = content.state

    def knows(self, sha256: str) -> bool:
        """Whether this content is in the ledger as an object, or came earlier in the batch."""
        return sha256 in self._known

    def admit(self, arrival: Accepted) -> InstanceState:
        """Return the state that `arrival` has from now on; the one that it takes the place of is superseded."""
        header = arrival.header
        contents = self._contents[header.sop_uid, header.kind]
        own = self._known.get(arrival.sha256)
        rivals = [content for content in contents if content is not own]
        state = _state(own, header.kind, rivals)
        if own is None:
            own = _Content(sha256=arrival.sha256, state=state)
            contents.append(own)
            self._known[arrival.sha256] = own
        own.state = state
        if state is InstanceState.STORED:
            for rival in rivals:
                rival.state = InstanceState.SUPERSEDED
        return state

    def state(self, sha256: str) -> InstanceState:
        """Return the state of a content of the batch when all of it has been admitted."""
        return self._known[sha256].state

    def changed(self) -> dict[str, InstanceState]:
        """Return the new state of each content that was in the ledger under another."""
        return {
            digest: self._known[digest].state
            for digest, before in self._before.items()
            if self._known[digest].state is not before
        }


def _state(own: _Content | None, kind: ObjectKind, rivals: Iterable[_Content]) -> InstanceState:
    rivals = tuple(rivals)
    if kind is ObjectKind.OTHER:
        return InstanceState.NOT_NEEDED
    if own is not None and own.state is InstanceState.STORED:
        return InstanceState.STORED
    if any(rival.kept for rival in rivals):
        return InstanceState.REVISION
    if own is not None and own.state is InstanceState.SUPERSEDED:
        # It comes back when its successor failed and it never had its turn: so two that fail do not alternate.
        failed = any(rival.tried for rival in rivals if rival.state is InstanceState.STORED)
        return InstanceState.STORED if failed and not own.tried else InstanceState.SUPERSEDED
    return InstanceState.STORED


def _in_run(*statuses: RunStatus) -> ColumnElement[bool]:
    return exists().where(RunInput.instance_id == Instance.id, Run.id == RunInput.run_id, Run.status.in_(statuses))
