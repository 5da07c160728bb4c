from collections.abc import Sequence
from dataclasses import replace

import pytest

from propel_core.rt import DoseGrid, InterpretedType, Plan, RefusedStructure, Structure
from propel_service.pipeline.classify import classify
from propel_service.pipeline.facts import CalculationOutput, Fact
from propel_service.pipeline.rulebook import load_rulebook
from propel_service.pipeline.run import calculate
from propel_service.pipeline.study import ClassifiedStudy
from propel_service.plugins.builtin.complexity import ComplexityCalculator
from propel_service.plugins.builtin.dvh import DvhCalculator
from propel_service.plugins.builtin.overlap import OverlapCalculator
from support.study_builder import RECEIVED, make_box, make_plan, make_study

PTV = make_box(2, "PTV", x_mm=(0.0, 20.0), kind=InterpretedType.PTV)
RECTUM = make_box(3, "rectum", x_mm=(-10.0, 10.0))


def placed(
    structures: Sequence[Structure] = (), *, plan: Plan | None = None, dose: DoseGrid | None = None
) -> ClassifiedStudy:
    """Return a classified study."""
    study = make_study(structures, plan=plan, dose=dose)
    return classify(study, centre="North", centre_source="--centre", received_at=RECEIVED)


def dvh_of(study: ClassifiedStudy) -> CalculationOutput:
    """Return what the calculator of histograms says."""
    return DvhCalculator(rules=load_rulebook()).calculate(study)


def overlap_of(study: ClassifiedStudy) -> CalculationOutput:
    """Return what the calculator of overlaps says."""
    return OverlapCalculator(rules=load_rulebook()).calculate(study)


def facts_of(output: CalculationOutput) -> dict[tuple[str, str], Fact]:
    """Return the facts by metric and subject, each of which must be unique."""
    facts = {(fact.metric, fact.subject): fact for fact in output.facts}
    assert len(facts) == len(output.facts)
    return facts


def test_dvh_gives_the_metrics_of_the_protocol() -> None:
    """In a dose of 1 Gy per mm a box about the middle has the mean 50 Gy; organs stand under their TG-263 name."""
    facts = facts_of(dvh_of(placed()))
    mean = facts["Mean[Gy]", "Rectum"]
    assert mean.value == pytest.approx(50.0, abs=1e-6)
    assert facts["V50Gy[%]", "Rectum"].value == pytest.approx(50.0, abs=0.05)
    assert facts["D95%[%]", "PTV"].value == pytest.approx(100.0 * 51.0 / 60.0, abs=0.05)
    assert mean.charted
    assert mean.provenance.settings["protocol"] == "prostate/1"
    assert mean.provenance.settings["rules"] == load_rulebook().digest


def test_dvh_draws_every_structure_of_the_patient() -> None:
    """The outline has a curve and no facts; couches, markers and empty structures have neither."""
    structures = [
        make_box(1, "BODY", kind=InterpretedType.EXTERNAL),
        make_box(4, "Couch Surface"),
        make_box(5, "Table", kind=InterpretedType.SUPPORT),
        make_box(6, "Seed", kind=InterpretedType.MARKER),
        make_box(7, "Bladder", planes=0),
        make_box(8, "whatever"),
    ]
    output = dvh_of(placed(structures, plan=make_plan(label="Plan1")))
    assert [(curve.raw_name, curve.canonical_name) for curve in output.curves] == [
        ("BODY", "External"),
        ("whatever", None),
    ]
    assert [curve.provenance.settings["step_mm"] for curve in output.curves] == [2.5, 1.0]
    assert not output.facts


def test_target_under_a_free_name_has_facts_without_a_chart() -> None:
    """A chart of free names would hold one plan; two targets of one name are told apart by their number."""
    first = make_box(1, "PTV boost", x_mm=(0.0, 20.0), kind=InterpretedType.PTV)
    second = make_box(2, "PTV boost", x_mm=(-20.0, 0.0), kind=InterpretedType.PTV)
    ctv = make_box(4, "CTV", kind=InterpretedType.CTV)
    facts = facts_of(dvh_of(placed([first, second, ctv])))
    assert {subject for _, subject in facts} == {"PTV boost #1", "PTV boost #2", "CTV"}
    assert not any(fact.charted for fact in facts.values())


def test_without_a_prescription_no_metric_is_in_percent_of_it() -> None:
    """No percent-dose metric is invented: those are left out, with one caveat."""
    plan = make_plan(label="Prostate", prescription_gy=None, prescription_source=None)
    output = dvh_of(placed(plan=plan))
    metrics = {fact.metric for fact in output.facts if fact.subject == "PTV"}
    assert "D95%[Gy]" in metrics
    assert not {"D95%[%]", "V95%[%]"} & metrics
    assert [caveat.code for caveat in output.caveats] == ["no_prescription"]


@pytest.mark.parametrize(
    ("low_mm", "codes", "reason"),
    [
        (-40.0, [], None),
        (-41.0, ["coverage_below_99.9_percent"], None),
        (-44.0, ["coverage_below_99.9_percent"], "coverage_below_95_percent"),
    ],
)
def test_percent_volumes_need_the_dose_to_cover_the_structure(
    low_mm: float, codes: list[str], reason: str | None
) -> None:
    """Below 99.9 % in the dose grid there is a caveat; below 95 % the percent volume is null and the mean stays."""
    output = dvh_of(placed([make_box(3, "Rectum", x_mm=(low_mm, 0.0))]))
    facts = facts_of(output)
    assert [caveat.code for caveat in output.caveats] == codes
    assert facts["V50Gy[%]", "Rectum"].reason == reason
    assert (facts["V50Gy[%]", "Rectum"].value is None) is (reason is not None)
    assert facts["Mean[Gy]", "Rectum"].value == pytest.approx(30.0)


def test_structure_that_is_refused_costs_nothing_but_itself() -> None:
    """Another frame of reference and an unreadable region each leave a caveat by number; the rest is computed."""
    strange = make_box(9, "Bladder", frame="1.2.9")
    study = placed([RECTUM, PTV, strange])
    unread = RefusedStructure(
        number=7, name="Doe", kind="InvalidInputError", message="Structure 7, contour 2: no points"
    )
    structures = replace(study.study.structures, refused=(unread,))
    output = dvh_of(replace(study, study=replace(study.study, structures=structures)))
    assert [caveat.code for caveat in output.caveats] == ["structure_refused"] * 2
    assert output.caveats[0].text == "Structure 7, contour 2: no points"
    assert output.caveats[1].text.startswith("Structure 9: ")
    assert [curve.raw_name for curve in output.curves] == ["rectum", "PTV"]


def test_single_plane_takes_the_spacing_of_its_neighbours() -> None:
    """A structure drawn in one plane is as thick as the planes of the set are apart."""
    output = dvh_of(placed([RECTUM, make_box(4, "Scar", planes=1)]))
    scar = output.curves[1]
    assert scar.volume_cc == pytest.approx(20.0 * 20.0 * 3.0 / 1000.0)


def test_complexity_gives_plan_and_beams_under_both_conventions() -> None:
    """A fixed rectangle scores 1 everywhere; plan metrics are charted, beam metrics are not."""
    facts = facts_of(ComplexityCalculator().calculate(placed()))
    assert facts["MCS", "plan"].value == pytest.approx(1.0)
    assert facts["MCS[masi2013]", "plan"].value == pytest.approx(1.0)
    assert facts["MU", "plan"].value == pytest.approx(100.0)
    assert facts["MCS", "plan"].charted
    assert not facts["MCS", "beam 1"].charted
    assert facts["MCS[masi2013]", "plan"].provenance.settings["convention"] == "masi2013"
    assert ("LSV[masi2013]", "plan") not in facts


def test_plan_without_beams_is_refused_by_complexity_alone() -> None:
    """What cannot be computed leaves a caveat; the histograms are still there."""
    study = placed(plan=make_plan(label="Prostate", beams=(), fraction_groups=()))
    study = replace(study, study=replace(study.study, plan=replace(study.study.plan, beams=())))
    result = calculate(study, [ComplexityCalculator(), DvhCalculator(rules=load_rulebook())])
    assert [caveat.code for caveat in result.outputs["complexity"].caveats] == ["calculation_refused"]
    assert result.outputs["dvh"].facts


def test_overlap_with_the_only_ptv_is_the_overlap_with_all() -> None:
    """Half of the rectum lies in the PTV; the union of one target is that target."""
    facts = facts_of(overlap_of(placed()))
    assert facts["overlap_fraction", "Rectum|PTV"].value == pytest.approx(0.5)
    assert facts["overlap_cc", "Rectum|all PTVs"].value == facts["overlap_cc", "Rectum|PTV"].value
    assert all(fact.charted for fact in facts.values())


def test_overlap_with_several_ptvs_is_given_for_each_and_their_union() -> None:
    """Two targets that share a part count it once in the union; CTVs take no part."""
    second = make_box(4, "PTV_Low", x_mm=(-5.0, 5.0), kind=InterpretedType.PTV)
    ctv = make_box(5, "CTV", x_mm=(-10.0, 10.0), kind=InterpretedType.CTV)
    facts = facts_of(overlap_of(placed([PTV, second, ctv, RECTUM])))
    fractions = {subject: fact.value for (metric, subject), fact in facts.items() if metric == "overlap_fraction"}
    assert fractions == pytest.approx({"Rectum|PTV": 0.5, "Rectum|PTV_Low": 0.5, "Rectum|all PTVs": 0.75})


def test_overlap_needs_a_ptv() -> None:
    """Without a planning target volume there is nothing to overlap: one caveat, no fact."""
    output = overlap_of(placed([RECTUM]))
    assert not output.facts
    assert [caveat.code for caveat in output.caveats] == ["no_ptv"]


def test_overlap_that_cannot_be_computed_leaves_the_others() -> None:
    """An organ in another frame of reference is refused by itself."""
    strange = make_box(9, "Bladder", frame="1.2.9")
    output = overlap_of(placed([PTV, RECTUM, strange]))
    assert {fact.subject for fact in output.facts} == {"Rectum|PTV", "Rectum|all PTVs"}
    assert [caveat.code for caveat in output.caveats] == ["overlap_refused"]
    assert output.caveats[0].text.startswith("Bladder with structure 2: ")
