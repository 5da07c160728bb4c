from pathlib import Path

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
