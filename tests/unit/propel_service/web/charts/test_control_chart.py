import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import pytest

from propel_service.web.charts.control_chart import (
    LARGE,
    SMALL,
    ChartPoint,
    ChartSeries,
    ControlChart,
    Frame,
    draw,
    lay_out,
)
from propel_service.web.charts.palette import centre_styles
from support.drawing import SVG, of_class, parse

START = datetime(2025, 1, 1)  # noqa: DTZ001  # plans give local times without a zone
FIRST, LAST = datetime.min, datetime.max  # noqa: DTZ901  # the ends of the calendar
STYLES = centre_styles(["A", "B"])


def point(number: int, value: float | None, **marks: bool) -> ChartPoint:
    """Return the point of plan `number`, that many days after the start."""
    return ChartPoint(
        time=START + timedelta(days=number), value=value, href=f"/plans/{number}", title=f"plan {number}", **marks
    )


def chart_of(*series: ChartSeries) -> ControlChart:
    """Return a chart of these centres."""
    return ControlChart(identifier="c", title="Rectum V50Gy", description="two centres", unit="%", series=series)


def series_of(centre: str, *points: ChartPoint, **lines: Any) -> ChartSeries:
    """Return the series of one centre."""
    return ChartSeries(centre=centre, style=STYLES[centre], points=points, **lines)


def parsed(chart: ControlChart, frame: Frame = SMALL) -> ET.Element:
    """Return the drawing of `chart`."""
    return parse(draw(chart, frame))


def links(root: ET.Element) -> list[ET.Element]:
    """Return the links of a drawing, in order."""
    return list(root.iter(f"{SVG}a"))


def test_points_lie_where_the_scales_put_them() -> None:
    """A ring is centred on its point: its place must follow from time and value through the layout."""
    chart = chart_of(series_of("A", point(0, 1.0), point(5, 3.0, tail=True), point(10, 2.0)))
    layout = lay_out(chart, SMALL)
    (ring,) = of_class(parsed(chart), "ring")
    assert float(ring.get("cx")) == pytest.approx(layout.x(START + timedelta(days=5)), abs=0.01)
    assert float(ring.get("cy")) == pytest.approx(layout.y(3.0), abs=0.01)
    assert layout.x(START) < layout.x(START + timedelta(days=5)) < layout.x(START + timedelta(days=10))
    assert layout.y(3.0) < layout.y(1.0)


def test_everything_judged_by_lies_inside_the_plot() -> None:
    """Limits and band must widen the axis when they lie beyond every point."""
    layout = lay_out(chart_of(series_of("A", point(0, 5.0), limits=(-10.0, 20.0), band=(0.0, 30.0))), SMALL)
    for level in (-10.0, 20.0, 30.0, 5.0):
        assert SMALL.top <= layout.y(level) <= SMALL.height - SMALL.bottom


def test_tails_are_ringed_and_signals_flagged_and_nothing_else() -> None:
    """A tail and a signal are two things and must be marked as two things."""
    root = parsed(
        chart_of(series_of("A", point(0, 1.0), point(1, 2.0, tail=True), point(2, 3.0, signal=True), point(3, 1.5)))
    )
    assert [len(of_class(link, "ring")) for link in links(root)] == [0, 1, 0, 0]
    assert [len(of_class(link, "flag")) for link in links(root)] == [0, 0, 1, 0]


def test_each_point_leads_to_its_plan_and_says_what_it_is() -> None:
    """Every point is a link with its own title."""
    root = parsed(chart_of(series_of("A", point(7, 1.0), point(8, 2.0))))
    assert [(link.get("href"), link.find(f"{SVG}title").text) for link in links(root)] == [
        ("/plans/7", "plan 7"),
        ("/plans/8", "plan 8"),
    ]


def test_centres_have_their_own_colour_and_shape() -> None:
    """Two centres must differ in both, on every drawing."""
    root = parsed(chart_of(series_of("A", point(0, 1.0)), series_of("B", point(1, 1.0))))
    groups = {node.get("data-centre"): node for node in root.iter() if node.get("data-centre")}
    assert groups["A"].get("fill") == "#0072B2"
    assert groups["B"].get("fill") == "#D55E00"
    assert groups["A"].get("class") == "shape-circle"
    assert groups["B"].get("class") == "shape-diamond"


def test_a_missing_value_breaks_the_line_and_draws_no_point() -> None:
    """A gap must look like a gap."""
    root = parsed(chart_of(series_of("A", point(0, 1.0), point(1, None), point(2, 2.0), point(3, 2.5))))
    trace = next(node for node in root.iter(f"{SVG}path") if node.get("stroke-opacity") == "0.35")
    assert trace.get("d").count("M") == 2
    assert len(links(root)) == 3


def test_each_centre_shades_its_reference_period() -> None:
    """The period the limits come from must be seen, for each centre."""
    period = (START, START + timedelta(days=4))
    chart = chart_of(
        series_of("A", point(0, 1.0), point(9, 2.0), reference=period), series_of("B", point(1, 1.0), reference=period)
    )
    shades = of_class(parsed(chart), "reference")
    layout = lay_out(chart, SMALL)
    assert len(shades) == 2
    width = layout.x(period[1]) - layout.x(period[0])
    assert width <= float(shades[0].get("width")) <= width + 6.01


def test_limits_band_and_centre_line_are_drawn_in_three_styles() -> None:
    """Centre line solid, limits dashed, band filled with dotted edges: three things never merge."""
    root = parsed(chart_of(series_of("A", point(0, 1.0), centre_line=1.0, limits=(0.0, 2.0), band=(0.4, 1.6))))
    (group,) = of_class(root, "judged-by")
    dashes = [node.get("stroke-dasharray") for node in group.iter(f"{SVG}path")]
    assert sorted(dashes, key=str) == ["1 3", "1 3", "6 4", "6 4", None]
    assert len(list(group.iter(f"{SVG}rect"))) == 1


def test_a_drawing_names_and_describes_itself() -> None:
    """Title and description must be what the image is labelled by."""
    root = parsed(chart_of(series_of("A", point(0, 1.0))))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "c-title c-desc"
    assert root.find(f"{SVG}title").text == "Rectum V50Gy"
    assert root.find(f"{SVG}desc").text == "two centres"


@pytest.mark.parametrize("points", [(), (point(0, None),)])
def test_a_panel_without_values_says_so(points: tuple[ChartPoint, ...]) -> None:
    """No value at all must give a sentence, not an empty box or an error."""
    chart = chart_of(series_of("A", *points))
    assert lay_out(chart, SMALL) is None
    assert "No value could be calculated" in draw(chart)


@pytest.mark.parametrize("frame", [SMALL, LARGE])
def test_one_constant_point_can_be_drawn(frame: Frame) -> None:
    """One plan, or equal values, must not divide by zero."""
    chart = chart_of(series_of("A", point(0, 0.0), point(0, 0.0), centre_line=0.0, limits=(0.0, 0.0)))
    assert "nan" not in draw(chart, frame)


def test_line_names_of_the_large_chart_do_not_cover_one_another() -> None:
    """Six lines at nearly one height must still be read, inside the drawing."""
    lines = {"centre_line": 1.0, "limits": (0.99, 1.01), "band": (0.995, 1.005)}
    chart = chart_of(series_of("A", point(0, -5.0), point(1, 5.0), **lines), series_of("B", point(0, 1.0), **lines))
    places = [
        float(node.get("y"))
        for node in parsed(chart, LARGE).iter(f"{SVG}text")
        if float(node.get("x")) > LARGE.width - LARGE.right
    ]
    assert len(places) == 10
    assert all(later - earlier >= 12.0 for earlier, later in pairwise(places))
    assert max(places) <= LARGE.height


def test_line_names_at_the_bottom_stay_inside_the_plot() -> None:
    """Names pushed apart below the last line must move up, not off the drawing."""
    lines = {"centre_line": 0.02, "limits": (0.0, 0.04), "band": (0.01, 0.03)}
    chart = chart_of(series_of("A", point(0, 0.0), point(1, 100.0), **lines), series_of("B", point(0, 1.0), **lines))
    places = [
        float(node.get("y", "nan"))
        for node in parsed(chart, LARGE).iter(f"{SVG}text")
        if float(node.get("x", "nan")) > LARGE.width - LARGE.right
    ]
    assert max(places) <= LARGE.height - LARGE.bottom + 4.0
    assert all(later - earlier >= 12.0 for earlier, later in pairwise(places))


def test_hostile_names_stay_text() -> None:
    """A label from a file must never become markup."""
    hostile = '</title><script>alert("1")</script>'
    chart = replace(
        chart_of(series_of("A", replace(point(0, 1.0), title=hostile, href='/plans/1" onload="x'))), title=hostile
    )
    root = parsed(chart)
    assert not list(root.iter(f"{SVG}script"))
    assert root.find(f"{SVG}title").text == hostile
    assert links(root)[0].get("onload") is None


@pytest.mark.parametrize("zone", [None, UTC])
@pytest.mark.parametrize("frame", [SMALL, LARGE])
@pytest.mark.parametrize(
    "times",
    [
        (FIRST,),
        (LAST,),
        (FIRST, LAST),
        (START, LAST),
        (FIRST, START),
        (LAST - timedelta(days=4), LAST),
        (LAST - timedelta(days=400), LAST),
    ],
)
def test_any_time_that_can_be_stored_can_be_drawn(
    times: tuple[datetime, ...], frame: Frame, zone: tzinfo | None
) -> None:
    """One odd date in a warehouse must not take the page away: the axis ends where the calendar does."""
    points = [replace(point(0, float(place)), time=time.replace(tzinfo=zone)) for place, time in enumerate(times)]
    chart = chart_of(series_of("A", *points))
    assert len(links(parsed(chart, frame))) == len(times)
    ticks = lay_out(chart, frame).x.ticks(5)
    assert len(ticks) <= 6
    assert all(frame.left <= tick.position <= frame.width - frame.right for tick in ticks)
