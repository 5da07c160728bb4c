"""Folders of files become results: in any order, only once, whatever else lies in the folder."""

import itertools
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from pydicom import Dataset

from propel_core.errors import InvalidRequestError, PropelError, UnsupportedInputError
from propel_service.intake import IngestReport, Recipe, ingest
from propel_service.pipeline.ports import Processor
from propel_service.pipeline.study import LinkedFiles, StudyResult
from propel_service.warehouse import Views, Warehouse
from support.dicom_builder import written
from support.rt_files import NAME, RtFiles
from support.toy import make_toy_processor, toy_recipe
from support.warehouse_content import content_digest, dump

Ingest = Callable[..., IngestReport]


def put(folder: Path, name: str, content: bytes) -> Path:
    """Write a file that arrives."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_complete_set_is_computed_and_stored(take: Ingest, inbox: Path, warehouse: Warehouse) -> None:
    """The three files of a plan give one plan with its curves and facts, classified and with its sources."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    report = take([inbox])
    assert (report.received, report.duplicates, report.waiting) == (3, 0, 0)
    assert (report.plans, report.dvhs, report.facts) == (1, 2, 3)
    assert report.quarantined == report.refused == ()
    (plan,) = Views(warehouse).plans()
    assert (plan.centre, plan.centre_source, plan.beams, plan.mu) == ("Northfield", "--centre", 2, 200.0)


def test_a_second_ingest_of_the_same_folder_changes_nothing(take: Ingest, inbox: Path, tmp_path: Path) -> None:
    """The database is the same to the last time and number, and the report tells that every file was known."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    put(inbox, "notes.txt", b"not DICOM at all")
    take([inbox])
    before = dump(tmp_path / "warehouse" / "w.sqlite")
    report = take([inbox])
    assert (report.received, report.duplicates, report.plans, report.facts) == (4, 4, 0, 0)
    assert [entry.code for entry in report.quarantined] == ["not-dicom"]
    assert dump(tmp_path / "warehouse" / "w.sqlite") == before


@pytest.mark.parametrize("order", list(itertools.permutations(["RP", "RS", "RD"])), ids="-".join)
@pytest.mark.parametrize("again", [(), ("RP",), ("RD", "RS")], ids=["once", "plan twice", "others twice"])
def test_the_order_of_arrival_is_of_no_consequence(
    take: Ingest, tmp_path: Path, warehouse: Warehouse, order: Sequence[str], again: Sequence[str]
) -> None:
    """Every order of the three objects, each in its own ingest, with and without repeats, gives one warehouse."""
    parts = RtFiles().parts()
    waiting = []
    for step, name in enumerate([*order[:2], *again, order[2], *again]):
        waiting.append(take([put(tmp_path / f"arrival-{step}", name, parts[name])]).waiting)
    assert waiting[:2] == [1, 2]
    assert waiting[-1] == 0
    with Warehouse("sqlite://") as reference:
        whole = [put(tmp_path / "whole", name, content) for name, content in sorted(parts.items())]
        take(whole, warehouse=reference)
        assert content_digest(warehouse) == content_digest(reference)


@pytest.mark.parametrize("order", list(itertools.permutations(["RP", "RS", "beams", "RD"])), ids="-".join)
def test_the_dose_of_the_plan_wins_over_those_of_its_beams_in_any_order(
    tmp_path: Path, order: Sequence[str], inbox: Path
) -> None:
    """Beam doses alone complete a set; the plan's own dose replaces that result when it comes, early or late."""
    files = RtFiles()
    parts = files.parts()
    beams = [put(inbox, f"beam {beam}", files.dose("BEAM", beam=beam)) for beam in (1, 2)]
    with Warehouse(f"sqlite:///{tmp_path / 'w.sqlite'}") as warehouse:
        take = partial(ingest, centre="N", warehouse=warehouse, spool=tmp_path / "spool", recipe=toy_recipe())
        for name in order:
            report = take(beams if name == "beams" else [put(inbox, name, parts[name])])
        assert report.waiting == 0
        views = Views(warehouse)
        (plan,) = views.plans()
        (dose,) = {fact.inputs[1].name for fact in views.facts(plan.plan_id)}
        assert dose == "RTDOSE"
        assert views.status().facts == 3


def test_beam_doses_wait_for_the_last_of_them(take: Ingest, inbox: Path, warehouse: Warehouse) -> None:
    """One of two beam doses completes nothing; with the second, their sum is the plan's dose."""
    files = RtFiles()
    put(inbox, "RP", files.plan())
    put(inbox, "RS", files.structures())
    put(inbox, "RD1", files.dose("BEAM", beam=1))
    first = take([inbox])
    assert (first.plans, first.waiting) == (0, 3)
    put(inbox, "RD2", files.dose("BEAM", beam=2))
    second = take([inbox])
    assert (second.plans, second.duplicates, second.waiting) == (1, 3, 0)
    views = Views(warehouse)
    values = {fact.metric: fact.value for fact in views.facts(views.plans()[0].plan_id)}
    assert values["Max[Gy]"] == pytest.approx(61.0, abs=0.01)


def test_two_plans_may_share_a_structure_set(take: Ingest, inbox: Path) -> None:
    """Both are computed; neither takes the structures away from the other."""
    files, other = RtFiles(), RtFiles(number=2)
    second = other.plan_dataset()
    second.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = files.uid("structures")
    for name, content in files.parts().items():
        put(inbox, name, content)
    put(inbox, "RP2", written(second))
    put(inbox, "RD2", other.dose())
    report = take([inbox])
    assert (report.plans, report.waiting) == (2, 0)


def test_folders_and_names_link_nothing(take: Ingest, inbox: Path) -> None:
    """Files of two studies in one folder, or of one study in three, are linked by what they refer to."""
    for number in (1, 2):
        for name, content in RtFiles(number=number).parts().items():
            put(inbox, f"{name}-of-the-same/{3 - number}", content)
    assert take([inbox]).plans == 2


def spoiled() -> dict[str, tuple[bytes, str]]:
    """Return files that must be set aside, each with the code that says why."""
    files = RtFiles(number=7)
    no_leaves, no_contours, relative = files.plan_dataset(), files.structures_dataset(), files.dose_dataset()
    for beam in no_leaves.BeamSequence:
        del beam.BeamLimitingDeviceSequence[-1]
    for region in no_contours.ROIContourSequence:
        del region.ContourSequence
    relative.DoseUnits = "RELATIVE"
    private = files.plan_dataset()
    private.SOPClassUID = "1.2.246.352.70.1.70"
    nameless = files.plan_dataset()
    nameless.SOPInstanceUID = ""
    return {
        "empty": (b"", "empty-file"),
        "text": (b"dear colleague, please find attached", "not-dicom"),
        "cut plan": (files.plan()[:-40], "truncated"),
        "cut dose": (files.dose()[:-40], "truncated"),
        "private": (written(private), "unknown-sop-class"),
        "nameless": (_unchecked(nameless), "missing-uid"),
        "no leaves": (written(no_leaves), "no-mlc"),
        "no contours": (written(no_contours), "no-contours"),
        "relative": (written(relative), "relative-dose"),
    }


def _unchecked(dataset: Dataset) -> bytes:
    return written(dataset, implicit=True, meta=False)


def test_bad_files_are_set_aside_with_their_reasons_and_the_rest_goes_on(take: Ingest, inbox: Path) -> None:
    """Each spoiled file has its own code and one line; the good set beside them is computed; no name comes out."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    expected = spoiled()
    for name, (content, _) in expected.items():
        put(inbox, f"{NAME} {name}", content)
    report = take([inbox])
    assert sorted(entry.code for entry in report.quarantined) == sorted(code for _, code in expected.values())
    assert (report.received, report.plans) == (3 + len(expected), 1)
    for entry in report.quarantined:
        assert "\n" not in entry.message
        assert "expected" in entry.message
    assert "never" not in repr(report).casefold()


def test_another_frame_of_reference_refuses_the_study_and_stores_nothing(
    take: Ingest, inbox: Path, warehouse: Warehouse
) -> None:
    """Contours in another space than the dose are refused, each time they are met; the other study is computed."""
    files = RtFiles(number=2)
    dose = files.dose_dataset()
    dose.FrameOfReferenceUID = "1.2.3.4"
    for name, content in (
        RtFiles().parts() | {"2P": files.plan(), "2S": files.structures(), "2D": written(dose)}
    ).items():
        put(inbox, name, content)
    report = take([inbox])
    assert (report.plans, report.waiting) == (1, 0)
    (refusal,) = report.refused
    assert refusal.type == "InvalidInputError"
    assert "frame of reference" in refusal.message
    assert take([inbox]).refused == (refusal,)
    assert [row.message for row in Views(warehouse).refusals()] == [refusal.message]


def test_an_unreadable_path_is_refused_and_the_others_are_read(take: Ingest, inbox: Path) -> None:
    """A path that does not exist stands in the refusals under the name it was given, numbered in the message."""
    put(inbox, "RP", RtFiles().plan())
    report = take([inbox / "absent", inbox])
    assert report.received == 1
    (refusal,) = report.refused
    assert (refusal.type, refusal.where, refusal.input) == ("UnreadableFileError", "path 1", str(inbox / "absent"))
    assert "No such file" in refusal.message


def test_a_file_without_permission_is_refused_by_number(
    take: Ingest, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name, which may be a patient's, stays out of the refusal."""
    forbidden = put(inbox, NAME, RtFiles().plan())
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path == forbidden:
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)  # the superuser, who may run this, can read every file
    (refusal,) = take([inbox]).refused
    assert refusal.where == "file 1, under path 1"
    assert "Permission denied" in refusal.message
    assert NAME not in repr(refusal)


def test_new_content_under_a_known_uid_is_set_aside_and_harms_nothing(
    take: Ingest, inbox: Path, warehouse: Warehouse
) -> None:
    """A corrected resend is a revision: kept apart, listed, and what was stored stays to the last digit."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    take([inbox])
    before = Views(warehouse).facts(1)
    corrected = RtFiles().dose_dataset()
    corrected.DoseGridScaling = "0.002"
    for _ in range(2):
        report = take([put(inbox, "RD-new", written(corrected))])
        assert [entry.code for entry in report.quarantined] == ["revision"]
        assert report.plans == 0
    assert Views(warehouse).facts(1) == before
    assert Views(warehouse).status().quarantined == 1


def test_images_are_counted_and_not_kept(take: Ingest, inbox: Path, tmp_path: Path, warehouse: Warehouse) -> None:
    """A CT slice is legal and not needed: no quarantine, nothing waiting, and no copy of its pixels."""
    image = RtFiles().dose_dataset()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    report = take([put(inbox, "CT", written(image))])
    assert (report.received, report.quarantined, report.waiting) == (1, (), 0)
    assert list((tmp_path / "spool").rglob("*.dcm")) == []
    assert Views(warehouse).status().not_needed == 1


def test_a_set_that_failed_is_tried_again_only_under_other_algorithms(take: Ingest, inbox: Path) -> None:
    """The refusal is remembered; a new version of core, calculators or rules gets its chance."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    failing = Recipe(processor=make_failing_processor, algorithm="toy/1")
    assert [refusal.message for refusal in take([inbox], recipe=failing).refused] == ["not today"]
    assert take([inbox]).plans == 0
    assert take([inbox], recipe=toy_recipe("toy/2")).plans == 1


def make_failing_processor() -> Processor:
    """Return a processor that refuses everything."""

    def refuse(files: LinkedFiles) -> StudyResult:
        del files
        message = "not today"
        raise UnsupportedInputError(message)

    return refuse


def test_what_a_crash_left_undone_is_done_by_the_next_ingest(take: Ingest, inbox: Path, tmp_path: Path) -> None:
    """Interrupted after one of three plans, the next ingest computes the other two, whatever it is given."""
    for number in (1, 2, 3):
        for name, content in RtFiles(number=number).parts().items():
            put(inbox, f"{name}{number}", content)
    with pytest.raises(KeyboardInterrupt):
        take([inbox], recipe=Recipe(processor=make_interrupted_processor, algorithm="toy/1"))
    empty = tmp_path / "empty"
    empty.mkdir()
    report = take([empty])
    assert (report.received, report.plans, report.waiting) == (0, 2, 0)


def make_interrupted_processor() -> Processor:
    """Return a processor that is interrupted at its second study."""
    process = make_toy_processor()
    calls: Iterator[int] = itertools.count(1)

    def interrupt(files: LinkedFiles) -> StudyResult:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return process(files)

    return interrupt


def test_a_set_whose_file_left_the_spool_waits_until_it_comes_again(take: Ingest, inbox: Path, tmp_path: Path) -> None:
    """Nothing is recorded against the set: the same files again fill the spool and complete it."""
    parts = RtFiles().parts()
    take([put(inbox, "RP", parts["RP"]), put(inbox, "RS", parts["RS"])])
    shutil.rmtree(tmp_path / "spool")
    report = take([put(inbox, "RD", parts["RD"])])
    assert (report.plans, [refusal.where for refusal in report.refused]) == (0, ["Spool"])
    assert take([inbox]).plans == 1


def test_a_destination_that_fails_does_not_undo_what_is_stored(take: Ingest, inbox: Path) -> None:
    """The warehouse comes first; the other destination's fault is reported without its text."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)
    report = take([inbox], destinations=[Clumsy()])
    assert report.plans == 1
    (refusal,) = report.refused
    assert (refusal.type, refusal.where) == ("DestinationError", "Destination Clumsy")
    assert NAME not in repr(refusal)


class Clumsy:
    """A destination that raises what it should not, quoting a name."""

    def receive(self, result: StudyResult, utc: datetime) -> None:
        """Fail."""
        raise ValueError(NAME, result, utc)


def test_a_result_that_cannot_be_stored_is_refused_whole(
    take: Ingest, inbox: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When storing refuses, nothing of the study is there and the reason is recorded."""
    for name, content in RtFiles().parts().items():
        put(inbox, name, content)

    def refuse(result: StudyResult, utc: datetime) -> None:
        del result, utc
        message = "full"
        raise PropelError(message)

    monkeypatch.setattr(warehouse, "store", refuse)
    assert [refusal.message for refusal in take([inbox]).refused] == ["full"]
    assert Views(warehouse).status().plans == 0
    assert [row.message for row in Views(warehouse).refusals()] == ["full"]


def test_two_workers_give_the_same_warehouse_as_one(
    take: Ingest, inbox: Path, warehouse: Warehouse, tmp_path: Path
) -> None:
    """The number of processes is no part of a result."""
    for number in (1, 2, 3):
        for name, content in RtFiles(number=number).parts().items():
            put(inbox, f"{name}{number}", content)
    steps: list[tuple[str, int, int]] = []
    take([inbox], workers=2, progress=lambda step, done, total: steps.append((step, done, total)))
    assert steps == [("receive", 9, 9), ("compute", 1, 3), ("compute", 2, 3), ("compute", 3, 3)]
    with Warehouse(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        take([inbox], warehouse=other)
        assert content_digest(other) == content_digest(warehouse)


@pytest.mark.shared
def test_the_real_sets_link_as_they_should(take: Ingest, shared: Path, warehouse: Warehouse) -> None:
    """The breast set is complete, its CT slice is not needed, the single plans wait, and the licences are no DICOM."""
    report = take([shared / "data"])
    assert (report.received, report.plans, report.dvhs, report.waiting) == (13, 1, 10, 5)
    assert {entry.code for entry in report.quarantined} == {"not-dicom"}
    assert Views(warehouse).status().not_needed == 1


def test_a_centre_needs_a_name(take: Ingest, inbox: Path) -> None:
    """Without a centre nothing is read at all."""
    with pytest.raises(InvalidRequestError, match="centre without name"):
        take([inbox], centre="  ")


@pytest.mark.parametrize("fault", [MemoryError, OSError, RuntimeError])
def test_a_fault_of_ours_is_reported_and_tried_again(take: Ingest, inbox: Path, fault: type[Exception]) -> None:
    """A plan that met a full memory or a lost disk is computed by the next ingest, whatever that is given."""
    put_all(inbox, RtFiles().parts())

    def fail(files: LinkedFiles) -> StudyResult:
        raise fault(files)

    report = take([inbox], recipe=Recipe(processor=lambda: fail, algorithm="toy/1"))
    assert ([refusal.type for refusal in report.refused], report.plans) == (["InternalError"], 0)
    assert report.nothing_done
    again = take([inbox / "RD"])
    assert (again.plans, again.refused) == (1, ())


def put_all(folder: Path, parts: Mapping[str, bytes]) -> None:
    """Write files that arrive together."""
    for name, content in parts.items():
        put(folder, name, content)


def test_a_good_copy_takes_the_place_of_a_broken_one(take: Ingest, inbox: Path, warehouse: Warehouse) -> None:
    """A dose that was refused does not lock out the corrected one under its UID; the refusal becomes history."""
    files = RtFiles()
    broken = files.dose_dataset()
    broken.FrameOfReferenceUID = "1.2.3.4"
    put_all(inbox, files.parts() | {"RD": written(broken)})
    assert len(take([inbox]).refused) == 1
    put(inbox, "RD", files.dose())
    report = take([inbox])
    assert (report.plans, report.quarantined, report.refused, report.waiting) == (1, (), (), 0)
    assert Views(warehouse).status().refused == 0


def test_what_is_of_use_decides_whether_anything_was_done(take: Ingest, tmp_path: Path) -> None:
    """Nothing was done when all of the input was refused, set aside or an image; waiting or known files are of use."""
    text = put(tmp_path / "aside", "notes.txt", b"not DICOM at all")
    image = RtFiles().dose_dataset()
    image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    slice_ = put(tmp_path / "aside", "CT", written(image))
    strange = RtFiles(number=2).dose_dataset()
    strange.FrameOfReferenceUID = "1.2.3.4"
    put_all(tmp_path / "refused", RtFiles(number=2).parts() | {"RD": written(strange)})
    plan = put(tmp_path / "plan", "RP", RtFiles().plan())
    for paths, nothing in (
        ([slice_], False),
        ([text], True),
        ([text, slice_], True),
        ([tmp_path / "refused"], True),
        ([tmp_path / "refused", text], True),
        ([tmp_path / "absent"], True),
        ([text, plan], False),
        ([text, plan], False),
        ([tmp_path / "refused", plan], False),
    ):
        assert take(paths).nothing_done is nothing


@pytest.mark.parametrize("part", ["RP", "RS", "RD"])
@pytest.mark.parametrize("spoil", [lambda content: content[:-9], lambda content: content[:-9] + b"\x55" * 9])
def test_a_damaged_copy_in_the_spool_is_never_computed_from(
    take: Ingest, inbox: Path, tmp_path: Path, part: str, spoil: Callable[[bytes], bytes]
) -> None:
    """Without the intact file the refusal says so and stays open; with it the copy is replaced and computed."""
    parts = RtFiles().parts()
    put_all(inbox, {name: content for name, content in parts.items() if name != "RD"})
    put(tmp_path / "late", "RD", parts["RD"])
    with pytest.raises(KeyboardInterrupt):
        take([inbox, tmp_path / "late"], recipe=Recipe(processor=lambda: interrupt, algorithm="toy/1"))
    (copy,) = [path for path in (tmp_path / "spool").rglob("*.dcm") if path.read_bytes() == parts[part]]
    copy.write_bytes(spoil(parts[part]))
    empty = tmp_path / "empty"
    empty.mkdir()
    for _ in range(2):
        report = take([empty])
        assert report.plans == 0
        assert [(refusal.where, "damaged copy" in refusal.message) for refusal in report.refused] == [("Spool", True)]
    assert take([inbox, tmp_path / "late"]).plans == 1
    assert copy.read_bytes() == parts[part]


def interrupt(files: LinkedFiles) -> StudyResult:
    """Stand for somebody who presses Ctrl-C."""
    raise KeyboardInterrupt(files)


def test_of_two_ingests_at_once_one_counts_and_hands_on(take: Ingest, inbox: Path) -> None:
    """A set that another ingest stored in the meantime is neither counted nor given to the destinations again."""
    put_all(inbox, RtFiles().parts())
    process = make_toy_processor()
    reports: list[IngestReport] = []
    slower, faster = Recorder(), Recorder()

    def overtaken(files: LinkedFiles) -> StudyResult:
        reports.append(take([inbox], destinations=[faster]))
        return process(files)

    recipe = Recipe(processor=lambda: overtaken, algorithm="toy/1")
    report = take([inbox], recipe=recipe, destinations=[slower])
    assert (reports[0].plans, reports[0].facts, faster.count) == (1, 3, 1)
    assert (report.plans, report.dvhs, report.facts, slower.count, report.refused) == (0, 0, 0, 0, ())


class Recorder:
    """A destination that counts."""

    def __init__(self) -> None:
        self.count = 0

    def receive(self, result: StudyResult, utc: datetime) -> None:
        """Count."""
        del result, utc
        self.count += 1


def test_a_place_is_one_however_it_is_spelled(take: Ingest, inbox: Path, tmp_path: Path, warehouse: Warehouse) -> None:
    """A link to the folder, or a way round through another, is no further arrival."""
    put_all(inbox, RtFiles().parts())
    take([inbox])
    link = tmp_path / "link"
    link.symlink_to(inbox, target_is_directory=True)
    for spelling in (link, inbox / ".." / "inbox"):
        assert take([spelling]).duplicates == 3
    assert Views(warehouse).status().received == 3


def test_what_a_killed_ingest_left_half_written_is_removed(take: Ingest, inbox: Path, tmp_path: Path) -> None:
    """The parts hold whole patient files: the next ingest removes them, whatever it is given."""
    left = put(tmp_path / "spool" / "ab", "tmp123.part", RtFiles().plan())
    take([inbox])
    assert not left.exists()
