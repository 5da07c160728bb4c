"""`propel dvh`."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from propel_core.dvh import DvhSettings
from propel_core.readers import read_dose, read_structure_set
from propel_service.commands.dvh import compute_all

Propel = Callable[..., Any]


def test_document_holds_every_structure_in_file_order(propel: Propel, dicom_set: Any) -> None:
    """Every ROI must be reported once, in file order, two of one name apart, an empty one with volume 0."""
    outcome = propel("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--json")
    assert (outcome.status, outcome.stderr) == (0, "")
    document = outcome.document()
    found = [(each["number"], each["name"]) for each in document["structures"]]
    assert found == [(1, "PTV"), (2, "Rectum"), (3, "Twin"), (4, "Twin"), (5, "Empty"), (6, "PTV_Boost")]
    empty = document["structures"][4]
    assert (empty["volume_cc"], empty["mean_gy"]) == (0.0, None)
    assert [each["code"] for each in empty["warnings"]] == ["no_contours"]
    assert document["refused"] == []


def test_numbers_are_those_of_the_box_in_the_gradient(propel: Propel, dicom_set: Any) -> None:
    """A box of 20 x 20 x 15 mm centred in a dose of 50 Gy falling by 0.5 Gy/mm has known volume and doses."""
    outcome = propel(
        *("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--roi", "PTV", "--json"),
        *("--metric", "D95%[Gy]", "--metric", "V50Gy[%]", "--metric", "Mean[Gy]"),
    )
    (ptv,) = outcome.document()["structures"]
    assert ptv["volume_cc"] == pytest.approx(6.0, rel=1e-9)
    assert ptv["coverage_fraction"] == pytest.approx(1.0)
    assert [ptv[key] for key in ("min_gy", "mean_gy", "max_gy")] == pytest.approx([45.0, 50.0, 55.0], abs=1e-6)
    assert ptv["metrics"]["D95%[Gy]"] == pytest.approx(45.5, abs=0.01)
    assert ptv["metrics"]["V50Gy[%]"] == pytest.approx(50.0, abs=0.1)
    assert ptv["metrics"]["Mean[Gy]"] == ptv["mean_gy"]
    assert ptv["volume_cc_at_dose"][0] == pytest.approx(6.0)
    assert np.all(np.diff(ptv["volume_cc_at_dose"]) <= 0.0)


def test_provenance_names_inputs_and_settings(propel: Propel, dicom_set: Any) -> None:
    """The stamp must hold the digest of both files and every choice that the numbers depend on."""
    outcome = propel(
        *("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--json"),
        *("--end-caps", "none", "--prescription", "50", "--denominator", "covered"),
    )
    stamp = outcome.document()["provenance"]
    assert [each["name"] for each in stamp["inputs"]] == ["RTSTRUCT", "RTDOSE"]
    assert len({each["sha256"] for each in stamp["inputs"]}) == 2
    expected = {"end_caps": "none", "prescription_gy": 50.0, "denominator": "covered", "between_slices": "prism"}
    assert stamp["settings"].items() >= expected.items()
    assert stamp["qualified"] is False


def test_two_runs_differ_in_the_time_alone(propel: Propel, dicom_set: Any) -> None:
    """Equal input must give equal output, field by field and in the same order, but for `provenance.utc`."""
    documents = []
    for _ in range(2):
        document = propel("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--json").document()
        del document["provenance"]["utc"]
        documents.append(json.dumps(document))
    assert documents[0] == documents[1]


def test_result_does_not_depend_on_the_number_of_threads(dicom_set: Any) -> None:
    """Histograms must be the same bytes in the same order whether one thread computes them or many."""
    structures = read_structure_set(dicom_set.structures).structures
    dose = read_dose(dicom_set.dose)
    computed = []
    for threads in (1, 5):
        with ThreadPoolExecutor(threads) as pool:
            results = compute_all(structures, dose, DvhSettings(), 3.0, pool)
        computed.append([(each.structure_number, each.volume_cc_at_dose.tobytes()) for each in results])
    assert computed[0] == computed[1]


def test_unknown_roi_is_refused_and_the_rest_computed(propel: Propel, dicom_set: Any) -> None:
    """A ROI that is not there must stand in refused[] with a hint, and the others be computed with status 0."""
    outcome = propel(
        *("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--json"),
        *("--roi", "Rektum", "--roi", "PTV"),
    )
    document = outcome.document()
    assert outcome.status == 0
    assert [each["name"] for each in document["structures"]] == ["PTV"]
    (refused,) = document["refused"]
    assert refused["input"] == "Rektum"
    assert "'Rectum'" in refused["message"]


def test_only_unknown_rois_is_status_3(propel: Propel, dicom_set: Any) -> None:
    """Where no asked-for ROI exists, nothing was done: status 3 and one error object that lists each."""
    outcome = propel(
        *("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--json"),
        *("--roi", "Nothing", "--roi", "Nowhere"),
    )
    assert outcome.status == 3
    document = outcome.document()
    assert document["schema"] == "propel.error/1"
    assert [each["input"] for each in document["refused"]] == ["Nothing", "Nowhere"]


@pytest.mark.parametrize("metric", ["D95", "D95%[Gy", "V20Gy[mm]", "mean", "", "D95%[Gy] ", "D-5%[Gy]", "D101%[Gy]"])
def test_malformed_metric_is_wrong_usage_with_its_position(metric: str, propel: Propel, dicom_set: Any) -> None:
    """A metric that cannot be read must be status 2 and say at which character."""
    outcome = propel(
        "dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--metric", metric, "--json"
    )
    assert outcome.status == 2
    error = outcome.document()["error"]
    assert error["type"] == "InvalidRequestError"
    assert "position" in error["message"]


@pytest.mark.parametrize("prescription", ["0", "-50", "nan", "inf", "fifty"])
def test_impossible_prescription_is_wrong_usage(prescription: str, propel: Propel, dicom_set: Any) -> None:
    """A prescription must be a positive dose."""
    files = ("--structures", dicom_set.structures, "--dose", dicom_set.dose)
    assert propel("dvh", *files, "--prescription", prescription, "--json").status == 2


def test_percent_dose_needs_a_prescription(propel: Propel, dicom_set: Any) -> None:
    """A dose in percent without a prescription must be wrong usage, with it a value."""
    command = ("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--roi", "PTV", "--json")
    assert propel(*command, "--metric", "Max[%]").status == 2
    outcome = propel(*command, "--metric", "Max[%]", "--prescription", "50")
    assert outcome.document()["structures"][0]["metrics"]["Max[%]"] == pytest.approx(110.0, abs=1e-4)


def test_table_for_people_shows_structures_and_default_metrics(propel: Propel, dicom_set: Any) -> None:
    """Without `--json` a table must show each structure, and warnings go to standard error."""
    outcome = propel("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose)
    assert outcome.status == 0
    assert "Rectum" in outcome.stdout
    assert "D95%" in outcome.stdout
    assert "Warning: Empty: " in outcome.stderr


def test_several_doses_are_added(propel: Propel, dicom_set: Any) -> None:
    """The same plan dose cannot be added to itself: it is refused, and nothing is computed."""
    outcome = propel(
        *("dvh", "--structures", dicom_set.structures, "--dose", dicom_set.dose, "--dose", dicom_set.dose, "--json"),
    )
    assert outcome.status == 3
    assert outcome.document()["schema"] == "propel.error/1"


@pytest.mark.parametrize("role", ["structures", "dose"])
@pytest.mark.parametrize("harm", ["missing", "folder", "empty", "truncated", "text", "swapped"])
def test_bad_file_is_refused_without_naming_the_patient(
    role: str, harm: str, propel: Propel, dicom_set: Any, tmp_path: Path
) -> None:
    """Whatever is wrong with a file, the answer must be status 3, one error object, and no patient identifier."""
    good = {"structures": dicom_set.structures, "dose": dicom_set.dose}
    content = good[role].read_bytes()
    bad = dicom_set.folder / "Doe^Jane.dcm"
    if harm == "folder":
        bad = dicom_set.folder
    elif harm == "empty":
        bad.write_bytes(b"")
    elif harm == "truncated":
        bad.write_bytes(content[: len(content) * 2 // 3])
    elif harm == "text":
        bad.write_text("Doe^Jane 19501231 " * 40)
    elif harm == "swapped":
        bad = dicom_set.plan
    files = good | {role: bad}
    outcome = propel("dvh", "--structures", files["structures"], "--dose", files["dose"], "--json")
    assert (outcome.status, outcome.stderr) == (3, "")
    error = outcome.document()["error"]
    assert error["where"]
    assert not any(word in outcome.stdout for word in ("Doe", "Jane", "943", "1950", "Traceback", str(tmp_path)))


@pytest.mark.shared
def test_real_set_in_a_process_of_its_own(propel_process: Propel, shared: Path) -> None:
    """The breast set must run through the console script and give a valid document for every structure."""
    folder = shared / "data" / "breast"
    outcome = propel_process(
        *("dvh", "--structures", folder / "rtss.dcm", "--dose", folder / "rtdose.dcm", "--metric", "D95%[Gy]", "--json")
    )
    assert (outcome.status, outcome.stderr) == (0, "")
    document = outcome.document()
    assert len(document["structures"]) + len(document["refused"]) >= 10
    assert all("D95%[Gy]" in each["metrics"] for each in document["structures"])
