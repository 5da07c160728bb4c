"""The aperture of a beam as strips: one leaf pair, or what stacked layers leave open together."""

from dataclasses import dataclass

import numpy as np

from propel_core.errors import InvalidInputError, UnsupportedInputError
from propel_core.rt import Beam, LeafAxis, MlcLayer
from propel_core.units import FloatArray

__all__ = ["Strips", "strips_of"]

_BOUNDARY_DECIMALS = 4
"""Stacked layers are cut at boundaries equal to within 1e-4 mm."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strips:
    """The strips of one beam at every control point, with the jaws as seen from the leaves.

    Parameters
    ----------
    boundaries_mm
        Shape (strips + 1,).
    left_mm, right_mm
        The tips, shape (control points, strips).
    across_mm, along_mm
        Jaws perpendicular and parallel to the leaf motion, shape (control points, 2); infinite where there are none.
    """

    boundaries_mm: FloatArray
    left_mm: FloatArray
    right_mm: FloatArray
    across_mm: FloatArray
    along_mm: FloatArray


def strips_of(beam: Beam) -> Strips:
    """Return the strips of `beam`.

    Raises
    ------
    UnsupportedInputError
        The layers move along different axes.
    InvalidInputError
        The stacked layers have no extent in common.
    """
    where = f"Beam {beam.number}"
    if len({layer.axis for layer in beam.layers}) != 1:
        message = "leaves that move in x and leaves that move in y, expected one direction in a beam"
        raise UnsupportedInputError(message, where=where)
    jaws_x, jaws_y = (_limits(jaws, beam.control_point_count) for jaws in (beam.jaws_x_mm, beam.jaws_y_mm))
    along, across = (jaws_x, jaws_y) if beam.layers[0].axis is LeafAxis.X else (jaws_y, jaws_x)
    boundaries, left, right = _single(beam.layers[0]) if len(beam.layers) == 1 else _stacked(beam.layers, where)
    return Strips(boundaries_mm=boundaries, left_mm=left, right_mm=right, across_mm=across, along_mm=along)


def _limits(jaws: FloatArray | None, count: int) -> FloatArray:
    if jaws is None:
        return np.tile(np.array([-np.inf, np.inf]), (count, 1))
    return np.array(jaws)


def _single(layer: MlcLayer) -> tuple[FloatArray, FloatArray, FloatArray]:
    return np.array(layer.boundaries_mm), np.array(layer.positions_mm[:, 0, :]), np.array(layer.positions_mm[:, 1, :])


def _stacked(layers: tuple[MlcLayer, ...], where: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut the common extent at every boundary of every layer; a strip is open where all layers are."""
    rounded = [np.round(layer.boundaries_mm, _BOUNDARY_DECIMALS) for layer in layers]
    lowest = max(float(boundaries[0]) for boundaries in rounded)
    highest = min(float(boundaries[-1]) for boundaries in rounded)
    merged = np.unique(np.concatenate(rounded))
    merged = merged[(merged >= lowest) & (merged <= highest)]
    if merged.size < 2:
        message = "stacked layers of leaves side by side, expected layers that cover a common field"
        raise InvalidInputError(message, where=where)
    centres = (merged[:-1] + merged[1:]) / 2.0
    pairs = [np.searchsorted(boundaries, centres, side="right") - 1 for boundaries in rounded]
    lefts = [layer.positions_mm[:, 0, pair] for layer, pair in zip(layers, pairs, strict=True)]
    rights = [layer.positions_mm[:, 1, pair] for layer, pair in zip(layers, pairs, strict=True)]
    left = np.maximum.reduce(lefts)
    right = np.maximum(left, np.minimum.reduce(rights))
    return merged, np.ascontiguousarray(left), np.ascontiguousarray(right)
