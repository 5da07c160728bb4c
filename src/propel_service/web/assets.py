"""Static files: served from the package, with addresses that change with their content so that they may be kept."""

import hashlib
from functools import cache
from importlib.resources import files

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["PackagedFiles", "asset"]

_KEPT = "public, max-age=31536000, immutable"


@cache
def asset(name: str) -> str:
    """Return the address of a file under ``static/``, for example ``/static/propel.css?v=1a2b3c4d5e6f``."""
    content = files("propel_service.web").joinpath("static", *name.split("/")).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


class PackagedFiles(StaticFiles):
    """The static files of the pages; a file asked for with its content's mark never changes."""

    def __init__(self) -> None:
        super().__init__(packages=[("propel_service.web", "static")])

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept for good where its address names its content, else checked each time."""
        response = await super().get_response(path, scope)
        marked = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = _KEPT if marked else "no-cache"
        return response
