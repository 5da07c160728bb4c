"""Control charts and specified-distribution tails."""

__all__: list[str] = []
