"""Contour stacks of solids whose volumes are known, and doses given by a formula.

Every solid is centred on the origin unless moved. Axes are DICOM LPS in mm: z is the stacking axis.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from propel_core.rt import DoseGrid, DoseSummation, Structure

FRAME = "1.2.826.0.1.3680043.2.1"

Contour = npt.NDArray[np.float64]
Planes = Mapping[float, Sequence[Contour]]


def structure(planes: Planes, *, number: int = 1, name: str = "ROI", frame: str = FRAME) -> Structure:
    """Return a structure from the contours (each (n, 2): x, y) of each plane z."""
    blocks = [
        np.column_stack([contour, np.full(len(contour), z)]) for z, contours in planes.items() for contour in contours
    ]
    starts = np.concatenate([[0], np.cumsum([len(block) for block in blocks], dtype=np.int64)])
    points = np.concatenate(blocks) if blocks else np.empty((0, 3))
    return Structure(number=number, name=name, points_mm=points, starts=starts, frame_of_reference_uid=frame)


def moved(original: Structure, shift: Sequence[float]) -> Structure:
    """Return the structure translated by (x, y, z) mm."""
    return rebuilt(original, np.asarray(original.points_mm) + np.asarray(shift, dtype=float))


def rebuilt(original: Structure, points: npt.NDArray[np.float64]) -> Structure:
    """Return the structure with other vertices in the same contours."""
    return Structure(
        number=original.number,
        name=original.name,
        points_mm=points,
        starts=original.starts,
        frame_of_reference_uid=original.frame_of_reference_uid,
    )


def rectangle(x0: float, x1: float, y0: float, y1: float) -> Contour:
    """Return a rectangle, counter-clockwise in (x, y)."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=float)


def circle(radius: float, *, centre: tuple[float, float] = (0.0, 0.0), points: int = 120) -> Contour:
    """Return a regular polygon with the area of the circle, so that area has no error from chords."""
    angle = 2.0 * np.pi * (np.arange(points) + 0.25) / points
    equal_area = radius * np.sqrt(2.0 * np.pi / points / np.sin(2.0 * np.pi / points))
    return np.column_stack([centre[0] + equal_area * np.cos(angle), centre[1] + equal_area * np.sin(angle)])


def heights(extent: float, spacing: float) -> npt.NDArray[np.float64]:
    """Return plane positions for which half-slice caps end exactly at ± extent / 2."""
    count = round(extent / spacing)
    return -extent / 2.0 + spacing * (np.arange(count) + 0.5)


def box(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], *, spacing: float = 2.0, number: int = 1
) -> Structure:
    """Return a rectangular block whose half-slice caps end at the stated z."""
    planes = (z[0] + z[1]) / 2.0 + heights(z[1] - z[0], spacing)
    return structure({float(plane): [rectangle(*x, *y)] for plane in planes}, number=number)


def sphere(radius: float, spacing: float, *, points: int = 120) -> Structure:
    """Return the sections of a sphere."""
    planes = heights(2.0 * radius, spacing)
    return structure({float(z): [circle(float(np.sqrt(radius**2 - z**2)), points=points)] for z in planes})


def cylinder(radius: float, height: float, spacing: float, *, points: int = 120) -> Structure:
    """Return an upright cylinder (axis z)."""
    return structure({float(z): [circle(radius, points=points)] for z in heights(height, spacing)})


def lying_cylinder(radius: float, height: float, spacing: float) -> Structure:
    """Return a cylinder along y: rectangular sections."""
    widths = {float(z): float(np.sqrt(radius**2 - z**2)) for z in heights(2.0 * radius, spacing)}
    return structure({z: [rectangle(-w, w, -height / 2.0, height / 2.0)] for z, w in widths.items()})


def cone(radius: float, height: float, spacing: float, *, points: int = 120) -> Structure:
    """Return an upright cone, apex towards +z."""
    return structure(
        {float(z): [circle(radius * (height / 2.0 - z) / height, points=points)] for z in heights(height, spacing)}
    )


def lying_cone(radius: float, height: float, spacing: float, *, points: int = 120) -> Structure:
    """Return a cone along y, apex towards +y: sections bounded by a hyperbola and the base."""
    planes = {}
    for z in heights(2.0 * radius, spacing):
        tip = height / 2.0 - abs(z) * height / radius
        # Denser towards the tip, where the hyperbola turns.
        y = tip - (tip + height / 2.0) * np.linspace(0.0, 1.0, points // 2) ** 2
        width = np.sqrt(np.maximum((radius * (height / 2.0 - y) / height) ** 2 - z**2, 0.0))
        planes[float(z)] = [np.column_stack([np.r_[width, -width[:0:-1]], np.r_[y, y[:0:-1]]])]
    return structure(planes)


Dose = Callable[
    [npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.float64] | float
]


def axis(low: float, high: float, spacing: float, *, phase: float = 0.0) -> npt.NDArray[np.float64]:
    """Return voxel centres that cover [low, high], shifted by a part `phase` of the spacing."""
    return low + spacing * (np.arange(int(np.ceil((high - low) / spacing)) + 3) - 1.0 + phase)


def dose_grid(function: Dose, x: npt.ArrayLike, y: npt.ArrayLike, z: npt.ArrayLike, *, frame: str = FRAME) -> DoseGrid:
    """Return a dose grid that holds `function(x, y, z)` at its voxel centres."""
    x, y, z = (np.asarray(values, dtype=float) for values in (x, y, z))
    zz, yy, xx = np.meshgrid(z, y, x, indexing="ij")
    return DoseGrid(
        x_mm=x,
        y_mm=y,
        z_mm=z,
        dose_gy=np.broadcast_to(np.asarray(function(xx, yy, zz), dtype=float), zz.shape),
        summation=DoseSummation.PLAN,
        frame_of_reference_uid=frame,
    )


def cubic_grid(
    function: Dose, half_width: float, spacing: float, *, phase: tuple[float, float, float] = (0.3, 0.6, 0.1)
) -> DoseGrid:
    """Return a grid that covers the cube of ± half_width."""
    return dose_grid(function, *(axis(-half_width, half_width, spacing, phase=part) for part in phase))


def linear(constant: float = 0.0, *, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Dose:
    """Return a dose that grows linearly, in Gy and Gy/mm, and is zero where it would be negative."""
    return lambda px, py, pz: np.maximum(constant + x * px + y * py + z * pz, 0.0)


def gaussian(peak: float, sigma: float) -> Dose:
    """Return a centred Gaussian dose."""
    return lambda px, py, pz: peak * np.exp(-(px**2 + py**2 + pz**2) / (2.0 * sigma**2))
