"""`propel complexity`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from propel_core.complexity import CATALOGUE, Convention

Propel = Callable[..., Any]


@pytest.mark.parametrize("convention", [each.value for each in Convention])
def test_document_holds_the_plan_and_its_beams(convention: str, propel: Propel, dicom_set: Any) -> None:
    """A plan must be reported under the asked-for convention, with metrics for itself and for each beam."""
    outcome = propel("complexity", dicom_set.plan, "--convention", convention, "--json")
    assert (outcome.status, outcome.stderr) == (0, "")
    (plan,) = outcome.document()["plans"]
    assert (plan["file"], plan["convention"]) == (str(dicom_set.plan), convention)
    (beam,) = plan["beams"]
    assert (beam["number"], beam["mu"], beam["control_points"]) == (1, 100.0, 2)
    assert set(plan["metrics"]) == set(beam["metrics"])
    assert plan["metrics"]["MCS"] == pytest.approx(beam["metrics"]["MCS"])


def test_default_convention_is_mcniven2010(propel: Propel, dicom_set: Any) -> None:
    """Without `--convention` the contract's default must apply and be stated."""
    (plan,) = propel("complexity", dicom_set.plan, "--json").document()["plans"]
    assert plan["convention"] == "mcniven2010"


def test_bad_plan_stands_in_refused_and_the_others_are_computed(propel: Propel, dicom_set: Any) -> None:
    """One unreadable file of three must not stop the others; the status stays 0."""
    outcome = propel("complexity", dicom_set.plan, dicom_set.folder / "absent.dcm", dicom_set.structures, "--json")
    document = outcome.document()
    assert outcome.status == 0
    assert len(document["plans"]) == 1
    assert [each["type"] for each in document["refused"]] == ["UnreadableFileError", "UnsupportedInputError"]
    assert document["refused"][0]["input"] == str(dicom_set.folder / "absent.dcm")
    assert len(document["provenance"]["inputs"]) == 1


def test_only_bad_plans_is_status_3(propel: Propel, dicom_set: Any) -> None:
    """Where no plan can be computed the status must be 3, with `--json` an error object that lists each file."""
    outcome = propel("complexity", dicom_set.structures, dicom_set.dose, "--json")
    assert outcome.status == 3
    assert len(outcome.document()["refused"]) == 2
    plain = propel("complexity", dicom_set.structures)
    assert plain.status == 3
    assert plain.stdout == ""
    assert plain.stderr.startswith("Refused: ")


def test_list_explains_every_metric(propel: Propel) -> None:
    """`--list` must name every metric of the catalogue with its meaning and source, without any file."""
    outcome = propel("complexity", "--list", "--json")
    assert outcome.status == 0
    document = outcome.document()
    assert [each["name"] for each in document["metrics"]] == [each.name for each in CATALOGUE]
    assert all(each["description"] and each["reference"] for each in document["metrics"])
    assert "MCS" in propel("complexity", "--list").stdout


def test_table_for_people(propel: Propel, dicom_set: Any) -> None:
    """Without `--json` a table must show the plan and its beams."""
    outcome = propel("complexity", dicom_set.plan)
    assert outcome.status == 0
    assert "beam 1" in outcome.stdout
    assert "mcniven2010" in outcome.stdout


@pytest.mark.shared
def test_real_plans_run(propel: Propel, shared: Path) -> None:
    """Every shared RTPLAN must be either computed or refused with a reason: none may fail otherwise."""
    files = sorted((shared / "data" / "plans").rglob("*.dcm"))
    outcome = propel("complexity", *files, "--json")
    assert outcome.status == 0
    document = outcome.document()
    assert len(document["plans"]) + len(document["refused"]) == len(files)
