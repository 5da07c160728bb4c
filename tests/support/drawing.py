"""Read back the SVG that the charts write."""

import xml.etree.ElementTree as ET

__all__ = ["SVG", "of_class", "parse"]

SVG = "{http://www.w3.org/2000/svg}"


def parse(markup: str) -> ET.Element:
    """Return the root of a drawing; it must be well-formed."""
    return ET.fromstring(markup)  # noqa: S314  # markup that the code under test has just written


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    """Return the elements that carry class `name`."""
    return [node for node in root.iter() if name in (node.get("class") or "").split()]
