from io import BytesIO

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomFileLike
from pydicom.filewriter import write_dataset
from pydicom.sequence import Sequence

from propel_service.demo.encoding import Encoder, decimals, keep_raw


def _by_pydicom(dataset: Dataset, *, implicit: bool) -> bytes:
    buffer = DicomFileLike(BytesIO())
    buffer.is_implicit_VR, buffer.is_little_endian = implicit, True
    write_dataset(buffer, dataset)
    return buffer.parent.getvalue()


def _nested() -> Dataset:
    device = Dataset()
    device.RTBeamLimitingDeviceType = "MLCX"
    device.LeafJawPositions = ["-1.5", "2.25", "3.0"]
    point = Dataset()
    point.ControlPointIndex = "3"
    point.BeamLimitingDevicePositionSequence = Sequence([device])
    outer = Dataset()
    outer.ControlPointSequence = Sequence([point, point])
    outer.ReferencedSOPInstanceUID = "1.2.3"
    return outer


@pytest.mark.parametrize("implicit", [True, False])
def test_bytes_are_those_that_pydicom_writes(*, implicit: bool) -> None:
    """Nested items, odd lengths and identifiers must be encoded exactly as pydicom encodes them."""
    encoder = Encoder(implicit=implicit)
    device = encoder.item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions="-1.5\\2.25\\3.0")
    point = encoder.item(ControlPointIndex="3", BeamLimitingDevicePositionSequence=device)
    encoded = encoder.element("ReferencedSOPInstanceUID", "1.2.3") + encoder.element("ControlPointSequence", 2 * point)
    assert encoded == _by_pydicom(_nested(), implicit=implicit)


@pytest.mark.parametrize("implicit", [True, False])
def test_an_element_put_in_as_bytes_is_written_unchanged(*, implicit: bool) -> None:
    """A data set with a raw sequence must give the bytes of one built the ordinary way."""
    encoder = Encoder(implicit=implicit)
    device = encoder.item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions="-1.5\\2.25\\3.0")
    point = encoder.item(ControlPointIndex="3", BeamLimitingDevicePositionSequence=device)
    outer = Dataset()
    outer.ReferencedSOPInstanceUID = "1.2.3"
    encoder.put(outer, "ControlPointSequence", 2 * point)
    keep_raw(outer, implicit=implicit)
    assert _by_pydicom(outer, implicit=implicit) == _by_pydicom(_nested(), implicit=implicit)


def test_an_unknown_keyword_is_named() -> None:
    """A keyword that the dictionary lacks must be refused by name."""
    with pytest.raises(KeyError, match="LeafJawPosition'"):
        Encoder(implicit=True).element("LeafJawPosition", "1")


def test_decimals_keep_order_and_sign() -> None:
    """Values must be joined row by row with the decimals asked for."""
    assert decimals(np.array([[1.0, -2.345], [0.0, 1000.5]]), 2) == "1.00\\-2.35\\0.00\\1000.50"
