"""From a plan to its complexity: check, run the kernels, wrap."""

import math
from collections.abc import Sequence

import numpy as np

from propel_core.complexity import _kernels
from propel_core.complexity._caveats import caveats_of
from propel_core.complexity.catalogue import CATALOGUE
from propel_core.complexity.conventions import PRESETS, Convention, Denominator, Preset
from propel_core.complexity.report import (
    BeamComplexity,
    ComplexityReport,
    ControlPointComplexity,
    GroupComplexity,
    MetricTable,
)
from propel_core.complexity.strips import Strips, strips_of
from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.provenance import Provenance
from propel_core.rt import Beam, Plan
from propel_core.units import FloatArray, IntArray

__all__ = ["compute_complexity"]

ALGORITHM = "complexity"
VERSION = "1"
TRAVEL_LIMIT_MM = 1000.0
"""The leaf travel at which LTMCS reaches zero."""


def compute_complexity(plan: Plan, *, convention: Convention = Convention.MCNIVEN2010) -> ComplexityReport:
    """Return the complexity of `plan`, per plan, fraction group, beam and control point.

    A beam value is the mean over the control point intervals, weighted by monitor units, of the mean of the interval's
    two ends; MCS multiplies the means of LSV and AAV before weighting. A plan value is the mean over beams, weighted
    by the monitor units of one fraction and never by the number of fractions; the headline pools all fraction groups,
    a beam of two groups counting once per reference.

    Raises
    ------
    UnsupportedInputError
        The plan has no beam to compute, or leaves that move along both axes in one beam.
    InvalidInputError
        A beam has no monitor units or no meterset weight, its stacked layers share no field, or its numbers are so
        large that a metric is not finite.

    References
    ----------
    McNiven et al. 2010, doi:10.1118/1.3276775; Masi et al. 2013, doi:10.1118/1.4810969; Younge et al. 2012,
    doi:10.1118/1.4762566; Crowe et al. 2014, doi:10.1007/s13246-014-0274-9; Du et al. 2014, doi:10.1118/1.4861821.
    """
    if not plan.beams:
        message = "no photon treatment beam with a multileaf collimator, expected at least one"
        raise UnsupportedInputError(message, where="Plan")
    preset = PRESETS[convention]
    computed = [_beam(beam, _meterset(plan, beam.number), preset) for beam in plan.beams]
    beams = tuple(beam for beam, _ in computed)
    return ComplexityReport(
        convention=convention,
        metrics=_pooled([(beam.mu, beam) for beam in beams]),
        beams=beams,
        groups=_groups(plan, beams),
        excluded=plan.excluded,
        caveats=(*plan.caveats, *caveats_of(plan.beams, beams, [counts for _, counts in computed])),
        provenance=Provenance(
            algorithm=ALGORITHM,
            version=VERSION,
            inputs=(plan.identity(),),
            settings={"convention": convention.value, "preset_version": preset.version},
        ),
    )


def _meterset(plan: Plan, number: int) -> float:
    """Return the monitor units of one fraction of a beam, over every reference to it."""
    references = [reference for group in plan.fraction_groups for reference in group.beams]
    total = float(sum(reference.meterset_mu for reference in references if reference.beam_number == number))
    if not (total > 0.0 and math.isfinite(total)):
        message = f"{total:g} MU over all fraction groups, expected a finite number above zero (300A,0086)"
        raise InvalidInputError(message, where=f"Beam {number}")
    return total


def _beam(beam: Beam, mu: float, preset: Preset) -> tuple[BeamComplexity, IntArray]:
    """Return the complexity of one beam and how many of its gaps lie on each small-aperture threshold."""
    strips = strips_of(beam)
    weight = _interval_weight(beam)
    delivered = np.concatenate([weight, [0.0]]) + np.concatenate([[0.0], weight]) > 0.0
    with np.errstate(all="ignore"):  # the plain form of the kernels; whatever is not finite is refused below
        values, on_threshold = _kernels.shapes(
            strips.boundaries_mm, strips.left_mm, strips.right_mm, strips.across_mm, strips.along_mm, delivered
        )
        area_limit = _kernels.denominator(
            strips.boundaries_mm,
            strips.left_mm,
            strips.right_mm,
            strips.across_mm,
            delivered,
            preset.aav_denominator is Denominator.OUTERMOST_TIPS,
        )
        gaps = values[:, 1]
        values[:, 1] = np.minimum(1.0, gaps / area_limit) if area_limit > 0.0 else 0.0
        means = dict(zip(_kernels.COLUMNS, map(float, _kernels.weighted_means(weight, values)), strict=True))
        means["MCS"] = _kernels.weighted_product(weight, values[:, 0].copy(), values[:, 1].copy())
        means["LT"] = _leaf_travel(beam, strips)
        means["LTMCS"] = max(0.0, TRAVEL_LIMIT_MM - means["LT"]) / TRAVEL_LIMIT_MM * means["MCS"]
    complexity = BeamComplexity(
        number=beam.number,
        mu=mu,
        control_points=beam.control_point_count,
        metrics=_table(means, mu, where=f"Beam {beam.number}"),
        by_control_point=ControlPointComplexity(names=_kernels.COLUMNS, values=values, interval_weight=weight),
    )
    return complexity, on_threshold


def _interval_weight(beam: Beam) -> FloatArray:
    """Return the share of the beam's monitor units between each control point and the next."""
    with np.errstate(over="ignore"):  # refused just below
        steps: FloatArray = np.diff(beam.cumulative_weight)
        total = float(steps.sum())
    if not (total > 0.0 and math.isfinite(total)):
        message = f"cumulative meterset weights that rise by {total:g}, expected a finite rise above zero (300A,0134)"
        raise InvalidInputError(message, where=f"Beam {beam.number}")
    return steps / total


def _leaf_travel(beam: Beam, strips: Strips) -> float:
    """Return the travel in mm averaged over the leaves of every physical pair in use, all layers together."""
    parts = [_kernels.travel(layer.boundaries_mm, layer.positions_mm, strips.across_mm) for layer in beam.layers]
    pairs = sum(used for _, used in parts)
    return sum(length for length, _ in parts) / (2 * pairs) if pairs else 0.0


def _groups(plan: Plan, beams: Sequence[BeamComplexity]) -> tuple[GroupComplexity, ...]:
    """Return the groups that deliver at least one computed beam."""
    by_number = {beam.number: beam for beam in beams}
    groups = []
    for group in plan.fraction_groups:
        parts = [
            (reference.meterset_mu, by_number[reference.beam_number])
            for reference in group.beams
            if reference.beam_number in by_number and reference.meterset_mu > 0.0
        ]
        if parts:
            metrics = _pooled(parts)
            groups.append(GroupComplexity(number=group.number, mu=metrics["MU"], metrics=metrics))
    return tuple(groups)


def _pooled(parts: Sequence[tuple[float, BeamComplexity]]) -> MetricTable:
    """Return the monitor-unit mean of each metric over beams, and the sum of the monitor units."""
    total = float(sum(mu for mu, _ in parts))
    means = {name: sum(mu / total * beam.metrics[name] for mu, beam in parts) for name in parts[0][1].metrics}
    return _table(means, total, where="Plan")


def _table(values: dict[str, float], mu: float, *, where: str) -> MetricTable:
    """Return the values in the order of the catalogue, each finite and in its range.

    Rounding may carry a mean of numbers up to 1 one unit in the last place beyond it; that alone is cut off.
    """
    table = {}
    for metric in CATALOGUE:
        value = mu if metric.name == "MU" else values[metric.name]
        if not math.isfinite(value):
            message = f"{metric.name} is {value}, expected plan numbers that give a finite value"
            raise InvalidInputError(message, where=where)
        table[metric.name] = float(min(value, metric.highest))
    return MetricTable(table)
