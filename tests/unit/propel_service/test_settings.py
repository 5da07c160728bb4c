"""The settings of the service."""

from pathlib import Path

import pydantic
import pytest

from propel_core.errors import InvalidRequestError
from propel_service.settings import Settings, data_folder, default_spool, load_settings, sqlite_url, without_password


@pytest.fixture(autouse=True)
def _empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WAREHOUSE", "SPOOL", "WORKERS", "HOST", "PORT", "LOG_JSON", "CONFIG"):
        monkeypatch.delenv(f"PROPEL_{name}", raising=False)
    monkeypatch.setenv("PROPEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PROPEL_CONFIG", str(tmp_path / "propel.toml"))


def test_default_warehouse_is_a_sqlite_file_of_the_user(tmp_path: Path) -> None:
    """Without any setting the warehouse must be a SQLite file in the user's data folder, its spool beside it."""
    settings = load_settings()
    assert settings.warehouse == sqlite_url(tmp_path / "home" / "warehouse.sqlite")
    assert settings.spool == tmp_path / "home" / "warehouse.spool"


def test_arguments_win_over_environment_and_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order of authority must be: command line, environment, file, default."""
    (tmp_path / "propel.toml").write_text('warehouse = "sqlite:///file.db"\nworkers = 3\nport = 9000\n')
    monkeypatch.setenv("PROPEL_WAREHOUSE", "sqlite:///environment.db")
    monkeypatch.setenv("PROPEL_PORT", "9001")
    settings = load_settings(port=9002, host=None)
    assert (settings.warehouse, settings.workers, settings.port) == ("sqlite:///environment.db", 3, 9002)
    assert settings.host == "127.0.0.1"


def test_other_variables_of_propel_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that other parts read (PROPEL_DEBUG, PROPEL_SHARED) must not be refused as unknown settings."""
    monkeypatch.setenv("PROPEL_DEBUG", "1")
    assert load_settings().port == 8000


@pytest.mark.parametrize(
    ("content", "where"),
    [("werehouse = 'x'\n", "setting werehouse"), ("port = 70000\n", "setting port"), ("port = \n", "settings")],
)
def test_bad_file_is_refused_with_the_name_of_the_setting(content: str, where: str, tmp_path: Path) -> None:
    """A misspelt or impossible line of the file must be a wrong request that names it, never be ignored."""
    (tmp_path / "propel.toml").write_text(content)
    with pytest.raises(InvalidRequestError) as refused:
        load_settings()
    assert refused.value.where == where


def test_refusal_does_not_repeat_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused setting must not be quoted: it may hold a password."""
    monkeypatch.setenv("PROPEL_WORKERS", "secret")
    with pytest.raises(InvalidRequestError) as refused:
        load_settings()
    assert "secret" not in str(refused.value)


def test_settings_are_frozen() -> None:
    """Settings are decided once, at start-up."""
    with pytest.raises(pydantic.ValidationError):
        load_settings().port = 1  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://a:b@h:5432/x?sslmode=require", "postgresql+psycopg://a:***@h:5432/x?sslmode=require"),
        ("postgresql://a@h/x", "postgresql://a@h/x"),
        ("postgresql://a:b%40c@h/x", "postgresql://a:***@h/x"),
        ("sqlite:////data/warehouse.sqlite", "sqlite:////data/warehouse.sqlite"),
    ],
)
def test_password_of_a_url_is_never_shown(url: str, shown: str) -> None:
    """What is printed of a warehouse URL must be the URL without its password."""
    assert without_password(url) == shown


def test_each_warehouse_has_its_own_spool(tmp_path: Path) -> None:
    """Two warehouses must not share received files by default; a changed password must not move them."""
    first = default_spool("postgresql://a:b@h/x")
    assert first == default_spool("postgresql://a:other@h/x")
    assert first != default_spool("postgresql://a:b@h/y")
    assert first.parent == data_folder()
    assert default_spool(sqlite_url(tmp_path / "one.db")) == tmp_path / "one.spool"
    assert default_spool("sqlite:///:memory:").parent == data_folder()


def test_empty_variable_counts_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """`PROPEL_WAREHOUSE=` in a service file must mean the default, not a warehouse without a name."""
    monkeypatch.setenv("PROPEL_WAREHOUSE", "")
    assert Settings().warehouse.startswith("sqlite:///")
