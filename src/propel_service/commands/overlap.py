"""`propel overlap`: how far an organ and the union of its targets overlap."""

from typing import Annotated

import typer

from propel_core.errors import InvalidInputError
from propel_core.geometry import BetweenSlices, EndCaps
from propel_core.overlap import compute_overlap
from propel_core.readers import read_structure_set
from propel_core.rt import Structure, StructureSet
from propel_service.commands.models import OverlapDocument
from propel_service.commands.options import JsonOption
from propel_service.commands.output import (
    number,
    print_document,
    print_table,
    print_warnings,
    provenance_block,
    warning_blocks,
)
from propel_service.commands.solids import BetweenSlicesOption, EndCapsOption, StructuresOption, named

__all__ = ["app"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(help="Compute how far an organ and its targets overlap.")
def overlap(
    *,
    structures: StructuresOption,
    target: Annotated[
        list[str],
        typer.Option("--target", metavar="NAME", show_default=False, help="Target; given again, the union is taken."),
    ],
    organ: Annotated[str, typer.Option("--organ", metavar="NAME", show_default=False, help="Organ at risk.")],
    end_caps: EndCapsOption = EndCaps.HALF_SLICE,
    between_slices: BetweenSlicesOption = BetweenSlices.PRISM,
    as_json: JsonOption = False,
) -> None:
    everything = read_structure_set(structures)
    result = compute_overlap(
        targets=[_the_one(everything, name) for name in dict.fromkeys(target)],
        organ=_the_one(everything, organ),
        end_caps=end_caps,
        between_slices=between_slices,
    )
    document: OverlapDocument = {
        "schema": "propel.overlap/1",
        "targets": list(dict.fromkeys(target)),
        "organ": organ,
        "overlap_cc": result.overlap_cc,
        "overlap_fraction": result.overlap_fraction,
        "organ_cc": result.organ_cc,
        "target_cc": result.target_cc,
        "warnings": warning_blocks(result.caveats),
        "provenance": provenance_block(
            result.provenance.algorithm,
            version=result.provenance.version,
            inputs=dict.fromkeys(result.provenance.inputs),
            settings=result.provenance.settings,
        ),
    }
    if as_json:
        print_document(document)
    else:
        _print(document)


def _the_one(structures: StructureSet, name: str) -> Structure:
    found = named(structures, name)
    if len(found) > 1:
        message = f"{len(found)} structures share the name {name!r}, expected one"
        raise InvalidInputError(message, where="RTSTRUCT")
    return found[0]


def _print(document: OverlapDocument) -> None:
    percent = number(100.0 * document["overlap_fraction"])
    rows = [
        ["Organ", document["organ"], number(document["organ_cc"])],
        ["Union of targets", ", ".join(document["targets"]), number(document["target_cc"])],
        [
            "Overlap",
            f"{percent} % of the organ",
            number(document["overlap_cc"]),
        ],
    ]
    print_table("Overlap", ("", "Structure", "Volume [cc]"), rows, text_columns=2)
    print_warnings("", document["warnings"])
