import pytest

from propel_service.pipeline.rulebook import load_rulebook
from propel_service.pipeline.sites import classify_site


def site_of(label: str = "", *, structures: frozenset[str] = frozenset(), **texts: str) -> tuple[str, str]:
    """Return the site and its source under the shipped rules."""
    fields = {name: [texts.get(name, "")] for name in ("treatment_sites", "label", "description", "targets")}
    fields["label"] = [label]
    found = classify_site(load_rulebook().sites, texts=fields, present=structures)
    return found.value, found.source


@pytest.mark.parametrize(
    ("label", "site"),
    [
        ("Prostate 60/20", "prostate"),
        ("PROST_VMAT", "prostate"),
        ("PROSTVMAT1", "prostate"),
        ("LtBreast", "breast"),
        ("BREASTLT", "breast"),
        ("LBREAST FIF", "breast"),
        ("Chest wall R", "breast"),
        ("RUL SBRT", "lung"),
        ("LUNGRT", "lung"),
        ("Lung, chest wall limit", "lung"),
        ("H&N 70", "head-and-neck"),
        ("HN1", "head-and-neck"),
        ("Head and Neck", "head-and-neck"),
        ("Oropharynx", "head-and-neck"),
        ("Brain mets (lung)", "brain"),
        ("GBM_60", "brain"),
        ("T-spine", "spine"),
        ("Rectum SCRT", "rectum"),
        ("Rectum full bladder", "rectum"),
        ("Cervix", "gynae"),
        ("Bladder", "bladder"),
        ("Liver SBRT", "liver"),
        ("Oesophagus", "oesophagus"),
        ("Pelvis", "pelvis"),
    ],
)
def test_label_speaks_for_its_site(label: str, site: str) -> None:
    """The usual plan labels are understood, whatever their case and punctuation."""
    assert site_of(label)[0] == site


@pytest.mark.parametrize(
    "label",
    ["", "Plan1", "ANON", "Hip prosthesis", "Delivery check", "Femoral neck", "Breastbone", "Johnson", "B1", "QA arc"],
)
def test_words_that_only_resemble_a_site_do_not_count(label: str) -> None:
    """No site is found inside another word."""
    assert site_of(label) == ("unclassified", "no site rule fits")


def test_words_of_the_plan_come_before_its_anatomy() -> None:
    """A label decides even where the structures would fit another site, and the source says what decided."""
    pelvis = frozenset({"Rectum", "Bladder", "PenileBulb"})
    assert site_of("Rectum boost", structures=pelvis)[0] == "rectum"
    site, source = site_of("Plan1", structures=pelvis)
    assert site == "prostate"
    assert source.endswith("structures present")


def test_treatment_site_comes_before_the_label() -> None:
    """The coded treatment site is the plan's own statement and is believed first."""
    site, source = site_of("Lung", treatment_sites="Breast")
    assert (site, source) == ("breast", "sites.yaml rule 4: treatment_sites")


def test_source_never_quotes_the_plan() -> None:
    """A label may hold a surname: the source names the rule and the field only."""
    assert "MILLER" not in site_of("MILLER prostate")[1]


@pytest.mark.parametrize(
    ("present", "site"),
    [
        ({"Rectum", "Bladder", "Femur_Head_L"}, "pelvis"),
        ({"Rectum", "Bladder", "Uterus"}, "gynae"),
        ({"SpinalCord", "Parotid_L", "Bone_Mandible"}, "head-and-neck"),
        ({"Heart", "Breast_L", "Lung_L"}, "breast"),
        ({"Esophagus", "SpinalCord", "Lungs", "Heart"}, "lung"),
        ({"Brain", "Brainstem", "OpticChiasm"}, "brain"),
        ({"External"}, "unclassified"),
    ],
)
def test_structures_speak_where_words_do_not(present: set[str], site: str) -> None:
    """Organs that are only drawn together for one site identify it; one organ alone does not."""
    assert site_of("Plan1", structures=frozenset(present))[0] == site
