"""Cumulative dose-volume histograms of one plan as an SVG plot: relative volume against dose in Gy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from propel_core.units import FloatArray
from propel_service.web.charts.palette import LineStyle
from propel_service.web.charts.scales import LinearScale
from propel_service.web.charts.svg import element, number, text

__all__ = ["DvhLine", "draw", "swatch", "thinned"]

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760.0, 440.0, 48.0, 16.0, 26.0, 44.0
_LABEL_LEVELS = (0.5, 0.7, 0.3, 0.85, 0.18, 0.6, 0.4, 0.93, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DvhLine:
    """One structure: `volume_fraction[k]` of it receives at least `dose_gy[k]`."""

    name: str
    title: str
    style: LineStyle
    is_target: bool
    dose_gy: FloatArray
    volume_fraction: FloatArray


def draw(lines: Sequence[DvhLine], *, prescription_gy: float | None = None) -> Markup:
    """Return the plot of all `lines`, each labelled where there is room, with the prescription marked."""
    top_dose = max((_last_dose(line) for line in lines), default=0.0) * 1.04 or 1.0
    x = LinearScale(low=0.0, high=top_dose, start=_LEFT, end=_WIDTH - _RIGHT)
    y = LinearScale(low=0.0, high=100.0, start=_HEIGHT - _BOTTOM, end=_TOP)
    names = ", ".join(line.name for line in lines) or "no structure"
    return element(
        "svg",
        element("title", "Dose-volume histograms", id="dvh-title"),
        element("desc", f"Volume in percent that receives at least a dose in Gy, for {names}.", id="dvh-desc"),
        _axes(x, y),
        _prescription(prescription_gy, x),
        [_curve(line, x, y) for line in lines],
        _labels(lines, x, y),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {number(_WIDTH)} {number(_HEIGHT)}",
        class_="chart",
        role="img",
        font_family="system-ui, sans-serif",
        font_size=11,
        aria_labelledby="dvh-title dvh-desc",
    )


def swatch(style: LineStyle, *, is_target: bool) -> Markup:
    """Return a short sample of a line, for the row of its structure in a table."""
    sample = element(
        "path", d="M1 5H33", stroke=style.colour, stroke_dasharray=style.dash, stroke_width=3.0 if is_target else 2.0
    )
    return element(
        "svg", sample, viewBox="0 0 34 10", width=34, height=10, class_="swatch", aria_hidden="true", focusable="false"
    )


def thinned(x: FloatArray, y: FloatArray, *, step: float = 0.8) -> tuple[FloatArray, FloatArray]:
    """Return the points of the polyline (`x`, `y`), shapes (k,) in pixels, that lie about `step` apart along it.

    First and last stay. A histogram has thousands of bins; a screen has fewer pixels.
    """
    if len(x) < 3:
        return x, y
    along = np.concatenate(([0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))))
    _, kept = np.unique(np.floor(along / step), return_index=True)
    kept = np.union1d(kept, [len(x) - 1])
    return x[kept], y[kept]


def _last_dose(line: DvhLine) -> float:
    positive = np.flatnonzero(line.volume_fraction > 0.0)
    return float(line.dose_gy[positive[-1]]) if len(positive) else 0.0


def _axes(x: LinearScale, y: LinearScale) -> Iterator[Markup]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for tick in y.ticks(5):
        yield element("path", d=f"M{_LEFT} {number(tick.position)}H{right}", class_="grid", stroke="#e3e8ee")
        yield text(tick.label, _LEFT - 7, tick.position + 4, class_="tick", text_anchor="end", fill="#5b6673")
    for tick in x.ticks(8):
        yield element("path", d=f"M{number(tick.position)} {_TOP}V{bottom}", class_="grid", stroke="#e3e8ee")
        yield text(tick.label, tick.position, bottom + 17, class_="tick", text_anchor="middle", fill="#5b6673")
    yield element("path", d=f"M{_LEFT} {_TOP}V{bottom}H{right}", class_="axis", fill="none", stroke="#8a94a0")
    middle = (_LEFT + right) / 2
    yield text("Dose [Gy]", middle, bottom + 36, class_="tick", text_anchor="middle", fill="#5b6673")
    yield text("Volume [%]", 6, _TOP - 13, class_="tick", fill="#5b6673")


def _prescription(prescription_gy: float | None, x: LinearScale) -> Iterator[Markup]:
    if prescription_gy is None or not x.low < prescription_gy < x.high:
        return
    position = x(prescription_gy)
    yield element(
        "path", d=f"M{number(position)} {_TOP}V{_HEIGHT - _BOTTOM}", class_="axis", stroke="#8a94a0",
        stroke_dasharray="4 3",
    )  # fmt: skip
    yield text(
        f"prescription {prescription_gy:.4g} Gy", position, _TOP - 6,
        class_="tick", text_anchor="middle", fill="#5b6673",
    )  # fmt: skip


def _pixels(line: DvhLine, x: LinearScale, y: LinearScale) -> tuple[FloatArray, FloatArray]:
    across = x.start + (line.dose_gy - x.low) / (x.high - x.low) * (x.end - x.start)
    down = y.start + (line.volume_fraction * 100.0) / 100.0 * (y.end - y.start)
    return thinned(across, down)


def _curve(line: DvhLine, x: LinearScale, y: LinearScale) -> Markup:
    across, down = _pixels(line, x, y)
    path = " ".join(f"{a:.1f} {b:.1f}" for a, b in zip(across, down, strict=True))
    return element(
        "path", element("title", line.title), d=f"M{path}" if path else None, class_="dvh", fill="none",
        stroke=line.style.colour, stroke_dasharray=line.style.dash, stroke_width=2.6 if line.is_target else 1.7,
    )  # fmt: skip


def _labels(lines: Sequence[DvhLine], x: LinearScale, y: LinearScale) -> Iterator[Markup]:
    """Write each name beside its curve, at the first level where it covers no earlier label; else leave it out."""
    taken: list[tuple[float, float, float]] = []
    for line in lines:
        width = 7.4 * len(line.name) + 8
        for level in _LABEL_LEVELS:
            reached = np.flatnonzero(line.volume_fraction >= level)
            if not len(reached):
                continue
            left, baseline = x(float(line.dose_gy[reached[-1]])) + 5, y(level * 100.0)
            free = all(
                abs(baseline - other_y) > 13 or left > other_x + other_width or other_x > left + width
                for other_x, other_y, other_width in taken
            )
            if free and left + width < _WIDTH:
                taken.append((left, baseline, width))
                yield text(line.name, left, baseline + 4, class_="curve-label", fill=line.style.colour)
                break
