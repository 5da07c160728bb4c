"""The two fictitious centres: their machines, how their planning systems write DICOM, and how they plan."""

from dataclasses import dataclass

import numpy as np

from propel_service.demo.dicom import Export
from propel_service.demo.machine import Machine, Modulation

__all__ = ["CENTRES", "Centre", "Practice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """How a centre optimises prostate plans.

    Parameters
    ----------
    posterior_mm
        How far behind the PTV the conformal part of the dose has fallen to half.
    modulation
        How strongly the optimiser works the leaves.
    """

    posterior_mm: float
    modulation: Modulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A fictitious treatment centre.

    Parameters
    ----------
    folder
        Its subfolder of the cohort.
    letter
        Tells its patients' numbers from those of other centres.
    changed
        Its practice after the planted change, or None where nothing changes.
    """

    name: str
    folder: str
    letter: str
    machine: Machine
    export: Export
    practice: Practice
    changed: Practice | None = None


_WIDE_LEAVES = np.arange(-200.0, -100.0, 10.0)

CENTRES: tuple[Centre, ...] = (
    Centre(
        name="Centre A",
        folder="centre-a",
        letter="A",
        machine=Machine(
            name="SYNTH-A",
            boundaries_mm=np.concatenate([_WIDE_LEAVES, np.arange(-100.0, 100.1, 5.0), -_WIDE_LEAVES[::-1]]),
            has_x_jaws=True,
            jaws_follow=False,
            smallest_gap_mm=0.0,
            arc_step_deg=4.0,
            collimators_deg=(30.0, 330.0),
            decimals=2,
            final_weight=1.0,
        ),
        export=Export(
            model="Synthetic planning system A",
            software="A 1.0",
            implicit=True,
            names={},
            absolute_offsets=False,
            states_site=True,
        ),
        practice=Practice(posterior_mm=10.5, modulation=Modulation(closed=0.50, roughness=0.06)),
    ),
    Centre(
        name="Centre B",
        folder="centre-b",
        letter="B",
        machine=Machine(
            name="SYNTH-B",
            boundaries_mm=np.arange(-200.0, 200.1, 5.0),
            has_x_jaws=False,
            jaws_follow=True,
            smallest_gap_mm=4.4,
            arc_step_deg=3.0,
            collimators_deg=(10.0, 350.0),
            decimals=1,
            final_weight=100.0,
        ),
        export=Export(
            model="Synthetic planning system B",
            software="B 7.2",
            implicit=False,
            names={
                "External": "BODY",
                "Rectum": "rectum",
                "Bladder": "bladder",
                "Femur_Head_L": "Femoral Head Lt",
                "Femur_Head_R": "Femoral Head Rt",
                "Lung_L": "Left Lung",
                "Lung_R": "Right Lung",
                "Heart": "heart",
            },
            absolute_offsets=True,
            states_site=False,
        ),
        practice=Practice(posterior_mm=9.0, modulation=Modulation(closed=0.47, roughness=0.05)),
        changed=Practice(posterior_mm=15.0, modulation=Modulation(closed=0.57, roughness=0.08)),
    ),
)
