"""What the overview and a panel's page show: stored series and their judgements, put into words and charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from propel_service.surveillance import CentreJudgement, PointJudgement, ReferenceState
from propel_service.surveillance.watch import WatchedPanel
from propel_service.warehouse import PanelRow, PointRow
from propel_service.web.charts.control_chart import SMALL, ChartPoint, ChartSeries, ControlChart, Frame, draw
from propel_service.web.charts.palette import CentreStyle
from propel_service.web.words import day, numbered, panel_name, panel_where, shown, when

__all__ = ["LimitsLine", "PanelCard", "PointLine", "limits_lines", "panel_card", "panel_href"]

_STATES = {
    ReferenceState.FROZEN: "frozen",
    ReferenceState.PROVISIONAL: "provisional: all plans so far",
    ReferenceState.NONE: "none: too few plans",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PointLine:
    """One row of a chart's table."""

    href: str
    label: str
    when: str
    centre: str
    value: str
    notes: str
    tail: bool
    signal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsLine:
    """What one centre is judged by, in words."""

    centre: str
    state: str
    period: str
    n: int
    centre_line: str
    sigma: str
    lower: str
    upper: str
    band_low: str
    band_high: str
    law: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PanelCard:
    """One panel ready for a template; `signals` and `tails` count the plans after the reference periods."""

    chart_id: str
    href: str
    name: str
    where: str
    unit: str
    signals: int
    tails: int
    state: str
    drawing: Markup
    explanation: str
    rows: tuple[PointLine, ...]
    styles: Mapping[str, CentreStyle]


def panel_href(row: PanelRow) -> str:
    """Return the address of a panel's page."""
    return f"/panels/{row.key.slug}"


def panel_card(
    row: PanelRow, watched: WatchedPanel[PointRow], styles: Mapping[str, CentreStyle], *, frame: Frame = SMALL
) -> PanelCard:
    """Return the card of one panel, with its chart drawn."""
    judged = watched.judged()
    later = [point for _, point in judged if not point.in_reference]
    explanation = " ".join(_sentence(centre, row.unit) for centre in watched.judgement.centres)
    name, where = panel_name(row.key), panel_where(row.key)
    chart = ControlChart(
        identifier=f"chart-{row.key.slug}",
        title=f"{name}, {where}",
        description=f"Control chart of {len(judged)} plans. {explanation}",
        unit=row.unit,
        series=tuple(_series(centre, judged, styles, row.unit) for centre in watched.judgement.centres),
    )
    return PanelCard(
        chart_id=chart.identifier,
        href=panel_href(row),
        name=name,
        where=where,
        unit=row.unit,
        signals=sum(bool(point.findings) for point in later),
        tails=sum(point.in_tail for point in later),
        state=_state(watched.judgement.centres),
        drawing=draw(chart, frame),
        explanation=explanation,
        rows=tuple(_line(stored, point) for stored, point in judged),
        styles={centre: styles[centre] for centre in row.centres},
    )


def limits_lines(centres: Sequence[CentreJudgement]) -> list[LimitsLine]:
    """Return the table of what each centre is judged by."""
    return [
        LimitsLine(
            centre=one.centre,
            state=_STATES[one.state],
            period=_period_words(one),
            n=one.reference_size,
            centre_line=shown(one.centre_line),
            sigma=shown(one.sigma),
            lower=shown(one.lower_limit),
            upper=shown(one.upper_limit),
            band_low=shown(one.band_lower),
            band_high=shown(one.band_upper),
            law=f"{one.tails.law.family.value}, fitted",
        )
        for one in centres
    ]


def _series(
    centre: CentreJudgement,
    judged: Sequence[tuple[PointRow, PointJudgement]],
    styles: Mapping[str, CentreStyle],
    unit: str,
) -> ChartSeries:
    return ChartSeries(
        centre=centre.centre,
        style=styles[centre.centre],
        points=tuple(
            ChartPoint(
                time=stored.time,
                value=point.value,
                href=f"/plans/{stored.plan_id}",
                title=_title(stored, point, unit),
                tail=point.in_tail,
                signal=bool(point.findings),
            )
            for stored, point in judged
            if stored.centre == centre.centre
        ),
        centre_line=centre.centre_line,
        limits=_interval(centre.lower_limit, centre.upper_limit),
        band=_interval(centre.band_lower, centre.band_upper),
        reference=_period(centre) if centre.state is ReferenceState.FROZEN else None,
    )


def _state(centres: Sequence[CentreJudgement]) -> str:
    """Return the firmest state among the centres of a panel."""
    found = {centre.state for centre in centres}
    order = (ReferenceState.FROZEN, ReferenceState.PROVISIONAL)
    return next((state for state in order if state in found), ReferenceState.NONE).value


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    return None if low is None or high is None else (low, high)


def _period(centre: CentreJudgement) -> tuple[datetime, datetime] | None:
    times = [point.time for point in centre.points if point.in_reference]
    return (min(times), max(times)) if times else None


def _period_words(centre: CentreJudgement) -> str:
    period = _period(centre)
    return f"{day(period[0])} to {day(period[1])}" if period else "none"


def _sentence(centre: CentreJudgement, unit: str) -> str:
    """Say what a centre is judged by, for the description of the chart and the words above its table."""
    if centre.centre_line is None:
        return f"{centre.centre}: too few plans for limits ({centre.reference_size})."
    basis = (
        f"its first {centre.reference_size} plans, {_period_words(centre)}, frozen"
        if centre.state is ReferenceState.FROZEN
        else f"all its {centre.reference_size} plans so far, provisional"
    )
    parts = [f"centre line {shown(centre.centre_line)} {unit}".rstrip()]
    if centre.lower_limit is not None:
        parts.append(f"own limits {shown(centre.lower_limit)} to {shown(centre.upper_limit)}")
    if centre.band_lower is not None:
        parts.append(f"95 % band {shown(centre.band_lower)} to {shown(centre.band_upper)}")
    return f"{centre.centre}: {', '.join(parts)} (from {basis})."


def _title(stored: PointRow, point: PointJudgement, unit: str) -> str:
    value = f"{shown(point.value)} {unit}".rstrip()
    head = f"{numbered(stored.label, stored.plan_id)} · {stored.centre} · {when(stored.time)} · {value}"
    return f"{head}\n{point.explanation}" if point.explanation else head


def _line(stored: PointRow, point: PointJudgement) -> PointLine:
    notes = stored.reason or point.explanation or ("reference period" if point.in_reference else "")
    return PointLine(
        href=f"/plans/{stored.plan_id}",
        label=numbered(stored.label, stored.plan_id),
        when=when(stored.time),
        centre=stored.centre,
        value=shown(point.value),
        notes=notes,
        tail=point.in_tail,
        signal=bool(point.findings),
    )
