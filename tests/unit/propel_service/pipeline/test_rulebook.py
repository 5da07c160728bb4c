import pickle
from pathlib import Path

import pytest

from propel_core.dvh import Metric
from propel_core.errors import InvalidInputError
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.pipeline.sites import UNCLASSIFIED

REVIEWED = "reviewed: {reviewer: physicist, date: 2026-01-05}\n"


def write(folder: Path, name: str, text: str) -> Path:
    """Write a rule file and return its folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


def test_every_shipped_site_has_a_protocol() -> None:
    """A site that a rule can find has its own metrics, and there is a protocol for everything else."""
    rules = load_rulebook()
    sites = {rule.site for _, file in rules.sites for rule in file.sites}
    assert sites | {UNCLASSIFIED} == set(rules.protocols)


def test_prostate_follows_the_rectum_as_designed() -> None:
    """The protocol of the design: rectum V30Gy, V50Gy and mean, targets at D95 %, organs against PTVs."""
    protocol = load_rulebook().protocol("prostate")
    assert {"V30Gy[%]", "V50Gy[%]", "Mean[Gy]"} <= set(protocol.metrics_of("Rectum"))
    assert "D95%[Gy]" in protocol.targets
    assert {"Rectum", "Bladder"} <= set(protocol.overlapping(["Rectum", "Bladder", "Lung_L"]))
    assert protocol.metrics_of("Heart") == ()


def test_unclassified_plans_follow_every_named_organ() -> None:
    """Without a site the plainest metrics of any organ are kept, and every metric can be parsed."""
    protocol = load_rulebook().protocol("a site without a protocol")
    assert protocol.site == UNCLASSIFIED
    assert "Mean[Gy]" in [str(Metric.parse(text)) for text in protocol.metrics_of("Spleen")]
    assert list(protocol.overlapping(["Spleen"])) == ["Spleen"]


def test_own_rules_lie_over_the_shipped_ones(tmp_path: Path) -> None:
    """A site's rules are tried first, its spellings win, its protocol replaces the shipped one; the rest stays."""
    write(tmp_path, "sites.yaml", f"version: 1\n{REVIEWED}sites:\n  - {{site: prostate, text: ['^p-']}}\n")
    write(tmp_path, "structures.yaml", f"version: 1\n{REVIEWED}single: {{Rectum: [enddarm]}}\n")
    write(
        tmp_path, "protocols/prostate.yaml", f'site: prostate\nversion: 7\n{REVIEWED}organs: {{Rectum: ["Max[Gy]"]}}\n'
    )
    rules = load_rulebook(tmp_path)
    found = rules.aliases.find("Enddarm")
    assert rules.sites[0][0] == "site sites.yaml"
    assert found is not None
    assert found.value == "Rectum"
    assert rules.aliases.find("Lt Lung") is not None
    assert rules.protocol("prostate").label == "prostate/7"
    assert rules.protocol("breast") == load_rulebook().protocol("breast")


def test_digest_changes_with_any_rule(tmp_path: Path) -> None:
    """Facts made under other rules can be told apart by the digest; an empty folder changes nothing."""
    (tmp_path / "empty").mkdir()
    changed = write(tmp_path / "own", "structures.yaml", f"version: 1\n{REVIEWED}")
    assert load_rulebook(tmp_path / "empty").digest == load_rulebook().digest
    assert load_rulebook(changed).digest != load_rulebook().digest


def test_rules_survive_pickling() -> None:
    """Calculators carry the rules into worker processes."""
    copy = pickle.loads(pickle.dumps(load_rulebook()))  # noqa: S301  # our own bytes
    assert copy == load_rulebook()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("sites.yaml", "version: [", r"site sites\.yaml, line 1: .*expected valid YAML"),
        ("sites.yaml", "version: 1\nversion: 2\n", r"site sites\.yaml, line 2: 'version' is given twice"),
        ("sites.yaml", "- a\n", r"site sites\.yaml: list, expected a mapping"),
        (
            "sites.yaml",
            f"version: 1\n{REVIEWED}sites: [{{site: prostate, text: ['(']}}]",
            r"sites\.0\.text\.0: .*regular",
        ),
        ("sites.yaml", f"version: 1\n{REVIEWED}sites: [{{site: prostate, words: []}}]", r"sites\.0\.words"),
        (
            "sites.yaml",
            f"version: 1\n{REVIEWED}sites: [{{site: x, structures: [{{none: [Rectum]}}]}}]",
            r"structures\.0",
        ),
        ("sites.yaml", f"version: 1\n{REVIEWED}sites: [{{site: x, structures: [{{all: [Arse]}}]}}]", r"'Arse'"),
        ("sites.yaml", "version: '1'\nsites: []\n", r"site sites\.yaml: version"),
        ("structures.yaml", f"version: 1\n{REVIEWED}single: {{Rectum: end}}", r"structures\.yaml: single\.Rectum"),
        ("structures.yaml", "version: 1\nreviewed: {reviewer: a}\n", r"structures\.yaml: reviewed\.date"),
        ("protocols/lung.yaml", f"site: brain\nversion: 1\n{REVIEWED}", r"protocols/lung\.yaml: site"),
        (
            "protocols/lung.yaml",
            f'site: lung\nversion: 1\n{REVIEWED}organs: {{Heart: ["V5Gy"]}}',
            r"organs\.Heart\.0: .*canonical form 'V5Gy\[%\]'",
        ),
        (
            "protocols/lung.yaml",
            f'site: lung\nversion: 1\n{REVIEWED}targets: ["Q9"]',
            r"protocols/lung\.yaml: targets\.0",
        ),
        (
            "protocols/lung.yaml",
            f"site: lung\nversion: 1\n{REVIEWED}overlap: [Hart]",
            r"'Hart', expected a TG-263 name",
        ),
        ("protocol.yaml", "a: 1", r"protocol\.yaml: an entry that is no rule file"),
    ],
)
def test_bad_rules_are_refused_by_file_and_entry(tmp_path: Path, name: str, text: str, message: str) -> None:
    """Every malformed rule is refused before any study is touched, and the error says where it stands."""
    with pytest.raises(InvalidInputError, match=message):
        load_rulebook(write(tmp_path, name, text))


def test_rule_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A folder where a file is due is an input error, not a fault of ours."""
    (tmp_path / "sites.yaml").mkdir()
    with pytest.raises(InvalidInputError, match=r"site sites\.yaml: rule file that cannot be read"):
        load_rulebook(tmp_path)


def test_absent_folder_is_refused(tmp_path: Path) -> None:
    """A mistyped folder must not silently mean the shipped rules."""
    with pytest.raises(InvalidInputError, match="no such folder"):
        load_rulebook(tmp_path / "absent")
