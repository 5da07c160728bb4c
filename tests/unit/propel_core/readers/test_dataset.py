"""The element scanner against pydicom, on the same bytes."""

import logging
import warnings
import zlib
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.datadict import dictionary_has_tag, dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from propel_core.errors import TruncatedFileError, UnreadableFileError
from propel_core.readers.elements import Dataset, open_dataset, text, unheard

SHARED_FILES = [
    "breast/ct.0.dcm",
    "breast/rtdose.dcm",
    "breast/rtplan.dcm",
    "breast/rtss.dcm",
    "plans/dvha-mlca/rtplan.dcm",
    "plans/pymedphys/06MV_plan.dcm",
    "plans/pymedphys/24mm_x_20mm_rectangle.dcm",
    "plans/pymedphys/FFF_example.dcm",
    "plans/pymedphys/vmat_example.dcm",
]
SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]


def representation(element: RawDataElement) -> str:
    """Return the representation that pydicom would use."""
    if element.VR:
        return str(element.VR)
    return dictionary_VR(element.tag) if dictionary_has_tag(element.tag) else "UN"


def compared(found: Dataset, expected: pydicom.Dataset) -> int:
    """Compare every element at every depth with pydicom's; return how many values were compared."""
    assert len(found) == len(expected)
    count = 0
    for tag in list(expected.keys()):
        element = expected.get_item(tag)
        if representation(element) == "SQ":
            ours, theirs = found.items(int(tag)), list(expected[tag].value)
            assert len(ours) == len(theirs)
            count += sum(compared(mine, yours) for mine, yours in zip(ours, theirs, strict=True))
        elif isinstance(element, RawDataElement):
            assert found.value(int(tag)) == (element.value or b"")
            count += 1
    return count


def nested(depth: int) -> pydicom.Dataset:
    """Return an object with sequences inside sequences."""
    dataset = pydicom.Dataset()
    dataset.BeamNumber = depth
    dataset.BeamName = f"level {depth}"
    if depth:
        dataset.BeamSequence = pydicom.Sequence([nested(depth - 1), nested(0)])
    return dataset


def written(syntax: str, *, undefined: bool, depth: int = 3) -> bytes:
    """Return a file of nested sequences in a transfer syntax."""
    dataset = nested(depth)
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.5"
    dataset.SOPInstanceUID = "2.25.7"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    if undefined:
        for item in dataset.iterall():
            if item.VR == "SQ":
                item.is_undefined_length = True
                for part in item.value:
                    part.is_undefined_length_sequence_item = True
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@pytest.mark.shared
@pytest.mark.parametrize("name", SHARED_FILES)
def test_every_element_of_a_real_file_is_the_one_that_pydicom_finds(shared: Path, name: str) -> None:
    """On real exports the two parsers agree on each element at each depth, byte for byte."""
    content = (shared / "data" / name).read_bytes()
    assert compared(open_dataset(content, role="file")[0], pydicom.dcmread(BytesIO(content), force=True)) > 50


@pytest.mark.parametrize("undefined", [False, True], ids=["stated lengths", "undefined lengths"])
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_every_uncompressed_transfer_syntax_is_read(syntax: str, undefined: bool) -> None:  # noqa: FBT001
    """Implicit, explicit, big endian and deflated files give the elements that pydicom finds."""
    content = written(syntax, undefined=undefined)
    assert compared(open_dataset(content, role="file")[0], pydicom.dcmread(BytesIO(content))) > 8


@pytest.mark.parametrize("cut", [1, 7, 20])
def test_a_file_that_ends_early_is_truncated(cut: int) -> None:
    """A missing end is an error, never a shorter object."""
    content = written(ExplicitVRLittleEndian, undefined=True)
    with pytest.raises(TruncatedFileError):
        open_dataset(content[:-cut], role="file")


def test_a_broken_deflated_file_is_unreadable() -> None:
    """A deflated object that does not inflate to its end is refused."""
    content = written(DeflatedExplicitVRLittleEndian, undefined=False)
    with pytest.raises(UnreadableFileError, match="deflated"):
        open_dataset(content[:-9], role="file")


def test_an_object_that_inflates_beyond_all_use_is_refused() -> None:
    """A small file must not fill the memory: above 256 MiB inflated it is refused."""
    content = written(DeflatedExplicitVRLittleEndian, undefined=False)
    start = 144 + int.from_bytes(content[140:144], "little")
    deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(257)) + deflater.flush()
    with pytest.raises(UnreadableFileError, match="above 256 MiB"):
        open_dataset(content[:start] + bomb, role="file")


def test_pydicom_is_not_heard(capfd: pytest.CaptureFixture[str]) -> None:
    """Inside the block neither its warnings nor its log lines get out, and afterwards all is as before."""
    heard: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: heard.append(record.getMessage())
    logging.getLogger().addHandler(listener)
    speaker = logging.getLogger("pydicom.somewhere")
    try:
        with unheard():
            speaker.error("DOE^JANE")
            warnings.warn("DOE^JANE", UserWarning, stacklevel=1)
        speaker.error("afterwards")
        with pytest.warns(UserWarning, match="afterwards"):
            warnings.warn("afterwards", UserWarning, stacklevel=1)
    finally:
        logging.getLogger().removeHandler(listener)
    assert heard == ["afterwards"]
    assert "".join(capfd.readouterr()) == ""


def test_endless_nesting_is_refused() -> None:
    """A file nested deeper than any export is refused before it exhausts the interpreter."""
    item = b"\x0a\x30\xb0\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    content = b"\x08\x00\x16\x00\x04\x00\x00\x001.2\x00" + item * 500
    with pytest.raises(UnreadableFileError, match="nested deeper"):
        open_dataset(content, role="file")


def test_zeros_after_the_last_element_are_padding() -> None:
    """A file padded with zeros reads as without them."""
    content = written(ImplicitVRLittleEndian, undefined=False)
    dataset, _ = open_dataset(content + bytes(40), role="file")
    assert text(dataset, 0x00080018) == "2.25.7"
