"""An empty warehouse in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from propel_service.warehouse import Warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Return an empty warehouse."""
    with Warehouse(f"sqlite:///{tmp_path / 'w.sqlite'}") as opened:
        yield opened
