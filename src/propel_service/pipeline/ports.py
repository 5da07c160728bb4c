"""The ports of the pipeline: what it asks of calculators, destinations and executors.

A calculator knows nothing of where its facts go; a destination knows nothing of who computed them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from propel_core.errors import PropelError
from propel_service.pipeline.facts import CalculationOutput
from propel_service.pipeline.study import ClassifiedStudy, LinkedFiles, StudyResult

__all__ = ["Calculator", "Destination", "Executor", "Outcome", "Processor", "Refusal"]


class Calculator(Protocol):
    """Turns a classified study into facts, curves and caveats; picklable, pure, and forbidden to alter its input."""

    @property
    def name(self) -> str:
        """The name under which the output is stored; unique among the calculators of a run."""
        ...

    @property
    def version(self) -> str:
        """The version of the calculation; another version makes other facts."""
        ...

    def calculate(self, study: ClassifiedStudy) -> CalculationOutput:
        """Return all that this calculator says about `study`.

        Raises
        ------
        PropelError
            When the study is outside what it can compute: the other calculators still run.
        """
        ...


class Destination(Protocol):
    """Receives the result of every study, once; the warehouse is the first."""

    def receive(self, result: StudyResult, utc: datetime) -> None:
        """Take in `result`, computed at `utc` (with time zone); the same result twice changes nothing."""
        ...


class Processor(Protocol):
    """Reads, classifies and calculates one linked study."""

    def __call__(self, files: LinkedFiles) -> StudyResult:
        """Return the result of `files`, or raise `PropelError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a study has no result: the error's type, what it says and where; never an identifier.

    Parameters
    ----------
    fault
        The reason lies with us and not with the study: a process that died, memory, a file system. Such a study is
        tried again.
    """

    type: str
    message: str
    where: str | None = None
    fault: bool = False

    @classmethod
    def of(cls, error: PropelError) -> "Refusal":
        """Return the refusal that `error` stands for.

        An error that was raised while the machine failed tells of the machine and not of the study.
        """
        fault = isinstance(error.__cause__ or error.__context__, OSError | MemoryError)
        return cls(type=type(error).__name__, message=error.message, where=error.where, fault=fault)


Outcome: TypeAlias = StudyResult | Refusal


class Executor(Protocol):
    """Runs studies here, in other processes or on other machines, with identical results."""

    def run(self, work: Sequence[LinkedFiles]) -> Iterator[tuple[int, Outcome]]:
        """Yield each position of `work` with its outcome, in the order of `work`, as soon as it is known."""
        ...
