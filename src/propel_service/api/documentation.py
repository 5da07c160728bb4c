"""The documentation of the API as a page, from the files that the wheel carries: nothing is loaded from outside."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

__all__ = ["OPENAPI_PATH", "router"]

OPENAPI_PATH = "/api/openapi.json"

router = APIRouter(include_in_schema=False)

_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API · PROPEL</title>
<link rel="icon" type="image/svg+xml" href="/static/icon.svg">
<link rel="stylesheet" href="/static/vendor/swagger-ui.css">
</head>
<body>
<noscript><p>This page needs script. The description itself: <a href="{OPENAPI_PATH}">{OPENAPI_PATH}</a></p></noscript>
<div id="api" data-description="{OPENAPI_PATH}"></div>
<script src="/static/vendor/swagger-ui-bundle.js"></script>
<script src="/static/api.js"></script>
</body>
</html>
"""


@router.get("/api/docs")
def documentation() -> HTMLResponse:
    """Return the page that lists and tries every route."""
    return HTMLResponse(_PAGE)
