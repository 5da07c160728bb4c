"""The dose-volume histogram from its definition: many points, each asked whether it is inside and for its dose."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from propel_core.rt import DoseGrid, Structure
from support.naive.geometry import inside, slabs


@dataclass(frozen=True)
class Sample:
    """Doses of the sampled points of a structure, the volume of each, and the volume outside the dose grid."""

    dose_gy: npt.NDArray[np.float64]
    weight_cc: npt.NDArray[np.float64]
    outside_cc: float

    @property
    def covered_cc(self) -> float:
        """The sampled volume inside the dose grid."""
        return float(self.weight_cc.sum())

    def volume_at(self, dose_gy: float) -> float:
        """Return the volume that receives at least `dose_gy`."""
        return float(self.weight_cc[self.dose_gy >= dose_gy].sum())


def sample(structure: Structure, dose: DoseGrid, *, step_mm: float = 0.5) -> Sample:
    """Sample a structure as prisms with half-slice caps on a lattice of `step_mm`."""
    starts, points = structure.starts, structure.points_mm
    contours = [points[a:b] for a, b in pairwise(starts)]
    planes: dict[float, list[npt.NDArray[np.float64]]] = {}
    for contour in contours:
        planes.setdefault(round(float(contour[0, 2]), 2), []).append(contour[:, :2])
    z = sorted(planes)
    spacing = float(np.median(np.diff(z)))
    doses, weights, outside = [], [], 0.0
    for height, (low, high) in zip(z, slabs(z, spacing), strict=True):
        drawn = np.concatenate(planes[height])
        px, dx = _lattice(drawn[:, 0].min(), drawn[:, 0].max(), step_mm)
        py, dy = _lattice(drawn[:, 1].min(), drawn[:, 1].max(), step_mm)
        pz, dz = _lattice(low, high, step_mm)
        flat = np.array([(a, b) for b in py for a in px])
        flat = flat[inside(planes[height], flat)]
        for level in pz:
            values, within = trilinear(dose, np.column_stack([flat, np.full(len(flat), level)]))
            doses.append(values[within])
            weights.append(np.full(int(within.sum()), dx * dy * dz / 1000.0))
            outside += float((~within).sum()) * dx * dy * dz / 1000.0
    return Sample(np.concatenate(doses), np.concatenate(weights), outside)


def _lattice(low: float, high: float, step: float) -> tuple[npt.NDArray[np.float64], float]:
    count = max(1, int(np.ceil((high - low) / step)))
    pitch = (high - low) / count
    return low + pitch * (np.arange(count) + 0.5), pitch


def trilinear(dose: DoseGrid, points: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return the dose at each point, and whether it lies in the box of voxel centres."""
    axes = (dose.x_mm, dose.y_mm, dose.z_mm)
    within = np.all([(points[:, a] >= axes[a][0]) & (points[:, a] <= axes[a][-1]) for a in range(3)], axis=0)
    total = np.zeros(len(points))
    places = []
    for a in range(3):
        index = np.clip(np.searchsorted(axes[a], points[:, a], side="right") - 1, 0, axes[a].size - 2)
        places.append((index, (points[:, a] - axes[a][index]) / (axes[a][index + 1] - axes[a][index])))
    (ix, tx), (iy, ty), (iz, tz) = places
    for corner in range(8):
        cx, cy, cz = corner & 1, corner >> 1 & 1, corner >> 2
        weight = (tx if cx else 1 - tx) * (ty if cy else 1 - ty) * (tz if cz else 1 - tz)
        total += weight * dose.dose_gy[iz + cz, iy + cy, ix + cx]
    return total, within
