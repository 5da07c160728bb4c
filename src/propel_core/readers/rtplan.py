"""Read an RTPLAN: photon beams with multileaf collimators, their control points and monitor units."""

from collections import Counter
from collections.abc import Iterable

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.readers._beams import read_beams
from propel_core.readers._fraction_groups import read_fraction_groups
from propel_core.readers._plan_header import moment, read_prescription, referenced_structure_set, treatment_sites
from propel_core.readers.elements import Dataset, Source, open_dataset, quotable_class, sequence, tag_name, text
from propel_core.rt import Plan

__all__ = ["read_plan"]

_ROLE = "RTPLAN"
_PLAN_STORAGE = "1.2.840.10008.5.1.4.1.1.481.5"
_ION_PLAN_STORAGE = "1.2.840.10008.5.1.4.1.1.481.8"
_SOP_CLASS = 0x00080016
_BEAMS = 0x300A00B0
_ION_BEAMS = 0x300A03A2
_APPLICATION_SETUPS = 0x300A0230


def read_plan(source: Source) -> Plan:
    """Return the plan in a DICOM RTPLAN, a path or the bytes of a file.

    Devices absent at a control point keep their last positions. Beams that deliver no treatment, no photons or
    nothing, or that have no multileaf collimator, are excluded with the reason; at least one must remain.

    Raises
    ------
    UnreadableFileError
        The source is not a complete DICOM file.
    UnsupportedInputError
        Another kind of object; an ion or brachytherapy plan; a plan without a beam that can be computed; leaves
        along both axes.
    InvalidInputError
        The plan contradicts itself or leaves out what it must state: metersets, leaf boundaries, control points,
        positions, cumulative weights.

    References
    ----------
    DICOM PS3.3, RT General Plan, RT Prescription, RT Fraction Scheme and RT Beams modules (C.8.8.9 to C.8.8.14).
    """
    dataset, digest = open_dataset(source, role=_ROLE)
    _check_kind(dataset)
    fractions = read_fraction_groups(dataset)
    read = read_beams(sequence(dataset, _BEAMS), fractions.metersets)
    numbers = [beam.number for beam in read.beams] + [beam.number for beam in read.excluded]
    _check_references(fractions.metersets, numbers)
    if not read.beams:
        reasons = ", ".join(f"{count} {code}" for code, count in Counter(one.code for one in read.excluded).items())
        message = f"no beam left ({reasons}), expected a photon treatment beam with a multileaf collimator"
        raise UnsupportedInputError(message, where="Plan")
    prescription = read_prescription(dataset)
    return Plan(
        sop_instance_uid=text(dataset, 0x00080018),
        label=text(dataset, 0x300A0002),
        description=text(dataset, 0x300A0004),
        intent=text(dataset, 0x300A000A),
        treatment_sites=treatment_sites(dataset),
        manufacturer=text(dataset, 0x00080070),
        model=text(dataset, 0x00081090),
        software=text(dataset, 0x00181020),
        fraction_groups=fractions.groups,
        beams=read.beams,
        excluded=read.excluded,
        planned_at=moment(dataset, 0x300A0006, 0x300A0007),
        approved_at=moment(dataset, 0x300E0004, 0x300E0005),
        studied_at=moment(dataset, 0x00080020, 0x00080030),
        approval_status=text(dataset, 0x300E0002),
        prescription_gy=prescription.dose_gy,
        prescription_source=prescription.source,
        referenced_structure_set_uid=referenced_structure_set(dataset),
        frame_of_reference_uid=text(dataset, 0x00200052),
        caveats=(*fractions.caveats, *read.caveats, *prescription.caveats),
        source=digest,
    )


def _check_kind(dataset: Dataset) -> None:
    """Refuse everything that is not an external beam plan, saying what it is."""
    found = text(dataset, _SOP_CLASS)
    if found == _ION_PLAN_STORAGE or sequence(dataset, _ION_BEAMS):
        message = "an ion plan, expected a photon plan"
        raise UnsupportedInputError(message, where=_ROLE)
    if found != _PLAN_STORAGE:
        message = f"SOP class {quotable_class(found)}, expected RT Plan Storage {tag_name(_SOP_CLASS)}"
        raise UnsupportedInputError(message, where=_ROLE)
    if sequence(dataset, _BEAMS):
        return
    if sequence(dataset, _APPLICATION_SETUPS):
        message = "a brachytherapy plan, expected an external beam plan"
        raise UnsupportedInputError(message, where=_ROLE)
    message = f"no beam, expected at least one {tag_name(_BEAMS)}"
    raise InvalidInputError(message, where=_ROLE)


def _check_references(referenced: Iterable[int], present: Iterable[int]) -> None:
    """Refuse fraction groups that refer to a beam which the plan does not hold."""
    missing = sorted(set(referenced) - set(present))
    if missing:
        message = f"fraction groups refer to beam {missing[0]}, expected only beams of the plan (300C,0006)"
        raise InvalidInputError(message, where="Plan")
