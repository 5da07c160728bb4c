from hashlib import sha256
from pathlib import Path

import pydicom
import pytest

from propel_service.demo import CENTRES, CohortSummary, Site, write_cohort


def _digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.dcm"))
    }


def test_the_same_seed_gives_the_same_bytes(small_cohort: tuple[Path, CohortSummary], tmp_path: Path) -> None:
    """A cohort written twice must not differ in a single byte."""
    folder, _ = small_cohort
    write_cohort(tmp_path, prostate_plans=2, breast_plans=1)
    assert _digests(tmp_path) == _digests(folder)


def test_another_seed_gives_other_patients(small_cohort: tuple[Path, CohortSummary], tmp_path: Path) -> None:
    """With another seed no file may be the same, and no instance may share an identifier."""
    folder, _ = small_cohort
    write_cohort(tmp_path, seed=1, prostate_plans=1, breast_plans=1)
    assert not set(_digests(tmp_path).values()) & set(_digests(folder).values())
    assert not _instances(tmp_path) & _instances(folder)


def _instances(folder: Path) -> set[str]:
    return {str(pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID) for path in folder.rglob("*.dcm")}


def test_the_summary_counts_what_is_on_the_disk(small_cohort: tuple[Path, CohortSummary]) -> None:
    """Plans and files of the summary must be those written, each centre in a folder of its own."""
    folder, summary = small_cohort
    assert summary.plans == 6
    assert summary.files == len(_digests(folder)) == 18
    assert [centre.name for centre in summary.centres] == [centre.name for centre in CENTRES]
    for centre in summary.centres:
        assert centre.folder.parent == folder
        assert len(list(centre.folder.rglob("RTPLAN.dcm"))) == centre.plans == 3


def test_no_two_instances_share_an_identifier(small_cohort: tuple[Path, CohortSummary]) -> None:
    """Every file must carry a SOP Instance UID of its own."""
    folder, summary = small_cohort
    assert len(_instances(folder)) == summary.files


def test_progress_is_reported_after_every_plan(tmp_path: Path) -> None:
    """The callback must count every plan once, up to the number in all."""
    seen: list[tuple[int, int]] = []
    write_cohort(tmp_path, prostate_plans=1, breast_plans=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_plans_are_made_on_working_days_within_the_period(small_cohort: tuple[Path, CohortSummary]) -> None:
    """Plan dates must be weekdays between the first and the last day, in working hours."""
    folder, summary = small_cohort
    for path in folder.rglob("RTPLAN.dcm"):
        plan = pydicom.dcmread(path)
        day = pydicom.valuerep.DA(plan.RTPlanDate)
        assert day is not None
        assert day.weekday() < 5
        assert summary.first_day <= day <= summary.last_day
        assert "080000" <= str(plan.RTPlanTime) < "180000"


def test_the_planted_shift_is_stated_where_it_is(small_cohort: tuple[Path, CohortSummary]) -> None:
    """The summary must name the centre, the site, the day and the plans of the change."""
    folder, summary = small_cohort
    shift = summary.shift
    assert shift is not None
    assert (shift.centre, shift.site) == ("Centre B", Site.PROSTATE)
    late = [
        path
        for path in folder.glob("centre-b/*-P*/RTPLAN.dcm")
        if str(pydicom.dcmread(path).RTPlanDate) >= shift.since.strftime("%Y%m%d")
    ]
    assert len(late) == shift.plans == 1


def test_a_centre_without_change_has_no_shift(tmp_path: Path) -> None:
    """Where no plan is changed, the summary must not claim a shift."""
    assert write_cohort(tmp_path, centres=CENTRES[:1], prostate_plans=2, breast_plans=0).shift is None


@pytest.mark.parametrize("plans", [0, -3])
def test_an_empty_cohort_is_written_as_nothing(tmp_path: Path, plans: int) -> None:
    """No plans asked for must give no files and no error."""
    summary = write_cohort(tmp_path, prostate_plans=plans, breast_plans=plans)
    assert (summary.plans, summary.files, summary.shift) == (0, 0, None)
    assert not list(tmp_path.rglob("*.dcm"))
