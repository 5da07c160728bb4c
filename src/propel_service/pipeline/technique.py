"""The technique of a plan, read from its control points and from nothing else."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from propel_core.rt import Beam, Plan
from propel_core.units import FloatArray
from propel_service.pipeline.facts import Classified

__all__ = ["Technique", "beam_technique", "plan_technique"]

# A gantry that stands still is written with the same number at each control point; 0.1 degrees is below any real step.
GANTRY_MOVES_DEG = 0.1
# Written leaf positions are rounded to 0.1 mm or finer.
LEAF_MOVES_MM = 0.1
# In field-in-field one open field carries most of the dose and small subfields shape it.
MAIN_FIELD_SHARE = 0.6


class Technique(Enum):
    """How a plan is delivered."""

    VMAT = "VMAT"
    CONFORMAL_ARC = "conformal-arc"
    SLIDING_WINDOW = "sliding-window"
    STEP_AND_SHOOT = "step-and-shoot"
    FIELD_IN_FIELD = "field-in-field"
    STATIC = "static"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Delivered:
    """A beam with its technique, its monitor units (all fraction groups, per fraction) and its first aperture."""

    beam: Beam
    technique: Technique
    mu: float


def beam_technique(beam: Beam) -> Technique:
    """Return the technique of one beam.

    Only movement with the beam on counts. Gantry and leaves both moving is VMAT (a dynamic conformal arc, whose leaves
    follow the target, is not told apart from it); the gantry alone, a conformal arc; the leaves alone, sliding window.
    With neither moving, several apertures are step-and-shoot, or field-in-field when one of them carries at least
    60 % of the monitor units; a single aperture is static.
    """
    delivered = np.diff(beam.cumulative_weight)
    on = delivered > 0.0
    gantry_moves = bool(np.any(_gantry_steps_deg(beam.gantry_deg)[on] > GANTRY_MOVES_DEG))
    leaves_move = bool(np.any(_leaf_steps_mm(beam)[on] > LEAF_MOVES_MM))
    if gantry_moves:
        return Technique.VMAT if leaves_move else Technique.CONFORMAL_ARC
    if leaves_move:
        return Technique.SLIDING_WINDOW
    shares = _aperture_shares(beam, delivered)
    if len(shares) <= 1:
        return Technique.STATIC
    return Technique.FIELD_IN_FIELD if max(shares) >= MAIN_FIELD_SHARE else Technique.STEP_AND_SHOOT


def plan_technique(plan: Plan) -> Classified:
    """Return the technique that delivers most monitor units of the plan, with its share as the source.

    Static beams that share isocentric geometry and differ in aperture are field-in-field when one of them is the main
    field. A plan without a computable beam is ``unknown``.
    """
    beams = _merge_subfields(_delivered(plan))
    if not beams:
        return Classified(value="unknown", source="control points: no beam that can be computed")
    mu: dict[Technique, float] = defaultdict(float)
    for item in beams:
        mu[item.technique] += item.mu
    # A tie goes to the more modulated technique: the order of the enumeration.
    chosen = max(Technique, key=lambda technique: mu[technique])
    total = sum(mu.values())
    share = mu[chosen] / total if total > 0.0 else 1.0
    count = sum(item.technique is chosen for item in beams)
    source = f"control points: {count} of {len(beams)} beams, {100.0 * share:.0f} % of the monitor units"
    return Classified(value=chosen.value, source=source)


def _delivered(plan: Plan) -> list[_Delivered]:
    mu: dict[int, float] = defaultdict(float)
    for group in plan.fraction_groups:
        for reference in group.beams:
            mu[reference.beam_number] += reference.meterset_mu
    return [_Delivered(beam=beam, technique=beam_technique(beam), mu=mu[beam.number]) for beam in plan.beams]


def _merge_subfields(beams: Sequence[_Delivered]) -> list[_Delivered]:
    """Call static beams field-in-field where several stand at one gantry, collimator and couch around a main field."""
    stands: dict[tuple[str, float, float, float], list[_Delivered]] = defaultdict(list)
    for item in beams:
        if item.technique is Technique.STATIC:
            stands[_stand(item.beam)].append(item)
    subfields: set[int] = set()
    for stand in stands.values():
        total = sum(item.mu for item in stand)
        if len(stand) > 1 and MAIN_FIELD_SHARE * total <= max(item.mu for item in stand) < total:
            subfields.update(item.beam.number for item in stand)
    return [
        _Delivered(beam=item.beam, technique=Technique.FIELD_IN_FIELD, mu=item.mu)
        if item.beam.number in subfields
        else item
        for item in beams
    ]


def _stand(beam: Beam) -> tuple[str, float, float, float]:
    gantry, collimator, couch = (
        float(angles[0]) % 360.0 for angles in (beam.gantry_deg, beam.collimator_deg, beam.couch_deg)
    )
    return beam.machine, gantry, collimator, couch


def _gantry_steps_deg(gantry_deg: FloatArray) -> FloatArray:
    """Return the step between control points along the shorter way round, so that 359 to 1 is 2 degrees."""
    steps: FloatArray = np.abs((np.diff(gantry_deg) + 180.0) % 360.0 - 180.0)
    return steps


def _leaf_steps_mm(beam: Beam) -> FloatArray:
    """Return the largest leaf movement in each interval, over all layers, shape (control points - 1,)."""
    steps = [np.abs(np.diff(layer.positions_mm, axis=0)).max(axis=(1, 2)) for layer in beam.layers]
    largest: FloatArray = np.max(steps, axis=0)
    return largest


def _aperture_shares(beam: Beam, delivered: FloatArray) -> list[float]:
    """Return the share of the monitor units given through each distinct, standing aperture."""
    arrays = [layer.positions_mm for layer in beam.layers]
    arrays += [jaws for jaws in (beam.jaws_x_mm, beam.jaws_y_mm) if jaws is not None]
    weights: dict[bytes, float] = defaultdict(float)
    for interval in np.flatnonzero(delivered > 0.0):
        # Adding zero makes -0.0 and 0.0 the same bytes.
        shape = b"".join((np.round(array[interval], 1) + 0.0).tobytes() for array in arrays)
        weights[shape] += float(delivered[interval])
    total = sum(weights.values())
    return [weight / total for weight in weights.values()]
