"""Errors over HTTP as problem details (RFC 9457): one shape for programs, no traceback and nothing of the input."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

__all__ = ["MEDIA_TYPE", "Problem", "is_for_programs", "problem"]

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, in the form of RFC 9457."""

    type: str = Field(default="about:blank", description="The kind of problem; about:blank: what the status says.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What was found and what was expected.")
    instance: str | None = Field(default=None, description="The path that was asked for.")


def problem(
    status: int, detail: str, *, instance: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the response for one problem."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, instance=instance)
    return JSONResponse(
        body.model_dump(exclude_none=True), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def is_for_programs(request: Request) -> bool:
    """Tell whether the answer is read by a program (the API, the health checks), not by a person."""
    return request.url.path.startswith(("/api/", "/health/"))
