"""Plan complexity from RTPLAN control points."""

__all__: list[str] = []
