"""`propel dvh`: dose-volume histograms and dose metrics of the structures in one dose distribution."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from propel_core.dvh import Denominator, Dvh, DvhSettings, Metric, compute_dvh
from propel_core.errors import InvalidRequestError, PropelError
from propel_core.geometry import BetweenSlices, EndCaps
from propel_core.readers import read_dose, read_structure_set
from propel_core.rt import DoseGrid, Structure, StructureSet, sum_doses
from propel_service.commands.failures import AllRefusedError, refusal
from propel_service.commands.models import DvhDocument, DvhStructure, RefusedBlock
from propel_service.commands.options import JsonOption
from propel_service.commands.output import (
    number,
    print_document,
    print_refused,
    print_table,
    print_warnings,
    provenance_block,
    warning_blocks,
)
from propel_service.commands.solids import (
    BetweenSlicesOption,
    EndCapsOption,
    StructuresOption,
    named,
)
from propel_service.pipeline.spacing import typical_spacing_mm

__all__ = ["app", "compute_all"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_FOR_PEOPLE = ("D98%[Gy]", "D95%[Gy]", "D50%[Gy]", "D2%[Gy]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is asked of every structure."""

    settings: DvhSettings
    metrics: tuple[Metric, ...]
    prescription_gy: float | None
    denominator: Denominator


@app.command(help="Compute dose-volume histograms and dose metrics.")
def dvh(  # noqa: PLR0913  # one parameter for each option of the contract
    *,
    structures: StructuresOption,
    dose: Annotated[
        list[Path], typer.Option("--dose", metavar="RD", show_default=False, help="RTDOSE file; several are added up.")
    ],
    roi: Annotated[
        list[str] | None, typer.Option("--roi", metavar="NAME", show_default="all", help="Structure; may be repeated.")
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="METRIC", show_default=False, help="For example 'D95%[Gy]', 'V30Gy[%]'."),
    ] = None,
    end_caps: EndCapsOption = EndCaps.HALF_SLICE,
    between_slices: BetweenSlicesOption = BetweenSlices.PRISM,
    prescription: Annotated[
        float | None,
        typer.Option("--prescription", metavar="GY", show_default=False, help="Prescribed dose, for % of dose."),
    ] = None,
    denominator: Annotated[
        Denominator,
        typer.Option("--denominator", help="What volumes in % refer to: the structure, or its covered part."),
    ] = Denominator.STRUCTURE,
    as_json: JsonOption = False,
) -> None:
    if prescription is not None and not 0.0 < prescription < float("inf"):
        message = f"{prescription:g} Gy, expected a positive dose"
        raise InvalidRequestError(message, where="--prescription")
    wanted = metric or ([] if as_json else _FOR_PEOPLE)
    request = _Request(
        settings=DvhSettings(end_caps=end_caps, between_slices=between_slices),
        metrics=_metrics(wanted, prescription),
        prescription_gy=prescription,
        denominator=denominator,
    )
    document = _document(structures, dose, roi, request)
    if as_json:
        print_document(document)
    else:
        _print(document, [str(each) for each in request.metrics])


def _metrics(texts: Sequence[str], prescription_gy: float | None) -> tuple[Metric, ...]:
    metrics = tuple(Metric.parse(each) for each in dict.fromkeys(texts))
    for metric in metrics:
        if metric.needs_prescription and prescription_gy is None:
            message = "a dose in percent without a prescription, expected --prescription GY"
            raise InvalidRequestError(message, where=f"Metric {metric}")
    return metrics


def _document(structures: Path, doses: Sequence[Path], names: Sequence[str] | None, request: _Request) -> DvhDocument:
    with ThreadPoolExecutor(max_workers=_threads()) as pool:
        reading = [pool.submit(read_dose, each) for each in doses]
        everything = read_structure_set(structures)
        grids = [each.result() for each in reading]
        grid = grids[0] if len(grids) == 1 else sum_doses(grids)
        chosen, refused = _choose(everything, names)
        computed = compute_all(chosen, grid, request.settings, typical_spacing_mm(everything.structures), pool)
    entries: list[DvhStructure] = []
    for structure, result in zip(chosen, computed, strict=True):
        if isinstance(result, PropelError):
            refused.append(refusal(structure.name, result))
        else:
            entries.append(_entry(structure, result, request))
    if not entries and refused:
        raise AllRefusedError(refused)
    stamp = next((each.provenance for each in computed if isinstance(each, Dvh)), None)
    return {
        "schema": "propel.dvh/1",
        "structures": entries,
        "refused": refused,
        "warnings": warning_blocks((*everything.caveats, *grid.caveats)),
        "provenance": provenance_block(
            stamp.algorithm if stamp else "dvh",
            version=stamp.version if stamp else None,
            inputs=[digest for digest in (everything.source, *(each.identity() for each in grids)) if digest],
            settings={
                **(stamp.settings if stamp else {}),
                "prescription_gy": request.prescription_gy,
                "denominator": request.denominator.value,
            },
        ),
    }


def _threads() -> int:
    return min(os.cpu_count() or 1, 16)


def _choose(structures: StructureSet, names: Sequence[str] | None) -> tuple[list[Structure], list[RefusedBlock]]:
    """Return the structures to compute, in file order, and what of the request cannot be met."""
    if names is None:
        return list(structures.structures), [
            {"input": each.name, "type": each.kind, "message": each.message, "where": None}
            for each in structures.refused
        ]
    refused: list[RefusedBlock] = []
    chosen: set[int] = set()
    for name in dict.fromkeys(names):
        try:
            chosen.update(structure.number for structure in named(structures, name))
        except PropelError as error:
            refused.append(refusal(name, error))
    return [each for each in structures.structures if each.number in chosen], refused


def compute_all(
    structures: Sequence[Structure],
    dose: DoseGrid,
    settings: DvhSettings,
    fallback_spacing_mm: float | None,
    pool: ThreadPoolExecutor,
) -> list[Dvh | PropelError]:
    """Return the histogram of each structure, or why it has none, in the order given, whatever the size of `pool`."""

    def compute(structure: Structure) -> Dvh | PropelError:
        try:
            return compute_dvh(structure, dose, settings=settings, fallback_spacing_mm=fallback_spacing_mm)
        except PropelError as error:
            return error

    # The longest first, so that no thread is left alone with it at the end.
    pending = {
        each.number: pool.submit(compute, each) for each in sorted(structures, key=lambda one: -len(one.points_mm))
    }
    return [pending[each.number].result() for each in structures]


def _entry(structure: Structure, result: Dvh, request: _Request) -> DvhStructure:
    values = {
        str(metric): metric.evaluate(result, prescription_gy=request.prescription_gy, denominator=request.denominator)
        for metric in request.metrics
    }
    return {
        "name": structure.name,
        "number": structure.number,
        "volume_cc": result.volume_cc,
        "coverage_fraction": result.coverage_fraction,
        "min_gy": result.min_gy,
        "mean_gy": result.mean_gy,
        "max_gy": result.max_gy,
        "dose_gy": result.dose_gy.tolist(),
        "volume_cc_at_dose": result.volume_cc_at_dose.tolist(),
        "metrics": {name: each.value for name, each in values.items()},
        "metric_reasons": {name: each.reason for name, each in values.items() if each.reason is not None},
        "warnings": warning_blocks(result.caveats),
    }


def _print(document: DvhDocument, metrics: Sequence[str]) -> None:
    rows = [
        [
            each["name"],
            *(number(each[key]) for key in ("volume_cc", "min_gy", "mean_gy", "max_gy")),
            *(number(each["metrics"][name]) for name in metrics),
        ]
        for each in document["structures"]
    ]
    columns = ("Structure", "Volume [cc]", "Min [Gy]", "Mean [Gy]", "Max [Gy]", *metrics)
    print_table("Dose-volume histograms", columns, rows)
    print_warnings("", document["warnings"])
    for each in document["structures"]:
        print_warnings(each["name"], [one for one in each["warnings"] if one not in document["warnings"]])
        for name, reason in each["metric_reasons"].items():
            print_warnings(each["name"], [{"code": "no_value", "text": f"{name}: {reason}"}])
    print_refused(document["refused"])
