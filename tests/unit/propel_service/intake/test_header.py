"""The header of a file: what the ledger needs, or one reason; whatever the bytes are, nothing else comes out."""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset

from propel_service.intake.header import QuarantineError, read_header
from propel_service.pipeline.ledger import UNSTATED, BeamScope, ObjectKind, QuarantineCode
from support.dicom_builder import written
from support.rt_files import RtFiles

FILES = RtFiles()


def code(content: bytes) -> QuarantineCode:
    """Return why `content` is set aside."""
    with pytest.raises(QuarantineError) as caught:
        read_header(content)
    return caught.value.code


def test_a_plan_names_its_structures_and_the_beams_it_delivers() -> None:
    """Setup fields and beams of zero monitor units need no dose of their own."""
    dataset = FILES.plan_dataset()
    beams = dataset.FractionGroupSequence[0].ReferencedBeamSequence
    for number, meterset in ((3, 0), (4, 10), (5, None)):
        item = Dataset()
        item.ReferencedBeamNumber = number
        if meterset is not None:
            item.BeamMeterset = meterset
        beams.append(item)
    setup = Dataset()
    setup.BeamNumber, setup.TreatmentDeliveryType = 4, "SETUP"
    dataset.BeamSequence.append(setup)
    header = read_header(written(dataset))
    assert header.kind is ObjectKind.PLAN
    assert [reference.to_uid for reference in header.references] == [FILES.uid("structures")]
    assert header.scope == tuple(BeamScope(fraction_group=1, beam=beam) for beam in (1, 2, 5))


def test_a_dose_names_its_plan_its_kind_and_its_extent() -> None:
    """What a dose leaves unstated is marked so, and not guessed."""
    plan_dose, beam_dose = read_header(FILES.dose()), read_header(FILES.dose("BEAM", beam=2))
    assert (plan_dose.kind, plan_dose.summation) == (ObjectKind.DOSE, "PLAN")
    assert plan_dose.scope == (BeamScope(fraction_group=UNSTATED, beam=UNSTATED),)
    assert beam_dose.scope == (BeamScope(fraction_group=1, beam=2),)
    assert [reference.to_uid for reference in beam_dose.references] == [FILES.uid("plan")]


@pytest.mark.parametrize("summation", ["MULTI_PLAN", "RECORD", "CONTROL_POINT"])
def test_a_dose_of_another_extent_is_legal_and_not_needed(summation: str) -> None:
    """It can never stand for the dose of one plan, so it waits for nothing."""
    assert read_header(FILES.dose(summation)).kind is ObjectKind.OTHER


@pytest.mark.parametrize("implicit", [True, False], ids=["implicit", "explicit"])
@pytest.mark.parametrize(("preamble", "meta"), [(True, True), (False, True), (False, False)])
def test_files_without_preamble_are_read(preamble: bool, meta: bool, implicit: bool) -> None:  # noqa: FBT001  # parameters
    """Some planning systems write neither preamble nor file meta information."""
    content = written(FILES.plan_dataset(), implicit=implicit, preamble=preamble, meta=meta)
    assert read_header(content).sop_uid == FILES.uid("plan")


def test_pixels_are_counted() -> None:
    """A dose whose pixel data is whole as an element and shorter than its grid is truncated all the same."""
    dataset = FILES.dose_dataset()
    dataset.PixelData = dataset.PixelData[:-8]
    assert code(written(dataset)) is QuarantineCode.TRUNCATED
    del dataset.PixelData
    assert code(written(dataset)) is QuarantineCode.NO_DOSE_GRID


@pytest.mark.parametrize("uid", ["", "1.2.x", "NEVER-PRINTED", "1." + "2" * 64, "1..2"])
def test_a_malformed_identity_is_told_without_its_value(uid: str) -> None:
    """A UID must be digits and points, at most 64 of them; what stood there instead is not repeated."""
    dataset = FILES.plan_dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.SOPInstanceUID = uid
        content = written(dataset, implicit=True, meta=False)
    with pytest.raises(QuarantineError) as caught:
        read_header(content)
    assert caught.value.code is QuarantineCode.MISSING_UID
    assert "NEVER" not in str(caught.value)


def test_compressed_pixels_are_not_counted() -> None:
    """Their length says nothing about the grid; whether they can be decoded is for the reader to find out."""
    dataset = FILES.dose_dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    content = written(dataset)
    native, compressed = b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.5\0"
    assert content.count(native) == 1
    shorter = FILES.dose_dataset()
    shorter.SOPClassUID = dataset.SOPClassUID
    shorter.PixelData = shorter.PixelData[:-8]
    assert code(written(shorter)) is QuarantineCode.TRUNCATED
    assert read_header(written(shorter).replace(native, compressed)).kind is ObjectKind.OTHER


def test_a_number_that_is_none_is_malformed() -> None:
    """The tag is told, the text that stood there is not."""
    content = FILES.dose("BEAM", beam=1)
    number = b"\x0c\x30\x06\x00IS\x02\x001 "
    assert content.count(number) == 1
    with pytest.raises(QuarantineError, match=r"not an integer.*\(300C,0006\)") as caught:
        read_header(content.replace(number, number[:-2] + b"x "))
    assert caught.value.code is QuarantineCode.MALFORMED


def test_whatever_a_parser_raises_sets_the_file_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault below must not end the batch, and what it quotes must not come out."""

    def fail(*_: object, **__: object) -> None:
        message = "Never^Printed"
        raise RecursionError(message)

    monkeypatch.setattr("propel_core.readers.elements.open_dataset", fail)
    with pytest.raises(QuarantineError, match="RecursionError") as caught:
        read_header(FILES.plan())
    assert "Never" not in str(caught.value)


def test_a_dose_without_plan_belongs_to_nothing() -> None:
    """It could only wait for ever, so it is set aside with the reason."""
    dataset = FILES.dose_dataset()
    del dataset.ReferencedRTPlanSequence
    assert code(written(dataset)) is QuarantineCode.NO_PLAN_REFERENCE


def test_an_ion_plan_is_unsupported() -> None:
    """It is legal, known, and outside what is computed: its own code says so."""
    dataset = FILES.plan_dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
    assert code(written(dataset)) is QuarantineCode.UNSUPPORTED_PLAN


def test_every_truncation_of_a_file_is_noticed() -> None:
    """Wherever a plan, a structure set or a dose is cut, the rest is set aside and never taken for whole."""
    for content in FILES.parts().values():
        for kept in range(0, len(content) - 1, max(1, len(content) // 60)):
            with pytest.raises(QuarantineError):
                read_header(content[:kept])


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=2000))
def test_any_bytes_are_read_or_set_aside(noise: bytes, place: int) -> None:
    """Noise alone, noise behind a DICM mark, and a plan with noise written into it never raise anything else."""
    plan = FILES.plan()
    place %= len(plan)
    for content in (noise, b"\0" * 128 + b"DICM" + noise, plan[:place] + noise + plan[place + len(noise) :]):
        assert "Never" not in _said(content)


def _said(content: bytes) -> str:
    try:
        return read_header(content).sop_uid
    except QuarantineError as error:
        return str(error)
