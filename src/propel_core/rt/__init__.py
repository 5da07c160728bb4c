"""The nouns of radiotherapy: plan, structure, dose. Frozen, validated, independent of how they were read."""

from propel_core.rt.dose import DoseGrid, DoseSummation, sum_doses
from propel_core.rt.plan import (
    Beam,
    BeamReference,
    Excluded,
    FractionGroup,
    LeafAxis,
    MlcLayer,
    Plan,
    Prescription,
    Radiation,
)
from propel_core.rt.solid import solid_of
from propel_core.rt.structure import ContourKind, InterpretedType, RefusedStructure, Structure, StructureSet

__all__ = [
    "Beam",
    "BeamReference",
    "ContourKind",
    "DoseGrid",
    "DoseSummation",
    "Excluded",
    "FractionGroup",
    "InterpretedType",
    "LeafAxis",
    "MlcLayer",
    "Plan",
    "Prescription",
    "Radiation",
    "RefusedStructure",
    "Structure",
    "StructureSet",
    "solid_of",
    "sum_doses",
]
