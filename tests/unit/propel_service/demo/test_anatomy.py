import numpy as np
import pytest

from propel_service.demo.anatomy import Pelvis, Region, RoiType, Thorax, make_pelvis, make_thorax


def _patients() -> list[Pelvis | Thorax]:
    return [
        patient
        for seed in range(4)
        for patient in (make_pelvis(np.random.default_rng(seed), ring=True), make_thorax(np.random.default_rng(seed)))
    ]


def _area(points: np.ndarray) -> float:
    x, y = points[:, 0], points[:, 1]
    return 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))


def _volume_cc(region: Region) -> float:
    return sum(_area(contour) for contour in region.contours) * 3.0 / 1000.0


def _region(patient: Pelvis | Thorax, name: str) -> Region:
    return next(region for region in patient.regions if region.name == name)


def test_every_structure_has_enough_planes_three_millimetres_apart() -> None:
    """A structure must span at least six neighbouring slices, so that its volume means something."""
    for patient in _patients():
        for region in patient.regions:
            heights = np.unique([contour[0, 2] for contour in region.contours])
            assert heights.size >= 6
            assert np.allclose(np.diff(heights), 3.0)


def test_structures_lie_inside_the_body() -> None:
    """Every vertex of an organ or target must be inside the outline."""
    for patient in _patients():
        for region in patient.regions:
            if region.kind is RoiType.EXTERNAL:
                continue
            for contour in region.contours:
                for x, y, z in contour[::5]:
                    inside = patient.body.contains(np.array([x]), np.array([y]), np.array([z]))
                    assert inside[0, 0, 0], region.name


def test_the_ptv_is_the_ctv_and_a_margin() -> None:
    """In the plane of the isocentre the PTV must reach beyond the CTV everywhere."""
    for seed in range(4):
        pelvis = make_pelvis(np.random.default_rng(seed), ring=False)
        ptv, ctv = (
            next(contour for contour in _region(pelvis, name).contours if contour[0, 2] == 0.0)
            for name in ("PTV", "CTV")
        )
        beyond = np.hypot(ptv[:, 0], ptv[:, 1]) - np.hypot(ctv[:, 0], ctv[:, 1])
        assert np.all((beyond > 4.0) & (beyond < 8.0))


def test_the_ring_has_holes() -> None:
    """The ring must have two contours on the plane of the isocentre, one inside the other."""
    ring = _region(make_pelvis(np.random.default_rng(0), ring=True), "zRing")
    outer, inner = [contour for contour in ring.contours if contour[0, 2] == 0.0]
    assert np.hypot(*inner[:, :2].T).max() < np.hypot(*outer[:, :2].T).min()


@pytest.mark.parametrize(
    ("name", "smallest", "largest"),
    [("CTV", 20, 80), ("PTV", 50, 150), ("Rectum", 40, 120), ("Bladder", 50, 300), ("Femur_Head_L", 25, 90)],
)
def test_volumes_of_the_pelvis_are_plausible(name: str, smallest: float, largest: float) -> None:
    """Volumes must lie where those of patients do."""
    volumes = [_volume_cc(_region(make_pelvis(np.random.default_rng(seed), ring=False), name)) for seed in range(20)]
    assert min(volumes) > smallest
    assert max(volumes) < largest
    assert np.std(volumes) > 0.02 * np.mean(volumes)


@pytest.mark.parametrize(
    ("name", "smallest", "largest"), [("PTV", 150, 600), ("Lung_L", 500, 1500), ("Heart", 150, 500)]
)
def test_volumes_of_the_chest_are_plausible(name: str, smallest: float, largest: float) -> None:
    """Volumes must lie where those of patients do, for the part of the chest that was scanned."""
    volumes = [_volume_cc(_region(make_thorax(np.random.default_rng(seed)), name)) for seed in range(20)]
    assert min(volumes) > smallest
    assert max(volumes) < largest


def test_the_ptv_overlaps_the_front_wall_of_the_rectum() -> None:
    """In the plane of the isocentre the PTV must reach into the rectum, and not through it."""
    for seed in range(10):
        pelvis = make_pelvis(np.random.default_rng(seed), ring=False)
        rectum = next(contour for contour in _region(pelvis, "Rectum").contours if contour[0, 2] == 0.0)
        back = max(contour[:, 1].max() for contour in _region(pelvis, "PTV").contours)
        assert rectum[:, 1].min() < back < rectum[:, 1].mean()
