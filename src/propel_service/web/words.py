"""How values, times and panels are written for people."""

from datetime import datetime

from propel_core.complexity import CATALOGUE
from propel_service.warehouse import PanelKey

__all__ = [
    "KINDS",
    "day",
    "fixed",
    "metric_hint",
    "numbered",
    "panel_name",
    "panel_where",
    "shown",
    "title_case",
    "when",
]

KINDS = {"dvh": "Dose", "complexity": "Complexity", "overlap": "Overlap"}

_DESCRIPTIONS = {definition.name: definition.description for definition in CATALOGUE}

_METRICS = {
    "Mean": "mean dose",
    "Max": "maximum dose",
    "Min": "minimum dose",
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


def fixed(value: float | None, decimals: int = 2) -> str:
    """Return a number with so many decimals, never a negative zero, or a dash where there is none."""
    return "–" if value is None else f"{round(value, decimals) + 0.0:.{decimals}f}"


def when(time: datetime) -> str:
    """Return day and time, as the plan gives them."""
    return f"{time:%Y-%m-%d %H:%M}"


def day(time: datetime) -> str:
    """Return the day in words."""
    return f"{time.day} {time:%b %Y}"


def title_case(words: str) -> str:
    """Return `words` with a capital at the start; the rest keeps its own."""
    return words[:1].upper() + words[1:]


def metric_hint(metric: str) -> str:
    """Return what a complexity metric means, in whichever convention; '' for other metrics."""
    return _DESCRIPTIONS.get(metric.partition("[")[0], "")


def numbered(label: str, plan_id: int) -> str:
    """Return a plan's label with its number: labels repeat, numbers do not."""
    return f"{label} #{plan_id}"


def panel_name(key: PanelKey) -> str:
    """Return what a panel charts, for example ``Rectum V50Gy [%]``, ``MCS`` or ``MCS (masi2013)``."""
    metric, _, bracket = key.metric.removesuffix("]").partition("[")
    if key.kind == "dvh":
        return f"{key.subject} {_METRICS.get(metric, metric)}{f' [{bracket}]' if bracket else ''}"
    name = f"{_METRICS.get(metric, metric)}{f' ({bracket})' if bracket else ''}"
    return name if key.subject == "plan" else f"{name}, {key.subject.replace('|', ' with ')}"


def panel_where(key: PanelKey) -> str:
    """Return the stratum of a panel, for example ``Prostate · VMAT``."""
    return f"{title_case(key.site)} · {key.technique}"
