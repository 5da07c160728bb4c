"""From linked files to facts: read, classify, calculate. The world is reached only through ports."""

__all__: list[str] = []
