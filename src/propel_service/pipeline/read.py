"""From linked files to nouns: one plan, its structures, its total dose, and proof that they belong together."""

from propel_core.errors import InvalidInputError
from propel_core.readers import read_dose, read_plan, read_structure_set
from propel_core.rt import DoseGrid, StructureSet, sum_doses
from propel_service.pipeline.study import LinkedFiles, ReadStudy

__all__ = ["read_study"]


def read_study(files: LinkedFiles) -> ReadStudy:
    """Read the files of one plan; several doses (of its beams or fractions) are added up.

    Raises
    ------
    PropelError
        What the readers raise for a file, and `InvalidInputError` when the structures and the dose do not share a
        frame of reference.
    """
    plan = read_plan(files.plan)
    structures = read_structure_set(files.structures)
    dose = sum_doses([read_dose(path) for path in files.doses])
    _check_frames(structures, dose)
    return ReadStudy(plan=plan, structures=structures, dose=dose)


def _check_frames(structures: StructureSet, dose: DoseGrid) -> None:
    """Refuse contours in another space than the dose; the frames are identifiers, so the message holds neither."""
    for structure in structures.structures:
        if structure.is_empty or not structure.frame_of_reference_uid or not dose.frame_of_reference_uid:
            continue
        if structure.frame_of_reference_uid != dose.frame_of_reference_uid:
            message = "contours in another frame of reference than the dose, expected one for both (3006,0024)"
            raise InvalidInputError(message, where=f"Structure {structure.number}")
