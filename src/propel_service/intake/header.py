"""Read what the ledger needs of a DICOM file, or say why it must be set aside.

What comes in is hostile until shown otherwise: every way to fail ends in a reason code and a sentence without any value
from the file that could be an identifier.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from propel_core.errors import PropelError, TruncatedFileError, UnreadableFileError
from propel_core.readers import elements as dicom
from propel_core.readers.elements import Dataset
from propel_service.pipeline.ledger import UNSTATED, BeamScope, Header, ObjectKind, QuarantineCode, Reference

__all__ = ["QuarantineError", "read_header"]

_UID_FORM = re.compile(r"[0-9]+(\.[0-9]+)+")
_PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
_ION_PLAN = "1.2.840.10008.5.1.4.1.1.481.8"
_STRUCTURES = "1.2.840.10008.5.1.4.1.1.481.3"
_DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
_LINKABLE_DOSES = frozenset({"PLAN", "BEAM", "FRACTION"})
_NO_TREATMENT = frozenset({"SETUP", "OPEN_PORTFILM", "TRMT_PORTFILM"})
_LEAVES = frozenset({"MLCX", "MLCY"})
_WHERE = "DICOM file"


class QuarantineError(PropelError):
    """The file is set aside; `code` is the reason."""

    def __init__(self, code: QuarantineCode, message: str, *, where: str | None = _WHERE) -> None:
        super().__init__(message, where=where)
        self.code = code


def read_header(content: bytes) -> Header:
    """Return the header of the DICOM object in `content`.

    Raises
    ------
    QuarantineError
        The file is set aside; its `code` says why.
    """
    try:
        return _header(_open(content))
    except QuarantineError:
        raise
    except PropelError as error:
        raise QuarantineError(QuarantineCode.MALFORMED, error.message, where=error.where or _WHERE) from None
    except Exception as error:  # noqa: BLE001  # a file must not end the batch, whatever a parser makes of it
        message = f"elements that cannot be parsed ({type(error).__name__}), expected a DICOM object"
        raise QuarantineError(QuarantineCode.MALFORMED, message) from None


def _open(content: bytes) -> Dataset:
    try:
        dataset, _ = dicom.open_dataset(content, role=_WHERE)
    except UnreadableFileError as error:
        if not content:
            code = QuarantineCode.EMPTY_FILE
        elif content[128:132] != b"DICM" and content[:2] not in {b"\x02\x00", b"\x08\x00"}:
            code = QuarantineCode.NOT_DICOM
        else:
            code = QuarantineCode.TRUNCATED if isinstance(error, TruncatedFileError) else QuarantineCode.MALFORMED
        raise QuarantineError(code, error.message) from None
    return dataset


def _header(dataset: Dataset) -> Header:
    sop_class, sop_uid = dicom.text(dataset, 0x00080016), dicom.text(dataset, 0x00080018)
    for name, tag, uid in (
        ("SOP Class UID", "(0008,0016)", sop_class),
        ("SOP Instance UID", "(0008,0018)", sop_uid),
    ):
        if not _is_uid(uid):
            message = f"{'a malformed' if uid else 'no'} {name}, expected one {tag}"
            raise QuarantineError(QuarantineCode.MISSING_UID, message)
    own = _OWN.get(sop_class, _other)(dataset, sop_class)
    _check_pixels(dataset, required=own.kind is ObjectKind.DOSE)
    return Header(
        sop_uid=sop_uid,
        sop_class_uid=sop_class,
        kind=own.kind,
        study_uid=_uid(dataset, 0x0020000D),
        series_uid=_uid(dataset, 0x0020000E),
        frame_uid=_uid(dataset, 0x00200052),
        summation=own.summation,
        created=(dicom.text(dataset, 0x00080012) + dicom.text(dataset, 0x00080013))[:64],
        references=own.references,
        scope=own.scope,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """What a kind of object adds to the common header."""

    kind: ObjectKind
    summation: str = ""
    references: tuple[Reference, ...] = ()
    scope: tuple[BeamScope, ...] = ()


def _plan(dataset: Dataset, sop_class: str) -> _Own:
    del sop_class
    beams = dicom.sequence(dataset, 0x300A00B0)
    devices = {dicom.text(device, 0x300A00B8).upper() for beam in beams for device in dicom.sequence(beam, 0x300A00B6)}
    if not devices & _LEAVES:
        message = f"{len(beams)} beams without multileaf collimator, expected MLCX or MLCY on one of them (300A,00B8)"
        raise QuarantineError(QuarantineCode.NO_MLC, message, where="RTPLAN")
    idle = {
        dicom.integer(beam, 0x300A00C0, where="RTPLAN")
        for beam in beams
        if dicom.text(beam, 0x300A00CE).upper() in _NO_TREATMENT
    }
    return _Own(
        kind=ObjectKind.PLAN,
        references=_references(dataset, 0x300C0060, ObjectKind.STRUCTURES),
        scope=_delivered(dataset, idle),
    )


def _delivered(plan: Dataset, idle: set[int | None]) -> tuple[BeamScope, ...]:
    """Return the beams that the fraction groups deliver: no setup or imaging fields, none of zero monitor units."""
    scope = []
    for group in dicom.sequence(plan, 0x300A0070):
        group_number = dicom.integer(group, 0x300A0071, where="RTPLAN")
        for reference in dicom.sequence(group, 0x300C0004):
            beam = dicom.integer(reference, 0x300C0006, where="RTPLAN")
            if beam is None or beam in idle or _is_zero(dicom.text(reference, 0x300A0086)):
                continue
            scope.append(BeamScope(fraction_group=_stated(group_number), beam=beam))
    return tuple(dict.fromkeys(scope))


def _is_zero(meterset: str) -> bool:
    """Whether a decimal string says zero; a malformed one is for the reader to refuse."""
    try:
        return float(meterset) == 0.0
    except ValueError:
        return False


def _structure_set(dataset: Dataset, sop_class: str) -> _Own:
    del sop_class
    regions = dicom.sequence(dataset, 0x30060039)
    if not any(_holds_items(region, 0x30060040) for region in regions):
        message = f"{len(regions)} regions of interest without a contour, expected one with contours (3006,0040)"
        raise QuarantineError(QuarantineCode.NO_CONTOURS, message, where="RTSTRUCT")
    return _Own(kind=ObjectKind.STRUCTURES)


def _holds_items(dataset: Dataset, tag: int) -> bool:
    """Whether a sequence has items; an unparsed one is not parsed for this."""
    return dicom.present(dataset, tag)


def _dose(dataset: Dataset, sop_class: str) -> _Own:
    del sop_class
    units = dicom.text(dataset, 0x30040002).upper()
    if units != "GY":
        shown = units if units in {"", "RELATIVE"} else "of another name"
        message = f"dose units {shown or 'missing'}, expected GY (3004,0002)"
        raise QuarantineError(QuarantineCode.RELATIVE_DOSE, message, where="RTDOSE")
    summation = dicom.text(dataset, 0x3004000A).upper()
    if summation not in _LINKABLE_DOSES:
        return _Own(kind=ObjectKind.OTHER)
    plans = _references(dataset, 0x300C0002, ObjectKind.PLAN)
    if not plans:
        message = "no referenced plan, expected one: without it the dose belongs to nothing (300C,0002)"
        raise QuarantineError(QuarantineCode.NO_PLAN_REFERENCE, message, where="RTDOSE")
    return _Own(
        kind=ObjectKind.DOSE,
        summation=summation,
        references=plans + _references(dataset, 0x300C0060, ObjectKind.STRUCTURES),
        scope=_covered(dataset),
    )


def _covered(dose: Dataset) -> tuple[BeamScope, ...]:
    """Return the fraction groups and beams that a dose says it belongs to."""
    scope = []
    for plan in dicom.sequence(dose, 0x300C0002):
        for group in dicom.sequence(plan, 0x300C0020):
            number = _stated(dicom.integer(group, 0x300C0022, where="RTDOSE"))
            beams = [dicom.integer(beam, 0x300C0006, where="RTDOSE") for beam in dicom.sequence(group, 0x300C0004)]
            scope += [BeamScope(fraction_group=number, beam=_stated(beam)) for beam in beams or [None]]
    return tuple(dict.fromkeys(scope or [BeamScope(fraction_group=UNSTATED, beam=UNSTATED)]))


def _ion_plan(dataset: Dataset, sop_class: str) -> _Own:
    del dataset, sop_class
    message = "an ion plan, expected a photon plan (0008,0016)"
    raise QuarantineError(QuarantineCode.UNSUPPORTED_PLAN, message, where="RTPLAN")


def _other(dataset: Dataset, sop_class: str) -> _Own:
    """Accept every storage class of the standard as legal and not needed."""
    del dataset
    # Its dictionary of classes takes a while to load, and is needed for objects of other kinds alone.
    from pydicom.uid import UID  # noqa: PLC0415

    with dicom.unheard():
        uid = UID(sop_class)
    if uid.type != "SOP Class" or "Storage" not in uid.name:
        message = (
            "a SOP class outside the standard's storage classes, expected RT Plan, Structure Set or Dose (0008,0016)"
        )
        raise QuarantineError(QuarantineCode.UNKNOWN_SOP_CLASS, message)
    return _Own(kind=ObjectKind.OTHER)


_OWN: Mapping[str, Callable[[Dataset, str], _Own]] = {
    _PLAN: _plan,
    _ION_PLAN: _ion_plan,
    _STRUCTURES: _structure_set,
    _DOSE: _dose,
}


def _check_pixels(dataset: Dataset, *, required: bool) -> None:
    """Compare the length of uncompressed pixel data with what the grid calls for."""
    rows, columns = dicom.integer(dataset, 0x00280010), dicom.integer(dataset, 0x00280011)
    bits = dicom.integer(dataset, 0x00280100)
    if not rows or not columns or not bits or 0x7FE00010 not in dataset:
        if required:
            message = "no dose grid, expected rows, columns and pixel data (7FE0,0010)"
            raise QuarantineError(QuarantineCode.NO_DOSE_GRID, message, where="RTDOSE")
        return
    if dataset.encoding.syntax not in dicom.UNCOMPRESSED:
        return
    frames, samples = dicom.integer(dataset, 0x00280008) or 1, dicom.integer(dataset, 0x00280002) or 1
    expected = rows * columns * frames * samples * bits // 8
    found = len(dataset.value(0x7FE00010) or b"")
    if found < expected:
        message = f"{found} bytes of pixel data, expected {expected} (7FE0,0010)"
        raise QuarantineError(QuarantineCode.TRUNCATED, message)


def _references(dataset: Dataset, tag: int, kind: ObjectKind) -> tuple[Reference, ...]:
    uids = (_uid(item, 0x00081155) for item in dicom.sequence(dataset, tag))
    return tuple(Reference(to_uid=uid, kind=kind) for uid in dict.fromkeys(uids) if uid)


def _stated(number: int | None) -> int:
    return UNSTATED if number is None else number


def _uid(dataset: Dataset, tag: int) -> str:
    uid = dicom.text(dataset, tag)
    return uid if _is_uid(uid) else ""


def _is_uid(text: str) -> bool:
    return len(text) <= 64 and _UID_FORM.fullmatch(text) is not None
