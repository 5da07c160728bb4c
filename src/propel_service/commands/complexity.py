"""`propel complexity`: the complexity of treatment plans, under a named convention."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from propel_core.complexity import CATALOGUE, ComplexityReport, Convention, compute_complexity
from propel_core.errors import InvalidRequestError, PropelError
from propel_core.provenance import Provenance
from propel_core.readers import read_plan
from propel_service.commands.failures import AllRefusedError, refusal
from propel_service.commands.models import (
    ComplexityDocument,
    ComplexityListDocument,
    ComplexityPlan,
    RefusedBlock,
)
from propel_service.commands.options import JsonOption
from propel_service.commands.output import (
    number,
    print_document,
    print_refused,
    print_table,
    print_warnings,
    progress,
    provenance_block,
    warning_blocks,
)

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOWN = ("MCS", "LSV", "AAV", "LT", "LTMCS", "MAD", "EM", "PI")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Computed:
    plan: ComplexityPlan
    provenance: Provenance


@app.command(help="Compute the complexity of treatment plans.")
def complexity(
    plans: Annotated[
        list[Path] | None, typer.Argument(metavar="RTPLAN...", show_default=False, help="RTPLAN files.")
    ] = None,
    *,
    convention: Annotated[
        Convention, typer.Option("--convention", help="Published convention of the metrics.")
    ] = Convention.MCNIVEN2010,
    list_metrics: Annotated[bool, typer.Option("--list", help="List the metrics and what they mean.")] = False,
    as_json: JsonOption = False,
) -> None:
    if list_metrics:
        _print_catalogue(as_json=as_json)
        return
    if not plans:
        message = "no plan given, expected at least one RTPLAN file (or --list)"
        raise InvalidRequestError(message)
    computed, refused = _compute(plans, convention)
    if not computed:
        raise AllRefusedError(refused)
    first = computed[0].provenance
    document: ComplexityDocument = {
        "schema": "propel.complexity/1",
        "plans": [each.plan for each in computed],
        "refused": refused,
        "provenance": provenance_block(
            first.algorithm,
            version=first.version,
            inputs=[digest for each in computed for digest in each.provenance.inputs],
            settings=first.settings,
        ),
    }
    if as_json:
        print_document(document)
    else:
        _print_plans(document, convention)


def _compute(files: Sequence[Path], convention: Convention) -> tuple[list[_Computed], list[RefusedBlock]]:
    computed: list[_Computed] = []
    refused: list[RefusedBlock] = []
    with progress() as advance:
        for done, file in enumerate(files, start=1):
            try:
                report = compute_complexity(read_plan(file), convention=convention)
                computed.append(_Computed(plan=_plan(str(file), report), provenance=report.provenance))
            except PropelError as error:
                refused.append(refusal(str(file), error))
            advance("plans", done, len(files))
    return computed, refused


def _plan(file: str, report: ComplexityReport) -> ComplexityPlan:
    return {
        "file": file,
        "convention": report.convention.value,
        "metrics": dict(report.metrics),
        "beams": [
            {
                "number": beam.number,
                "mu": beam.mu,
                "control_points": beam.control_points,
                "metrics": dict(beam.metrics),
            }
            for beam in report.beams
        ],
        "excluded_beams": [
            {"number": each.number, "code": each.code, "reason": each.reason} for each in report.excluded
        ],
        "warnings": warning_blocks(report.caveats),
    }


def _print_plans(document: ComplexityDocument, convention: Convention) -> None:
    rows: list[list[str]] = []
    for plan in document["plans"]:
        shown = [number(plan["metrics"].get(name), 4) for name in _SHOWN]
        rows.append([plan["file"], "plan", number(plan["metrics"].get("MU"), 1), *shown])
        for beam in plan["beams"]:
            shown = [number(beam["metrics"].get(name), 4) for name in _SHOWN]
            rows.append(["", f"beam {beam['number']}", number(beam["mu"], 1), *shown])
    title = f"Plan complexity, convention {convention.value}"
    print_table(title, ("Plan", "Of", "MU", *_SHOWN), rows, text_columns=2)
    for plan in document["plans"]:
        for left_out in plan["excluded_beams"]:
            text = f"beam {left_out['number']} left out: {left_out['reason']}"
            print_warnings(plan["file"], [{"code": left_out["code"], "text": text}])
        print_warnings(plan["file"], plan["warnings"])
    print_refused(document["refused"])


def _print_catalogue(*, as_json: bool) -> None:
    document: ComplexityListDocument = {
        "schema": "propel.complexity.list/1",
        "metrics": [
            {"name": each.name, "unit": each.unit, "description": each.description, "reference": each.reference}
            for each in CATALOGUE
        ],
        "conventions": [each.value for each in Convention],
        "provenance": provenance_block("complexity.catalogue"),
    }
    if as_json:
        print_document(document)
        return
    rows = [[each["name"], each["unit"], each["description"], each["reference"]] for each in document["metrics"]]
    print_table("Metrics of plan complexity", ("Metric", "Unit", "Meaning", "Source"), rows, text_columns=4)
