"""The HTTP API for programs: `/api/v1`, its offline documentation, the health checks, and who may read at all."""

from propel_service.api.documentation import OPENAPI_PATH
from propel_service.api.documentation import router as documentation
from propel_service.api.guard import HeadAsGet, LocalReadersOnly, SecurityHeaders
from propel_service.api.health import router as health
from propel_service.api.problems import is_for_programs, problem
from propel_service.api.routes import router as v1

__all__ = [
    "OPENAPI_PATH",
    "HeadAsGet",
    "LocalReadersOnly",
    "SecurityHeaders",
    "documentation",
    "health",
    "is_for_programs",
    "problem",
    "v1",
]
