"""The warehouse: the ledger of what arrived, and the first destination of results."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from sqlalchemy import Engine, insert, select

from propel_service.pipeline.ledger import Arrival, LinkedSet, ObjectKind, PlanLinks, Receipt, RefusedSet
from propel_service.pipeline.ports import Refusal
from propel_service.pipeline.study import StudyResult
from propel_service.warehouse import arrivals as _arrivals
from propel_service.warehouse import references, results, runs
from propel_service.warehouse.engine import open_engine, writing
from propel_service.warehouse.schema import migrate
from propel_service.warehouse.tables import Meta

__all__ = ["Warehouse"]

_ORIGIN_KEY = "origin_key"


class Warehouse:
    """A database of studies, opened or created and brought to the present schema.

    Parameters
    ----------
    url
        SQLAlchemy form, for example ``sqlite:///warehouse.sqlite``.
    create
        Whether a SQLite file that is missing is made; otherwise it is refused.

    Raises
    ------
    PropelError
        The URL is malformed, the database cannot be opened, or it belongs to a later version.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.url = url
        self.engine: Engine = open_engine(url, create=create)
        try:
            migrate(self.engine)
            self._key = self._origin_key()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    # --- the ledger --------------------------------------------------------------------------------------------------

    def known(self, digests: Iterable[str]) -> Mapping[str, ObjectKind]:
        """Return the kind of each of `digests` whose content is an object of the ledger now."""
        with self.engine.connect() as connection:
            return _arrivals.known(connection, digests)

    def origin(self, place: str) -> str:
        """Return a keyed digest of the place that a file came from: it tells places apart and names none."""
        return hashlib.blake2b(place.encode("utf-8", "surrogateescape"), key=self._key, digest_size=32).hexdigest()

    def record(self, arrivals: Sequence[Arrival], *, centre: str, utc: datetime) -> tuple[Receipt, ...]:
        """Enter arrivals in one transaction and return what became of each, in order."""
        with writing(self.engine) as connection:
            return _arrivals.record(connection, arrivals, centre=centre, utc=utc)

    def record_duplicates(self, seen: Sequence[tuple[str, str]], *, utc: datetime) -> None:
        """Enter further arrivals of known content as (sha256, origin); one already entered changes nothing."""
        with writing(self.engine) as connection:
            _arrivals.record_duplicates(connection, seen, utc=utc)

    def open_plans(self, *, algorithm: str) -> tuple[PlanLinks, ...]:
        """Return the plans that may have work to do, in order of arrival."""
        with self.engine.connect() as connection:
            return runs.open_plans(connection, algorithm=algorithm)

    def claim(self, sets: Sequence[LinkedSet], *, algorithm: str, utc: datetime) -> tuple[LinkedSet, ...]:
        """Enter a run for each set that has none which ended, and return those."""
        with writing(self.engine) as connection:
            return runs.claim(connection, sets, algorithm=algorithm, utc=utc)

    def refuse(self, linked: LinkedSet, refusal: Refusal, *, algorithm: str, utc: datetime) -> None:
        """End the run of a set that could not be computed; after a fault of ours it is claimed again."""
        with writing(self.engine) as connection:
            runs.refuse(connection, linked, refusal, algorithm=algorithm, utc=utc)

    def refused_sets(self) -> tuple[RefusedSet, ...]:
        """Return the sets that could not be computed and are still what their files say, in order of arrival."""
        with self.engine.connect() as connection:
            return runs.refused_sets(connection)

    def waiting(self) -> int:
        """Return how many objects wait for the rest of their set."""
        with self.engine.connect() as connection:
            return runs.waiting(connection)

    # --- the destination ---------------------------------------------------------------------------------------------

    def receive(self, result: StudyResult, utc: datetime) -> None:
        """Store `result` as `store` does."""
        self.store(result, utc)

    def store(self, result: StudyResult, utc: datetime) -> bool:
        """Store `result` in one transaction and end its run.

        Returns
        -------
        bool
            False when its inputs have a result already: nothing is changed.

        Raises
        ------
        PropelError
            The ledger has claimed no run for these inputs, or two facts claim the same place: nothing is stored.
        """
        with writing(self.engine) as connection:
            return results.store(connection, result, utc)

    def freeze_references(self, minimum: int = 20, *, utc: datetime | None = None) -> int:
        """Freeze the first `minimum` values of every panel and centre that has as many and no reference yet.

        Returns
        -------
        int
            How many references were frozen; those frozen before are never changed.
        """
        with writing(self.engine) as connection:
            return references.freeze(connection, minimum, utc=utc or datetime.now(UTC))

    def _origin_key(self) -> bytes:
        """Return this warehouse's own key for origins, made when the warehouse is."""
        query = select(Meta.value).where(Meta.key == _ORIGIN_KEY)
        with self.engine.connect() as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            with writing(self.engine) as connection:
                found = connection.execute(query).scalar_one_or_none()
                if found is None:
                    found = secrets.token_hex(32)
                    connection.execute(insert(Meta).values(key=_ORIGIN_KEY, value=found))
        return bytes.fromhex(found)
