from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from propel_core.errors import InvalidInputError, PropelError, UnreadableFileError
from propel_service.demo import write_cohort
from propel_service.pipeline.read import read_study
from propel_service.pipeline.run import process
from propel_service.pipeline.study import LinkedFiles
from propel_service.plugins import make_processor
from propel_service.plugins.builtin.complexity import ComplexityCalculator
from support.study_builder import RECEIVED


def spoilt(path: Path, folder: Path, spoil: Callable[[pydicom.Dataset], None]) -> Path:
    """Write a changed copy of a file into `folder` and return its path."""
    dataset = pydicom.dcmread(path)
    spoil(dataset)
    changed = folder / f"changed-{len(list(folder.iterdir()))}.dcm"
    dataset.save_as(changed)
    return changed


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> LinkedFiles:
    """Return one synthetic prostate plan, written by the demo."""
    folder = tmp_path_factory.mktemp("cohort")
    write_cohort(folder, prostate_plans=1, breast_plans=0)
    plan = min(folder.rglob("RTPLAN.dcm"))
    return LinkedFiles(
        plan=plan,
        structures=plan.with_name("RTSTRUCT.dcm"),
        doses=(plan.with_name("RTDOSE.dcm"),),
        centre="North",
        received_at=RECEIVED,
    )


def test_files_become_facts(files: LinkedFiles, tmp_path: Path) -> None:
    """A plan as a planning system exports it is read, placed and measured, and no calculator refuses it."""

    def keep_the_target_and_the_rectum(dataset: pydicom.Dataset) -> None:
        kept = {roi.ROINumber for roi in dataset.StructureSetROISequence if roi.ROIName in {"PTV", "Rectum"}}
        dataset.ROIContourSequence = [item for item in dataset.ROIContourSequence if item.ReferencedROINumber in kept]

    few = spoilt(files.structures, tmp_path, keep_the_target_and_the_rectum)
    result = make_processor()(replace(files, structures=few))
    assert (result.classified.site.value, result.classified.technique.value) == ("prostate", "VMAT")
    rectum = {fact.metric for fact in result.outputs["dvh"].facts if fact.subject == "Rectum"}
    assert {"V30Gy[%]", "V50Gy[%]", "Mean[Gy]"} <= rectum
    assert {fact.subject for fact in result.outputs["overlap"].facts} == {"Rectum|PTV", "Rectum|all PTVs"}
    caveats = [caveat for output in result.outputs.values() for caveat in output.caveats]
    assert not [caveat for caveat in caveats if caveat.code.endswith("refused")]


def test_beam_doses_are_added_up(files: LinkedFiles, tmp_path: Path) -> None:
    """Two doses of one beam each, half of the plan's, read as the plan's dose."""

    def half(beam: int) -> Callable[[pydicom.Dataset], None]:
        def spoil(dataset: pydicom.Dataset) -> None:
            reference = pydicom.Dataset()
            reference.ReferencedBeamNumber = beam
            group = pydicom.Dataset()
            group.ReferencedFractionGroupNumber = 1
            group.ReferencedBeamSequence = [reference]
            dataset.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence = [group]
            dataset.DoseSummationType = "BEAM"
            dataset.DoseGridScaling = float(dataset.DoseGridScaling) / 2.0
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{beam}"

        return spoil

    halves = tuple(spoilt(files.doses[0], tmp_path, half(beam)) for beam in (1, 2))
    whole, summed = read_study(files).dose, read_study(replace(files, doses=halves)).dose
    np.testing.assert_allclose(summed.dose_gy, whole.dose_gy, rtol=1e-9)


def test_other_frame_of_reference_is_refused_without_naming_it(files: LinkedFiles, tmp_path: Path) -> None:
    """Contours and dose in different spaces must never be put together; the message holds no identifier."""

    def spoil(dataset: pydicom.Dataset) -> None:
        dataset.FrameOfReferenceUID = "1.2.840.99999.1"

    moved = spoilt(files.doses[0], tmp_path, spoil)
    with pytest.raises(InvalidInputError, match="another frame of reference than the dose") as caught:
        read_study(replace(files, doses=(moved,)))
    assert "1.2.840" not in str(caught.value)


def test_unreadable_part_is_refused(files: LinkedFiles, tmp_path: Path) -> None:
    """A truncated file refuses its study with the readers' error."""
    cut = tmp_path / "cut.dcm"
    cut.write_bytes(files.structures.read_bytes()[:200])
    with pytest.raises(PropelError) as caught:
        read_study(replace(files, structures=cut))
    assert isinstance(caught.value, (UnreadableFileError, InvalidInputError))


@pytest.mark.shared
def test_real_breast_plan_is_placed_and_measured(shared: Path) -> None:
    """The public breast set is recognised by its targets and gives the reference complexity of both conventions."""
    folder = shared / "data" / "breast"
    files = LinkedFiles(
        plan=folder / "rtplan.dcm",
        structures=folder / "rtss.dcm",
        doses=(folder / "rtdose.dcm",),
        centre="North",
        received_at=RECEIVED,
    )
    result = process(files, [ComplexityCalculator()])
    facts = {(fact.metric, fact.subject): fact.value for fact in result.outputs["complexity"].facts}
    assert (result.classified.site.value, result.classified.technique.value) == ("breast", "sliding-window")
    assert {alias.value for alias in result.classified.aliases.values()} == {"External", "Heart", "Lung_L"}
    assert facts["MCS", "plan"] == pytest.approx(0.390679397003, rel=1e-9)
    assert facts["MCS[masi2013]", "plan"] == pytest.approx(0.504326741133, rel=1e-9)
