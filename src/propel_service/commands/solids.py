"""What the commands on structures share: their options, and finding structures by name."""

from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from propel_core.errors import InvalidInputError
from propel_core.geometry import BetweenSlices, EndCaps
from propel_core.rt import Structure, StructureSet

__all__ = ["BetweenSlicesOption", "EndCapsOption", "StructuresOption", "named"]

StructuresOption: TypeAlias = Annotated[
    Path, typer.Option("--structures", metavar="RS", show_default=False, help="RTSTRUCT file.")
]
EndCapsOption: TypeAlias = Annotated[
    EndCaps, typer.Option("--end-caps", help="How far a structure reaches beyond its outermost contours.")
]
BetweenSlicesOption: TypeAlias = Annotated[
    BetweenSlices, typer.Option("--between-slices", help="The shape between two neighbouring contours.")
]


def named(structures: StructureSet, name: str) -> tuple[Structure, ...]:
    """Return every structure called `name`, in file order.

    Raises
    ------
    InvalidInputError
        No structure is called so, or every one that is could not be read.
    """
    found = structures.named(name)
    if found:
        return found
    for refused in structures.refused:
        if refused.name == name:
            raise InvalidInputError(refused.message)
    known = [structure.name for structure in structures.structures]
    near = get_close_matches(name, known, n=3)
    hint = f" (close: {', '.join(repr(each) for each in near)})" if near else ""
    message = f"no structure of this name, expected one of the {len(known)} in the file{hint}"
    raise InvalidInputError(message, where="RTSTRUCT")
