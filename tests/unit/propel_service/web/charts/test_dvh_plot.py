import xml.etree.ElementTree as ET

import numpy as np
import pytest

from propel_service.web.charts.dvh_plot import DvhLine, draw, swatch, thinned
from propel_service.web.charts.palette import line_styles
from support.drawing import SVG, of_class, parse


def line(
    name: str = "Rectum", *, index: int = 0, middle: float = 30.0, is_target: bool = False, bins: int = 2000
) -> DvhLine:
    """Return a histogram that falls in a straight line through half its volume at `middle` Gy."""
    dose = np.linspace(0.0, 60.0, bins)
    return DvhLine(
        name=name,
        title=f"{name} title",
        style=line_styles(index + 1)[index],
        is_target=is_target,
        dose_gy=dose,
        volume_fraction=np.clip((middle + 10.0 - dose) / 20.0, 0.0, 1.0),
    )


def curves(markup: str) -> list[ET.Element]:
    """Return the curves of a plot."""
    return of_class(parse(markup), "dvh")


def ends(curve: ET.Element) -> tuple[list[float], list[float]]:
    """Return the first and the last point of a curve."""
    numbers = [float(part) for part in curve.get("d")[1:].split()]
    return numbers[:2], numbers[-2:]


def test_a_curve_starts_at_the_top_left_and_ends_at_the_bottom() -> None:
    """All of a structure receives at least nothing; none of it more than its maximum."""
    (curve,) = curves(draw([line()]))
    first, last = ends(curve)
    assert first[0] == pytest.approx(48.0)
    assert first[1] == pytest.approx(26.0)
    assert last[1] == pytest.approx(396.0)


def test_targets_are_drawn_heavier_and_curves_differ_in_colour() -> None:
    """A target must be found at a glance."""
    target, organ = curves(draw([line("PTV", middle=45.0, is_target=True), line("Rectum", index=1)]))
    assert float(target.get("stroke-width")) > float(organ.get("stroke-width"))
    assert target.get("stroke") != organ.get("stroke")


def test_a_curve_says_its_name_as_text_and_title() -> None:
    """Direct label and hover title must both name the structure, hostile or not."""
    root = parse(draw([line("<b>&R")]))
    assert "<b>&R" in [node.text for node in root.iter(f"{SVG}text")]
    assert "<b>&R title" in [node.text for node in root.iter(f"{SVG}title")]


def test_labels_do_not_cover_one_another() -> None:
    """Three equal curves must be labelled at three places or not at all."""
    root = parse(draw([line(f"Structure {index}", index=index) for index in range(3)]))
    places = [
        (float(node.get("x")), float(node.get("y")))
        for node in root.iter(f"{SVG}text")
        if node.get("class") == "curve-label"
    ]
    assert len(set(places)) == len(places) == 3


def test_the_prescription_is_marked_where_it_lies_on_the_axis() -> None:
    """A prescription inside the plot is named; none, or one beyond it, is not."""
    assert "prescription 40 Gy" in draw([line()], prescription_gy=40.0)
    assert "prescription" not in draw([line()])
    assert "prescription" not in draw([line()], prescription_gy=900.0)


def test_a_plan_without_structures_has_empty_axes() -> None:
    """No curve must not be an error."""
    assert curves(draw([])) == []


def test_thinning_keeps_ends_and_shape() -> None:
    """Five thousand bins become few, and no kept point is more than a step from its neighbour unless bins are."""
    x, y = np.linspace(0.0, 100.0, 5000), np.linspace(50.0, 0.0, 5000)
    few_x, few_y = thinned(x, y, step=1.0)
    assert len(few_x) < 130
    assert (few_x[0], few_x[-1], few_y[-1]) == (0.0, 100.0, 0.0)
    assert np.hypot(np.diff(few_x), np.diff(few_y)).max() < 1.1


def test_thinning_keeps_a_cliff() -> None:
    """A step between two bins must keep both of its ends."""
    x, y = np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 0.0, 300.0, 300.0])
    assert thinned(x, y)[1].tolist() == y.tolist()


def test_a_swatch_repeats_the_look_of_its_curve() -> None:
    """The legend of a curve must have its colour and its dash."""
    style = line_styles(9)[8]
    assert f'stroke="{style.colour}"' in swatch(style, is_target=False)
    assert f'stroke-dasharray="{style.dash}"' in swatch(style, is_target=False)
