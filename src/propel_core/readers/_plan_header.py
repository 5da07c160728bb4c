"""What a plan says about itself outside its beams: texts, dates, prescription."""

from dataclasses import dataclass
from datetime import date, datetime, time

from propel_core.provenance import Caveat
from propel_core.readers.elements import Dataset, integer, number, sequence, text, texts
from propel_core.rt import Prescription

__all__ = ["PrescriptionRead", "moment", "read_prescription", "referenced_structure_set", "treatment_sites"]

_TREATMENT_SITES = 0x300A000B
_STRUCTURE_SETS = 0x300C0060
_REFERENCED_INSTANCE = 0x00081155
_DOSE_REFERENCES = 0x300A0010
_STRUCTURE_TYPE = 0x300A0014
_REFERENCE_TYPE = 0x300A0020
_TARGET_DOSE = 0x300A0026
_FRACTION_GROUPS = 0x300A0070
_REFERENCED_DOSE_REFERENCES = 0x300C0050
_REFERENCED_NUMBER = 0x300C0051
_POINT_LIKE = {"POINT", "COORDINATES"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrescriptionRead:
    """The prescribed dose, where it was found, and a caveat when several were."""

    dose_gy: float | None = None
    source: Prescription | None = None
    caveats: tuple[Caveat, ...] = ()


def treatment_sites(plan: Dataset) -> tuple[str, ...]:
    """Return the treatment sites (300A,000B), without empty values."""
    return tuple(site for site in texts(plan, _TREATMENT_SITES) if site)


def referenced_structure_set(plan: Dataset) -> str | None:
    """Return the UID of the structure set the plan was made on, or None."""
    uids = [text(item, _REFERENCED_INSTANCE) for item in sequence(plan, _STRUCTURE_SETS)]
    return next((uid for uid in uids if uid), None)


def moment(dataset: Dataset, date_tag: int, time_tag: int) -> datetime | None:
    """Return the local time stated by a DA and a TM attribute; None without a readable date.

    A missing or unreadable time of day counts as midnight.
    """
    day = _date(text(dataset, date_tag))
    return None if day is None else datetime.combine(day, _time(text(dataset, time_tag)))


def _date(value: str) -> date | None:
    digits = value.replace(".", "")  # 2009.05.08 is the form of the standard's predecessor
    if len(digits) != 8 or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _time(value: str) -> time:
    whole, _, fraction = value.replace(":", "").partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) in {2, 4, 6}):
        return time()
    hour, minute, second = (int(whole[start : start + 2] or "0") for start in (0, 2, 4))
    microsecond = int(fraction[:6].ljust(6, "0")) if fraction.isascii() and fraction.isdigit() else 0
    try:
        return time(hour, minute, second, microsecond)
    except ValueError:
        return time()


def read_prescription(plan: Dataset) -> PrescriptionRead:
    """Return the prescribed dose: of the dose references that are targets, else of the fraction groups.

    Volumes and sites go before points. Of several doses (a simultaneous boost) the highest counts, with a caveat.

    Raises
    ------
    InvalidInputError
        A stated dose is not a decimal number.
    """
    by_reference = _dose_references(plan)
    if by_reference:
        return _highest(by_reference, Prescription.DOSE_REFERENCE)
    by_group = _fraction_group_doses(plan)
    if by_group:
        return _highest(by_group, Prescription.FRACTION_GROUP)
    return PrescriptionRead()


def _highest(doses: list[float], source: Prescription) -> PrescriptionRead:
    highest = max(doses)
    different = sorted(set(doses))
    if len(different) == 1:
        return PrescriptionRead(dose_gy=highest, source=source)
    text_ = f"{len(different)} prescribed doses, {different[0]:g} to {highest:g} Gy; the highest counts"
    return PrescriptionRead(dose_gy=highest, source=source, caveats=(Caveat(code="several_prescriptions", text=text_),))


def _dose_references(plan: Dataset) -> list[float]:
    extended: list[float] = []
    points: list[float] = []
    for item in sequence(plan, _DOSE_REFERENCES):
        dose = number(item, _TARGET_DOSE, where="Dose reference")
        if text(item, _REFERENCE_TYPE) == "TARGET" and dose is not None and dose > 0.0:
            (points if text(item, _STRUCTURE_TYPE) in _POINT_LIKE else extended).append(dose)
    return extended or points


def _fraction_group_doses(plan: Dataset) -> list[float]:
    """Return the doses that the fraction groups together give to each dose reference."""
    totals: dict[int | None, float] = {}
    for group in sequence(plan, _FRACTION_GROUPS):
        for item in sequence(group, _REFERENCED_DOSE_REFERENCES):
            dose = number(item, _TARGET_DOSE, where="Fraction group")
            if dose is not None and dose > 0.0:
                reference = integer(item, _REFERENCED_NUMBER, where="Fraction group")
                totals[reference] = totals.get(reference, 0.0) + dose
    return list(totals.values())
