import json
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from propel_core.provenance import core_digest
from propel_service.app import compose
from propel_service.warehouse import StatusRow
from support.browser import Browser
from support.department import REFERENCE_SIZE, Department


class Broken(Department):
    """A warehouse whose database does not answer."""

    def status(self) -> StatusRow:
        """Fail as a database fails."""
        statement = "select secret"
        raise OperationalError(statement, {}, OSError("secret"))


@pytest.fixture
def department() -> Department:
    """Return a department with frozen references."""
    return Department(plans_a_centre=45)


@pytest.fixture
def browser(department: Department, tmp_path: Path) -> Browser:
    """Return a browser on this computer."""
    return Browser(compose(department, spool=tmp_path))


def test_the_status_counts_and_names_the_core(browser: Browser, department: Department) -> None:
    """A program must learn what is there and which arithmetic answers."""
    found = browser.get("/api/v1/status").json()
    assert found["plans"] == department.status().plans
    assert found["core_digest"] == core_digest()


def test_panels_are_listed_with_their_stratum(browser: Browser, department: Department) -> None:
    """Every panel must be listed once, with the slug that leads to it."""
    found = browser.get("/api/v1/panels").json()["panels"]
    assert [panel["slug"] for panel in found] == [row.key.slug for row in department.panels()]
    assert found[0]["centres"] == ["Northfield", "Southmere"]


def test_a_panel_gives_points_limits_tails_and_signals(browser: Browser, department: Department) -> None:
    """The numbers behind the chart must be those of the chart."""
    row = department.panels()[0]
    found = browser.get(f"/api/v1/panels/{row.key.slug}").json()
    assert len(found["points"]) == row.plans
    assert [point["plan_id"] for point in found["points"]] == [one.plan_id for one in department.series(row.key)]
    for centre in found["judged"]:
        assert centre["state"] == "frozen"
        assert centre["reference_size"] == REFERENCE_SIZE
        limits = centre["limits"]
        assert limits["lower"] < limits["band_low"] < limits["centre_line"] < limits["band_high"] < limits["upper"]
        assert centre["methods"][0]["core_digest"] == core_digest()
        assert len(centre["rules"]) == 4
    tails = [point for point in found["points"] if point["tail"]]
    assert tails
    for point in tails:
        assert min(point["p"], 1.0 - point["p"]) < 0.025
        assert "Unusual, not bad" in point["explanation"]


def test_a_missing_value_is_null_with_its_reason(browser: Browser, department: Department) -> None:
    """A number that cannot be given must not be a number."""
    slug = department.panels()[0].key.slug
    missing = [point for point in browser.get(f"/api/v1/panels/{slug}").json()["points"] if point["value"] is None]
    assert missing
    assert all(point["reason"] for point in missing)


def test_plans_come_in_pages_without_gap_or_repetition(browser: Browser, department: Department) -> None:
    """Following `next` to its end must give every plan once."""
    seen: list[int] = []
    after = 0
    while after is not None:
        page = browser.get(f"/api/v1/plans?limit=40&after={after}").json()
        seen += [plan["plan_id"] for plan in page["plans"]]
        after = page["next"]
    assert seen == [row.plan_id for row in department.plans(limit=10_000)]


def test_every_classification_of_a_plan_has_its_source(browser: Browser) -> None:
    """Nothing is classified without saying how."""
    plan = browser.get("/api/v1/plans/1").json()
    for name in ("centre", "site", "technique", "time", "prescription_gy"):
        assert plan[name]["source"], name
    assert plan["facts"][0]["inputs"][0] == {"name": "structures", "sha256": "12" * 32}


def test_histograms_never_rise_and_match_in_length(browser: Browser) -> None:
    """A cumulative histogram falls with dose, and each dose has its volume."""
    curves = browser.get("/api/v1/plans/1/dvhs").json()
    assert len(curves) == 4
    for curve in curves:
        volumes = curve["volume_cc_at_dose"]
        assert len(curve["dose_gy"]) == len(volumes)
        assert all(later <= earlier for earlier, later in pairwise(volumes))


def test_open_questions_are_listed(browser: Browser) -> None:
    """Unmapped names, quarantined files and refused sets must each be listed with what is known."""
    assert browser.get("/api/v1/structures/unmapped").json()[1] == {"raw_name": "zz_help", "count": 3}
    assert browser.get("/api/v1/quarantine").json()[0]["code"] == "UnreadableFileError"
    assert browser.get("/api/v1/refusals").json()[0]["where"] == "RTDOSE"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/plans/99999", 404),
        ("/api/v1/plans/99999/dvhs", 404),
        ("/api/v1/panels/none", 404),
        ("/api/v1/nothing", 404),
        ("/api/v1/plans/Doe%5EJane", 422),
        ("/api/v1/plans?limit=0", 422),
        ("/api/v1/plans?after=-1", 422),
        ("/api/v1/plans?limit=1001", 422),
    ],
)
def test_problems_are_problem_details(browser: Browser, path: str, status: int) -> None:
    """An error must be RFC 9457 JSON that says where it happened and repeats nothing of a parameter's value."""
    answer = browser.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["type"] == "about:blank"
    assert found["title"]
    assert "Doe" not in found["detail"]


def test_a_fault_of_ours_shows_nothing_of_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash must be a problem without what the exception said, for the reader and for the server's own streams."""
    monkeypatch.delenv("PROPEL_DEBUG", raising=False)
    browser = Browser(compose(Broken(plans_a_centre=2), spool=tmp_path))
    answer = browser.get("/api/v1/status")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    page = browser.get("/")
    assert page.status_code == 500
    assert "secret" not in page.text
    said = "".join(capsys.readouterr())
    assert "OperationalError" in said
    assert "/api/v1/status" in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_developer_sees_where_a_fault_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PROPEL_DEBUG set, the traceback must be on standard error, and still not in the answer."""
    monkeypatch.setenv("PROPEL_DEBUG", "1")
    answer = Browser(compose(Broken(plans_a_centre=2), spool=tmp_path)).get("/api/v1/status")
    assert "Traceback" in capsys.readouterr().err
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/", "/plans", "/plans/1", "/api/v1/status", "/api/v1/plans/1", "/health/live"])
def test_head_is_answered_like_get_without_a_body(browser: Browser, path: str) -> None:
    """A program that asks only for the headers must get those of GET."""
    answer, whole = browser.request("HEAD", path), browser.get(path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers == whole.headers


def test_head_of_what_is_not_there_is_404(browser: Browser) -> None:
    """HEAD must tell what is there from what is not."""
    answer = browser.request("HEAD", "/api/v1/plans/99999")
    assert (answer.status_code, answer.content) == (404, b"")


def test_health_tells_alive_from_ready(browser: Browser, tmp_path: Path) -> None:
    """A process that answers is alive even when its warehouse is not; it is ready only when all parts are."""
    assert browser.get("/health/live").json() == {"status": "live"}
    assert browser.get("/health/ready").json() == {"status": "ready", "warehouse": True, "spool": True}
    broken = Browser(compose(Broken(plans_a_centre=2), spool=tmp_path))
    assert broken.get("/health/live").status_code == 200
    answer = broken.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "warehouse": False, "spool": True}


def test_a_spool_that_cannot_be_written_is_not_ready(department: Department, tmp_path: Path) -> None:
    """A spool that is a file can take no files."""
    occupied = tmp_path / "spool"
    occupied.write_text("a file")
    answer = Browser(compose(department, spool=occupied)).get("/health/ready")
    assert answer.json()["spool"] is False


def test_the_description_is_complete_and_local(browser: Browser) -> None:
    """Every route is described, problems included, without an address outside."""
    text = browser.get("/api/openapi.json").text
    description = json.loads(text)
    assert "://" not in text
    assert set(description["paths"]) == {
        "/api/v1/status",
        "/api/v1/panels",
        "/api/v1/panels/{slug}",
        "/api/v1/plans",
        "/api/v1/plans/{plan_id}",
        "/api/v1/plans/{plan_id}/dvhs",
        "/api/v1/structures/unmapped",
        "/api/v1/quarantine",
        "/api/v1/refusals",
        "/health/live",
        "/health/ready",
    }
    answers = description["paths"]["/api/v1/plans/{plan_id}"]["get"]["responses"]
    assert list(answers["404"]["content"]) == ["application/problem+json"]
    assert list(answers["422"]["content"]) == ["application/problem+json"]


FIELDS = {
    "PanelModel": {
        "slug", "kind", "metric", "subject", "site", "technique", "unit", "plans", "centres", "alpha", "judged",
        "points",
    },
    "PointModel": {
        "plan_id", "label", "time", "centre", "value", "reason", "synthetic", "in_reference", "p", "tail", "signals",
        "explanation",
    },
    "LimitsModel": {"centre_line", "sigma", "lower", "upper", "band_low", "band_high"},
    "CurveModel": {
        "structure_number", "raw_name", "canonical_name", "volume_cc", "coverage_fraction", "min_gy", "mean_gy",
        "max_gy", "dose_gy", "volume_cc_at_dose", "caveats",
    },
    "FactModel": {
        "kind", "metric", "subject", "value", "unit", "reason", "charted", "algorithm", "version", "core_digest",
        "settings", "inputs",
    },
    "PlanModel": {
        "plan_id", "label", "centre", "site", "technique", "time", "prescription_gy", "protocol", "rules_digest",
        "synthetic", "beams", "mu", "received_at", "structures", "facts", "caveats",
    },
}  # fmt: skip


@pytest.mark.parametrize("model", FIELDS)
def test_the_models_keep_their_fields(browser: Browser, model: str) -> None:
    """Fields are added, never renamed or dropped: programs of hospitals rely on them."""
    schemas = browser.get("/api/openapi.json").json()["components"]["schemas"]
    assert set(schemas[model]["properties"]) >= FIELDS[model]
