"""Fraction groups: which beams are delivered together, and with how many monitor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from propel_core.errors import InvalidInputError
from propel_core.provenance import Caveat
from propel_core.readers.elements import Dataset, integer, number, sequence, tag_name
from propel_core.rt import BeamReference, FractionGroup

__all__ = ["FractionGroupsRead", "read_fraction_groups"]

_GROUPS = 0x300A0070
_NUMBER = 0x300A0071
_FRACTIONS = 0x300A0078
_BEAM_COUNT = 0x300A0080
_REFERENCED_BEAMS = 0x300C0004
_REFERENCED_NUMBER = 0x300C0006
_METERSET = 0x300A0086
_LARGEST_METERSET = 1e7
"""Beyond any treatment, so that sums stay finite: such a number is not a meterset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FractionGroupsRead:
    """The fraction groups, and the meterset of every reference by beam number (None where it is missing)."""

    groups: tuple[FractionGroup, ...]
    metersets: Mapping[int, Sequence[float | None]]
    caveats: tuple[Caveat, ...]


def read_fraction_groups(plan: Dataset) -> FractionGroupsRead:
    """Return the fraction groups of `plan`.

    Raises
    ------
    InvalidInputError
        There is no group, a reference names no beam, or a meterset is not a number from 0 to 1e7.
    """
    items = sequence(plan, _GROUPS)
    if not items:
        message = f"no fraction group, expected at least one with the beams' metersets {tag_name(_GROUPS)}"
        raise InvalidInputError(message, where="Plan")
    groups = []
    caveats = []
    metersets: dict[int, list[float | None]] = {}
    for place, item in enumerate(items, start=1):
        stated = integer(item, _NUMBER, where=f"Fraction group item {place}")
        number_ = place if stated is None else stated
        where = f"Fraction group {number_}"
        references = [_reference(entry, where) for entry in sequence(item, _REFERENCED_BEAMS)]
        for beam_number, meterset in references:
            metersets.setdefault(beam_number, []).append(meterset)
        declared = integer(item, _BEAM_COUNT, where=where)
        if declared is not None and declared != len(references):
            text = f"{where}: refers to {len(references)} beams and states {declared} {tag_name(_BEAM_COUNT)}"
            caveats.append(Caveat(code="beam_count", text=text))
        beams = tuple(BeamReference(beam_number=beam, meterset_mu=mu) for beam, mu in references if mu is not None)
        fractions = integer(item, _FRACTIONS, where=where)
        groups.append(FractionGroup(number=number_, fractions_planned=fractions, beams=beams))
    return FractionGroupsRead(groups=tuple(groups), metersets=metersets, caveats=tuple(caveats))


def _reference(item: Dataset, where: str) -> tuple[int, float | None]:
    beam_number = integer(item, _REFERENCED_NUMBER, where=where)
    if beam_number is None:
        message = f"a beam reference without a number, expected one {tag_name(_REFERENCED_NUMBER)}"
        raise InvalidInputError(message, where=where)
    place = f"{where}, beam {beam_number}"
    meterset = number(item, _METERSET, where=place)
    if meterset is not None and not 0.0 <= meterset <= _LARGEST_METERSET:
        message = f"meterset {meterset:g}, expected 0 to {_LARGEST_METERSET:g} {tag_name(_METERSET)}"
        raise InvalidInputError(message, where=place)
    return beam_number, meterset
