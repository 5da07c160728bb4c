"""Hypothesis strategies for beams and plans, with the awkward cases mixed in."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from propel_core.rt import Beam, LeafAxis, MlcLayer, Plan
from support import plans

_TIP = st.integers(-80, 80).map(lambda half_mm: half_mm / 2.0) | st.floats(-60.0, 60.0)
_GAP = st.sampled_from([0.0, -1e-9, 1e-7, 2e-6, 2.0, 5.0, 10.0, 20.0]) | st.floats(0.0, 60.0) | st.floats(-2.0, 0.0)
_WIDTH = st.sampled_from([2.5, 5.0, 10.0, 4.9999])


@st.composite
def layers(draw: Any, count: int, axis: LeafAxis, *, start: float, pairs: int) -> MlcLayer:
    """Return a layer of `pairs` pairs that begins at `start`."""
    widths = draw(st.lists(_WIDTH, min_size=pairs, max_size=pairs))
    boundaries = np.concatenate([[start], start + np.cumsum(widths)])
    leaves = draw(st.lists(st.tuples(_TIP, _GAP), min_size=count * pairs, max_size=count * pairs))
    left, gap = np.array(leaves).T.reshape(2, count, pairs)
    positions = np.stack([left, left + gap], axis=1)
    return MlcLayer(axis=axis, boundaries_mm=boundaries, positions_mm=positions)


@st.composite
def jaws(draw: Any, count: int) -> Any:
    """Return no jaws, standing jaws or moving jaws."""
    pair = st.tuples(st.sampled_from([-25.0, -10.0, -7.5]), st.sampled_from([-7.5, 0.3, 20.0, 60.0]))
    return draw(st.none() | pair | st.lists(pair, min_size=count, max_size=count))


@st.composite
def beams(draw: Any, number: int = 1, *, most_layers: int = 2) -> Beam:
    """Return a beam of one or two layers; some intervals deliver nothing."""
    count = draw(st.integers(2, 4))
    axis = draw(st.sampled_from(LeafAxis))
    starts = [-15.0, -12.5][: draw(st.integers(1, most_layers))]
    stack = [draw(layers(count, axis, start=start, pairs=draw(st.integers(2, 4)))) for start in starts]
    steps = draw(st.lists(st.sampled_from([0.0, 0.25, 1.0, 1.7]), min_size=count - 1, max_size=count - 1).filter(any))
    return plans.beam(
        *stack,
        weights=[0.0, *np.cumsum(steps)],
        jaws_x=draw(jaws(count)),
        jaws_y=draw(jaws(count)),
        number=number,
    )


@st.composite
def treatment_plans(draw: Any) -> Plan:
    """Return a plan of one to three beams in one or two fraction groups."""
    members = [draw(beams(number)) for number in range(1, draw(st.integers(1, 3)) + 1)]
    meterset = st.sampled_from([1.0, 37.5, 120.25])
    groups = [[(beam.number, draw(meterset)) for beam in members]]
    if draw(st.booleans()):
        groups.append([(members[0].number, draw(meterset))])
    return plans.plan(*members, groups=groups)
