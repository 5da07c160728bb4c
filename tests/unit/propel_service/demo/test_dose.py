import numpy as np

from propel_service.demo.anatomy import Pelvis, RoiType, make_pelvis, make_thorax
from propel_service.demo.dose import ArcGradient, DoseArray, Grid, arc_dose, cover, tangent_dose, tangent_edge

NORMAL = ArcGradient(posterior_mm=9.0, elsewhere_mm=14.0)
SOFT = ArcGradient(posterior_mm=14.0, elsewhere_mm=14.0)


def _pelvis(gradient: ArcGradient, seed: int = 3) -> tuple[Pelvis, Grid, DoseArray]:
    pelvis = make_pelvis(np.random.default_rng(seed), ring=False)
    outline = next(region for region in pelvis.regions if region.kind is RoiType.EXTERNAL)
    rng = np.random.default_rng(seed)
    grid = cover(np.concatenate(outline.contours), rng)
    return pelvis, grid, arc_dose(pelvis, grid, prescription_gy=60.0, gradient=gradient, rng=rng)


def _at(grid: Grid, dose: DoseArray, points: np.ndarray) -> np.ndarray:
    columns, rows, frames = (
        np.abs(axis[None] - points[:, index : index + 1]).argmin(axis=1)
        for index, axis in enumerate((grid.x, grid.y, grid.z))
    )
    return dose[frames, rows, columns]


def test_the_target_receives_the_prescription() -> None:
    """Inside the CTV the dose must stay within -3 and +7 % of what is prescribed."""
    pelvis, grid, dose = _pelvis(NORMAL)
    ctv = next(region for region in pelvis.regions if region.kind is RoiType.CTV)
    inside = _at(grid, dose, np.concatenate([0.9 * contour for contour in ctv.contours]))
    assert inside.min() > 0.97 * 60.0
    assert inside.max() < 1.07 * 60.0


def test_the_dose_falls_behind_the_target() -> None:
    """Along the line to the back the dose must never rise by more than its texture and end below a third."""
    pelvis, grid, dose = _pelvis(NORMAL)
    distance = np.arange(0.0, 40.0, 2.5)
    back = pelvis.ptv.curve.radius(np.array(np.pi / 2.0))
    line = _at(grid, dose, np.stack([0.0 * distance, back + distance, 0.0 * distance], axis=1))
    assert np.all(np.diff(line) < 0.5)
    assert line[-1] < 20.0 < line[0]


def test_a_softer_gradient_raises_the_dose_behind_the_target_and_nowhere_else() -> None:
    """The change of gradient must be felt behind the PTV, not inside it, beside it or in front of it."""
    pelvis, grid, sharp = _pelvis(NORMAL)
    _, _, soft = _pelvis(SOFT)
    change = soft - sharp
    behind = np.array([[0.0, float(pelvis.ptv.curve.b) + 12.0, 0.0]])
    assert _at(grid, change, behind)[0] > 6.0
    elsewhere = np.array([[0.0, 0.0, 0.0], [60.0, -5.0, 0.0], [-60.0, -5.0, 0.0], [0.0, -50.0, 10.0]])
    assert np.all(np.abs(_at(grid, change, elsewhere)) < 1e-4)


def test_there_is_no_dose_outside_the_body() -> None:
    """Voxels outside the outline must hold exactly zero, and none may be negative."""
    pelvis, grid, dose = _pelvis(NORMAL)
    outside = ~pelvis.body.contains(grid.x, grid.y, grid.z)
    assert outside.any()
    assert np.all(dose[outside] == 0.0)
    assert dose.min() == 0.0


def test_tangents_cover_the_breast_and_spare_the_other_lung() -> None:
    """The breast PTV must receive about the prescription, the far lung next to nothing."""
    rng = np.random.default_rng(5)
    thorax = make_thorax(rng)
    grid = cover(np.concatenate(thorax.regions[0].contours), rng)
    edge = tangent_edge(thorax, margin_mm=6.0)
    dose = tangent_dose(thorax, grid, edge, prescription_gy=40.05, rng=rng)
    middles = np.array([contour.mean(axis=0) for contour in thorax.ptv.contours[1:-1]])
    assert np.all(np.abs(_at(grid, dose, middles) / 40.05 - 1.0) < 0.06)
    far = next(region for region in thorax.regions if region.name == "Lung_R")
    assert _at(grid, dose, np.array([contour.mean(axis=0) for contour in far.contours])).max() < 1.0


def test_the_medial_tangent_enters_from_the_right_front() -> None:
    """For a left breast the medial gantry angle must lie between 280 and 320 degrees, its edge behind the PTV."""
    for seed in range(5):
        thorax = make_thorax(np.random.default_rng(seed))
        edge = tangent_edge(thorax, margin_mm=6.0)
        assert 280.0 < edge.gantry_deg < 320.0
        reach = np.concatenate(thorax.ptv.contours)[:, :2] @ np.array(edge.normal)
        assert np.isclose(reach.min() - edge.offset_mm, 6.0)
