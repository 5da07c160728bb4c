"""`propel overlap`."""

from collections.abc import Callable
from typing import Any

import pytest

Propel = Callable[..., Any]


def test_overlap_of_a_box_inside_a_box(propel: Propel, dicom_set: Any) -> None:
    """A target of 6 cc wholly inside an organ of 11.76 cc overlaps with all of itself."""
    outcome = propel("overlap", "--structures", dicom_set.structures, "--target", "PTV", "--organ", "Rectum", "--json")
    assert (outcome.status, outcome.stderr) == (0, "")
    document = outcome.document()
    assert document["organ_cc"] == pytest.approx(11.76)
    assert document["target_cc"] == pytest.approx(6.0)
    assert document["overlap_cc"] == pytest.approx(6.0)
    assert document["overlap_fraction"] == pytest.approx(6.0 / 11.76)
    assert [each["name"] for each in document["provenance"]["inputs"]] == ["RTSTRUCT"]


def test_several_targets_act_as_their_union(propel: Propel, dicom_set: Any) -> None:
    """A target inside another must add nothing to their union."""
    outcome = propel(
        *("overlap", "--structures", dicom_set.structures, "--organ", "Rectum", "--json"),
        *("--target", "PTV", "--target", "PTV_Boost", "--target", "PTV"),
    )
    document = outcome.document()
    assert document["targets"] == ["PTV", "PTV_Boost"]
    assert document["target_cc"] == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("target", "organ", "reason"),
    [
        ("Absent", "Rectum", "no structure of this name"),
        ("PTV", "Absent", "no structure of this name"),
        ("PTV", "Empty", "no closed contour"),
        ("Twin", "Rectum", "2 structures share"),
    ],
)
def test_structure_that_cannot_be_used_is_refused(
    target: str, organ: str, reason: str, propel: Propel, dicom_set: Any
) -> None:
    """An absent, empty or ambiguous structure must be status 3 with the reason."""
    outcome = propel("overlap", "--structures", dicom_set.structures, "--target", target, "--organ", organ, "--json")
    assert outcome.status == 3
    assert reason in outcome.document()["error"]["message"]


def test_table_for_people(propel: Propel, dicom_set: Any) -> None:
    """Without `--json` a table must show both volumes and the overlap."""
    outcome = propel("overlap", "--structures", dicom_set.structures, "--target", "PTV", "--organ", "Rectum")
    assert outcome.status == 0
    assert "11.76" in outcome.stdout
    assert "51.02 %" in outcome.stdout
