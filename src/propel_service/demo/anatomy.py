"""Synthetic patients: organs as stacks of contours, in millimetres about the middle of the target or of the chest.

The axes are DICOM LPS (x to the left, y to the back, z to the head). Sections are closed curves in polar form, so that
a contour, a body mask and a distance to the target all follow from the same few numbers.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from propel_core.units import BoolArray, FloatArray

__all__ = [
    "BREAST_HALF_Z_MM",
    "Body",
    "Curve",
    "Pelvis",
    "Region",
    "RoiType",
    "Target",
    "Thorax",
    "make_pelvis",
    "make_thorax",
]

SLICE_MM = 3.0
SKIN_MM = 5.0  # targets stop this far below the skin, as planners crop them
BREAST_HALF_Z_MM = 39.0  # of the breast PTV
CHEST_WALL_MM = 18.0  # skin, muscle and ribs between the body outline and the lung


class RoiType(Enum):
    """The values of RT ROI Interpreted Type (3006,00A4) that the synthetic department writes."""

    EXTERNAL = "EXTERNAL"
    PTV = "PTV"
    CTV = "CTV"
    ORGAN = "ORGAN"
    CONTROL = "CONTROL"
    ISOCENTER = "ISOCENTER"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """One region of interest under its TG-263 name: closed contours, each of shape (n, 3); a point is one of (1, 3)."""

    name: str
    kind: RoiType
    contours: tuple[FloatArray, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A closed curve about its centre: a superellipse with half-axes `a` (x) and `b` (y), gently rippled.

    Parameters
    ----------
    ripple
        Relative amplitude and phase (radians) of the second, third, … harmonic.
    """

    a: float
    b: float
    power: float = 2.0
    ripple: tuple[tuple[float, float], ...] = ()

    def radius(self, theta: FloatArray) -> FloatArray:
        """Return the distance from the centre to the curve in the directions `theta` (radians), same shape."""
        reach = np.abs(np.cos(theta) / self.a) ** self.power + np.abs(np.sin(theta) / self.b) ** self.power
        radius: FloatArray = reach ** (-1.0 / self.power)
        for order, (amplitude, phase) in enumerate(self.ripple, start=2):
            radius = radius * (1.0 + amplitude * np.cos(order * theta + phase))
        return radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The outline of the body: a curve about (0, `centre_y`), and on a chest the breast that stands out of it."""

    curve: Curve
    centre_y: float = 0.0
    breast_mm: float = 0.0
    breast_angle: float = 0.0
    breast_half_angle: float = 1.0
    breast_half_z: float = 1.0

    def wall(self, theta: FloatArray) -> FloatArray:
        """Return the radius of the outline without the breast."""
        return self.curve.radius(theta)

    def swelling(self, theta: FloatArray, z: FloatArray) -> FloatArray:
        """Return how far the breast stands out, broadcast over `theta` and `z`."""
        around = np.clip(np.abs(theta - self.breast_angle) / self.breast_half_angle, 0.0, 1.0)
        along = np.clip(1.0 - (z / self.breast_half_z) ** 2, 0.0, None)
        swelling: FloatArray = self.breast_mm * np.cos(0.5 * np.pi * around) ** 2 * along
        return swelling

    def contains(self, x: FloatArray, y: FloatArray, z: FloatArray) -> BoolArray:
        """Return which points of the grid spanned by the three axes lie inside, shape (nz, ny, nx)."""
        across, deep = np.meshgrid(x, y - self.centre_y)
        theta, radius = np.arctan2(deep, across), np.hypot(across, deep)
        if self.breast_mm == 0.0:
            return np.broadcast_to(radius <= self.wall(theta), (z.size, *radius.shape))
        beyond = radius - self.wall(theta)
        inside: BoolArray = beyond[None] <= self.swelling(theta, z[:, None, None])
        return inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target about the origin: its sections are one curve, scaled as in an ellipsoid of half-height `half_z`."""

    curve: Curve
    half_z: float

    def grown(self, margin_mm: float) -> "Target":
        """Return the target with every half-axis longer by `margin_mm`."""
        curve = Curve(
            a=self.curve.a + margin_mm, b=self.curve.b + margin_mm, power=self.curve.power, ripple=self.curve.ripple
        )
        return Target(curve=curve, half_z=self.half_z + margin_mm)

    def contours(self, planes: FloatArray, points: int = 40) -> tuple[FloatArray, ...]:
        """Return a contour for every plane that the target meets in more than a sliver."""
        scale = np.sqrt(np.clip(1.0 - (planes / self.half_z) ** 2, 0.0, None))
        kept = scale > 0.25
        nothing = np.zeros(int(kept.sum()))
        return stack(planes[kept], nothing, nothing, self.curve, scale[kept], points)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pelvis:
    """A patient for the prostate: the isocentre and the middle of the PTV are the origin."""

    body: Body
    ptv: Target
    regions: tuple[Region, ...]
    planes: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Thorax:
    """A patient for the left breast: the origin is the middle of the chest."""

    body: Body
    ptv: Region
    regions: tuple[Region, ...]
    planes: FloatArray


def angles(count: int) -> FloatArray:
    """Return `count` directions, evenly spaced over the whole turn."""
    directions: FloatArray = np.arange(count, dtype=np.float64) * (2.0 * np.pi / count)
    return directions


def stack(
    planes: FloatArray, x: FloatArray, y: FloatArray, curve: Curve, scale: FloatArray, points: int
) -> tuple[FloatArray, ...]:
    """Return one contour per plane: `curve` scaled by `scale` about (`x`, `y`), each of shape (points, 3)."""
    theta = angles(points)
    radius = curve.radius(theta)[None] * scale[:, None]
    return solid(planes, x[:, None] + radius * np.cos(theta), y[:, None] + radius * np.sin(theta))


def solid(planes: FloatArray, x: FloatArray, y: FloatArray) -> tuple[FloatArray, ...]:
    """Return the contours of sections with coordinates of shape (planes, points)."""
    z = np.broadcast_to(planes[:, None], x.shape)
    return tuple(np.stack([x, y, z], axis=-1))


def make_pelvis(rng: np.random.Generator, *, ring: bool) -> Pelvis:
    """Return a pelvis for prostate radiotherapy, different for every state of `rng`.

    Parameters
    ----------
    ring
        Whether the planner left the ring about the PTV that shapes the dose; its contours have holes.
    """
    planes = np.arange(-36.0, 54.1, SLICE_MM)
    normal = rng.normal
    body = Body(curve=Curve(a=normal(146.0, 4.0), b=normal(95.0, 3.0), power=2.3), centre_y=normal(-2.0, 2.0))
    ripple = ((normal(0.0, 0.02), rng.uniform(0.0, 6.28)), (normal(0.0, 0.02), rng.uniform(0.0, 6.28)))
    ctv = Target(
        curve=Curve(a=normal(23.5, 1.4), b=normal(19.0, 1.1), power=2.2, ripple=ripple), half_z=normal(22.0, 1.3)
    )
    ptv = ctv.grown(6.0)
    regions = [
        Region(name="External", kind=RoiType.EXTERNAL, contours=_outline(body, planes)),
        Region(name="PTV", kind=RoiType.PTV, contours=ptv.contours(planes)),
        Region(name="CTV", kind=RoiType.CTV, contours=ctv.contours(planes)),
        _rectum(rng, planes, ptv),
        _bladder(rng, planes, ptv),
        *_femoral_heads(rng, planes),
    ]
    if ring:
        holes = ptv.grown(4.0).contours(planes)
        regions.append(Region(name="zRing", kind=RoiType.CONTROL, contours=(*ptv.grown(16.0).contours(planes), *holes)))
    return Pelvis(body=body, ptv=ptv, regions=tuple(regions), planes=planes)


def _outline(body: Body, planes: FloatArray, points: int = 72) -> tuple[FloatArray, ...]:
    theta = angles(points)
    # The breast is given about -90…0 degrees, the half turn on either side of it must not wrap through 360.
    turned = np.where(theta > np.pi, theta - 2.0 * np.pi, theta)
    radius = body.wall(turned)[None] + body.swelling(turned[None], planes[:, None])
    return solid(planes, radius * np.cos(theta), body.centre_y + radius * np.sin(theta))


def _rectum(rng: np.random.Generator, planes: FloatArray, ptv: Target) -> Region:
    """Return a tube that follows the sacrum; the PTV reaches a few millimetres into its front wall."""
    z = planes[(planes >= -33.0) & (planes <= 45.0)]
    front, height = rng.normal(-5.5, 0.8), rng.uniform(0.0, 6.28)
    curve = Curve(a=rng.normal(17.5, 1.2), b=rng.normal(15.5, 1.0), ripple=((0.03, height),))
    scale = 1.0 + 0.07 * np.sin(z / 18.0 + height) - 0.10 * (z > 39.0)
    y = ptv.curve.b + front + curve.b + 0.0035 * z**2
    x = rng.normal(0.0, 1.5) + 2.0 * np.sin(z / 25.0 + height)
    return Region(name="Rectum", kind=RoiType.ORGAN, contours=stack(z, x, y, curve, scale, 40))


def _bladder(rng: np.random.Generator, planes: FloatArray, ptv: Target) -> Region:
    """Return an ellipsoid above and in front of the PTV, which reaches into its base."""
    fill = rng.normal(1.0, 0.07)
    half_z, middle = 19.0 * fill, ptv.half_z - 6.0 + 14.0 * fill
    inside = planes[np.abs(planes - middle) < 0.96 * half_z]
    scale = np.sqrt(1.0 - ((inside - middle) / half_z) ** 2)
    curve = Curve(a=43.0 * fill, b=34.0 * fill, power=2.3, ripple=((rng.normal(0.0, 0.02), 0.0),))
    y = np.full_like(inside, rng.normal(-17.0, 2.0))
    x = np.full_like(inside, rng.normal(0.0, 2.0))
    return Region(name="Bladder", kind=RoiType.ORGAN, contours=stack(inside, x, y, curve, scale, 48))


def _femoral_heads(rng: np.random.Generator, planes: FloatArray) -> tuple[Region, Region]:
    radius, apart, y, middle = (
        rng.normal(23.0, 1.0),
        rng.normal(86.0, 3.0),
        rng.normal(-12.0, 3.0),
        rng.normal(9.0, 3.0),
    )
    inside = planes[np.abs(planes - middle) < 0.96 * radius]
    scale = np.sqrt(1.0 - ((inside - middle) / radius) ** 2)
    round_ = Curve(a=radius, b=radius)
    left, right = (
        stack(inside, np.full_like(inside, side * apart), np.full_like(inside, y), round_, scale, 32)
        for side in (1.0, -1.0)
    )
    return (
        Region(name="Femur_Head_L", kind=RoiType.ORGAN, contours=left),
        Region(name="Femur_Head_R", kind=RoiType.ORGAN, contours=right),
    )


def make_thorax(rng: np.random.Generator) -> Thorax:
    """Return a chest for radiotherapy of the left breast, different for every state of `rng`."""
    planes = np.arange(-45.0, 45.1, SLICE_MM)
    body = Body(
        curve=Curve(a=rng.normal(146.0, 3.0), b=rng.normal(96.0, 2.0), power=2.1),
        breast_mm=rng.normal(44.0, 5.0),
        breast_angle=np.radians(rng.normal(-50.0, 1.0)),
        breast_half_angle=np.radians(43.0),
        breast_half_z=51.0,
    )
    ptv = Region(name="PTV", kind=RoiType.PTV, contours=_breast(body, planes, half_angle_deg=36.0))
    left = Curve(a=rng.normal(51.0, 2.0), b=rng.normal(68.0, 2.5), power=2.3)
    right = Curve(a=rng.normal(56.0, 2.0), b=rng.normal(70.0, 2.5), power=2.3)
    regions = (
        Region(name="External", kind=RoiType.EXTERNAL, contours=_outline(body, planes)),
        ptv,
        Region(name="Lung_L", kind=RoiType.ORGAN, contours=_lung(body, planes, left, 74.0)),
        Region(name="Lung_R", kind=RoiType.ORGAN, contours=_lung(body, planes, right, -74.0)),
        _heart(rng, body, planes),
    )
    return Thorax(body=body, ptv=ptv, regions=regions, planes=planes)


def _breast(body: Body, planes: FloatArray, *, half_angle_deg: float) -> tuple[FloatArray, ...]:
    """Return crescents from the chest wall to just below the skin."""
    z = planes[np.abs(planes) <= BREAST_HALF_Z_MM][:, None]
    reach = np.radians(half_angle_deg) * np.sqrt(1.0 - (z / 75.0) ** 2)
    theta = body.breast_angle + reach * np.linspace(-1.0, 1.0, 24)[None]
    inner = body.wall(theta) - 1.8 * SKIN_MM
    outer = body.wall(theta) + body.swelling(theta, z) - SKIN_MM
    around = np.concatenate([theta, theta[:, ::-1]], axis=1)
    radius = np.concatenate([outer, inner[:, ::-1]], axis=1)
    return solid(z[:, 0], radius * np.cos(around), radius * np.sin(around))


def _inside_ribs(body: Body, x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the points drawn in, towards the middle of the chest, to where the ribs end."""
    radius = np.hypot(x, y)
    drawn = np.minimum(1.0, (body.wall(np.arctan2(y, x)) - CHEST_WALL_MM) / np.maximum(radius, 1.0))
    return x * drawn, y * drawn


def _lung(body: Body, planes: FloatArray, curve: Curve, x: float) -> tuple[FloatArray, ...]:
    theta = angles(44)
    scale = (0.94 - 0.0012 * planes)[:, None]
    radius = curve.radius(theta)[None] * scale
    return solid(planes, *_inside_ribs(body, x + radius * np.cos(theta), 2.0 + radius * np.sin(theta)))


def _heart(rng: np.random.Generator, body: Body, planes: FloatArray) -> Region:
    half_z, middle = rng.normal(46.0, 2.0), rng.normal(-22.0, 2.0)
    inside = planes[np.abs(planes - middle) < 0.96 * half_z]
    scale = np.sqrt(1.0 - ((inside - middle) / half_z) ** 2)[:, None]
    theta = angles(40)
    radius = Curve(a=rng.normal(43.0, 1.5), b=rng.normal(35.0, 1.2)).radius(theta)[None] * scale
    x, y = rng.normal(20.0, 1.2) + radius * np.cos(theta), rng.normal(-38.0, 1.2) + radius * np.sin(theta)
    return Region(name="Heart", kind=RoiType.ORGAN, contours=solid(inside, *_inside_ribs(body, x, y)))
