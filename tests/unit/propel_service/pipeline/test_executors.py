from pathlib import Path

import pytest

from propel_core.errors import InvalidRequestError, UnreadableFileError
from propel_service.pipeline.executors import InlineExecutor, ProcessPool, executor
from propel_service.pipeline.ports import Executor, Outcome, Refusal
from propel_service.pipeline.study import LinkedFiles, StudyResult
from support.calculators import moody_processor, refused_factory
from support.study_builder import RECEIVED


def work(*moods: str) -> list[LinkedFiles]:
    """Return one study for each mood."""
    none = Path("unused")
    return [LinkedFiles(plan=none, structures=none, doses=(none,), centre=mood, received_at=RECEIVED) for mood in moods]


def told(outcomes: list[tuple[int, Outcome]]) -> list[tuple[int, str]]:
    """Return each position with the centre of its result or the type of its refusal."""
    return [
        (position, outcome.type if isinstance(outcome, Refusal) else outcome.classified.centre.value)
        for position, outcome in outcomes
    ]


@pytest.fixture(params=["inline", "pool"])
def runner(request: pytest.FixtureRequest) -> Executor:
    """Return each kind of executor in turn."""
    return executor(moody_processor, workers=1 if request.param == "inline" else 2)


def test_outcomes_come_in_the_order_of_the_work(runner: Executor) -> None:
    """Inline and pool give the same outcomes at the same positions; a refused study does not end the batch.

    An unexpected exception may quote a patient: its refusal holds the type and nothing of the text.
    """
    outcomes = list(runner.run(work("a", "refuse", "b", "break", "c")))
    assert told(outcomes) == [(0, "a"), (1, "UnsupportedInputError"), (2, "b"), (3, "InternalError"), (4, "c")]
    assert outcomes[1][1] == Refusal(type="UnsupportedInputError", message="no beam", where="Plan")
    message = "the calculation failed unexpectedly (ValueError)"
    assert outcomes[3][1] == Refusal(type="InternalError", message=message, fault=True)
    expected = next(InlineExecutor(moody_processor).run(work("a")))[1]
    assert isinstance(outcomes[0][1], StudyResult)
    assert isinstance(expected, StudyResult)
    assert outcomes[0][1].outputs == expected.outputs


def test_no_work_starts_nothing(runner: Executor) -> None:
    """An empty batch has no outcome."""
    assert list(runner.run([])) == []


def test_dead_worker_costs_its_own_study_only() -> None:
    """A study that kills its process is refused, wherever it stands; every other study has its result, in order."""
    outcomes = list(ProcessPool(moody_processor, workers=2).run(work("a", "die", "b", "c", "die")))
    assert told(outcomes) == [(0, "a"), (1, "WorkerDied"), (2, "b"), (3, "c"), (4, "WorkerDied")]
    assert [isinstance(outcome, Refusal) and outcome.fault for _, outcome in outcomes] == [
        False,
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("reason", [OSError, MemoryError, ValueError])
def test_what_the_machine_did_is_told_from_what_the_study_is(reason: type[Exception]) -> None:
    """A file that could not be opened for want of handles or memory is no refusal of the study."""
    error = UnreadableFileError("no file")
    error.__context__ = reason()
    assert Refusal.of(error).fault is (reason is not ValueError)


def test_workers_are_recycled_without_loss() -> None:
    """A pool that is replaced after each study gives the same outcomes."""
    outcomes = list(ProcessPool(moody_processor, workers=1, recycle_after=1).run(work("a", "b")))
    assert told(outcomes) == [(0, "a"), (1, "b")]


@pytest.mark.parametrize("workers", [1, 2])
def test_processor_that_cannot_be_made_is_told_to_the_caller(workers: int) -> None:
    """Broken rules or plugins concern the whole batch: the error is raised, with its message, and refuses no study."""
    with pytest.raises(InvalidRequestError, match="Rules: rules that cannot be used"):
        list(executor(refused_factory, workers=workers).run(work("a")))


def test_results_can_be_abandoned() -> None:
    """Whoever stops listening leaves no process behind that blocks."""
    stream = ProcessPool(moody_processor, workers=1).run(work("a", "b", "c"))
    assert next(stream)[0] == 0
    stream.close()


@pytest.mark.parametrize(("workers", "recycle_after"), [(0, 1), (1, 0)])
def test_impossible_pools_are_refused(workers: int, recycle_after: int) -> None:
    """A pool needs a worker, and a worker at least one study."""
    with pytest.raises(InvalidRequestError, match="expected at least 1"):
        ProcessPool(moody_processor, workers=workers, recycle_after=recycle_after)
