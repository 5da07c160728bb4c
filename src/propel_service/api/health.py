"""Health checks: alive (the process answers) and ready (the warehouse and the spool can be used)."""

import os
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from propel_core.errors import PropelError
from propel_service.api.dependencies import ViewsDependency

__all__ = ["router"]

router = APIRouter(prefix="/health", tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Whether the service can do its work, and which part cannot."""

    status: Literal["ready", "not ready"]
    warehouse: bool
    spool: bool


@router.get("/live")
def live() -> Live:
    """Tell that the process answers."""
    return Live()


@router.get("/ready", responses={503: {"model": Ready, "description": "A part cannot be used."}})
def ready(request: Request, response: Response, views: ViewsDependency) -> Ready:
    """Tell whether warehouse and spool can be used."""
    warehouse = _answers(views)
    spool = _can_be_written(request.app.state.spool)
    if not (warehouse and spool):
        response.status_code = 503
    return Ready(status="ready" if warehouse and spool else "not ready", warehouse=warehouse, spool=spool)


def _can_be_written(spool: Path) -> bool:
    """Tell whether `spool` can take files; one that does not exist yet must be possible to make."""
    existing = spool
    while not existing.exists():
        existing = existing.parent
    return existing.is_dir() and os.access(existing, os.W_OK)


def _answers(views: ViewsDependency) -> bool:
    try:
        views.status()
    except (PropelError, SQLAlchemyError, OSError):
        return False
    return True
