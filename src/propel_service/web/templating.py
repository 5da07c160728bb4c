"""The template environment: escapes everything, refuses names that are not defined."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from propel_core.provenance import core_digest, core_version
from propel_service.web.assets import asset
from propel_service.web.charts.palette import marker_path

__all__ = ["page"]


def page(template: str, *, here: str = "", status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a page; `here` marks its entry in the navigation, `synthetic` in the context raises the banner."""
    values = {"here": here, "synthetic": "", "version": core_version(), "core_digest": core_digest(), **context}
    return HTMLResponse(_environment().get_template(template).render(values), status_code=status_code)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("propel_service.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=asset, marker_path=marker_path)
    return environment
