"""From a stored series to its judgement: what the pages and the API both ask for.

The warehouse is known here by shape only (`SeriesSource`), so that surveillance and storage do not import each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from propel_service.surveillance.judgement import Observation, PanelJudgement, PointJudgement, Reference
from propel_service.surveillance.panels import judge

__all__ = ["SeriesSource", "StoredPoint", "StoredReference", "WatchedPanel", "watch"]


class StoredPoint(Protocol):
    """One plan's value on a panel, as it is stored."""

    @property
    def plan_id(self) -> int:
        """The plan."""
        ...

    @property
    def time(self) -> datetime:
        """When the plan was made."""
        ...

    @property
    def centre(self) -> str:
        """Where the plan was made."""
        ...

    @property
    def value(self) -> float | None:
        """The value; None where the metric could not be given."""
        ...


class StoredReference(Protocol):
    """A frozen reference period, as it is stored."""

    @property
    def plan_ids(self) -> tuple[int, ...]:
        """The plans of the period, in time order."""
        ...

    @property
    def values(self) -> tuple[float | None, ...]:
        """Their values as they were when the period was frozen; None is a gap."""
        ...


Key_contra = TypeVar("Key_contra", contravariant=True)
Point_co = TypeVar("Point_co", bound=StoredPoint, covariant=True)


class SeriesSource(Protocol[Key_contra, Point_co]):
    """Where series and frozen references come from."""

    def series(self, key: Key_contra) -> Sequence[Point_co]:
        """Return the points of a panel in time order."""
        ...

    def reference(self, key: Key_contra, centre: str) -> StoredReference | None:
        """Return the frozen reference of one centre, or None while it has none."""
        ...


# A function and a plain container take invariant variables of their own.
PanelId = TypeVar("PanelId")
Row = TypeVar("Row", bound=StoredPoint)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WatchedPanel(Generic[Row]):
    """A stored series beside its judgement."""

    rows: tuple[Row, ...]
    judgement: PanelJudgement

    def judged(self) -> list[tuple[Row, PointJudgement]]:
        """Return each stored point with its judgement, in time order."""
        found = {point.plan_id: point for centre in self.judgement.centres for point in centre.points}
        return [(row, found[row.plan_id]) for row in self.rows]


def watch(source: SeriesSource[PanelId, Row], key: PanelId, *, centres: Iterable[str], unit: str) -> WatchedPanel[Row]:
    """Read the series of panel `key` with the frozen references of its `centres`, and judge it."""
    rows = source.series(key)
    stored = {centre: source.reference(key, centre) for centre in centres}
    references = {
        centre: Reference(plan_ids=found.plan_ids, values=found.values)
        for centre, found in stored.items()
        if found is not None
    }
    observations = [Observation(plan_id=row.plan_id, time=row.time, centre=row.centre, value=row.value) for row in rows]
    return WatchedPanel(rows=tuple(rows), judgement=judge(observations, references=references, unit=unit))
