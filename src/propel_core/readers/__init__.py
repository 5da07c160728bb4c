"""From bytes to nouns: RTPLAN, RTSTRUCT and RTDOSE."""

__all__: list[str] = []
