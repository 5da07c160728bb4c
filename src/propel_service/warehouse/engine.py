"""Open the database with the manners that the ledger needs.

SQLite: write-ahead log (readers and one writer at a time do not block one another), foreign keys enforced, full
synchronisation (a committed row survives a power cut), and a busy timeout instead of an error when another process
writes. A writing transaction takes its lock at the beginning, so that what it read cannot change before it writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from propel_core.errors import InvalidRequestError, UnreadableFileError

__all__ = ["open_engine", "writing"]

_BUSY_SECONDS = 60
_WRITES = "propel_writes"


def open_engine(url: str, *, create: bool = True) -> Engine:
    """Return an engine for `url` (SQLAlchemy form).

    The folder of a SQLite file is made when it is missing; without `create` the file itself must be there.

    Raises
    ------
    InvalidRequestError
        The URL is malformed, or its driver is not installed.
    UnreadableFileError
        The folder of the database cannot be made, or there is no database that must be there.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed)
        if create:
            _make_folder(parsed)
        else:
            _require_file(parsed)
        engine = create_engine(parsed, **_in_memory_options(parsed))
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        message = f"a URL that is not usable ({type(error).__name__}), expected for example sqlite:///warehouse.sqlite"
        raise InvalidRequestError(message, where="Warehouse") from None
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that writes: all of it is kept, or nothing when an exception leaves it."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        try:
            Path(url.database).absolute().parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"a folder that cannot be made ({error.strerror}), expected one that can hold the database"
            raise UnreadableFileError(message, where="Warehouse") from None


def _require_file(url: URL) -> None:
    if not url.database or not Path(url.database).is_file():
        message = "no warehouse there, expected one that `propel ingest` has made"
        raise UnreadableFileError(message, where="Warehouse")


def _in_memory_options(url: URL) -> dict[str, Any]:
    """Keep one connection for a database in memory: each further one would be another, empty database."""
    if url.database and url.database != ":memory:":
        return {"connect_args": {"timeout": _BUSY_SECONDS}}
    return {"connect_args": {"timeout": _BUSY_SECONDS, "check_same_thread": False}, "poolclass": StaticPool}


def _configure(connection: Any, record: Any) -> None:
    del record
    connection.isolation_level = None  # the driver would begin transactions on its own, too late
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
