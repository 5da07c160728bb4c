from pathlib import Path

import pytest

from propel_service.app import create_app
from propel_service.settings import Settings, sqlite_url
from support.browser import Browser


def test_the_service_starts_on_a_warehouse_that_does_not_exist_yet(tmp_path: Path) -> None:
    """A fresh installation must answer at once, and tell what to do."""
    settings = Settings(warehouse=sqlite_url(tmp_path / "new" / "warehouse.sqlite"), spool=tmp_path / "spool")
    browser = Browser(create_app(settings))
    assert browser.get("/health/ready").json()["status"] == "ready"
    assert browser.get("/api/v1/status").json()["plans"] == 0
    assert "propel ingest" in browser.get("/").text
    for path in ("/plans", "/structures", "/quarantine", "/about", "/api/v1/panels", "/api/v1/refusals"):
        assert browser.get(path).status_code == 200, path


@pytest.mark.parametrize("number", ["9223372036854775808", "1" + "0" * 30, "1" * 5000], ids=len)
@pytest.mark.parametrize(
    "path", ["/plans/{}", "/plans?after={}", "/api/v1/plans/{}", "/api/v1/plans/{}/dvhs", "/api/v1/plans?after={}"]
)
def test_numbers_beyond_a_database_are_the_readers_mistake(tmp_path: Path, path: str, number: str) -> None:
    """An integer that no database can hold must be refused as a request, not fail as a fault, nor be repeated."""
    settings = Settings(warehouse=sqlite_url(tmp_path / "warehouse.sqlite"), spool=tmp_path / "spool")
    answer = Browser(create_app(settings)).get(path.format(number))
    assert answer.status_code == 422
    assert number not in answer.json()["detail"] if path.startswith("/api") else "Back to" in answer.text


def test_the_largest_number_of_a_database_is_only_not_found(tmp_path: Path) -> None:
    """The last number that can be asked for must be looked up."""
    settings = Settings(warehouse=sqlite_url(tmp_path / "warehouse.sqlite"), spool=tmp_path / "spool")
    browser = Browser(create_app(settings))
    assert browser.get(f"/api/v1/plans/{2**63 - 1}").status_code == 404
    assert browser.get(f"/plans?after={2**63 - 1}").status_code == 200
