"""The result of a complexity computation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from propel_core.complexity.conventions import Convention
from propel_core.provenance import Caveat, Provenance
from propel_core.rt import Excluded
from propel_core.units import FloatArray, read_only

__all__ = ["BeamComplexity", "ComplexityReport", "ControlPointComplexity", "GroupComplexity", "MetricTable"]


class MetricTable(Mapping[str, float]):
    """An unalterable mapping from metric name to value that survives pickling, in the order of the catalogue."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"MetricTable({self._values!r})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ControlPointComplexity:
    """The quantities of each control point of one beam.

    Parameters
    ----------
    names
        The columns: LSV, AAV, the small aperture scores, MAD, CAS, CLS, ALPO, MFA (here the area), EM and PI.
    values
        Shape (control points, columns). At a control point that delivers nothing AAV is cut off at 1.
    interval_weight
        The share of the beam's monitor units between a control point and the next, shape (control points - 1,).
    """

    names: tuple[str, ...]
    values: FloatArray
    interval_weight: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))
        object.__setattr__(self, "interval_weight", read_only(self.interval_weight))

    def column(self, name: str) -> FloatArray:
        """Return one quantity at every control point, shape (control points,)."""
        column: FloatArray = self.values[:, self.names.index(name)]
        return column


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BeamComplexity:
    """One beam: its number, its monitor units per fraction (over all its references) and its metrics."""

    number: int
    mu: float
    control_points: int
    metrics: MetricTable
    by_control_point: ControlPointComplexity


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupComplexity:
    """One fraction group: its monitor units per fraction and its metrics, the monitor-unit mean over its beams."""

    number: int
    mu: float
    metrics: MetricTable


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ComplexityReport:
    """The complexity of a plan: pooled over all fraction groups (`metrics`), per group, per beam, per control point."""

    convention: Convention
    metrics: MetricTable
    beams: tuple[BeamComplexity, ...]
    groups: tuple[GroupComplexity, ...]
    excluded: tuple[Excluded, ...]
    caveats: tuple[Caveat, ...]
    provenance: Provenance
