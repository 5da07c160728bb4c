from pathlib import Path

import numpy as np
import pydicom
import pytest

from propel_core.complexity import compute_complexity
from propel_core.readers import read_dose, read_plan, read_structure_set
from propel_service.demo import CENTRES, write_cohort

PLANS = 9


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[Path]]:
    """Write the prostate plans of Centre B and return those before, and those after, the change."""
    folder = tmp_path_factory.mktemp("shift")
    shift = write_cohort(folder, centres=CENTRES[1:], prostate_plans=PLANS, breast_plans=0).shift
    assert shift is not None
    parts: tuple[list[Path], list[Path]] = ([], [])
    for place in sorted(folder.glob("*/*")):
        day = str(pydicom.dcmread(place / "RTPLAN.dcm", specific_tags=["RTPlanDate"]).RTPlanDate)
        parts[day >= shift.since.strftime("%Y%m%d")].append(place)
    return parts


def _mean_gy(place: Path, name: str) -> float:
    """Return the dose averaged over points spread through a structure, at the nearest voxels."""
    (structure,) = read_structure_set(place / "RTSTRUCT.dcm").named(name)
    dose = read_dose(place / "RTDOSE.dcm")
    middle = [
        structure.points_mm[low:high].mean(axis=0)
        for low, high in zip(structure.starts[:-1], structure.starts[1:], strict=True)
    ]
    points = [
        centre + share * (structure.points_mm[low:high] - centre)
        for centre, low, high in zip(middle, structure.starts[:-1], structure.starts[1:], strict=True)
        for share in (0.35, 0.7, 0.95)
    ]
    where = np.concatenate(points)
    columns, rows, frames = (
        np.abs(axis[None] - where[:, index : index + 1]).argmin(axis=1)
        for index, axis in enumerate((dose.x_mm, dose.y_mm, dose.z_mm))
    )
    return float(dose.dose_gy[frames, rows, columns].mean())


def test_rectum_dose_rises_by_several_gray(places: tuple[list[Path], list[Path]]) -> None:
    """After the change the mean rectum dose must be at least 3 Gy higher, and in each plan above the mean before."""
    before, after = ([_mean_gy(place, "rectum") for place in part] for part in places)
    assert np.mean(after) - np.mean(before) > 3.0
    assert min(after) > np.mean(before)


@pytest.mark.parametrize("name", ["bladder", "Femoral Head Lt", "PTV"])
def test_other_structures_stay_where_they_were(places: tuple[list[Path], list[Path]], name: str) -> None:
    """The change must not move the dose of anything but the rectum by more than the patients differ."""
    before, after = ([_mean_gy(place, name) for place in part] for part in places)
    spread = np.std(before, ddof=1)
    assert abs(np.mean(after) - np.mean(before)) < 2.5 * spread


def test_complexity_moves_down(places: tuple[list[Path], list[Path]]) -> None:
    """Stronger modulation must show as a lower MCS in each changed plan than in any plan before it."""
    before, after = (
        [compute_complexity(read_plan(place / "RTPLAN.dcm")).metrics["MCS"] for place in part[-3:]] for part in places
    )
    assert max(after) < min(before)
    assert all(0.15 < value < 0.45 for value in (*before, *after))
