"""Opening a database: created, migrated, adopted or refused, never half."""

import sqlite3
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from propel_core.errors import InvalidInputError, InvalidRequestError, UnreadableFileError
from propel_service.pipeline.ledger import QuarantineCode
from propel_service.warehouse import Views, Warehouse
from propel_service.warehouse.schema import SCHEMA_REVISION
from propel_service.warehouse.tables import Base
from support.results import UTC_TIME, accept, arrivals, fill
from support.warehouse_content import dump


def execute(path: Path, *statements: str) -> None:
    """Change a database behind the warehouse's back."""
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_the_migrations_make_exactly_the_tables(warehouse: Warehouse) -> None:
    """From an empty file, the scripts arrive at the tables as the code describes them."""
    with warehouse.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_revision_that_is_expected_is_the_newest_script() -> None:
    """A migration that is added without its number here would never be applied."""
    config = Config()
    config.set_main_option("script_location", str(files("propel_service.warehouse") / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA_REVISION


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    """A warehouse that is up to date is only read."""
    url = f"sqlite:///{tmp_path / 'w.sqlite'}"
    Warehouse(url).close()
    before = dump(tmp_path / "w.sqlite")
    Warehouse(url).close()
    assert dump(tmp_path / "w.sqlite") == before


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    """The default place does not exist on a new machine."""
    with Warehouse(f"sqlite:///{tmp_path / 'a' / 'b' / 'w.sqlite'}") as warehouse:
        assert Views(warehouse).status().plans == 0


def test_the_database_keeps_its_manners(warehouse: Warehouse) -> None:
    """Write-ahead log, full synchronisation, enforced foreign keys and patience with other writers."""
    with warehouse.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 60_000}


def test_no_unique_key_holds_a_nullable_column() -> None:
    """NULL in a unique key admits duplicates."""
    for table in Base.metadata.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, sqlalchemy.UniqueConstraint):
                assert not [column.name for column in constraint.columns if column.nullable]


def test_a_database_of_a_later_version_is_refused_untouched(tmp_path: Path) -> None:
    """An older program must not write where it does not know the rules."""
    Warehouse(f"sqlite:///{tmp_path / 'w.sqlite'}").close()
    execute(tmp_path / "w.sqlite", "UPDATE alembic_version SET version_num = '9999'")
    before = dump(tmp_path / "w.sqlite")
    with pytest.raises(InvalidInputError, match="schema 9999, expected at most"):
        Warehouse(f"sqlite:///{tmp_path / 'w.sqlite'}")
    assert dump(tmp_path / "w.sqlite") == before


def test_a_database_of_another_program_is_refused_untouched(tmp_path: Path) -> None:
    """Tables that are not ours stay alone."""
    execute(tmp_path / "w.sqlite", "CREATE TABLE orders (id INTEGER)")
    with pytest.raises(InvalidInputError, match="another program"):
        Warehouse(f"sqlite:///{tmp_path / 'w.sqlite'}")
    assert dump(tmp_path / "w.sqlite").count("CREATE TABLE") == 1


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path: Path) -> None:
    """A mistyped path must not cost a file."""
    (tmp_path / "letter.txt").write_text("dear colleague, " * 100)
    with pytest.raises(UnreadableFileError, match="cannot be opened"):
        Warehouse(f"sqlite:///{tmp_path / 'letter.txt'}")
    assert (tmp_path / "letter.txt").read_text().startswith("dear colleague")


@pytest.mark.parametrize("url", ["", "warehouse.sqlite", "nonsense://x", "sqlite:////proc/none/w.sqlite"])
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    """The message says what a URL looks like, or that the folder cannot be made."""
    with pytest.raises((InvalidRequestError, UnreadableFileError), match="expected"):
        Warehouse(url)


def test_runs_of_an_older_warehouse_keep_their_objects(tmp_path: Path) -> None:
    """A warehouse from before the inputs of runs were kept learns them: what has a result holds its UID after all."""
    path = tmp_path / "w.sqlite"
    with Warehouse(f"sqlite:///{path}") as warehouse:
        fill(warehouse, [1.0])
    execute(path, "DROP TABLE run_input", "UPDATE alembic_version SET version_num = '0001'")
    with Warehouse(f"sqlite:///{path}") as warehouse:
        for part in arrivals(1):
            other = accept(part.header.sop_uid, part.header.kind, version="2")
            (receipt,) = warehouse.record([other], centre="N", utc=UTC_TIME)
            assert receipt.code is QuarantineCode.REVISION
