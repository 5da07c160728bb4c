"""Plans made in memory, without DICOM: for computations on the nouns."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from propel_core.rt import Beam, BeamReference, FractionGroup, LeafAxis, MlcLayer, Plan, Radiation


def layer(positions: npt.ArrayLike, boundaries: Sequence[float], axis: LeafAxis = LeafAxis.X) -> MlcLayer:
    """Return a layer; `positions` has shape (control points, 2, pairs)."""
    return MlcLayer(
        axis=axis,
        boundaries_mm=np.array(boundaries, dtype=float),
        positions_mm=np.array(positions, dtype=float),
    )


def beam(
    *layers: MlcLayer,
    weights: Sequence[float] | None = None,
    jaws_x: npt.ArrayLike | None = None,
    jaws_y: npt.ArrayLike | None = None,
    number: int = 1,
    modifiers: tuple[str, ...] = (),
) -> Beam:
    """Return a beam; jaws are given once, shape (2,), or per control point."""
    count = layers[0].positions_mm.shape[0]
    angles = np.zeros(count)
    return Beam(
        number=number,
        name=f"B{number}",
        machine="LINAC",
        radiation=Radiation.PHOTON,
        cumulative_weight=np.linspace(0.0, 1.0, count) if weights is None else np.array(weights, dtype=float),
        gantry_deg=angles,
        collimator_deg=angles,
        couch_deg=angles,
        layers=layers,
        jaws_x_mm=_jaws(jaws_x, count),
        jaws_y_mm=_jaws(jaws_y, count),
        modifiers=modifiers,
    )


def _jaws(jaws: npt.ArrayLike | None, count: int) -> npt.NDArray[np.float64] | None:
    return None if jaws is None else np.array(np.broadcast_to(np.array(jaws, dtype=float), (count, 2)))


def plan(*beams: Beam, groups: Sequence[Sequence[tuple[int, float]]] | None = None) -> Plan:
    """Return a plan of `beams`, by default one fraction group of 100 MU a beam."""
    references = [[(one.number, 100.0) for one in beams]] if groups is None else groups
    return Plan(
        sop_instance_uid="1.2.3",
        label="Synthetic",
        description="",
        intent="",
        treatment_sites=(),
        manufacturer="",
        model="",
        software="",
        fraction_groups=tuple(
            FractionGroup(
                number=place,
                fractions_planned=20,
                beams=tuple(BeamReference(beam_number=number, meterset_mu=mu) for number, mu in group),
            )
            for place, group in enumerate(references, start=1)
        ),
        beams=beams,
    )
