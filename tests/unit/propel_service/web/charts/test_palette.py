import pytest

from propel_service.web.charts.palette import Shape, centre_styles, line_styles, marker_path


def test_a_centre_looks_the_same_whoever_else_is_shown_in_which_order() -> None:
    """Order of arrival must not change who is blue."""
    assert centre_styles(["B", "A", "B"]) == centre_styles(["A", "B"])


def test_centres_differ_in_colour_and_in_shape() -> None:
    """Colour alone must never tell two centres apart."""
    styles = list(centre_styles(f"centre {index}" for index in range(7)).values())
    assert len({style.colour for style in styles}) == 7
    assert len({style.shape for style in styles}) == 7


def test_fifty_six_centres_have_fifty_six_looks() -> None:
    """Colour and shape together must not repeat before both have run through."""
    styles = centre_styles(f"centre {index:02d}" for index in range(56)).values()
    assert len({(style.colour, style.shape) for style in styles}) == 56


def test_structures_differ_in_colour_or_dash() -> None:
    """Twenty-eight structures must be told apart."""
    assert len({(style.colour, style.dash) for style in line_styles(28)}) == 28


@pytest.mark.parametrize("shape", list(Shape))
def test_every_shape_has_a_path_around_its_point(shape: Shape) -> None:
    """Each shape must be a closed path, and no two the same."""
    path = marker_path(shape, 10.0, 20.0, 3.0)
    assert path.startswith("M")
    assert path.endswith("z")
    assert len({marker_path(other, 10.0, 20.0, 3.0) for other in Shape}) == len(Shape)
