"""The calculators that PROPEL ships, each an ordinary plugin of the entry-point group ``propel``."""

__all__: list[str] = []
