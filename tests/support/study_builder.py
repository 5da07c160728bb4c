"""Small studies made in memory: boxes in a dose that rises along x, and beams of four leaf pairs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from propel_core.rt import (
    Beam,
    BeamReference,
    DoseGrid,
    DoseSummation,
    FractionGroup,
    InterpretedType,
    LeafAxis,
    MlcLayer,
    Plan,
    Prescription,
    Radiation,
    Structure,
    StructureSet,
)
from propel_service.pipeline.study import ReadStudy

RECEIVED = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FRAME = "1.2.826.0.1.3680043.8.498.1"


def make_beam(
    *,
    number: int = 1,
    weights: Sequence[float] = (0.0, 1.0),
    gantry_deg: Sequence[float] | None = None,
    openings_mm: Sequence[float] | None = None,
    couch_deg: float = 0.0,
) -> Beam:
    """Return a beam whose leaf pairs all open by `openings_mm` (one value a control point), about the axis."""
    count = len(weights)
    openings = np.asarray(openings_mm if openings_mm is not None else [40.0] * count)
    tips = np.stack([-0.5 * openings, 0.5 * openings], axis=1)
    return Beam(
        number=number,
        name=f"B{number}",
        machine="LINAC",
        radiation=Radiation.PHOTON,
        cumulative_weight=np.asarray(weights, dtype=np.float64),
        gantry_deg=np.asarray(gantry_deg if gantry_deg is not None else [0.0] * count, dtype=np.float64),
        collimator_deg=np.zeros(count),
        couch_deg=np.full(count, couch_deg),
        layers=(
            MlcLayer(
                axis=LeafAxis.X,
                boundaries_mm=np.linspace(-20.0, 20.0, 5),
                positions_mm=np.repeat(tips[:, :, None], 4, axis=2),
            ),
        ),
        jaws_x_mm=np.tile([-100.0, 100.0], (count, 1)),
        jaws_y_mm=np.tile([-20.0, 20.0], (count, 1)),
    )


def make_plan(beams: Sequence[Beam] = (), *, mu: Sequence[float] = (), **changes: Any) -> Plan:
    """Return a plan of `beams` (by default one static beam), 100 MU each unless `mu` says otherwise."""
    beams = tuple(beams) or (make_beam(),)
    metersets = tuple(mu) or (100.0,) * len(beams)
    references = tuple(
        BeamReference(beam_number=beam.number, meterset_mu=meterset)
        for beam, meterset in zip(beams, metersets, strict=True)
    )
    fields: dict[str, Any] = {
        "sop_instance_uid": "1.2.3",
        "label": "",
        "description": "",
        "intent": "CURATIVE",
        "treatment_sites": (),
        "manufacturer": "",
        "model": "",
        "software": "",
        "fraction_groups": (FractionGroup(number=1, fractions_planned=20, beams=references),),
        "beams": beams,
        "planned_at": datetime(2026, 1, 5, 8, 0),  # noqa: DTZ001  # DICOM gives local time
        "prescription_gy": 60.0,
        "prescription_source": Prescription.DOSE_REFERENCE,
    }
    return Plan(**(fields | changes))


def make_box(
    number: int,
    name: str,
    *,
    x_mm: tuple[float, float] = (-10.0, 10.0),
    kind: InterpretedType = InterpretedType.ORGAN,
    planes: int = 5,
    frame: str = FRAME,
) -> Structure:
    """Return a box 20 mm wide in y, drawn in `planes` planes 3 mm apart; without planes it is empty."""
    low, high = x_mm
    corners = [(low, -10.0), (high, -10.0), (high, 10.0), (low, 10.0)]
    points = [(x, y, 3.0 * plane) for plane in range(planes) for x, y in corners]
    return Structure(
        number=number,
        name=name,
        points_mm=np.asarray(points, dtype=np.float64).reshape(-1, 3),
        starts=np.arange(planes + 1) * 4,
        frame_of_reference_uid=frame,
        interpreted_type=kind,
    )


def make_dose(*, half_width_mm: float = 40.0) -> DoseGrid:
    """Return a dose of 1 Gy per mm along x, 50 Gy in the middle, over a cube of 2.5 mm voxels."""
    axis = np.arange(-half_width_mm, half_width_mm + 1.0, 2.5)
    dose = np.broadcast_to(50.0 + axis, (axis.size, axis.size, axis.size))
    return DoseGrid(
        x_mm=axis,
        y_mm=axis,
        z_mm=axis,
        dose_gy=dose,
        summation=DoseSummation.PLAN,
        frame_of_reference_uid=FRAME,
    )


def make_study(
    structures: Sequence[Structure] = (), *, plan: Plan | None = None, dose: DoseGrid | None = None
) -> ReadStudy:
    """Return a study of `structures`, by default a rectum beside a PTV that it overlaps."""
    structures = tuple(structures) or (
        make_box(1, "BODY", x_mm=(-30.0, 30.0), kind=InterpretedType.EXTERNAL),
        make_box(2, "PTV", x_mm=(0.0, 20.0), kind=InterpretedType.PTV),
        make_box(3, "rectum", x_mm=(-10.0, 10.0)),
    )
    return ReadStudy(
        plan=plan or make_plan(label="Prostate"),
        structures=StructureSet(sop_instance_uid="1.2.4", structures=structures),
        dose=dose or make_dose(),
    )


def by_name(values: Mapping[int, Any], structures: Sequence[Structure]) -> dict[str, Any]:
    """Return `values`, keyed by structure number, under the structures' raw names."""
    names = {structure.number: structure.name for structure in structures}
    return {names[number]: value for number, value in values.items()}
