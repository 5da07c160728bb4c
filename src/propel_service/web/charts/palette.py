"""Colours that colour-blind eyes can tell apart (Okabe and Ito), each with its own shape and dash.

Colour never stands alone: centres also differ by the shape of their points, structures by the dash of their lines.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["CentreStyle", "LineStyle", "Shape", "centre_styles", "line_styles", "marker_path"]

# Okabe and Ito's set; its yellow is left out because it cannot be read on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D")
_DASHES = (None, "7 3", "2 3", "9 3 2 3")


class Shape(Enum):
    """The shape of a centre's points."""

    CIRCLE = "circle"
    DIAMOND = "diamond"
    SQUARE = "square"
    TRIANGLE = "triangle"
    TRIANGLE_DOWN = "triangle-down"
    CROSS = "cross"
    STAR = "star"
    BAR = "bar"


@dataclass(frozen=True, slots=True, kw_only=True)
class CentreStyle:
    """How one centre is drawn, on every chart of every page."""

    colour: str
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStyle:
    """How one structure's histogram is drawn; `dash` is an SVG dash array, None for a solid line."""

    colour: str
    dash: str | None


def centre_styles(centres: Iterable[str]) -> Mapping[str, CentreStyle]:
    """Return a style per centre, by alphabetical order; 56 centres differ in colour or shape."""
    shapes = tuple(Shape)
    names = sorted(set(centres))
    count = len(_COLOURS)
    # 7 colours and 8 shapes step together, so that neighbours always differ in both.
    return {
        name: CentreStyle(colour=_COLOURS[index % count], shape=shapes[index % len(shapes)])
        for index, name in enumerate(names)
    }


def line_styles(count: int) -> list[LineStyle]:
    """Return `count` line styles: all colours solid first, then all colours with the next dash."""
    return [
        LineStyle(colour=_COLOURS[index % len(_COLOURS)], dash=_DASHES[index // len(_COLOURS) % len(_DASHES)])
        for index in range(count)
    ]


def marker_path(shape: Shape, x: float, y: float, radius: float) -> str:
    """Return the path data of a point at (x, y); shapes of one `radius` look equally heavy."""
    outline = _OUTLINES[shape]
    if outline is None:
        r = f"{radius:.2f}"
        return f"M{x - radius:.2f} {y:.2f}a{r} {r} 0 1 0 {2 * radius:.2f} 0a{r} {r} 0 1 0 {-2 * radius:.2f} 0z"
    corners = " ".join(f"{x + dx * radius:.2f} {y + dy * radius:.2f}" for dx, dy in outline)
    return f"M{corners}z"


_OUTLINES: Mapping[Shape, tuple[tuple[float, float], ...] | None] = {
    Shape.CIRCLE: None,
    Shape.DIAMOND: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    Shape.SQUARE: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    Shape.TRIANGLE: ((0, -1.3), (1.2, 0.85), (-1.2, 0.85)),
    Shape.TRIANGLE_DOWN: ((0, 1.3), (-1.2, -0.85), (1.2, -0.85)),
    Shape.CROSS: (
        (-0.4, -1.2), (0.4, -1.2), (0.4, -0.4), (1.2, -0.4), (1.2, 0.4), (0.4, 0.4),
        (0.4, 1.2), (-0.4, 1.2), (-0.4, 0.4), (-1.2, 0.4), (-1.2, -0.4), (-0.4, -0.4),
    ),
    Shape.STAR: (
        (0, -1.4), (0.35, -0.45), (1.33, -0.43), (0.56, 0.18), (0.82, 1.13),
        (0, 0.6), (-0.82, 1.13), (-0.56, 0.18), (-1.33, -0.43), (-0.35, -0.45),
    ),
    Shape.BAR: ((-1.4, -0.5), (1.4, -0.5), (1.4, 0.5), (-1.4, 0.5)),
}  # fmt: skip
