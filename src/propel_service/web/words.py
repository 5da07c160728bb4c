"""How values, times and panels are written for people."""

from datetime import datetime

from propel_service.warehouse import PanelKey

__all__ = ["KINDS", "day", "panel_name", "panel_where", "shown", "title_case", "when"]

KINDS = {"dvh": "Dose", "complexity": "Complexity", "overlap": "Overlap"}

_METRICS = {
    "overlap_cc": "Overlap volume",
    "overlap_fraction": "Overlap fraction",
    "organ_cc": "Organ volume",
    "target_cc": "Target volume",
}


def shown(value: float | None, digits: int = 4) -> str:
    """Return a number with `digits` significant digits, or a dash where there is none."""
    if value is None:
        return "–"
    if value != 0.0 and not 1e-3 <= abs(value) < 1e6:
        return f"{value:.{digits - 1}e}"
    text = f"{value:.{digits}g}"
    return f"{value:.0f}" if "e" in text else text


def when(time: datetime) -> str:
    """Return day and time, as the plan gives them."""
    return f"{time:%Y-%m-%d %H:%M}"


def day(time: datetime) -> str:
    """Return the day in words."""
    return f"{time.day} {time:%b %Y}"


def title_case(words: str) -> str:
    """Return `words` with a capital at the start; the rest keeps its own."""
    return words[:1].upper() + words[1:]


def panel_name(key: PanelKey) -> str:
    """Return what a panel charts, for example ``Rectum V50Gy`` or ``MCS``; the unit is written at its axis."""
    metric = key.metric.partition("[")[0]
    if key.kind == "dvh":
        return f"{key.subject} {metric if metric != 'Mean' else 'mean dose'}"
    if key.kind == "overlap":
        return f"{_METRICS.get(metric, metric)}, {key.subject.replace('|', ' with ')}"
    return metric if key.subject == "plan" else f"{metric}, {key.subject}"


def panel_where(key: PanelKey) -> str:
    """Return the stratum of a panel, for example ``Prostate · VMAT``."""
    return f"{title_case(key.site)} · {key.technique}"
