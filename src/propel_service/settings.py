"""The settings of the service: one frozen class, filled from the environment and one file.

Each setting is an environment variable (``PROPEL_WAREHOUSE``, ``PROPEL_SPOOL``, …) or a line in ``propel.toml`` in the
user's configuration folder (``PROPEL_CONFIG`` names another file); the environment wins.
"""

import hashlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from propel_core.errors import InvalidRequestError

__all__ = [
    "Settings",
    "configuration_file",
    "data_folder",
    "default_spool",
    "default_warehouse",
    "load_settings",
    "sqlite_url",
    "without_password",
]


def data_folder() -> Path:
    """Return where PROPEL keeps a user's data: ``PROPEL_HOME``, or the platform's place for it."""
    if chosen := os.environ.get("PROPEL_HOME"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "propel"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "propel"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "propel"


def configuration_file() -> Path:
    """Return the settings file: ``PROPEL_CONFIG``, or ``propel.toml`` in the user's configuration folder."""
    if chosen := os.environ.get("PROPEL_CONFIG"):
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "propel" / "propel.toml"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Preferences" / "propel" / "propel.toml"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "propel" / "propel.toml"


def sqlite_url(file: Path) -> str:
    """Return the SQLAlchemy URL of a SQLite file."""
    return f"sqlite:///{file.absolute().as_posix()}"


def default_warehouse() -> str:
    """Return the SQLAlchemy URL of the user's own warehouse, a SQLite file."""
    return sqlite_url(data_folder() / "warehouse.sqlite")


def default_spool(warehouse: str) -> Path:
    """Return the spool that belongs to `warehouse`: beside a SQLite file, else in the user's data folder."""
    prefix = "sqlite:///"
    if warehouse.startswith(prefix) and warehouse != prefix and ":memory:" not in warehouse:
        return Path(warehouse.removeprefix(prefix).partition("?")[0]).with_suffix(".spool")
    digest = hashlib.sha256(without_password(warehouse).encode()).hexdigest()
    return data_folder() / f"spool-{digest[:16]}"


def without_password(url: str) -> str:
    """Return `url` fit to be shown: a password in it is replaced by asterisks."""
    parts = urlsplit(url)
    if parts.password is None:
        return url
    account, _, address = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{account.partition(':')[0]}:***@{address}"))


def _processors() -> int:
    return min(os.cpu_count() or 1, 8)


def _spool_beside(known: dict[str, Any]) -> Path:
    # pydantic leaves a field that was refused out of `known`; the refusal itself is reported anyway.
    return default_spool(known.get("warehouse", ""))


class Settings(BaseSettings):
    """What the service needs to know, checked once at start-up.

    Parameters
    ----------
    warehouse
        SQLAlchemy URL; by default a SQLite file in the user's data folder.
    spool
        Folder that keeps the received files; by default it stands beside the warehouse.
    workers
        Processes that compute at the same time; by default one for each processor, at most eight.
    host, port
        Where `propel serve` listens.
    log_json
        Log lines as JSON objects instead of text.
    """

    model_config = SettingsConfigDict(env_prefix="PROPEL_", frozen=True, extra="forbid", env_ignore_empty=True)

    warehouse: str = Field(default_factory=default_warehouse, min_length=1)
    spool: Path = Field(default_factory=_spool_beside)
    workers: int = Field(default_factory=_processors, ge=1)
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_json: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments win over the environment, and the environment over the file; read nothing else."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, configuration_file())


def load_settings(**chosen: str | int | bool | Path | None) -> Settings:
    """Return the settings, `chosen` (those that are not None) winning over the environment and the file.

    Raises
    ------
    InvalidRequestError
        A setting is unknown, malformed or out of range, or the settings file cannot be read.
    """
    try:
        # Every argument is checked at run time by the class itself.
        return Settings(**{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as refused:
        first = refused.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InvalidRequestError(first["msg"], where=f"setting {where}") from None
    except (tomllib.TOMLDecodeError, OSError) as refused:
        message = f"the settings file cannot be read ({type(refused).__name__}), expected TOML"
        raise InvalidRequestError(message, where="settings") from None
