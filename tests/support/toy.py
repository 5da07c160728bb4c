"""A calculator that needs no kernel: highest and mean dose, and one short curve for each structure."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from propel_core.provenance import Provenance
from propel_service.intake import Recipe
from propel_service.pipeline.facts import CalculationOutput, Curve, Fact, FactKind
from propel_service.pipeline.ports import Processor
from propel_service.pipeline.run import process
from propel_service.pipeline.study import ClassifiedStudy


@dataclass(frozen=True)
class Toy:
    """Looks at the dose alone."""

    name: str = "toy"
    version: str = "1"

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Return a charted value, a value that is missing, and the curves."""
        read = study.study
        stamp = Provenance(
            algorithm=self.name,
            version=self.version,
            inputs=(read.plan.identity(), read.dose.identity()),
            settings={"sharp": False},
        )
        doses = read.dose.dose_gy
        facts = (
            _fact("Max[Gy]", "PTV", float(doses.max()), stamp),
            _fact("Mean[Gy]", "PTV", float(doses.mean()), stamp),
            _fact("D95%[Gy]", "Rectum", None, stamp),
        )
        curves = tuple(
            Curve(
                structure_number=structure.number,
                raw_name=structure.name,
                canonical_name=None,
                volume_cc=float(structure.contour_count),
                coverage_fraction=1.0,
                min_gy=float(doses.min()),
                mean_gy=None,
                max_gy=float(doses.max()),
                dose_gy=np.arange(4.0),
                volume_cc_at_dose=np.array([3.0, 2.0, 1.0, 0.0]) * structure.contour_count,
                provenance=stamp,
            )
            for structure in read.structures.structures
        )
        return CalculationOutput(facts=facts, curves=curves)


def _fact(metric: str, subject: str, value: float | None, stamp: Provenance) -> Fact:
    reason = None if value is not None else "no such structure"
    return Fact(
        kind=FactKind.DVH, metric=metric, subject=subject, value=value, unit="Gy", provenance=stamp, reason=reason
    )


def make_toy_processor() -> Processor:
    """Return a processor that reads and classifies for real and calculates with `Toy`."""
    return partial(process, calculators=(Toy(),))


def toy_recipe(algorithm: str = "toy/1") -> Recipe:
    """Return the recipe of an ingest that computes with `Toy`."""
    return Recipe(processor=make_toy_processor, algorithm=algorithm)
