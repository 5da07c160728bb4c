"""`propel ingest` and `propel status`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

from propel_service.settings import sqlite_url

Propel = Callable[..., Any]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a new warehouse; the user's own is out of reach."""
    monkeypatch.setenv("PROPEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PROPEL_CONFIG", str(tmp_path / "propel.toml"))
    return sqlite_url(tmp_path / "warehouse.sqlite")


def test_folder_goes_into_the_warehouse_and_again_changes_nothing(propel: Propel, dicom_set: Any, url: str) -> None:
    """A complete set must be computed and stored; the same folder again must be duplicates alone."""
    command = ("ingest", dicom_set.folder, "--centre", "North", "--warehouse", url, "--json")
    first = propel(*command)
    assert first.status == 0, first.stdout
    document = first.document()
    assert (document["received"], document["duplicates"], document["plans"]) == (3, 0, 1)
    assert document["dvhs"] >= 5
    assert document["facts"] > 0
    again = propel(*command).document()
    assert (again["received"], again["duplicates"], again["plans"], again["facts"]) == (3, 3, 0, 0)
    status = propel("status", "--warehouse", url, "--json").document()
    assert (status["unique"], status["plans"], status["facts"]) == (3, 1, document["facts"])


def test_warehouse_of_the_environment_is_used(
    propel: Propel, dicom_set: Any, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PROPEL_WAREHOUSE must name the warehouse where `--warehouse` does not."""
    monkeypatch.setenv("PROPEL_WAREHOUSE", url)
    assert propel("ingest", dicom_set.folder, "--centre", "North").status == 0
    assert propel("status", "--json").document()["plans"] == 1


def test_unreadable_file_is_quarantined_and_the_rest_stored(propel: Propel, dicom_set: Any, url: str) -> None:
    """A broken file must be set aside with a reason that names no patient, and the set beside it be computed."""
    (dicom_set.folder / "Doe^Jane.dcm").write_bytes(dicom_set.plan.read_bytes()[:500])
    outcome = propel("ingest", dicom_set.folder, "--centre", "North", "--warehouse", url, "--json")
    assert outcome.status == 0
    document = outcome.document()
    assert document["plans"] == 1
    assert len(document["quarantined"]) == 1
    assert not any(word in outcome.stdout + outcome.stderr for word in ("Doe", "Jane", "943", "1950"))


def test_only_absent_paths_is_status_3(propel: Propel, tmp_path: Path, url: str) -> None:
    """Where no path can be read, nothing was done: status 3 and the reason for each path."""
    outcome = propel("ingest", tmp_path / "a", tmp_path / "b", "--centre", "North", "--warehouse", url, "--json")
    assert outcome.status == 3
    assert len(outcome.document()["refused"]) == 2


@pytest.mark.parametrize("bad", [("--centre", "  "), ("--centre", "North", "--workers", "0"), ()])
def test_wrong_usage(bad: tuple[str, ...], propel: Propel, dicom_set: Any, url: str) -> None:
    """An empty or missing centre, or no worker, must be wrong usage."""
    outcome = propel("ingest", dicom_set.folder, "--warehouse", url, "--json", *bad)
    assert outcome.status == 2
    assert outcome.document()["schema"] == "propel.error/1"


@pytest.mark.parametrize("name", ["No\udcffrth", "Nor\x1b[31mth", "North\nSouth", "North\u202e"])
def test_a_centre_that_cannot_be_printed_is_wrong_usage(name: str, propel: Propel, dicom_set: Any, url: str) -> None:
    """Undecodable bytes and control characters in a centre's name must be refused, not stored, nor be repeated."""
    outcome = propel("ingest", dicom_set.folder, "--warehouse", url, "--json", "--centre", name)
    assert outcome.status == 2
    error = outcome.document()["error"]
    assert (error["where"], error["type"]) == ("--centre", "InvalidRequestError")
    assert "cannot be printed" in error["message"]
    assert name not in error["message"]


def test_tables_for_people(propel: Propel, dicom_set: Any, url: str) -> None:
    """Without `--json` both commands must print a table."""
    ingested = propel("ingest", dicom_set.folder, "--centre", "North", "--warehouse", url)
    assert (ingested.status, ingested.stderr) == (0, "")
    assert "Ingested for North" in ingested.stdout
    assert "Plans" in propel("status", "--warehouse", url).stdout


def test_warehouse_that_cannot_be_opened_shows_no_password(propel: Propel, url: str) -> None:
    """A warehouse that is not there must be a clear error in which the password does not appear."""
    del url
    outcome = propel("status", "--warehouse", "nonsense://user:secret@host/name", "--json")
    assert outcome.status in {1, 2, 3}
    assert outcome.document()["error"]["type"] != "InternalError"
    assert "secret" not in outcome.stdout + outcome.stderr


def test_input_of_which_nothing_could_be_done_is_status_3(
    propel: Propel, dicom_set: Any, url: str, tmp_path: Path
) -> None:
    """A folder of broken files alone, the first time and again, must fail with the reason for each."""
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(dicom_set.plan.read_bytes()[:500])
    (folder / "b.dcm").write_bytes(b"")
    for _ in range(2):
        outcome = propel("ingest", folder, "--centre", "North", "--warehouse", url, "--json")
        assert outcome.status == 3
        assert {each["type"] for each in outcome.document()["refused"]} == {"truncated", "empty-file"}
    assert propel("ingest", folder, "--centre", "North", "--warehouse", url).status == 3
    assert propel("ingest", folder, dicom_set.plan, "--centre", "North", "--warehouse", url).status == 0


def test_status_counts_refused_sets_and_ingest_names_them_again(propel: Propel, dicom_set: Any, url: str) -> None:
    """A set that cannot be computed must stand in every later summary that meets it, and in the status."""
    dose = pydicom.dcmread(dicom_set.dose)
    dose.FrameOfReferenceUID = "1.2.3.4"
    dose.save_as(dicom_set.dose)
    refused = []
    for _ in range(2):
        outcome = propel("ingest", dicom_set.folder, "--centre", "North", "--warehouse", url, "--json")
        assert outcome.status == 3
        refused.append(outcome.document()["refused"])
    assert refused[0] == refused[1]
    assert len(refused[0]) == 1
    assert propel("status", "--warehouse", url, "--json").document()["refused"] == 1


def test_status_of_a_warehouse_that_is_not_there_makes_none(propel: Propel, url: str, tmp_path: Path) -> None:
    """Asking must not create: status 3, a sentence that says so, and no file or folder more than before."""
    del url
    outcome = propel("status", "--warehouse", sqlite_url(tmp_path / "no" / "w.sqlite"), "--json")
    assert outcome.status == 3
    assert "no warehouse there" in outcome.document()["error"]["message"]
    assert not (tmp_path / "no").exists()
