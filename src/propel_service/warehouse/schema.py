"""Bring a database to the schema of this version, with the migrations that the package carries."""

from importlib.resources import as_file, files

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from propel_core.errors import InvalidInputError, UnreadableFileError
from propel_service.warehouse.engine import writing

__all__ = ["SCHEMA_REVISION", "migrate"]

SCHEMA_REVISION = "0002"
"""The newest migration; a test holds it against the scripts."""


def migrate(engine: Engine) -> None:
    """Create the tables in an empty database, or bring an older one up to date; two processes may do so at once.

    Raises
    ------
    UnreadableFileError
        The database cannot be opened, or the file is something else.
    InvalidInputError
        The database belongs to a later version, or holds tables that are not ours.
    """
    try:
        with engine.connect() as connection:
            if _revision(connection) == SCHEMA_REVISION:
                return
        with writing(engine) as connection:
            _upgrade(connection)
    except (OperationalError, DatabaseError) as error:
        kind = type(error.orig).__name__
        message = f"a database that cannot be opened ({kind}), expected a warehouse or an empty place for one"
        raise UnreadableFileError(message, where="Warehouse") from None


def _revision(connection: Connection) -> str | None:
    """Return the revision of the database, '' for one that has tables and no revision, None for an empty one."""
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or ""
    return "" if tables else None


def _upgrade(connection: Connection) -> None:
    # Imported here: a warehouse that is up to date, the usual case, opens without it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    with as_file(files("propel_service.warehouse") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        found = _revision(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            message = f"schema {found or 'of another program'}, expected at most {SCHEMA_REVISION}"
            raise InvalidInputError(message, where="Warehouse")
        command.upgrade(config, "head")
