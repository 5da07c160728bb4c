"""Calculators and processors that misbehave on request; importable, so that spawned workers find them."""

import os
from dataclasses import dataclass

from propel_core.errors import InvalidRequestError, UnsupportedInputError
from propel_core.provenance import Caveat
from propel_service.pipeline.classify import classify
from propel_service.pipeline.facts import CalculationOutput
from propel_service.pipeline.ports import Processor
from propel_service.pipeline.run import calculate
from propel_service.pipeline.study import ClassifiedStudy, LinkedFiles, StudyResult
from support.study_builder import make_study


@dataclass(frozen=True)
class Counter:
    """Says how many structures it saw."""

    name: str = "counter"
    version: str = "1"

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Count."""
        count = len(study.study.structures.structures)
        return CalculationOutput(caveats=(Caveat(code="count", text=str(count)),))


@dataclass(frozen=True)
class Refuser:
    """Refuses every study."""

    name: str = "refuser"
    version: str = "1"

    def calculate(self, _study: ClassifiedStudy) -> CalculationOutput:
        """Refuse."""
        message = "nothing to my taste"
        raise UnsupportedInputError(message)


@dataclass(frozen=True)
class Vandal:
    """Writes into the dose behind the back of the read-only flag."""

    name: str = "vandal"
    version: str = "1"

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Alter the dose."""
        dose = study.study.dose.dose_gy
        owner = dose if dose.base is None else dose.base
        owner.flags.writeable = True
        owner[0, 0, 0] += 1.0
        return CalculationOutput()


@dataclass(frozen=True)
class Forger:
    """Changes a classification."""

    name: str = "forger"
    version: str = "1"

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Alter the prescription."""
        object.__setattr__(study, "prescription_gy", 1.0)
        return CalculationOutput()


def moody_processor() -> Processor:
    """Return a processor whose mood is the centre: ``die``, ``refuse``, ``break`` or anything else to obey."""
    return _process_by_mood


def refused_factory() -> Processor:
    """Refuse to make a processor, as for a site with broken rules."""
    message = "rules that cannot be used"
    raise InvalidRequestError(message, where="Rules")


def _process_by_mood(files: LinkedFiles) -> StudyResult:
    if files.centre == "die":
        os._exit(1)
    if files.centre == "refuse":
        message = "no beam"
        raise UnsupportedInputError(message, where="Plan")
    if files.centre == "break":
        message = "DOE^JOHN is not a number"
        raise ValueError(message)
    study = classify(
        make_study(), centre=files.centre, centre_source=files.centre_source, received_at=files.received_at
    )
    return calculate(study, [Counter()])
