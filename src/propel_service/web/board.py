"""The panels of the warehouse, judged, and kept in memory until the warehouse changes."""

from propel_service.surveillance.watch import WatchedPanel, watch
from propel_service.warehouse import PanelKey, PanelRow, PointRow, Views

__all__ = ["Board"]

_KEPT_POINTS = 200_000
"""Above so many points in all, panels are judged anew each time rather than held in memory."""


class Board:
    """Judges each panel once for each revision of the warehouse.

    Pages are answered by several threads: a revision's panels live in one object that is replaced as a whole, so that
    a panel of an older revision is never filed under a newer one.
    """

    def __init__(self, views: Views) -> None:
        self._views = views
        self._kept: tuple[tuple[int, int], dict[PanelKey, WatchedPanel[PointRow]]] = ((-1, -1), {})

    def watched(self, rows: list[PanelRow]) -> dict[PanelKey, WatchedPanel[PointRow]]:
        """Return the judged panels of `rows`, in their order."""
        # Read before the panels: what is added meanwhile makes a newer revision, and the next reader judges again.
        revision = self._views.revision()
        kept = self._kept
        if kept[0] != revision:
            kept = self._kept = (revision, {})
        found = kept[1]
        judged = {row.key: found.get(row.key) or self._judge(row) for row in rows}
        if sum(len(panel.rows) for panel in judged.values()) <= _KEPT_POINTS:
            found.update(judged)
        return judged

    def _judge(self, row: PanelRow) -> WatchedPanel[PointRow]:
        return watch(self._views, row.key, centres=row.centres, unit=row.unit)
