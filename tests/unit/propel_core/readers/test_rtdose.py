"""RTDOSE files onto a grid along the patient's axes."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from propel_core.errors import InvalidInputError, PropelError, UnreadableFileError, UnsupportedInputError
from propel_core.readers import read_dose
from propel_core.rt import DoseSummation
from support.dicom_builder import ORIENTATIONS, dose, of_beam, structure_set, written

X, Y, Z = np.arange(-6.0, 7.0, 2.0), np.arange(10.0, 22.0, 3.0), np.array([-50.0, -46.0, -42.0, -38.0, -34.0])
VALUES = np.random.default_rng(3).integers(0, 60_000, (Z.size, Y.size, X.size)) / 1000.0


def stored(**options: Any) -> bytes:
    """Return the file of the standard dose, stored as the options say."""
    return written(dose(VALUES, x=X, y=Y, z=Z, **options))


def assert_standard(content: bytes) -> None:
    """Fail unless the file reads as the standard dose."""
    found = read_dose(content)
    assert found.x_mm == pytest.approx(X)
    assert found.y_mm == pytest.approx(Y)
    assert found.z_mm == pytest.approx(Z)
    assert found.dose_gy == pytest.approx(VALUES, abs=1e-9)


@pytest.mark.parametrize("reverse", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_every_orientation_reads_alike(orientation: str, reverse: bool) -> None:  # noqa: FBT001  # a parameter
    """One dose stored for any patient position, in either order of frames, is one grid along LPS."""
    assert_standard(stored(orientation=orientation, reverse_frames=reverse))


@pytest.mark.parametrize("orientation", ["HFS", "HFP", "FFS", "FFP", "HFDL", "FFDR"])
@pytest.mark.parametrize("reverse", [False, True], ids=["ascending", "descending"])
def test_absolute_frame_offsets(orientation: str, reverse: bool) -> None:  # noqa: FBT001  # a parameter
    """Offsets whose first value is the position along z are positions."""
    assert_standard(stored(orientation=orientation, absolute=True, reverse_frames=reverse))


def test_uneven_frames_keep_their_places() -> None:
    """Frames need not be evenly spaced."""
    z = np.array([-50.0, -47.0, -45.5, -40.0, -30.0])
    assert read_dose(written(dose(VALUES, x=X, y=Y, z=z))).z_mm == pytest.approx(z)


def test_sixteen_bits() -> None:
    """Sixteen stored bits mean the same dose at a coarser scaling."""
    assert_standard(stored(bits=16))


@pytest.mark.parametrize(
    "options", [{"implicit": True}, {"preamble": False}, {"meta": False}, {"meta": False, "implicit": True}], ids=str
)
def test_transfer_syntax_and_preamble(options: dict[str, bool]) -> None:
    """Implicit VR, a missing preamble and missing file meta information read like a regular file."""
    assert_standard(written(dose(VALUES, x=X, y=Y, z=Z), **options))


def test_scaling_in_scientific_notation() -> None:
    """Dose Grid Scaling may be written 1E-03, with blanks around."""
    dataset = dose(VALUES, x=X, y=Y, z=Z)
    dataset.DoseGridScaling = "1.000E-03"
    assert_standard(written(dataset))


def test_a_path_reads_like_bytes(tmp_path: Path) -> None:
    """A path and the bytes of the file give the same dose and the same digest."""
    path = tmp_path / "dose.dcm"
    path.write_bytes(stored())
    assert_standard(path.read_bytes())
    assert read_dose(path).identity() == read_dose(stored()).identity()


def test_the_dose_of_a_beam_names_it() -> None:
    """Summation type, plan and beam come along; a plan dose has no beam."""
    found = read_dose(written(of_beam(dose(VALUES, x=X, y=Y, z=Z), 4)))
    assert (found.summation, found.referenced_beam_number) == (DoseSummation.BEAM, 4)
    assert len(found.referenced_plan_uids) == 1
    assert read_dose(stored()).referenced_beam_number is None


def test_effective_dose_is_flagged() -> None:
    """An effective dose is read and carries the reservation."""
    dataset = dose(VALUES, x=X, y=Y, z=Z)
    dataset.DoseType = "EFFECTIVE"
    assert [caveat.code for caveat in read_dose(written(dataset)).caveats] == ["effective_dose"]


def _set(**values: Any) -> Callable[[Any], None]:
    def change(dataset: Any) -> None:
        for name, value in values.items():
            setattr(dataset, name, value)

    return change


def _drop(name: str) -> Callable[[Any], None]:
    return lambda dataset: delattr(dataset, name)


@pytest.mark.parametrize(
    ("spoil", "kind", "says"),
    [
        (_set(DoseUnits="RELATIVE"), UnsupportedInputError, "RELATIVE"),
        (_drop("DoseUnits"), UnsupportedInputError, "missing"),
        (_set(DoseType="ERROR"), UnsupportedInputError, "ERROR"),
        (_set(DoseSummationType="SOMETHING"), InvalidInputError, "3004,000A"),
        (_set(DoseGridScaling=0), InvalidInputError, "3004,000E"),
        (_set(DoseGridScaling=-1), InvalidInputError, "3004,000E"),
        (_drop("DoseGridScaling"), InvalidInputError, "no Dose Grid Scaling, expected"),
        (_set(PixelRepresentation=1), UnsupportedInputError, "signed"),
        (_set(BitsAllocated=8), InvalidInputError, "8 bits"),
        (_set(Rows=3), InvalidInputError, "7FE0,0010"),
        (_set(SamplesPerPixel=3), InvalidInputError, "one 16- or 32-bit sample"),
        (_drop("PixelData"), InvalidInputError, "7FE0,0010"),
        (_set(PixelSpacing=[0, 2]), InvalidInputError, "0028,0030"),
        (_set(PixelSpacing=[2, 1001]), InvalidInputError, "pixel spacing 2, 1001 mm"),
        (_set(PixelSpacing=["1e15", "1e15"]), InvalidInputError, "up to 1000"),
        (_set(GridFrameOffsetVector=[0, 4, 8, 12, 1013]), InvalidInputError, "frames 1001 mm apart"),
        (_set(GridFrameOffsetVector=[0, "1e308", "-1e308", 8, 12]), InvalidInputError, "3004,000C"),
        (_set(ImageOrientationPatient=["1e200", 0, 0, 0, "1e200", 0]), UnsupportedInputError, "0020,0037"),
        (_drop("PixelSpacing"), InvalidInputError, "Pixel Spacing"),
        (_drop("ImagePositionPatient"), InvalidInputError, "Image Position"),
        (_set(ImageOrientationPatient=[0.9397, 0.342, 0, -0.342, 0.9397, 0]), UnsupportedInputError, "oblique"),
        (_set(ImageOrientationPatient=[1, 0, 0, 1, 0, 0]), PropelError, "0020,0037"),
        (_set(GridFrameOffsetVector=[0, 4, 4, 8, 12]), InvalidInputError, "repeat or turn back"),
        (_set(GridFrameOffsetVector=[0, 4, 8, 6, 12]), InvalidInputError, "repeat or turn back"),
        (_set(GridFrameOffsetVector=[0, 4, 8, 12]), InvalidInputError, "4 frame offsets, expected 5"),
        (_set(GridFrameOffsetVector=[7, 11, 15, 19, 23]), InvalidInputError, "first frame offset 7"),
        (_drop("GridFrameOffsetVector"), InvalidInputError, "0 frame offsets"),
        (_set(NumberOfFrames=1), UnsupportedInputError, "1 dose plane"),
        (_set(SOPClassUID="1.2.840.10008.5.1.4.1.1.2"), InvalidInputError, "RT Dose Storage"),
    ],
)
def test_spoiled_files_are_refused(spoil: Callable[[Any], None], kind: type[PropelError], says: str) -> None:
    """Each contradiction is refused by its own kind of error, naming what was found, and no patient."""
    dataset = dose(VALUES, x=X, y=Y, z=Z)
    spoil(dataset)
    with pytest.raises(kind, match=says) as caught:
        read_dose(written(dataset))
    assert "never" not in str(caught.value).lower()


def test_a_voxel_of_a_metre_is_still_read() -> None:
    """The widest spacing that is believed is a metre."""
    dataset = dose(VALUES, x=X, y=Y, z=Z)
    dataset.PixelSpacing = [1000, 1000]
    dataset.GridFrameOffsetVector = [0, 1000, 2000, 3000, 4000]
    assert float(np.diff(read_dose(written(dataset)).z_mm).max()) == 1000.0


@pytest.mark.parametrize("name", ["DoseUnits", "DoseType", "DoseSummationType", "SOPClassUID"])
def test_text_in_place_of_a_code_is_not_repeated(name: str) -> None:
    """A code element may hold anything, a name in capitals included: only the standard's values are shown."""
    dataset = dose(VALUES, x=X, y=Y, z=Z)
    setattr(dataset, name, "19531107")
    with pytest.raises(PropelError, match=r"of no standard name|outside the standard") as caught:
        read_dose(written(dataset))
    assert "1953" not in str(caught.value)


def _in_syntax(syntax: bytes) -> bytes:
    """Return the standard dose with another transfer syntax written over its own."""
    own = b"1.2.840.10008.1.2.1\0"
    content = stored()
    assert content.count(own) == 1
    return content.replace(own, syntax.ljust(len(own), b"\0"))


@pytest.mark.parametrize(
    ("syntax", "kind", "says"),
    [
        (b"DOE^JANE^19531107", UnreadableFileError, "a transfer syntax that is no UID"),
        (b"1..2", UnreadableFileError, "a transfer syntax that is no UID"),
        (b"1.2.826.19531107", UnsupportedInputError, "a transfer syntax outside the standard"),
        (b"1.2.840.10008.1.2.5", UnsupportedInputError, "cannot be decoded here"),
        (b"1.2.840.10008.1.2.77", UnsupportedInputError, "cannot be decoded here"),
    ],
)
def test_nothing_of_a_strange_transfer_syntax_is_heard(
    syntax: bytes, kind: type[PropelError], says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whatever stands for the transfer syntax, it is refused without reaching a warning, a log or the message."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(kind, match=says) as caught:
            read_dose(_in_syntax(syntax))
    assert syntax.decode() not in str(caught.value)
    assert not warned
    assert "".join(capfd.readouterr()) == ""


def test_absolute_offsets_of_a_sagittal_grid_are_refused() -> None:
    """Only axial grids may state positions in place of distances."""
    with pytest.raises(InvalidInputError, match="axial grid"):
        read_dose(stored(orientation="sagittal", absolute=True))


def test_other_objects_are_refused() -> None:
    """A structure set is no dose."""
    with pytest.raises(InvalidInputError, match="SOP class"):
        read_dose(written(structure_set([])))


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (b"%PDF-1.7" + b"x" * 400, "neither"), (b"\0" * 500, "neither"), (b"short", "neither")],
)
def test_what_is_not_dicom_is_unreadable(content: bytes, says: str) -> None:
    """Empty files and other formats are told apart from DICOM."""
    with pytest.raises(UnreadableFileError, match=says):
        read_dose(content)


def test_a_path_that_cannot_be_read_is_not_shown(tmp_path: Path) -> None:
    """The message of a missing file says so without the path, which may hold a name."""
    with pytest.raises(UnreadableFileError, match="cannot be read") as caught:
        read_dose(tmp_path / "NAME^Patient.dcm")
    assert "NAME" not in str(caught.value)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_truncated_file_is_refused_wherever_it_ends(implicit: bool) -> None:  # noqa: FBT001  # a parameter
    """No beginning of a file passes for the file, and none fails otherwise than by a PropelError."""
    content = written(of_beam(dose(VALUES[:2, :2, :2], x=X[:2], y=Y[:2], z=Z[:2]), 1), implicit=implicit)
    for end in range(len(content)):
        with pytest.raises(PropelError):
            read_dose(content[:end])


def test_the_grid_is_read_only() -> None:
    """Nobody may write into what was read."""
    found = read_dose(stored())
    for array in (found.dose_gy, found.x_mm, found.y_mm, found.z_mm):
        with pytest.raises(ValueError, match="read-only"):
            array[..., 0] = 1.0
