import numpy as np
import pytest

from propel_service.demo.anatomy import make_pelvis, make_thorax
from propel_service.demo.centres import CENTRES, Centre
from propel_service.demo.dose import tangent_edge
from propel_service.demo.machine import THRESHOLD_GAPS_MM, Field, Modulation, Rotation, arcs, tangents

BY_NAME = pytest.mark.parametrize("centre", CENTRES, ids=lambda centre: centre.folder)


def _arcs(centre: Centre, modulation: Modulation | None = None, seed: int = 1) -> tuple[Field, ...]:
    pelvis = make_pelvis(np.random.default_rng(seed), ring=False)
    chosen = modulation or centre.practice.modulation
    return arcs(pelvis, centre.machine, chosen, dose_gy=3.0, rng=np.random.default_rng(seed))


def _tangents(centre: Centre, seed: int = 1) -> tuple[Field, ...]:
    thorax = make_thorax(np.random.default_rng(seed))
    edge = tangent_edge(thorax, margin_mm=6.0)
    return tangents(thorax, edge, centre.machine, dose_gy=2.67, rng=np.random.default_rng(seed))


@BY_NAME
def test_leaves_never_cross_and_keep_their_distance(centre: Centre) -> None:
    """No gap may be narrower than the machine allows, in any field of either technique."""
    for field in (*_arcs(centre), *_tangents(centre)):
        gap = field.leaves_mm[:, 1] - field.leaves_mm[:, 0]
        assert gap.min() >= centre.machine.smallest_gap_mm - 1e-9


@BY_NAME
def test_no_gap_hangs_on_the_threshold_of_an_index(centre: Centre) -> None:
    """Gaps of exactly 2, 5, 10 or 20 mm must not occur: small-aperture scores would hang on the last decimal."""
    for field in (*_arcs(centre), *_tangents(centre)):
        gap = field.leaves_mm[:, 1] - field.leaves_mm[:, 0]
        for threshold in THRESHOLD_GAPS_MM:
            assert np.abs(gap - threshold).min() > 1e-3


@BY_NAME
def test_positions_survive_being_written_as_decimals(centre: Centre) -> None:
    """The text of a position, read again, must be the very same number."""
    for field in (*_arcs(centre), *_tangents(centre)):
        for value in field.leaves_mm.ravel()[::37]:
            assert float(f"{value:.{centre.machine.decimals}f}") == value


@BY_NAME
def test_arcs_turn_both_ways_with_rising_weight(centre: Centre) -> None:
    """The first arc turns clockwise, the second back; weights rise from 0 to 1 at 90 to 120 control points."""
    first, second = _arcs(centre)
    assert (first.rotation, second.rotation) == (Rotation.CLOCKWISE, Rotation.COUNTERCLOCKWISE)
    for field, sign in ((first, 1.0), (second, -1.0)):
        steps = (np.diff(field.gantry_deg) + 180.0) % 360.0 - 180.0
        assert np.all(sign * steps > 0.0)
        assert 90 <= field.weight.size <= 120
        assert field.weight[0] == 0.0
        assert field.weight[-1] == 1.0
        assert np.all(np.diff(field.weight) > 0.0)


@BY_NAME
def test_apertures_stay_within_the_shadow_of_the_target(centre: Centre) -> None:
    """No open leaf may reach beyond the largest half-axis of the PTV (and the smallest gap of the machine)."""
    pelvis = make_pelvis(np.random.default_rng(1), ring=False)
    reach = max(pelvis.ptv.curve.a, pelvis.ptv.half_z) + centre.machine.smallest_gap_mm + 1.0
    for field in _arcs(centre):
        assert np.abs(field.leaves_mm).max() < reach
        assert np.abs(field.jaws_y_mm).max() < reach + 10.0


@BY_NAME
def test_stronger_modulation_closes_the_apertures(centre: Centre) -> None:
    """With a larger closed share the mean gap must shrink and the monitor units rise."""
    calm = _arcs(centre, Modulation(closed=0.4, roughness=0.05))
    busy = _arcs(centre, Modulation(closed=0.6, roughness=0.05))
    gaps = [np.mean([np.diff(field.leaves_mm, axis=1).sum() for field in fields]) for fields in (calm, busy)]
    assert gaps[1] < 0.85 * gaps[0]
    assert sum(field.meterset_mu for field in busy) > sum(field.meterset_mu for field in calm)


@BY_NAME
def test_tangents_are_an_open_field_and_small_subfields(centre: Centre) -> None:
    """The first segment must carry most of the weight, and leaves may move only while the beam is off."""
    medial, lateral = _tangents(centre)
    assert (lateral.gantry_deg[0] - medial.gantry_deg[0]) % 360.0 == 180.0
    for field in (medial, lateral):
        given = np.diff(field.weight)
        moving = np.abs(np.diff(field.leaves_mm, axis=0)).max(axis=(1, 2)) > 0.0
        assert given[0] > 0.7
        assert np.all(given[moving] == 0.0)
        assert np.count_nonzero(given) == 4


@BY_NAME
def test_opposed_tangents_are_mirrored(centre: Centre) -> None:
    """The deep edge must be the left bank of the medial field and the right bank of the lateral one."""
    medial, lateral = _tangents(centre)
    lit = np.abs(centre.machine.middles_mm) < 30.0
    deep = medial.leaves_mm[0, 0, lit]
    assert np.ptp(deep) < 1e-9
    assert np.allclose(lateral.leaves_mm[0, 1, lit], -deep, atol=0.2)
    assert np.all(deep < 0.0)
