"""A warehouse with its spool in a fresh folder, and an ingest that computes with a toy."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from propel_service.intake import IngestReport, ingest
from propel_service.warehouse import Warehouse
from support.toy import toy_recipe

Ingest = Callable[..., IngestReport]


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Return an empty warehouse."""
    with Warehouse(f"sqlite:///{tmp_path / 'warehouse' / 'w.sqlite'}") as opened:
        yield opened


@pytest.fixture
def take(warehouse: Warehouse, tmp_path: Path) -> Ingest:
    """Return `ingest` into `warehouse`."""
    return partial(ingest, centre="Northfield", warehouse=warehouse, spool=tmp_path / "spool", recipe=toy_recipe())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return an empty folder for files that arrive."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder
