from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propel_core.errors import InvalidInputError
from propel_service.pipeline.aliases import AliasFile, alias_key, build_index
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.pipeline.rulefiles import Reviewed

REVIEWED = Reviewed(reviewer="physicist", date=date(2026, 1, 5))


def table(**sections: dict[str, list[str]]) -> AliasFile:
    """Return an alias file of these sections."""
    return AliasFile(version=1, reviewed=REVIEWED, **sections)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("Lt Lung", "Lung_L"),
        ("LUNG_RT", "Lung_R"),
        ("lung-left", "Lung_L"),
        ("RtKidney", "Kidney_R"),
        ("  Rt. Parotid ", "Parotid_R"),
        ("RECTUM", "Rectum"),
        ("Spinal Cord", "SpinalCord"),
        ("cord", "SpinalCord"),
        ("BODY", "External"),
        ("Left Femoral Head", "Femur_Head_L"),
        ("oesophagus", "Esophagus"),
        ("Small Bowel", "Bowel_Small"),
    ],
)
def test_usual_spellings_are_known(raw: str, canonical: str) -> None:
    """The shipped table knows the common ways to write an organ, and says who answers for it."""
    found = load_rulebook().aliases.find(raw)
    assert found is not None
    assert found.value == canonical
    assert "structures.yaml" in found.source


@pytest.mark.parametrize("name", ["Rectum", "Lung_L", "Bag_Bowel", "PTV", "PTV_High", "PTVn1_5000", "CTV_Breast_L"])
def test_tg263_name_stands_for_itself(name: str) -> None:
    """A name that already follows TG-263 is kept, and the source says so."""
    found = load_rulebook().aliases.find(name)
    assert found is not None
    assert (found.value, found.source) == (name, "already a TG-263 name")


@pytest.mark.parametrize(
    "raw",
    ["Lung", "Kidney", "Breast", "Lungs-GTV", "Rectum PRV", "zRectum", "_Rectum", "Lung~_L", "PTV Miller", "PTV_Miller",
     "Rectum-", "Lt Lung opt", "", "Structure 1"],
)  # fmt: skip
def test_what_is_not_certain_stays_raw(raw: str) -> None:
    """No side is guessed, no derived structure becomes its organ, no free text becomes a name."""
    assert load_rulebook().aliases.find(raw) is None


def test_first_table_wins() -> None:
    """A site's spelling overrides the shipped one, and the source names the site's table."""
    own = ("site structures.yaml", table(single={"Bowel_Large": ["sigmoid"]}))
    shipped = ("structures.yaml", table(single={"Colon_Sigmoid": ["sigmoid"]}))
    found = build_index([own, shipped]).find("Sigmoid")
    assert found is not None
    assert found.value == "Bowel_Large"
    assert found.source == "alias table site structures.yaml (physicist, 2026-01-05)"


def test_spelling_of_two_names_is_refused() -> None:
    """A table that gives one spelling to two organs cannot be obeyed; the error names the file and both."""
    both = table(single={"Colon_Sigmoid": ["sig"], "Bowel_Large": ["SIG"]})
    with pytest.raises(InvalidInputError, match=r"structures\.yaml: Bowel_Large: 'SIG' stands for Colon_Sigmoid"):
        build_index([("structures.yaml", both)])


@given(st.text(alphabet="abLR _.-~", max_size=12))
def test_key_is_stable(name: str) -> None:
    """The key of a key is itself, so that comparing normalised names is an equivalence."""
    assert alias_key(alias_key(name)) == alias_key(name)
