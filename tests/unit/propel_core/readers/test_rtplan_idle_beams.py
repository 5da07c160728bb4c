"""Beams that deliver nothing take no part, whatever else they leave out."""

from propel_core.readers import read_plan
from support import rtplan_builder as build


def test_a_beam_without_monitor_units_may_lack_leaf_boundaries() -> None:
    """A beam of zero monitor units is excluded before its devices are looked at."""
    idle = build.arc(2)
    del idle.BeamLimitingDeviceSequence[2].LeafPositionBoundaries
    plan = read_plan(build.content(build.plan([build.arc(1), idle], groups=[[(1, 100.0), (2, 0.0)]])))
    assert [(one.number, one.code) for one in plan.excluded] == [(2, "no_monitor_units")]
