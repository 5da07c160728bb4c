"""Judge one panel: each centre by its own reference, each plan by limits, rules and tails."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat
from propel_core.spc import (
    Direction,
    Divisor,
    IndividualsChart,
    Signal,
    TailsChart,
    fitted_normal,
    individuals_chart,
    tails_chart,
)
from propel_service.surveillance.explain import signal_sentence, tail_sentence
from propel_service.surveillance.judgement import (
    CentreJudgement,
    Observation,
    PanelJudgement,
    PointJudgement,
    Reference,
    ReferenceState,
    RuleFinding,
)

__all__ = [
    "CentreJudgement",
    "Observation",
    "PanelJudgement",
    "PointJudgement",
    "Reference",
    "ReferenceState",
    "RuleFinding",
    "judge",
]


def judge(
    points: Sequence[Observation],
    *,
    references: Mapping[str, Reference],
    alpha: float = 0.05,
    divisor: Divisor = Divisor.EXACT,
    unit: str = "",
) -> PanelJudgement:
    """Judge the plans of one panel (metric, site, technique), centre by centre.

    Parameters
    ----------
    points
        In any order: they are judged in order of time, then of plan number.
    references
        Frozen reference period by centre. A centre without one is judged by all its plans so far, provisionally.
    alpha
        Probability of both tails of the band together.
    unit
        Unit of the values, for the sentences.

    Raises
    ------
    InvalidInputError
        If a value is infinite, or times with and without a time zone are mixed.
    """
    if len({point.time.utcoffset() is None for point in points}) > 1:
        message = "times with and without a time zone, expected all of one kind"
        raise InvalidInputError(message, where="panel")
    by_centre: dict[str, list[Observation]] = defaultdict(list)
    for point in sorted(points, key=lambda point: (point.time, point.plan_id)):
        by_centre[point.centre].append(point)
    judged = (
        _judge_centre(centre, by_centre[centre], references.get(centre), alpha=alpha, divisor=divisor, unit=unit)
        for centre in sorted(by_centre)
    )
    return PanelJudgement(alpha=alpha, centres=tuple(judged))


def _judge_centre(
    centre: str,
    points: Sequence[Observation],
    reference: Reference | None,
    *,
    alpha: float,
    divisor: Divisor,
    unit: str,
) -> CentreJudgement:
    values = [point.value for point in points]
    frozen = None if reference is None else reference.values
    chart = individuals_chart(values, baseline=frozen, divisor=divisor)
    tails = tails_chart(values, law=fitted_normal(values if frozen is None else frozen), alpha=alpha)
    reference_ids = frozenset(() if reference is None else reference.plan_ids)
    state = _state(chart, reference)
    signals = {signal.index: signal for signal in chart.signals}
    population = _population(reference, chart.reference_size, centre)
    judged = tuple(
        _judge_point(
            index,
            points,
            chart=chart,
            tails=tails,
            signal=signals.get(index),
            in_reference=point.plan_id in reference_ids if reference is not None else state is not ReferenceState.NONE,
            population=population,
            unit=unit,
        )
        for index, point in enumerate(points)
    )
    return CentreJudgement(
        centre=centre,
        state=state,
        reference_size=chart.reference_size,
        points=judged,
        chart=chart,
        tails=tails,
        caveats=_caveats(points, chart, tails),
    )


def _state(chart: IndividualsChart, reference: Reference | None) -> ReferenceState:
    if chart.centre is None:
        return ReferenceState.NONE
    return ReferenceState.PROVISIONAL if reference is None else ReferenceState.FROZEN


def _population(reference: Reference | None, size: int, centre: str) -> str:
    if reference is not None:
        return f"the {size} reference plans of {centre}"
    return f"the {size} plans of {centre} so far (no reference period is frozen yet)"


def _judge_point(
    index: int,
    points: Sequence[Observation],
    *,
    chart: IndividualsChart,
    tails: TailsChart,
    signal: Signal | None,
    in_reference: bool,
    population: str,
    unit: str,
) -> PointJudgement:
    point = points[index]
    in_tail = bool(tails.in_tail[index])
    findings = () if signal is None else _findings(signal, points, chart=chart, unit=unit)
    sentences = [finding.explanation for finding in findings]
    if in_tail:
        sentences.insert(0, tail_sentence(tails, index, population=population, unit=unit, in_reference=in_reference))
    return PointJudgement(
        plan_id=point.plan_id,
        time=point.time,
        value=None if point.value is None else _or_none(point.value),
        in_reference=in_reference,
        p=_or_none(float(tails.p[index])),
        z=_or_none(float(tails.z[index])),
        direction=Direction(int(tails.direction[index])),
        in_tail=in_tail,
        findings=findings,
        explanation=" ".join(sentences) or None,
    )


def _findings(
    signal: Signal, points: Sequence[Observation], *, chart: IndividualsChart, unit: str
) -> tuple[RuleFinding, ...]:
    centre = points[signal.index].centre
    return tuple(
        RuleFinding(
            rule=hit.rule,
            direction=hit.side,
            plan_ids=tuple(points[member].plan_id for member in hit.window),
            explanation=signal_sentence(chart, hit, centre=centre, unit=unit),
        )
        for hit in signal.hits
    )


def _caveats(points: Sequence[Observation], chart: IndividualsChart, tails: TailsChart) -> tuple[Caveat, ...]:
    """Return the reservations of chart and band, each once, and one on the order where times repeat."""
    caveats = list(dict.fromkeys((*chart.caveats, *tails.caveats)))
    repeated = len(points) - len({point.time for point in points})
    if repeated:
        text = f"{repeated} plans share their time with another: their order follows the plan number."
        caveats.append(Caveat(code="duplicate-times", text=text))
    return tuple(caveats)


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
