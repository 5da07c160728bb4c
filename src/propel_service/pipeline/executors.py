"""Where studies are run: in this process or in a pool of others, with the same outcomes in the same order."""

import logging
import multiprocessing
import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeAlias

from propel_core.errors import InvalidRequestError, PropelError
from propel_service.pipeline.ports import Executor, Outcome, Processor, Refusal
from propel_service.pipeline.study import LinkedFiles

__all__ = ["InlineExecutor", "ProcessPool", "ProcessorFactory", "executor"]

ProcessorFactory: TypeAlias = Callable[[], Processor]
"""Makes the processor where it is needed: a module-level function or a partial of one, so that it pickles."""

# How many studies wait in the pool for each worker: enough to keep it busy, few enough to bound memory.
_AHEAD = 4


class InlineExecutor:
    """Runs studies one after the other in this process."""

    def __init__(self, factory: ProcessorFactory) -> None:
        self._factory = factory

    def run(self, work: Sequence[LinkedFiles]) -> Iterator[tuple[int, Outcome]]:
        """Yield each position of `work` with its outcome, in order."""
        if not work:
            return
        processor = self._factory()
        for position, files in enumerate(work):
            yield position, _outcome(processor, files)


class ProcessPool:
    """Runs studies in `workers` spawned processes.

    Plugins and rules are loaded once per worker. After `recycle_after` studies for each worker the pool is replaced,
    so that a leak in a plugin stays bounded. When a worker dies, the studies that were under way are run again, each
    alone: the one that kills its worker has no result, and the batch goes on.
    """

    def __init__(self, factory: ProcessorFactory, *, workers: int, recycle_after: int = 500) -> None:
        if workers < 1 or recycle_after < 1:
            message = f"{workers} workers, recycled after {recycle_after} studies, expected at least 1 of each"
            raise InvalidRequestError(message, where="Process pool")
        self._factory = factory
        self._workers = workers
        self._recycle_after = recycle_after

    def run(self, work: Sequence[LinkedFiles]) -> Iterator[tuple[int, Outcome]]:
        """Yield each position of `work` with its outcome, in order; results are handed on as they come."""
        items = iter(enumerate(work))
        while batch := list(islice(items, self._workers * self._recycle_after)):
            yield from self._run_batch(deque(batch))

    def _run_batch(self, waiting: "deque[tuple[int, LinkedFiles]]") -> Iterator[tuple[int, Outcome]]:
        while waiting:
            suspects = yield from self._run_until_broken(waiting)
            yield from self._run_one_by_one(suspects)

    def _run_until_broken(
        self, waiting: "deque[tuple[int, LinkedFiles]]"
    ) -> "Generator[tuple[int, Outcome], None, deque[tuple[int, LinkedFiles]]]":
        """Run from the head of `waiting`; when a worker dies, return the studies that were under way."""
        running: deque[tuple[int, LinkedFiles, Future[Outcome]]] = deque()
        with self._pool(min(self._workers, len(waiting))) as pool:
            try:
                while waiting or running:
                    while waiting and len(running) < _AHEAD * self._workers:
                        position, files = waiting[0]
                        running.append((position, files, pool.submit(_run_in_worker, files)))
                        waiting.popleft()
                    position, files, future = running[0]
                    outcome = future.result()
                    running.popleft()
                    yield position, outcome
            except BrokenProcessPool:
                return deque((position, files) for position, files, _ in running)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        return deque()

    def _run_one_by_one(self, suspects: "deque[tuple[int, LinkedFiles]]") -> Iterator[tuple[int, Outcome]]:
        """Run each suspect alone in one worker, so that whose worker dies is known; a new worker follows a dead one."""
        while suspects:
            with self._pool(1) as pool:
                try:
                    while suspects:
                        position, files = suspects[0]
                        outcome = pool.submit(_run_in_worker, files).result()
                        suspects.popleft()
                        yield position, outcome
                except BrokenProcessPool:
                    position, _ = suspects.popleft()
                    message = "the process that computed this study ended without a result"
                    yield position, Refusal(type="WorkerDied", message=message, where="Process pool", fault=True)

    def _pool(self, workers: int) -> ProcessPoolExecutor:
        # Spawned, not forked: the parent may hold threads and database connections.
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(workers, mp_context=context, initializer=_set_up_worker, initargs=(self._factory,))


def executor(factory: ProcessorFactory, *, workers: int = 1) -> Executor:
    """Return an executor with `workers` processes; one worker is this process."""
    return InlineExecutor(factory) if workers == 1 else ProcessPool(factory, workers=workers)


class _Worker:
    """What a worker process keeps between studies."""

    processor: Processor | PropelError | None = None


def _set_up_worker(factory: ProcessorFactory) -> None:
    if not os.environ.get("PROPEL_DEBUG"):
        # A plugin's warnings and log lines may quote what they choked on, which may identify a patient.
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(logging.NullHandler())
    try:
        _Worker.processor = factory()
    except PropelError as error:
        # Raised here it would break the pool and lose its message; it is raised with the first study instead.
        _Worker.processor = error


def _run_in_worker(files: LinkedFiles) -> Outcome:
    processor = _Worker.processor
    if isinstance(processor, PropelError):
        raise processor
    if processor is None:
        message = "a worker without a processor, expected one set up with the pool"
        raise PropelError(message, where="Process pool")
    return _outcome(processor, files)


def _outcome(processor: Processor, files: LinkedFiles) -> Outcome:
    """Return the result, or the refusal. A fault of ours refuses its study too, without the text of the exception.

    Foreign exceptions quote what they choked on, which may be a patient's name.
    """
    try:
        return processor(files)
    except PropelError as error:
        return Refusal.of(error)
    except Exception as error:  # noqa: BLE001  # one study must not end the batch
        message = f"the calculation failed unexpectedly ({type(error).__name__})"
        return Refusal(type="InternalError", message=message, fault=True)
