"""Plan complexity written from the definitions, in plain Python: lists, sets and exact intervals, no arrays.

It follows the text strip by strip and control point by control point, and builds perimeters from the pieces of
boundary that have aperture on one side only, where the kernel adds up widths and overlaps.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from propel_core.rt import Beam, LeafAxis, Plan

Interval = tuple[float, float]
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Strip:
    """One strip at one control point, `low` to `high` across the leaves."""

    low: float
    high: float
    left: float
    right: float
    height: float

    @property
    def exposed(self) -> bool:
        """Whether the strip shows between the perpendicular jaws."""
        return self.height > TOLERANCE

    @property
    def open(self) -> bool:
        """Whether the strip is exposed and its tips are apart."""
        return self.exposed and self.gap > TOLERANCE

    @property
    def gap(self) -> float:
        """The distance between the tips."""
        return self.right - self.left


def plan_metrics(plan: Plan, convention: str) -> dict[str, float]:
    """Return the pooled metrics of `plan` under the convention's command-line word."""
    by_number = {beam.number: beam_metrics(beam, convention) for beam in plan.beams}
    references = [reference for group in plan.fraction_groups for reference in group.beams]
    values = [(one.meterset_mu, by_number[one.beam_number]) for one in references if one.beam_number in by_number]
    total = math.fsum(mu for mu, _ in values)
    pooled = {name: math.fsum(mu * table[name] for mu, table in values) / total for name in values[0][1]}
    return {**pooled, "MU": total}


def beam_metrics(beam: Beam, convention: str) -> dict[str, float]:
    """Return the metrics of one beam."""
    count = beam.control_point_count
    cumulative = [float(weight) for weight in beam.cumulative_weight]
    weights = [(later - earlier) / (cumulative[-1] - cumulative[0]) for earlier, later in pairwise(cumulative)]
    shapes = [strips_at(beam, index) for index in range(count)]
    delivered = [any(weight > 0.0 for weight in weights[max(0, index - 1) : index + 1]) for index in range(count)]
    tables = [point_metrics(shapes[index], jaws(beam, index)[1]) for index in range(count)]
    denominator = aperture_limit([shape for shape, is_on in zip(shapes, delivered, strict=True) if is_on], convention)
    for table, shape, is_on in zip(tables, shapes, delivered, strict=True):
        gaps = math.fsum(strip.gap for strip in shape if strip.open)
        table["AAV"] = gaps / denominator if denominator and is_on else 0.0
    means = {
        name: math.fsum(w * (tables[i][name] + tables[i + 1][name]) / 2 for i, w in enumerate(weights))
        for name in tables[0]
    }
    means["MCS"] = math.fsum(
        w
        * (tables[i]["LSV"] + tables[i + 1]["LSV"]) / 2
        * (tables[i]["AAV"] + tables[i + 1]["AAV"]) / 2
        for i, w in enumerate(weights)
    )  # fmt: skip
    means["LT"] = leaf_travel(beam)
    means["LTMCS"] = means["MCS"] * max(0.0, 1.0 - means["LT"] / 1000.0)
    return means


def jaws(beam: Beam, index: int) -> tuple[Interval, Interval]:
    """Return the jaws across and along the leaves."""
    everything = (-math.inf, math.inf)
    in_x = everything if beam.jaws_x_mm is None else tuple(map(float, beam.jaws_x_mm[index]))
    in_y = everything if beam.jaws_y_mm is None else tuple(map(float, beam.jaws_y_mm[index]))
    return (in_y, in_x) if beam.layers[0].axis is LeafAxis.X else (in_x, in_y)


def strips_at(beam: Beam, index: int) -> list[Strip]:
    """Return the strips at one control point: leaf pairs, or the cells of stacked layers."""
    stacks = []
    for layer in beam.layers:
        edges = [float(edge) for edge in layer.boundaries_mm]
        if len(beam.layers) > 1:
            edges = [round(edge, 4) for edge in edges]
        lefts, rights = (list(map(float, bank)) for bank in layer.positions_mm[index])
        spans = pairwise(edges)
        stacks.append([(*span, left, right) for span, left, right in zip(spans, lefts, rights, strict=True)])
    low = max(stack[0][0] for stack in stacks)
    high = min(stack[-1][1] for stack in stacks)
    cuts = sorted({edge for stack in stacks for pair in stack for edge in pair[:2] if low <= edge <= high})
    (jaw_low, jaw_high), _ = jaws(beam, index)
    strips = []
    for lower, upper in pairwise(cuts):
        middle = (lower + upper) / 2
        pairs = [next(pair for pair in stack if pair[0] <= middle < pair[1]) for stack in stacks]
        left = max(pair[2] for pair in pairs)
        right = min(pair[3] for pair in pairs)
        if len(stacks) > 1:
            right = max(left, right)
        strips.append(Strip(lower, upper, left, right, min(upper, jaw_high) - max(lower, jaw_low)))
    return strips


def point_metrics(strips: Sequence[Strip], along: Interval) -> dict[str, float]:
    """Return the quantities of one control point, all but AAV."""
    exposed = [strip for strip in strips if strip.exposed]
    opened = [strip for strip in strips if strip.open]
    table = {"LSV": bank_variability([s.left for s in opened]) * bank_variability([s.right for s in opened])}
    for threshold in (2, 5, 10, 20):
        table[f"SAS{threshold}"] = mean(float(strip.gap < threshold) for strip in opened)
    table["MAD"] = mean(abs(strip.left + strip.right) / 2 for strip in opened)
    table["CAS"] = mean(float(strip.left > 0 or strip.right < 0) for strip in opened)
    table["CLS"] = (1 - len(opened) / len(exposed)) if exposed else 0.0
    table["ALPO"] = mean(strip.gap for strip in opened)
    clipped = [(max(s.left, along[0]), min(s.right, along[1])) for s in exposed]
    area = math.fsum(length(interval) * strip.height for interval, strip in zip(clipped, exposed, strict=True))
    side = edge_length(clipped)
    ends = math.fsum(2 * strip.height for interval, strip in zip(clipped, exposed, strict=True) if length(interval) > 0)
    table["MFA"] = area
    table["EM"] = side / area if area else 0.0
    table["PI"] = (side + ends) ** 2 / (4 * math.pi * area) if area else 0.0
    return table


def mean(values: Iterable[float]) -> float:
    """Return the mean, 0 of nothing."""
    listed = list(values)
    return math.fsum(listed) / len(listed) if listed else 0.0


def bank_variability(tips: Sequence[float]) -> float:
    """Return one bank's factor of LSV."""
    spread = max(tips) - min(tips) if tips else 0.0
    if len(tips) < 2 or spread == 0:
        return 1.0
    return math.fsum(spread - abs(b - a) for a, b in pairwise(tips)) / ((len(tips) - 1) * spread)


def length(interval: Interval) -> float:
    """Return the length of an interval, 0 when it is reversed."""
    return max(0.0, interval[1] - interval[0])


def edge_length(intervals: Sequence[Interval]) -> float:
    """Return the length, along the leaves, of all lines between strips with aperture on exactly one side."""
    rows = [(0.0, 0.0), *intervals, (0.0, 0.0)] if intervals else []
    total = 0.0
    for above, below in pairwise(rows):
        cuts = sorted({x for row in (above, below) if length(row) for x in row})
        for start, stop in pairwise(cuts):
            middle = (start + stop) / 2
            total += (stop - start) * (covers(above, middle) != covers(below, middle))
    return total


def covers(interval: Interval, x: float) -> bool:
    """Whether `x` lies inside the interval."""
    return interval[0] < x < interval[1]


def aperture_limit(shapes: Sequence[Sequence[Strip]], convention: str) -> float:
    """Return what the open gaps are divided by, from the shapes that deliver dose."""
    total = 0.0
    for history in zip(*shapes, strict=True):
        opened = [strip for strip in history if strip.open]
        if not opened:
            continue
        if convention == "mcniven2010":
            total += max(strip.right for strip in opened) - min(strip.left for strip in opened)
        else:
            total += max(strip.gap for strip in opened)
    return total


def leaf_travel(beam: Beam) -> float:
    """Return the mean travel of the leaves of every physical pair that is exposed and open at some control point."""
    travels = []
    for layer in beam.layers:
        for pair, (low, high) in enumerate(pairwise(layer.boundaries_mm)):
            path = [tuple(map(float, banks[:, pair])) for banks in layer.positions_mm]
            windows = [jaws(beam, index)[0] for index in range(len(path))]
            used = any(
                right - left > TOLERANCE and min(high, window[1]) - max(low, window[0]) > TOLERANCE
                for (left, right), window in zip(path, windows, strict=True)
            )
            if used:
                travels += [sum(abs(b[bank] - a[bank]) for a, b in pairwise(path)) for bank in (0, 1)]
    return math.fsum(travels) / len(travels) if travels else 0.0
