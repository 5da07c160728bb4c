"""Two synthetic linear accelerators, and the fields they deliver: apertures, jaws and weights at control points.

Lengths are in the plane of the isocentre; the projection is parallel, since a divergence of a few per cent changes
nothing that plan complexity sees.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from propel_core.units import BoolArray, FloatArray
from propel_service.demo.anatomy import BREAST_HALF_Z_MM, Pelvis, Target, Thorax
from propel_service.demo.dose import TangentEdge

__all__ = ["Field", "Machine", "Modulation", "Rotation", "arcs", "tangents"]

SUBFIELDS = 3
# Indices of shape that count gaps below 2, 5, 10, 20 mm would hang on the last decimal of a gap of just that width.
THRESHOLD_GAPS_MM = (2.0, 5.0, 10.0, 20.0)


class Rotation(Enum):
    """DICOM Gantry Rotation Direction (300A,011F)."""

    CLOCKWISE = "CW"
    COUNTERCLOCKWISE = "CC"
    NONE = "NONE"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Machine:
    """What a treatment machine can do and how its planning system writes it.

    Parameters
    ----------
    boundaries_mm
        Leaf edges, shape (pairs + 1,).
    smallest_gap_mm
        Opposing leaves never come closer; 0 lets them touch.
    jaws_follow
        Whether the Y jaws follow the aperture and are written at every control point; else at the first only.
    arc_step_deg
        Gantry travel between control points of an arc.
    decimals
        Decimals of a written leaf position.
    final_weight
        The scale of the cumulative meterset weights.
    """

    name: str
    boundaries_mm: FloatArray
    has_x_jaws: bool
    jaws_follow: bool
    smallest_gap_mm: float
    arc_step_deg: float
    collimators_deg: tuple[float, float]
    decimals: int
    final_weight: float

    @property
    def middles_mm(self) -> FloatArray:
        """The middle of each leaf across its motion, shape (pairs,)."""
        middles: FloatArray = 0.5 * (self.boundaries_mm[1:] + self.boundaries_mm[:-1])
        return middles


@dataclass(frozen=True, slots=True, kw_only=True)
class Modulation:
    """How strongly an optimiser works the leaves.

    Parameters
    ----------
    closed
        Mean share of the target's width that a leaf pair covers.
    roughness
        Standard deviation of the share by which one leaf differs from the next.
    """

    closed: float
    roughness: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """One beam: arrays over its n control points.

    Parameters
    ----------
    weight
        Cumulative, from 0 to 1, shape (n,).
    leaves_mm
        Shape (n, 2, pairs).
    moved
        Whether a control point writes its leaf positions; else it inherits them, shape (n,).
    jaws_x_mm, jaws_y_mm
        Shape (n, 2); X is None where the machine has no such jaws.
    isocentre_mm
        In the coordinates of the anatomy.
    """

    name: str
    gantry_deg: FloatArray
    rotation: Rotation
    collimator_deg: float
    weight: FloatArray
    leaves_mm: FloatArray
    moved: tuple[bool, ...]
    jaws_x_mm: FloatArray | None
    jaws_y_mm: FloatArray
    meterset_mu: float
    isocentre_mm: tuple[float, float, float]


def arcs(
    pelvis: Pelvis, machine: Machine, modulation: Modulation, *, dose_gy: float, rng: np.random.Generator
) -> tuple[Field, ...]:
    """Return two full arcs, one each way, whose apertures follow the PTV as the gantry sees it.

    Parameters
    ----------
    dose_gy
        Dose of one fraction; the monitor units follow it and the modulation.
    """
    steps = int(356.0 // machine.arc_step_deg)
    reach = 0.5 * steps * machine.arc_step_deg
    turn = np.linspace(-reach, reach, steps + 1)
    total = dose_gy * (150.0 + 190.0 * modulation.closed + rng.normal(0.0, 6.0))
    share = rng.normal(0.52, 0.012)
    fields = []
    for index, (collimator, rotation, part) in enumerate(
        zip(machine.collimators_deg, (Rotation.CLOCKWISE, Rotation.COUNTERCLOCKWISE), (share, 1.0 - share), strict=True)
    ):
        gantry = turn if rotation is Rotation.CLOCKWISE else turn[::-1]
        left, right, seen = _silhouette(pelvis.ptv, machine, gantry, collimator)
        leaves = _modulated(left, right, seen, machine, modulation, rng)
        rate = 1.0 + 0.25 * _wander(rng, (gantry.size - 1,), (4.0,))
        weight = np.concatenate([[0.0], np.cumsum(np.clip(rate, 0.2, None))])
        jaws_x, jaws_y = _jaws(leaves, seen, machine)
        fields.append(
            Field(
                name=f"Arc {index + 1} {rotation.value}",
                gantry_deg=np.round(gantry % 360.0, 1),
                rotation=rotation,
                collimator_deg=collimator,
                weight=weight / weight[-1],
                leaves_mm=leaves,
                moved=(True,) * gantry.size,
                jaws_x_mm=jaws_x,
                jaws_y_mm=jaws_y,
                meterset_mu=round(float(total * part), 2),
                isocentre_mm=(0.0, 0.0, 0.0),
            )
        )
    return tuple(fields)


def _silhouette(
    target: Target, machine: Machine, gantry_deg: FloatArray, collimator_deg: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the left and right edge of the target under each leaf, and which leaves see it.

    The shadow of an ellipsoid is an ellipse; in the turned frame of the collimator it is ``A x² + 2B xy + C y² = 1``.
    All three arrays have the shape (control points, pairs).
    """
    gantry, turn = np.radians(gantry_deg), np.radians(collimator_deg)
    across = (target.curve.a * np.cos(gantry)) ** 2 + (target.curve.b * np.sin(gantry)) ** 2
    height = target.half_z**2
    cos, sin = np.cos(turn), np.sin(turn)
    a = (cos**2 / across + sin**2 / height)[:, None]
    b = (cos * sin * (1.0 / height - 1.0 / across))[:, None]
    c = (sin**2 / across + cos**2 / height)[:, None]
    y = machine.middles_mm[None]
    root = (b * y) ** 2 - a * (c * y**2 - 1.0)
    half = np.sqrt(np.clip(root, 0.0, None)) / a
    middle = -b * y / a
    return middle - half, middle + half, root > 0.0


def _wander(rng: np.random.Generator, shape: tuple[int, ...], widths: tuple[float, ...]) -> FloatArray:
    """Return noise of unit variance that is smooth along each axis over a Gaussian of the width given for it."""
    reach = [int(np.ceil(2.5 * width)) for width in widths]
    noise: FloatArray = rng.standard_normal([size + 2 * extra for size, extra in zip(shape, reach, strict=True)])
    for axis, (width, extra) in enumerate(zip(widths, reach, strict=True)):
        taps = np.exp(-0.5 * (np.arange(-extra, extra + 1) / width) ** 2)
        taps /= np.sqrt((taps**2).sum())
        moved = np.moveaxis(noise, axis, 0)
        # Shifted sums rather than a matrix product: their order is fixed, whatever the linear algebra library.
        smoothed = sum((tap * moved[start : start + shape[axis]] for start, tap in enumerate(taps)), np.zeros(()))
        noise = np.moveaxis(smoothed, 0, axis)
    return noise


def _modulated(
    left: FloatArray,
    right: FloatArray,
    seen: BoolArray,
    machine: Machine,
    modulation: Modulation,
    rng: np.random.Generator,
) -> FloatArray:
    """Return leaf positions, shape (control points, 2, pairs): slits that wander over the target and change width."""
    shape = left.shape
    width = right - left
    rough = modulation.roughness * rng.standard_normal((2, *shape))
    open_ = 1.0 - modulation.closed + 0.15 * _wander(rng, shape, (4.0, 3.0)) + rough[0]
    gap = np.maximum(width * np.clip(open_, 0.08, 1.0), max(machine.smallest_gap_mm, 0.6))
    lean = np.clip(0.7 * _wander(rng, shape, (5.0, 4.0)) + rough[1], -1.0, 1.0)
    middle = 0.5 * (left + right) + 0.5 * lean * np.clip(width - gap, 0.0, None)
    gap = np.where(seen, gap, machine.smallest_gap_mm)
    middle = np.where(seen, middle, 0.0)
    return _written(middle - 0.5 * gap, middle + 0.5 * gap, machine)


def _written(left: FloatArray, right: FloatArray, machine: Machine) -> FloatArray:
    """Return positions with the machine's decimals; no gap of a threshold width, none narrower than was asked."""
    unit = 10.0**-machine.decimals
    first = np.round(left / unit)
    gap = np.maximum(np.round(right / unit) - first, np.round(machine.smallest_gap_mm / unit))
    for threshold in THRESHOLD_GAPS_MM:
        gap = np.where(gap == round(threshold / unit), gap + 1.0, gap)
    # Dividing by a power of ten gives the number nearest to the decimal, as reading the written text does.
    leaves: FloatArray = np.stack([first, first + gap], axis=1) / 10.0**machine.decimals
    return leaves + 0.0


def _jaws(leaves: FloatArray, seen: BoolArray, machine: Machine) -> tuple[FloatArray | None, FloatArray]:
    """Return the jaws that frame the open leaves: fixed around all apertures, or following each in y."""
    low, high = machine.boundaries_mm[:-1], machine.boundaries_mm[1:]
    bottom = np.where(seen, low, np.inf).min(axis=1)
    top = np.where(seen, high, -np.inf).max(axis=1)
    if not machine.jaws_follow:
        bottom, top = np.full_like(bottom, bottom.min()), np.full_like(top, top.max())
    jaws_y = np.stack([bottom, top], axis=1)
    if not machine.has_x_jaws:
        return None, jaws_y
    lit = np.broadcast_to(seen[:, None], leaves.shape)
    edges = np.floor(leaves[lit].min()) - 2.0, np.ceil(leaves[lit].max()) + 2.0
    return np.tile(np.array(edges), (leaves.shape[0], 1)), jaws_y


def tangents(
    thorax: Thorax, edge: TangentEdge, machine: Machine, *, dose_gy: float, rng: np.random.Generator
) -> tuple[Field, ...]:
    """Return two opposed tangents, each an open field and three subfields that take away its hot spots.

    Every segment has two control points; the second inherits the leaves of the first.
    """
    centre = np.concatenate(thorax.ptv.contours).mean(axis=0)
    isocentre = (float(np.round(centre[0], 1)), float(np.round(centre[1], 1)), 0.0)
    middle = isocentre[0] * edge.normal[0] + isocentre[1] * edge.normal[1]
    skin = _skin(thorax, edge, machine) - middle
    seen = np.abs(machine.middles_mm) < BREAST_HALF_Z_MM + 8.0
    total = dose_gy * rng.normal(112.0, 2.0)
    share = rng.normal(0.5, 0.012)
    fields = []
    for name, turn, part in (("Medial", 0.0, share), ("Lateral", 180.0, 1.0 - share)):
        deep, front, given = _segments(edge.offset_mm - middle, skin, rng)
        # From the other side the field is seen mirrored: the deep edge moves from the left bank to the right one.
        left, right = (deep, front) if turn == 0.0 else (-front, -deep)
        left, right = (np.where(seen, bank, 0.0) for bank in (left, right))
        apertures = _written(left, np.where(seen, right, machine.smallest_gap_mm), machine)
        leaves = np.repeat(apertures, 2, axis=0)
        weight = np.concatenate([[0.0], np.repeat(np.cumsum(given), 2)[:-1]])
        visible = np.broadcast_to(seen, (leaves.shape[0], seen.size))
        jaws_x, jaws_y = _jaws(leaves, visible, machine)
        fields.append(
            Field(
                name=f"{name} tangent",
                gantry_deg=np.full(weight.size, (edge.gantry_deg + turn) % 360.0),
                rotation=Rotation.NONE,
                collimator_deg=0.0,
                weight=weight / weight[-1],
                leaves_mm=leaves,
                moved=(True, False) * (SUBFIELDS + 1),
                jaws_x_mm=jaws_x,
                jaws_y_mm=jaws_y,
                meterset_mu=round(float(total * part), 2),
                isocentre_mm=isocentre,
            )
        )
    return tuple(fields)


def _skin(thorax: Thorax, edge: TangentEdge, machine: Machine) -> FloatArray:
    """Return how far each leaf must open to clear the skin by 20 mm, along the normal of the edge, shape (pairs,)."""
    outline = np.stack(thorax.regions[0].contours)
    reach = (outline[:, :, :2] @ np.array(edge.normal)).max(axis=1)
    skin: FloatArray = np.interp(machine.middles_mm, thorax.planes, reach) + 20.0
    return skin


def _segments(deep_mm: float, skin: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return both edges of the open field and its subfields, shape (segments, pairs), and their weights."""
    front = np.tile(skin, (SUBFIELDS + 1, 1))
    for index in range(1, SUBFIELDS + 1):
        covered = rng.normal(14.0 + 14.0 * index, 3.0) + 3.0 * rng.standard_normal(skin.size)
        front[index] -= np.clip(20.0 + covered, 0.0, None)
    deep = np.full_like(front, deep_mm)
    front = np.maximum(front, deep + 12.0)
    small = np.clip(rng.normal(0.05, 0.008, SUBFIELDS), 0.02, None)
    return deep, front, np.concatenate([[1.0 - small.sum()], small])
