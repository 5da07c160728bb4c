"""One panel as a control chart: points in time, a colour and shape per centre, limits, tail band, reference period.

Geometry first (`lay_out` places everything in pixels), then drawing; both are pure. What a chart shows is decided by
the caller: nothing here knows how a limit or a signal came about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from markupsafe import Markup

from propel_service.web.charts.palette import CentreStyle, marker_path
from propel_service.web.charts.scales import LinearScale, TimeScale
from propel_service.web.charts.svg import element, number, text

__all__ = ["LARGE", "SMALL", "ChartPoint", "ChartSeries", "ControlChart", "Frame", "Layout", "draw", "lay_out"]

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPoint:
    """One plan's value; None leaves a gap. `title` is shown on hover, `href` leads to the plan's page."""

    time: datetime
    value: float | None
    href: str
    title: str
    tail: bool = False
    signal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartSeries:
    """One centre: its points in time order and what they are judged by, where that exists."""

    centre: str
    style: CentreStyle
    points: tuple[ChartPoint, ...]
    centre_line: float | None = None
    limits: Interval | None = None
    band: Interval | None = None
    reference: tuple[datetime, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart:
    """A panel ready to be drawn; `identifier` makes the element ids of the drawing unique on its page."""

    identifier: str
    title: str
    description: str
    unit: str
    series: tuple[ChartSeries, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Sizes in pixels: the drawing, its margins, the points."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    radius: float
    labelled: bool


SMALL = Frame(width=440, height=216, left=52, right=10, top=22, bottom=26, radius=3.2, labelled=False)
LARGE = Frame(width=1160, height=440, left=64, right=150, top=26, bottom=38, radius=4.6, labelled=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The scales of one drawing: `x` from time, `y` from value, in pixels."""

    x: TimeScale
    y: LinearScale


def lay_out(chart: ControlChart, frame: Frame) -> Layout | None:
    """Return the scales that hold every point, limit and band of `chart`, or None when it has no value at all."""
    points = [point for series in chart.series for point in series.points if point.value is not None]
    if not points:
        return None
    values = [point.value for point in points if point.value is not None]
    for series in chart.series:
        values += [*(series.limits or ()), *(series.band or ())]
        values += [series.centre_line] if series.centre_line is not None else []
    low, high = min(values), max(values)
    pad = (high - low) * 0.06 or abs(high) * 0.05 or 1.0
    first, last = min(point.time for point in points), max(point.time for point in points)
    slack = (last - first) * 0.02 or timedelta(days=1)
    # Any time that can be stored can be drawn: at an end of the calendar there is no room for slack.
    first -= min(slack, first - datetime.min.replace(tzinfo=first.tzinfo))
    last += min(slack, datetime.max.replace(tzinfo=last.tzinfo) - last)
    return Layout(
        x=TimeScale(first=first, last=last, start=frame.left, end=frame.width - frame.right),
        y=LinearScale(low=low - pad, high=high + pad, start=frame.height - frame.bottom, end=frame.top),
    )


def draw(chart: ControlChart, frame: Frame = SMALL) -> Markup:
    """Return the chart as one accessible ``<svg>`` element with title and description."""
    layout = lay_out(chart, frame)
    title_id, description_id = f"{chart.identifier}-title", f"{chart.identifier}-desc"
    body: list[Markup]
    if layout is None:
        message = "No value could be calculated for this panel"
        body = [text(message, frame.width / 2, frame.height / 2, class_="tick", text_anchor="middle")]
    else:
        body = [
            *_reference_periods(chart.series, layout, frame),
            *_axes(layout, frame, chart.unit),
            *(_judged_by(series, layout, frame) for series in chart.series),
            *_line_labels(chart.series, layout, frame),
            *(_points(series, layout, frame) for series in chart.series),
        ]
    return element(
        "svg",
        element("title", chart.title, id=title_id),
        element("desc", chart.description, id=description_id),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(frame.width)} {number(frame.height)}",
        class_="chart",
        role="img",
        font_family="system-ui, sans-serif",
        font_size=11,
        aria_labelledby=f"{title_id} {description_id}",
    )


def _axes(layout: Layout, frame: Frame, unit: str) -> Iterator[Markup]:
    right, bottom = frame.width - frame.right, frame.height - frame.bottom
    for tick in layout.y.ticks(6 if frame.labelled else 4):
        yield element("path", d=f"M{frame.left} {number(tick.position)}H{right}", class_="grid", stroke="#e3e8ee")
        yield text(tick.label, frame.left - 6, tick.position + 3.5, class_="tick", text_anchor="end", fill="#5b6673")
    for tick in layout.x.ticks(8 if frame.labelled else 5):
        yield element("path", d=f"M{number(tick.position)} {bottom}v4", class_="axis", stroke="#8a94a0")
        yield text(tick.label, tick.position, bottom + 16, class_="tick", text_anchor="middle", fill="#5b6673")
    yield element("path", d=f"M{frame.left} {bottom}H{right}", class_="axis", stroke="#8a94a0")
    if unit:
        yield text(unit, frame.left - 6, frame.top - 10, class_="tick", text_anchor="end", fill="#5b6673")


def _reference_periods(series: Sequence[ChartSeries], layout: Layout, frame: Frame) -> Iterator[Markup]:
    """Shade each centre's reference period, and underline it in the centre's colour."""
    bottom = frame.height - frame.bottom
    lane = 0
    for one in series:
        if one.reference is None:
            continue
        start, end = (layout.x(time) for time in one.reference)
        start, end = max(start - 3.0, frame.left), end + 3.0
        yield element(
            "rect",
            x=start, y=frame.top, width=end - start, height=bottom - frame.top,
            class_="reference", fill="#64748b", fill_opacity=0.07,
        )  # fmt: skip
        yield element(
            "rect", x=start, y=bottom - 3.0 - 4.0 * lane, width=end - start, height=2.5, rx=1,
            fill=one.style.colour, fill_opacity=0.8,
        )  # fmt: skip
        if frame.labelled and lane == 0:
            yield text("reference period", start + 6, frame.top + 13, class_="tick", fill="#5b6673")
        lane += 1


def _judged_by(series: ChartSeries, layout: Layout, frame: Frame) -> Markup:
    """Draw tail band (filled), own limits (dashed) and centre line (solid): three different things, three styles."""
    right = frame.width - frame.right
    parts = []
    if series.band is not None:
        low, high = layout.y(series.band[0]), layout.y(series.band[1])
        parts.append(
            element(
                "rect",
                x=frame.left,
                y=high,
                width=right - frame.left,
                height=low - high,
                fill_opacity=0.07,
                stroke="none",
            )
        )
        parts += [
            element("path", d=_level(edge, frame), stroke_width=0.8, stroke_dasharray="1 3", stroke_opacity=0.9)
            for edge in (low, high)
        ]
    if series.limits is not None:
        parts += [
            element("path", d=_level(layout.y(limit), frame), stroke_width=1.1, stroke_dasharray="6 4")
            for limit in series.limits
        ]
    if series.centre_line is not None:
        parts.append(element("path", d=_level(layout.y(series.centre_line), frame), stroke_width=1.3))
    return element("g", parts, fill=series.style.colour, stroke=series.style.colour, class_="judged-by")


def _level(y: float, frame: Frame) -> str:
    return f"M{number(frame.left)} {number(y)}H{number(frame.width - frame.right)}"


def _line_labels(series: Sequence[ChartSeries], layout: Layout, frame: Frame) -> list[Markup]:
    """Name every line at its right end (large chart only), moved apart where they would collide."""
    if not frame.labelled:
        return []
    wanted: list[tuple[float, str, str]] = []
    for one in series:
        named: list[tuple[str, float | None]] = [("centre line", one.centre_line)]
        for words, interval in (("3-sigma limit", one.limits), ("2.5 % tail", one.band)):
            named += [(words, level) for level in interval or ()]
        wanted += [
            (layout.y(level), f"{words} {level:.4g}", one.style.colour) for words, level in named if level is not None
        ]
    wanted.sort()
    spacing = 12.5
    room = frame.height - frame.bottom - frame.top
    spacing = min(spacing, room / max(len(wanted), 1))
    places: list[float] = []
    for wish, _, _ in wanted:
        places.append(max(wish, places[-1] + spacing) if places else wish)
    overflow = places[-1] - (frame.height - frame.bottom) if places else 0.0
    if overflow > 0:
        limit = frame.height - frame.bottom
        for index in range(len(places) - 1, -1, -1):
            places[index] = min(places[index], limit)
            limit = places[index] - spacing
    x = frame.width - frame.right
    labels = []
    for (wish, words, colour), place in zip(wanted, places, strict=True):
        leader = f"M{number(x)} {number(wish)}L{number(x + 10)} {number(place)}h4"
        labels.append(element("path", d=leader, stroke=colour, stroke_opacity=0.6, fill="none"))
        labels.append(text(words, x + 18, place + 3.5, class_="tick", fill=colour))
    return labels


def _points(series: ChartSeries, layout: Layout, frame: Frame) -> Markup:
    """Draw a centre's points, joined by a thin line that breaks at gaps, each a link with its own title."""
    runs = [
        " ".join(f"{layout.x(point.time):.1f} {layout.y(point.value):.1f}" for point in run if point.value is not None)
        for has_value, run in groupby(series.points, key=lambda point: point.value is not None)
        if has_value
    ]
    trace = element(
        "path", d="".join(f"M{run}" for run in runs), fill="none", stroke=series.style.colour,
        stroke_opacity=0.35, stroke_width=1,
    )  # fmt: skip
    marks = [
        _mark(point, layout.x(point.time), layout.y(point.value), series.style, frame)
        for point in series.points
        if point.value is not None
    ]
    return element(
        "g",
        trace,
        marks,
        fill=series.style.colour,
        data_centre=series.centre,
        class_=f"shape-{series.style.shape.value}",
    )


def _mark(point: ChartPoint, x: float, y: float, style: CentreStyle, frame: Frame) -> Markup:
    radius = frame.radius
    parts = [
        element("title", point.title),
        element("path", d=marker_path(style.shape, x, y, radius), class_="point", stroke="#fff", stroke_width=0.8),
    ]
    if point.tail:
        parts.append(
            element(
                "circle", cx=x, cy=y, r=radius * 2.0, class_="ring", fill="none", stroke="#16202c", stroke_width=1.1
            )
        )
    if point.signal:
        parts.append(element("path", d=_chevron(x, y, frame), class_="flag", fill="#16202c"))
    return element("a", parts, href=point.href, tabindex="-1")


def _chevron(x: float, y: float, frame: Frame) -> str:
    """Return a small wedge that points at (x, y) from above, or from below where there is no room above."""
    gap, size = frame.radius * 2.4, frame.radius * 1.2
    side = -1.0 if y - gap - 1.4 * size > frame.top - 6 else 1.0
    tip, base = y + side * gap, y + side * (gap + 1.4 * size)
    return f"M{number(x)} {number(tip)}L{number(x - size)} {number(base)}H{number(x + size)}z"
