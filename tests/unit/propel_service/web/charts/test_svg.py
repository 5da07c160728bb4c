import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from propel_service.web.charts.svg import element, number, text
from support.drawing import parse

# Everything that XML 1.0 can carry at all.
legible = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff"))


@given(content=legible, attribute=legible)
def test_any_text_survives_as_text(content: str, attribute: str) -> None:
    """Whatever a name contains must come back as that name, never as an element."""
    parsed = parse(element("text", content, data_name=attribute))
    assert (parsed.text or "") == content
    assert parsed.get("data-name") == attribute
    assert not list(parsed)


def test_markup_is_kept_and_text_is_not() -> None:
    """Elements nest; the text of an element is escaped once and only once."""
    inner = element("title", "a < b & c")
    assert element("g", inner, "<b>") == Markup("<g><title>a &lt; b &amp; c</title>&lt;b&gt;</g>")


def test_attributes_are_named_as_svg_names_them() -> None:
    """Python's words become SVG's, and None leaves an attribute out."""
    assert element("path", stroke_width=1.5, class_="a", fill=None) == '<path stroke-width="1.5" class="a"/>'
    assert element("svg", viewBox="0 0 1 1") == '<svg viewBox="0 0 1 1"/>'


@pytest.mark.parametrize(("value", "shown"), [(1.0, "1"), (1.256, "1.26"), (-0.001, "0"), (100.0, "100")])
def test_coordinates_are_short(value: float, shown: str) -> None:
    """Two decimals are enough for a screen and no zero trails."""
    assert number(value) == shown


def test_text_is_placed() -> None:
    """A text element must stand where it was put."""
    assert text("5 %", 1.0, 2.0, class_="tick") == '<text x="1" y="2" class="tick">5 %</text>'
