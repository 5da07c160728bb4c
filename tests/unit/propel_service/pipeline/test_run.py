import pickle
from dataclasses import replace

import pytest

from propel_core.errors import InvalidRequestError, PropelError
from propel_service.pipeline.classify import classify
from propel_service.pipeline.ports import Calculator
from propel_service.pipeline.run import calculate, fingerprint
from propel_service.pipeline.study import ClassifiedStudy
from support.calculators import Counter, Forger, Refuser, Vandal
from support.study_builder import RECEIVED, make_study


@pytest.fixture
def study() -> ClassifiedStudy:
    """Return the default study, classified."""
    return classify(make_study(), centre="North", centre_source="--centre", received_at=RECEIVED)


def test_calculators_run_side_by_side(study: ClassifiedStudy) -> None:
    """Each calculator's output stands under its name, in the order given."""
    result = calculate(study, [Counter(name="a"), Counter(name="b")])
    assert list(result.outputs) == ["a", "b"]
    assert result.outputs["a"].caveats[0].text == "3"


def test_refusal_of_one_calculator_leaves_the_others(study: ClassifiedStudy) -> None:
    """A calculator that cannot treat the study leaves a caveat that names it, and the others still run."""
    result = calculate(study, [Refuser(), Counter()])
    assert [caveat.code for caveat in result.outputs["refuser"].caveats] == ["calculation_refused"]
    assert result.outputs["refuser"].caveats[0].text == "refuser: nothing to my taste"
    assert result.outputs["counter"].caveats[0].code == "count"


@pytest.mark.parametrize("culprit", [Vandal(), Forger()])
def test_calculator_that_alters_its_input_is_caught_and_named(study: ClassifiedStudy, culprit: Calculator) -> None:
    """Arrays and classifications are hashed around each calculator: a change refuses the study."""
    with pytest.raises(PropelError, match=rf"Calculator {culprit.name}: the calculator altered"):
        calculate(study, [Counter(), culprit])


def test_two_calculators_of_one_name_are_refused(study: ClassifiedStudy) -> None:
    """One would overwrite the other's facts."""
    with pytest.raises(InvalidRequestError, match="expected different names"):
        calculate(study, [Counter(), Counter()])


def test_fingerprint_covers_everything_and_repeats(study: ClassifiedStudy) -> None:
    """The same object has the same fingerprint; another dose, name or source has another."""
    first = fingerprint(study)
    assert fingerprint(study) == first
    dose = replace(study.study.dose, dose_gy=study.study.dose.dose_gy + 0.1)
    assert fingerprint(replace(study, study=replace(study.study, dose=dose))) != first
    assert fingerprint(replace(study, time_source="guessed")) != first


def test_result_survives_pickling(study: ClassifiedStudy) -> None:
    """Workers send results back to the process that stores them."""
    result = calculate(study, [Counter(), Refuser()])
    copy = pickle.loads(pickle.dumps(result))  # noqa: S301  # our own bytes
    assert copy.outputs == result.outputs
    assert copy.classified.site == study.site


def test_result_leaves_dose_values_and_contours_behind(study: ClassifiedStudy) -> None:
    """What crosses to the parent process is a small part of the study, and still names all of it."""
    result = calculate(study, [Counter()])
    header = result.classified.study
    assert [each.name for each in header.structures.structures] == [
        each.name for each in study.study.structures.structures
    ]
    assert header.dose.identity == study.study.dose.identity()
    assert len(pickle.dumps(result)) < study.study.dose.dose_gy.nbytes
