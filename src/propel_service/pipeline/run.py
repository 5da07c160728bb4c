"""One study from files to facts: read, classify, calculate."""

import hashlib
import pickle
from collections.abc import Sequence

from propel_core.errors import InvalidRequestError, PropelError
from propel_core.provenance import Caveat
from propel_service.pipeline.classify import classify
from propel_service.pipeline.facts import CalculationOutput
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.read import read_study
from propel_service.pipeline.rulebook import RuleBook
from propel_service.pipeline.study import ClassifiedStudy, LinkedFiles, StudyResult

__all__ = ["calculate", "fingerprint", "process"]


def process(files: LinkedFiles, calculators: Sequence[Calculator], *, rules: RuleBook | None = None) -> StudyResult:
    """Return what every calculator says about the study in `files`.

    Equal files, calculators and rules give an equal result, in whichever process.

    Raises
    ------
    PropelError
        The study cannot be read, or a calculator altered its input.
    """
    study = classify(
        read_study(files),
        centre=files.centre,
        centre_source=files.centre_source,
        received_at=files.received_at,
        rules=rules,
    )
    return calculate(study, calculators)


def calculate(study: ClassifiedStudy, calculators: Sequence[Calculator]) -> StudyResult:
    """Run `calculators` over `study` one after the other.

    A calculator that refuses the study leaves a caveat in place of its facts, and the others still run.

    Raises
    ------
    PropelError
        A calculator altered its input: nothing computed since then can be trusted.
    InvalidRequestError
        Two calculators of one name.
    """
    names = [calculator.name for calculator in calculators]
    if len(set(names)) != len(names):
        message = f"calculators {sorted(names)}, expected different names"
        raise InvalidRequestError(message, where="Calculators")
    outputs: dict[str, CalculationOutput] = {}
    before = fingerprint(study)
    for calculator in calculators:
        try:
            output = calculator.calculate(study)
        except PropelError as error:
            caveat = Caveat(code="calculation_refused", text=f"{calculator.name}: {error}")
            output = CalculationOutput(caveats=(caveat,))
        if fingerprint(study) != before:
            message = "the calculator altered the study it was given, expected it unchanged"
            raise PropelError(message, where=f"Calculator {calculator.name}")
        outputs[calculator.name] = output
    return StudyResult(classified=study.header(), outputs=outputs)


def fingerprint(study: ClassifiedStudy) -> str:
    """Return a SHA-256 over everything that `study` holds, arrays included.

    It compares one object with itself, before and after: it is no identity of a study across processes.
    """
    buffers: list[pickle.PickleBuffer] = []
    digest = hashlib.sha256(pickle.dumps(study, protocol=5, buffer_callback=buffers.append))
    for buffer in buffers:
        digest.update(buffer.raw())
    return digest.hexdigest()
