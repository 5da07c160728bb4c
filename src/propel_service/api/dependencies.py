"""What the routes are given: the read side of the warehouse, placed on the application by the composition root."""

from typing import Annotated

from fastapi import Depends, Request

from propel_service.warehouse import Views

__all__ = ["ViewsDependency"]


def _views(request: Request) -> Views:
    views: Views = request.app.state.views
    return views


ViewsDependency = Annotated[Views, Depends(_views)]
