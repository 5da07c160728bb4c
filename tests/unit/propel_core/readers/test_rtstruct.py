"""RTSTRUCT files as stacks of closed contours."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from propel_core.errors import InvalidInputError, PropelError
from propel_core.readers import read_structure_set
from propel_core.rt import InterpretedType, Structure, StructureSet
from support.dicom_builder import FRAME, contour, roi, structure_set, written

SQUARE = [[0.0, 0.0, 5.0], [10.0, 0.0, 5.0], [10.0, 10.0, 5.0], [0.0, 10.0, 5.0]]
UPPER = [[x, y, 8.0] for x, y, _ in SQUARE]


def read(*contours: Dataset, **options: bool) -> StructureSet:
    """Return the structure set of one region with these contours."""
    return read_structure_set(written(structure_set([roi(1, "ROI", contours)]), **options))


def only(*contours: Dataset, **options: bool) -> Structure:
    """Return the one structure of `read`."""
    (found,) = read(*contours, **options).structures
    return found


@pytest.mark.parametrize(
    "options",
    [{}, {"implicit": True}, {"preamble": False}, {"meta": False}, {"meta": False, "implicit": True}],
    ids=str,
)
def test_contours_are_read_in_any_transfer_syntax(options: dict[str, bool]) -> None:
    """Vertices, contour boundaries, name, number, type and frame come out of every form of file."""
    found = only(contour(SQUARE), contour(UPPER[:3]), **options)
    assert found.points_mm.tolist() == SQUARE + UPPER[:3]
    assert found.starts.tolist() == [0, 4, 7]
    assert (found.number, found.name, found.frame_of_reference_uid) == (1, "ROI", FRAME)
    assert found.interpreted_type is InterpretedType.ORGAN
    assert found.caveats == ()


@pytest.mark.parametrize(
    "text",
    [
        "0\\0\\5\\1E1\\0\\5\\1.0e+01\\10\\5\\0\\.1E2\\5",
        " 0 \\ 0.0\\5 \\10\\-0\\+5\\10.\\ 10\\5.0\\0\\10.0000000000000\\5",
        "0\\0\\5\\10\\0\\5\\10\\10\\5\\0\\10\\5 ",
        "0e0\\0\\5\\100e-1\\0\\5\\10\\10\\5\\0\\1000000000000000000e-17\\5",
    ],
    ids=["scientific", "blanks and signs", "padded", "many digits"],
)
def test_decimal_strings_in_every_legal_form(text: str) -> None:
    """Exponents, blanks, signs, trailing points and long digits are the same numbers."""
    assert only(contour(text)).points_mm.tolist() == SQUARE


@settings(max_examples=25)
@given(
    st.lists(st.floats(-2000.0, 2000.0), min_size=9, max_size=9, unique=True), st.sampled_from(["r", ".15g", ".12e"])
)
def test_decimal_strings_give_the_nearest_binary_number(values: list[float], form: str) -> None:
    """Every coordinate is the double that Python reads from the same text."""
    texts = [repr(value) if form == "r" else format(value, form) for value in values]
    assert only(contour("\\".join(texts))).points_mm.ravel().tolist() == [float(text) for text in texts]


def test_a_repeated_first_point_is_dropped() -> None:
    """A contour that closes itself is the contour that does not."""
    assert only(contour([*SQUARE, SQUARE[0], SQUARE[0]])).points_mm.tolist() == SQUARE


@pytest.mark.parametrize(
    "points",
    [None, SQUARE[:1], SQUARE[:2], [SQUARE[0]] * 5, [SQUARE[0], SQUARE[1]] * 3, [*SQUARE[:2], SQUARE[0]]],
    ids=["empty", "one point", "two points", "one point five times", "two points in turn", "there and back"],
)
def test_contours_of_fewer_than_three_points_are_left_out(points: list[list[float]] | None) -> None:
    """A contour that encloses nothing by its number of distinct points is left out, and said to be."""
    found = only(contour(points, stated=None), contour(UPPER))
    assert found.points_mm.tolist() == UPPER
    assert [caveat.code for caveat in found.caveats] == ["degenerate_contours"]


def test_later_distinct_points_count() -> None:
    """A contour that begins with a point written three times may still be one."""
    assert only(contour([SQUARE[0], SQUARE[0], *SQUARE])).contour_count == 1


def test_open_contours_are_left_out() -> None:
    """Open contours have no volume: left out, and said to be."""
    found = only(contour(SQUARE, kind="OPEN_PLANAR"), contour(UPPER), contour(SQUARE, kind="OPEN_NONPLANAR"))
    assert found.contour_count == 1
    assert [(caveat.code, caveat.text[:2]) for caveat in found.caveats] == [("open_contours", "2 ")]


def test_a_point_is_a_place_without_volume() -> None:
    """A POINT region has a location and no closed contour."""
    found = only(contour([[1.5, -2.0, 3.25]], kind="POINT"))
    assert found.is_empty
    assert found.point_mm == (1.5, -2.0, 3.25)


def test_exclusive_or_contours_are_closed_contours() -> None:
    """CLOSEDPLANAR_XOR is what the even-odd rule does anyhow."""
    assert only(contour(SQUARE, kind="CLOSEDPLANAR_XOR"), contour(UPPER)).contour_count == 2


def test_regions_without_contours_are_listed() -> None:
    """A region without an item of contours, or with an empty one, stands in the list, empty."""
    content = written(structure_set([roi(1, "A", None), roi(2, "B", []), roi(3, "C", [contour(SQUARE)])]))
    found = read_structure_set(content).structures
    assert [(item.name, item.is_empty) for item in found] == [("A", True), ("B", True), ("C", False)]


def test_two_regions_of_one_name_are_both_there() -> None:
    """Names need not be unique: both are reported, by number, in the order of the file."""
    content = written(structure_set([roi(7, "PTV", [contour(SQUARE)]), roi(2, "PTV", [contour(UPPER)])]))
    found = read_structure_set(content)
    assert [item.number for item in found.named("PTV")] == [7, 2]


def test_only_the_named_regions_are_read() -> None:
    """A region not asked for is not read, nor refused."""
    bad = contour("1\\2\\x")
    content = written(structure_set([roi(1, "Bad", [bad]), roi(2, "Good", [contour(SQUARE)])]))
    found = read_structure_set(content, names=["Good"])
    assert [item.name for item in found.structures] == ["Good"]
    assert found.refused == ()


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (contour("0\\0\\5\\10\\0\\5\\10\\ten\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\10\\10\\5mm"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\10\\10 5\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\10\\\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\nan\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\1e999\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\1,5\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\-\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\1.2.3\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\1e\\10\\5"), "decimal number"),
        (contour("0\\0\\5\\10\\0\\5\\10\\10", stated=None), "8 coordinates, expected a multiple of three"),
        (contour(SQUARE, stated=5), "12 coordinates, expected 15"),
        (contour(SQUARE, kind="CLOSED"), "3006,0042"),
        (contour(SQUARE, kind=""), "missing"),
    ],
)
def test_a_contradictory_region_is_refused_alone(item: Dataset, says: str) -> None:
    """The region stands among the refused with contour and reason, without its name in the reason; others are read."""
    good = contour(UPPER)
    open_ = contour(SQUARE, kind="OPEN_PLANAR")
    content = written(structure_set([roi(1, "SECRET", [good, open_, item]), roi(2, "Good", [good])]))
    found = read_structure_set(content)
    assert [structure.number for structure in found.structures] == [2]
    (refused,) = found.refused
    assert (refused.number, refused.kind) == (1, "InvalidInputError")
    assert refused.message.startswith("Structure 1, contour 3: ")
    assert says in refused.message
    assert "SECRET" not in refused.message


def test_several_points_are_no_single_place() -> None:
    """A region of two POINT contours is refused: which one is meant is not known."""
    found = read(contour([[1.0, 2.0, 3.0]], kind="POINT"), contour([[4.0, 5.0, 6.0]], kind="POINT"))
    assert [refused.kind for refused in found.refused] == ["UnsupportedInputError"]


def test_numbers_must_be_unique() -> None:
    """Two regions of one number, or two lists of contours for one region, contradict each other."""
    with pytest.raises(InvalidInputError, match="3006,0022"):
        read_structure_set(written(structure_set([roi(1, "A", None), roi(1, "B", None)])))
    dataset = structure_set([roi(1, "A", [contour(SQUARE)])])
    dataset.ROIContourSequence = [dataset.ROIContourSequence[0], dataset.ROIContourSequence[0]]
    with pytest.raises(InvalidInputError, match="3006,0084"):
        read_structure_set(written(dataset))


def test_names_are_decoded_by_the_declared_character_set() -> None:
    """Names outside ASCII read as written, in single-byte, multi-byte and escaped sets."""
    for declared, name in (
        ("ISO_IR 100", "Prostata äöü"), ("ISO_IR 192", "前立腺"), ("ISO 2022 IR 87", "前立腺"),
        ("ISO_IR 144", "Лёгкое"),
    ):  # fmt: skip
        dataset = structure_set([roi(1, name, [contour(SQUARE)])])
        dataset.SpecificCharacterSet = declared if "2022" not in declared else ["", declared]
        (found,) = read_structure_set(written(dataset)).structures
        assert found.name == name


def test_interpreted_types() -> None:
    """Known types come through; others are OTHER; none is NONE."""
    kinds = {
        "PTV": InterpretedType.PTV,
        "EXTERNAL": InterpretedType.EXTERNAL,
        "BOLUS": InterpretedType.OTHER,
        "": InterpretedType.NONE,
    }
    rois = [roi(k, f"R{k}", None, kind=kind) for k, kind in enumerate(kinds, start=1)]
    found = read_structure_set(written(structure_set(rois))).structures
    assert [item.interpreted_type for item in found] == list(kinds.values())


def test_a_path_reads_like_bytes(tmp_path: Path) -> None:
    """A path and its bytes give the same digest, and every structure carries it."""
    content = written(structure_set([roi(1, "A", [contour(SQUARE)])]))
    path = tmp_path / "rs.dcm"
    path.write_bytes(content)
    one, two = read_structure_set(path), read_structure_set(content)
    assert one.source == two.source == one.structures[0].identity()


def test_other_objects_are_refused() -> None:
    """A dose is no structure set."""
    dataset = structure_set([])
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.2"
    with pytest.raises(InvalidInputError, match="RT Structure Set Storage"):
        read_structure_set(written(dataset))


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("undefined", [False, True], ids=["defined lengths", "undefined lengths"])
def test_a_truncated_file_is_refused_wherever_it_ends(implicit: bool, undefined: bool) -> None:  # noqa: FBT001  # parameters
    """A file that ends inside an element is refused, by a PropelError, wherever that is."""
    dataset = structure_set([roi(1, "A", [contour(SQUARE)])])
    if undefined:
        for name in ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence"):
            dataset[name].is_undefined_length = True
            for item in dataset[name].value:
                item.is_undefined_length_sequence_item = True
    content = written(dataset, implicit=implicit)
    whole = _element_ends(content)
    for end in range(132, len(content)):
        try:
            read_structure_set(content[:end])
        except PropelError:
            continue
        # A file cut between two elements cannot be told from one that never had the second.
        assert end in whole


def _element_ends(content: bytes) -> set[int]:
    """Return where the top-level elements of a file end."""
    dataset = pydicom.dcmread(BytesIO(content))
    starts = {element.file_tell for element in dataset if element.file_tell}
    return {start - header for start in starts for header in (0, 8, 12)}


@pytest.mark.parametrize("implicit", [False, True])
def test_a_corrupted_byte_never_causes_another_kind_of_error(implicit: bool, caplog: pytest.LogCaptureFixture) -> None:  # noqa: FBT001  # a parameter
    """Whatever single byte is spoiled, reading succeeds or fails by a PropelError that names nobody."""
    content = written(structure_set([roi(1, "A", [contour(SQUARE), contour(UPPER)])]), implicit=implicit)
    generator = np.random.default_rng(8)
    for place in range(128, len(content)):
        spoiled = bytearray(content)
        spoiled[place] = int(generator.integers(0, 256))
        try:
            read_structure_set(bytes(spoiled))
        except PropelError as error:
            assert "Never" not in str(error)  # noqa: PT017  # both outcomes are legal
    assert "Never" not in caplog.text


def test_text_in_place_of_a_contour_type_is_not_repeated() -> None:
    """A contour type that the standard does not know may be a name: the reason says only that."""
    (refused,) = read(contour([[0, 0, 0], [1, 0, 0], [0, 1, 0]], kind="DOE JANE")).refused
    assert "contour type of no standard name" in refused.message
    assert "DOE" not in refused.message
