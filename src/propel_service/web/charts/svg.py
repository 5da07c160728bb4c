"""The smallest SVG builder that cannot forget to escape.

An element is text that is already safe (`markupsafe.Markup`); whatever else is put into it, attribute or child, is
escaped on the way in. Presentation attributes only: the content security policy of the pages forbids ``style=``.
"""

from collections.abc import Iterable
from html import escape

from markupsafe import Markup

__all__ = ["element", "number", "text"]

Attribute = str | float | None


def number(value: float) -> str:
    """Return a coordinate with at most two decimals and no trailing zeros: 1/50 of a pixel is enough."""
    if isinstance(value, int):
        return str(value)
    shown = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def element(name: str, *children: str | Iterable[str], **attributes: Attribute) -> Markup:
    """Return one element; ``stroke_width=1`` becomes ``stroke-width="1"``, ``class_`` becomes ``class``.

    Parameters
    ----------
    children
        Markup is kept, plain text is escaped; an iterable of either is joined.
    attributes
        Numbers are shortened by `number`; None leaves the attribute out.
    """
    head = "".join(
        [f' {_attribute_name(key)}="{_attribute(value)}"' for key, value in attributes.items() if value is not None]
    )
    body = "".join(
        [_safe(child) if isinstance(child, str) else "".join([_safe(part) for part in child]) for child in children]
    )
    return Markup(f"<{name}{head}>{body}</{name}>" if body else f"<{name}{head}/>")  # noqa: S704  # every part escaped


def text(content: str, x: float, y: float, **attributes: Attribute) -> Markup:
    """Return a ``<text>`` element at (x, y)."""
    return element("text", content, x=x, y=y, **attributes)


def _safe(content: str) -> str:
    return content if isinstance(content, Markup) else escape(content)


def _attribute(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else number(value)


def _attribute_name(key: str) -> str:
    return key.rstrip("_").replace("_", "-") if key != "viewBox" else key
