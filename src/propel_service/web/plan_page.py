"""What a plan's page shows: its classifications, histograms, numbers and how they were made, put into words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from propel_service.warehouse import CurveRow, FactRow, PanelKey, PlanRow, StructureRow
from propel_service.web.charts import dvh_plot
from propel_service.web.charts.dvh_plot import DvhLine, swatch
from propel_service.web.charts.palette import line_styles
from propel_service.web.words import fixed, metric_hint, numbered, shown, when

__all__ = [
    "Cell",
    "CurveLine",
    "Group",
    "Identity",
    "MatrixRow",
    "Stamp",
    "fact_groups",
    "histograms",
    "identity",
    "stamps",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A property of a plan and how it is known."""

    words: str
    value: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveLine:
    """A row of the table beside the histograms; its swatch is the legend of its curve."""

    swatch: Markup
    name: str
    volume: str
    minimum: str
    mean: str
    maximum: str
    covered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value in a table of numbers, with a link to its panel where it is followed on one."""

    shown: str
    href: str | None = None
    numeric: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow:
    """A row of a table of numbers; `hint` explains its heading."""

    heading: str
    cells: tuple[Cell, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A table of numbers of one kind."""

    id: str
    title: str
    corner: str
    columns: tuple[Cell, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How some of the numbers were made."""

    algorithm: str
    version: str
    core_digest: str
    settings: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    count: int


def identity(plan: PlanRow) -> list[Identity]:
    """Return the classifications of a plan, each with its source."""
    prescription = f"{shown(plan.prescription_gy)} Gy" if plan.prescription_gy is not None else "not stated"
    return [
        Identity(words="Plan label", value=numbered(plan.label, plan.plan_id), source="RT Plan Label"),
        Identity(words="Centre", value=plan.centre, source=plan.centre_source),
        Identity(words="Site", value=plan.site, source=plan.site_source),
        Identity(words="Technique", value=plan.technique, source=plan.technique_source),
        Identity(words="Time", value=when(plan.time), source=plan.time_source),
        Identity(words="Prescription", value=prescription, source=plan.prescription_source),
        Identity(
            words="Protocol",
            value=plan.protocol or "none",
            source=f"chosen by the site; rules {plan.rules_digest[:12]}",
        ),
        Identity(words="Beams", value=f"{plan.beams}, {shown(plan.mu)} MU in all", source="RT Plan"),
        Identity(words="Received", value=f"{when(plan.received_at)} UTC", source="intake"),
    ]


def histograms(
    curves: Sequence[CurveRow], structures: Sequence[StructureRow], prescription_gy: float | None
) -> tuple[Markup, list[CurveLine]]:
    """Return the plot of all histograms, targets first, and its table."""
    targets = {row.number for row in structures if row.is_target}
    ordered = sorted(curves, key=lambda row: (row.structure_number not in targets, _name(row).casefold()))
    styled = list(zip(ordered, line_styles(len(ordered)), strict=True))
    lines = [
        DvhLine(
            name=_name(row),
            title=f"{_name(row)}: {shown(row.volume_cc)} cc, mean {fixed(row.mean_gy)} Gy",
            style=style,
            is_target=row.structure_number in targets,
            dose_gy=row.dose_gy,
            volume_fraction=row.volume_cc_at_dose / row.volume_cc,
        )
        for row, style in styled
        if row.volume_cc > 0.0 and len(row.dose_gy)
    ]
    table = [
        CurveLine(
            swatch=swatch(style, is_target=row.structure_number in targets),
            name=_name(row),
            volume=shown(row.volume_cc),
            minimum=fixed(row.min_gy),
            mean=fixed(row.mean_gy),
            maximum=fixed(row.max_gy),
            covered=f"{100.0 * row.coverage_fraction:.1f} %",
        )
        for row, style in styled
    ]
    return dvh_plot.draw(lines, prescription_gy=prescription_gy), table


def fact_groups(facts: Sequence[FactRow], plan: PlanRow, panels: frozenset[str]) -> list[Group]:
    """Return the numbers of a plan in three tables; `panels` holds the slugs of the panels that exist."""
    links = {id(fact): _panel_link(fact, plan, panels) for fact in facts}
    return [
        _listed([fact for fact in facts if fact.kind == "dvh"], links),
        _per_beam([fact for fact in facts if fact.kind == "complexity"], links),
        _overlaps([fact for fact in facts if fact.kind == "overlap"], links),
    ]


def stamps(facts: Sequence[FactRow]) -> list[Stamp]:
    """Return every way in which numbers of this plan were made, the most used first."""
    made = Counter(
        (
            fact.algorithm,
            fact.version,
            fact.core_digest,
            tuple(sorted((key, str(value)) for key, value in fact.settings.items())),
            tuple((one.name, one.sha256) for one in fact.inputs),
        )
        for fact in facts
    )
    return [
        Stamp(algorithm=algorithm, version=version, core_digest=core, settings=settings, inputs=inputs, count=count)
        for (algorithm, version, core, settings, inputs), count in made.most_common()
    ]


def _name(row: CurveRow) -> str:
    return row.canonical_name or row.raw_name


def _panel_link(fact: FactRow, plan: PlanRow, panels: frozenset[str]) -> str | None:
    key = PanelKey(kind=fact.kind, metric=fact.metric, subject=fact.subject, site=plan.site, technique=plan.technique)
    return f"/panels/{key.slug}" if key.slug in panels else None


def _listed(facts: Sequence[FactRow], links: Mapping[int, str | None]) -> Group:
    """Return dose metrics one below the other: organs have different metrics."""
    ordered = sorted(facts, key=lambda fact: fact.subject.casefold())
    return Group(
        id="metrics",
        title="Dose metrics",
        corner="Structure",
        columns=(Cell(shown="Metric", numeric=False), Cell(shown="Value"), Cell(shown="Remark", numeric=False)),
        rows=tuple(
            MatrixRow(
                heading=fact.subject,
                cells=(
                    Cell(shown=fact.metric, href=links[id(fact)], numeric=False),
                    Cell(shown=f"{shown(fact.value)} {fact.unit if fact.value is not None else ''}".strip()),
                    Cell(shown=fact.reason or "", numeric=False),
                ),
            )
            for fact in ordered
        ),
    )


def _per_beam(facts: Sequence[FactRow], links: Mapping[int, str | None]) -> Group:
    """Return complexity with a row for each metric and a column for the plan and each beam."""
    subjects = list(dict.fromkeys(fact.subject for fact in sorted(facts, key=lambda fact: fact.subject != "plan")))
    metrics = list(dict.fromkeys(fact.metric for fact in facts))
    found = {(fact.metric, fact.subject): fact for fact in facts}
    return Group(
        id="complexity",
        title="Plan complexity, beam by beam",
        corner="Metric",
        columns=tuple(Cell(shown=subject) for subject in subjects),
        rows=tuple(
            MatrixRow(
                heading=metric,
                hint=metric_hint(metric),
                cells=tuple(_cell(found.get((metric, subject)), links) for subject in subjects),
            )
            for metric in metrics
        ),
    )


def _overlaps(facts: Sequence[FactRow], links: Mapping[int, str | None]) -> Group:
    """Return overlaps with a row for each pair of organ and target."""
    pairs = list(dict.fromkeys(fact.subject for fact in facts))
    metrics = list(dict.fromkeys((fact.metric, fact.unit) for fact in facts))
    found = {(fact.subject, fact.metric): fact for fact in facts}
    return Group(
        id="overlap",
        title="Overlap of organs with targets",
        corner="Organ with target",
        columns=tuple(
            Cell(shown=f"{metric.replace('_', ' ')} [{unit}]" if unit else metric.replace("_", " "))
            for metric, unit in metrics
        ),
        rows=tuple(
            MatrixRow(
                heading=pair.replace("|", " with "),
                cells=tuple(_cell(found.get((pair, metric)), links) for metric, _ in metrics),
            )
            for pair in pairs
        ),
    )


def _cell(fact: FactRow | None, links: Mapping[int, str | None]) -> Cell:
    if fact is None:
        return Cell(shown="")
    if fact.value is None:
        return Cell(shown=fact.reason or shown(None))
    return Cell(shown=shown(fact.value), href=links[id(fact)])
