"""What the routes are given: the read side of the warehouse, placed on the application by the composition root."""

from typing import Annotated

from fastapi import Depends, Path, Request

from propel_service.warehouse import Views

__all__ = ["LARGEST_NUMBER", "PlanNumber", "ViewsDependency"]

LARGEST_NUMBER = 2**63 - 1
"""The largest integer that a database can be asked for."""


def _views(request: Request) -> Views:
    views: Views = request.app.state.views
    return views


ViewsDependency = Annotated[Views, Depends(_views)]
PlanNumber = Annotated[int, Path(ge=0, le=LARGEST_NUMBER)]
