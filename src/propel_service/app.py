"""The composition root: from settings to the application, and nothing but wiring."""

import os
import traceback
from http import HTTPStatus
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from propel_core.provenance import core_version
from propel_service import api, web
from propel_service.settings import Settings
from propel_service.warehouse import Views, Warehouse

__all__ = ["compose", "create_app"]


def create_app(settings: Settings) -> FastAPI:
    """Return the service on the warehouse that `settings` names, which is created where it does not exist yet."""
    return compose(Views(Warehouse(settings.warehouse)), spool=settings.spool)


def compose(views: Views, *, spool: Path) -> FastAPI:
    """Return the service that reads from `views` and watches over `spool`."""
    application = FastAPI(
        title="PROPEL",
        version=core_version(),
        summary="Radiotherapy plan quality: histograms, complexity, overlap and control charts.",
        description=(
            "Answers on this computer only: there is no access control yet. "
            "Not for clinical use outside a qualified installation."
        ),
        openapi_url=api.OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
    )
    application.state.views = views
    application.state.board = web.Board(views)
    application.state.spool = spool
    for router in (api.v1, api.health, api.documentation, web.router):
        application.include_router(router)
    application.mount("/static", web.PackagedFiles(), name="static")
    application.add_exception_handler(HTTPException, _refused)
    application.add_exception_handler(RequestValidationError, _malformed)
    # The last one added is asked first: headers go onto faults and refusals too.
    application.add_middleware(_FaultsInside)
    application.add_middleware(api.HeadAsGet)
    application.add_middleware(api.LocalReadersOnly)
    application.add_middleware(api.SecurityHeaders)
    return application


def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else HTTPStatus(500).phrase
    return _answer(request, status, detail)


def _malformed(request: Request, error: Exception) -> Response:
    """Name each parameter that does not fit, never its value."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    return _answer(request, 422, "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found))


class _FaultsInside:
    """Answer for a fault of ours and let nothing of it out.

    The server would write the traceback of what reaches it to standard error, with the values that the exception
    quotes. So nothing does: the log gets the kind of the exception and the route, and PROPEL_DEBUG the traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, and answer where that fails before an answer has begun."""
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except Exception as error:  # noqa: BLE001  # the last frame before the server
            if os.environ.get("PROPEL_DEBUG"):
                traceback.print_exc()
            route = getattr(scope.get("route"), "path", None)
            structlog.get_logger().error("fault", error_type=type(error).__name__, route=route)
            if scope["type"] == "http" and not started:
                detail = "This is a fault of PROPEL, not of the request. Its log says of which kind."
                await _answer(Request(scope), 500, detail)(scope, receive, send)


def _answer(request: Request, status: int, detail: str) -> Response:
    if api.is_for_programs(request):
        return api.problem(status, detail, instance=request.url.path)
    return web.problem_page(status, HTTPStatus(status).phrase, detail)
