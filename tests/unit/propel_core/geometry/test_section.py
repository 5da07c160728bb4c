"""Planar sections: even-odd regions cut exactly."""

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from propel_core.geometry import _kernels, common_area_mm2, section, union_section
from support.naive.geometry import inside, shoelace
from support.phantoms import circle, rectangle

OUTER = rectangle(-10, 10, -10, 10)
HOLE = rectangle(-4, 4, -5, 5)
ISLAND = rectangle(-1, 1, -2, 2)


@st.composite
def stars(draw: st.DrawFn) -> np.ndarray:
    """Return a simple, seldom convex polygon: radii at increasing angles about a centre."""
    radii = draw(st.lists(st.floats(1.0, 20.0), min_size=3, max_size=12))
    shift = np.array(draw(st.tuples(st.floats(-15, 15), st.floats(-15, 15))))
    angle = 2 * np.pi * np.arange(len(radii)) / len(radii) + draw(st.floats(0, 6))
    return shift + np.array(radii)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


@given(stars())
def test_area_is_that_of_the_shoelace_formula(contour: np.ndarray) -> None:
    """A simple polygon has the area that the shoelace formula gives."""
    assert section([contour]).area_mm2 == pytest.approx(shoelace(contour), rel=1e-12, abs=1e-12)


@given(stars(), stars())
def test_even_odd_is_the_symmetric_difference(first: np.ndarray, second: np.ndarray) -> None:
    """Two different contours of one plane enclose what lies in exactly one of them."""
    assume(not np.array_equal(first, second))
    expected = shapely.Polygon(first).symmetric_difference(shapely.Polygon(second)).area
    assert section([first, second]).area_mm2 == pytest.approx(expected, abs=1e-8)


@given(stars(), stars())
def test_common_area_and_union_agree_with_shapely(first: np.ndarray, second: np.ndarray) -> None:
    """Intersection and union of two sections have the areas that an independent library finds."""
    one, two = section([first]), section([second])
    shapes = shapely.Polygon(first), shapely.Polygon(second)
    assert common_area_mm2(one, two) == pytest.approx(shapes[0].intersection(shapes[1]).area, abs=1e-8)
    assert union_section(one, two).area_mm2 == pytest.approx(shapes[0].union(shapes[1]).area, abs=1e-8)


@given(stars(), stars())
def test_inclusion_and_exclusion_add_up(first: np.ndarray, second: np.ndarray) -> None:
    """Union and intersection together are as large as the two sections."""
    one, two = section([first]), section([second])
    both = union_section(one, two).area_mm2 + common_area_mm2(one, two)
    assert both == pytest.approx(one.area_mm2 + two.area_mm2, abs=1e-8)
    assert common_area_mm2(one, two) == pytest.approx(common_area_mm2(two, one), abs=1e-9)


@given(stars(), st.integers(0, 11), st.booleans(), st.integers(0, 11))
def test_the_way_a_contour_is_written_changes_nothing(contour: np.ndarray, turn: int, back: bool, twice: int) -> None:  # noqa: FBT001  # a parameter
    """Starting elsewhere, going round the other way, or writing a vertex twice leaves the area as it is."""
    rewritten = np.roll(contour[::-1] if back else contour, turn % len(contour), axis=0)
    rewritten = np.insert(rewritten, twice % len(rewritten), rewritten[twice % len(rewritten)], axis=0)
    assert section([rewritten]).area_mm2 == pytest.approx(section([contour]).area_mm2, rel=1e-12)


@given(stars(), st.floats(0.05, 0.95))
def test_split_edges_change_nothing(contour: np.ndarray, share: float) -> None:
    """A further vertex on every edge leaves the area as it is."""
    between = contour + share * (np.roll(contour, -1, axis=0) - contour)
    split = np.stack([contour, between], axis=1).reshape(-1, 2)
    assert section([split]).area_mm2 == pytest.approx(section([contour]).area_mm2, rel=1e-9)


@given(stars(), stars())
def test_points_in_trapezoids_are_points_inside(first: np.ndarray, second: np.ndarray) -> None:
    """The middle of every trapezoid lies inside by the even-odd rule, and the trapezoids do not overlap."""
    assume(not np.array_equal(first, second))
    found = section([first, second])
    low, high, *x = found.trapezoids_mm.T
    wide = (high - low > 1e-6) & (x[2] + x[3] - x[0] - x[1] > 1e-6)
    middles = np.column_stack([sum(x) / 4.0, (low + high) / 2.0])[wide]
    assert np.all(inside([first, second], middles))
    assert np.all(np.diff(low) >= 0.0)


@pytest.mark.parametrize(
    ("contours", "area"),
    [
        ([OUTER, HOLE], 400.0 - 80.0),
        ([OUTER, HOLE, ISLAND], 400.0 - 80.0 + 8.0),
        ([OUTER, OUTER[::-1]], 400.0),
        ([rectangle(0, 1, 0, 1), rectangle(1, 2, 0, 1)], 2.0),
        ([rectangle(0, 1, 0, 1), rectangle(0.5, 1.5, 0, 1)], 1.0),
        ([np.array([[0.0, 0.0], [2.0, 2.0], [2.0, 0.0], [0.0, 2.0]])], 2.0),
        ([np.array([[0.0, 0.0], [5.0, 0.0], [9.0, 0.0]])], 0.0),
        ([np.array([[0.0, 0.0], [5.0, 5.0], [9.0, 9.0]])], 0.0),
    ],
    ids=[
        "hole", "island in hole", "drawn twice", "touching islands", "overlapping islands", "bow tie",
        "a flat line", "a slanted line",
    ],
)  # fmt: skip
def test_awkward_sections(contours: list[np.ndarray], area: float) -> None:
    """Holes, islands, self-crossings and contours without area come out by the even-odd rule; duplicates count once."""
    assert section(contours).area_mm2 == pytest.approx(area, abs=1e-9)


def test_a_keyhole_is_a_hole() -> None:
    """One contour that runs in along a cut, round a hole and out again encloses what outer and hole contours do."""
    keyhole = np.vstack([OUTER, OUTER[:1], HOLE[::-1], HOLE[-1:], OUTER[:1]])
    assert section([keyhole]).area_mm2 == pytest.approx(320.0, rel=1e-12)
    assert section([keyhole]).crossings == 0


def test_edges_drawn_there_and_back_bound_nothing() -> None:
    """A bridge of no width between two islands is no edge of the region."""
    bridge = np.array(
        [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [9.0, 1.0], [9.0, 2.0], [10.0, 2.0], [10.0, 1.0], [9.0, 1.0], [1.0, 1.0],
         [0.0, 1.0]]
    )  # fmt: skip
    found = section([bridge])
    assert found.area_mm2 == pytest.approx(2.0)
    assert not np.any((found.edges_mm[:, 0] == 1.0) & (found.edges_mm[:, 2] == 9.0))


def test_crossings_are_counted() -> None:
    """Contours that overlap without nesting cross; nested and touching ones do not."""
    assert section([rectangle(0, 2, 0, 2), np.array([[1.0, 1.0], [3.5, 1.5], [3.0, 4.0]])]).crossings > 0
    assert section([OUTER, HOLE, ISLAND]).crossings == 0
    assert section([rectangle(0, 1, 0, 1), rectangle(1, 2, 0, 1)]).crossings == 0


def test_sections_far_apart_share_nothing() -> None:
    """Sections that only touch, or lie apart, have no common area."""
    one = section([rectangle(0, 1, 0, 1)])
    assert common_area_mm2(one, section([rectangle(1, 2, 0, 1)])) == 0.0
    assert common_area_mm2(one, section([rectangle(50, 60, 0, 1)])) == 0.0
    assert common_area_mm2(one, section([np.array([[0.0, 0.5], [1.0, 0.5], [0.5, 0.5]])])) == 0.0


def test_the_union_of_many_sections_is_their_union() -> None:
    """A union may be built up one section after another."""
    discs = [circle(5.0, centre=(3.0 * k, 1.7 * k), points=40) for k in range(4)]
    merged = section([discs[0]])
    for disc in discs[1:]:
        merged = union_section(merged, section([disc]))
    assert merged.area_mm2 == pytest.approx(shapely.union_all([shapely.Polygon(disc) for disc in discs]).area, abs=1e-8)


def test_many_crossings_in_one_strip_are_all_found() -> None:
    """A fan of long thin triangles through one point keeps its even-odd area."""
    blades = [np.array([[-50.0, -1.0 * k], [50.0, 1.0 * k + 0.5], [50.0, 1.0 * k + 0.9]]) for k in range(-12, 12)]
    expected = shapely.Polygon()
    for blade in blades:
        expected = expected.symmetric_difference(shapely.Polygon(blade))
    assert section(blades).area_mm2 == pytest.approx(expected.area, abs=1e-6)


def test_the_compiled_kernel_agrees_with_its_plain_form() -> None:
    """Compiling changes no bit of the trapezoids."""
    generator = np.random.default_rng(11)
    edges = generator.uniform(-5, 5, (24, 4))
    edges = np.concatenate([edges, edges[:3, [2, 3, 0, 1]]])
    bounds, plain_bounds = _kernels.boundary(edges), _kernels._boundary(edges)
    assert len(bounds) == 21
    assert np.array_equal(bounds, plain_bounds)
    labels = np.zeros(len(bounds), dtype=np.int64)
    plain, compiled = (f(bounds, labels, 1) for f in (_kernels._trapezoids, _kernels.trapezoids))
    assert plain[1] == compiled[1]
    assert np.array_equal(plain[0], compiled[0])
