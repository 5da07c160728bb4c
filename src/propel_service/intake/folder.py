"""Ingest folders: find files, check and keep them, link complete sets, compute these, and hand the results on.

Every step can be repeated: the same files again change nothing, and what a crash left undone is done by the next
ingest, whatever it is given.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from propel_core.errors import InvalidRequestError, PropelError, UnreadableFileError
from propel_service.intake.discovery import FoundFile, RefusedInput, discover
from propel_service.intake.header import QuarantineError, read_header
from propel_service.intake.spool import Spool
from propel_service.pipeline.executors import ProcessorFactory, executor
from propel_service.pipeline.ledger import (
    Accepted,
    Arrival,
    Ledger,
    LinkedSet,
    ObjectKind,
    QuarantineCode,
    Rejected,
    Stored,
    complete_set,
)
from propel_service.pipeline.ports import Destination, Outcome, Refusal
from propel_service.pipeline.study import LinkedFiles, StudyResult

__all__ = ["IngestReport", "Progress", "QuarantinedFile", "Recipe", "RefusedInput", "ingest"]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of the step, how many of its units are done, and how many there are."""

_BATCH = 64
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How sets are computed.

    Parameters
    ----------
    processor
        Makes the function that computes one set; called once in each worker.
    algorithm
        Digest of all that results depend on besides their input (`propel_service.pipeline.ledger.algorithm_digest`):
        a set that was refused is tried again only under another; one that failed by a fault of ours, by every ingest.
    """

    processor: ProcessorFactory
    algorithm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedFile:
    """A file that was set aside: its digest, a stable reason code and one sentence without identifiers."""

    sha256: str
    code: QuarantineCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What one ingest did.

    Parameters
    ----------
    received
        Files looked at.
    duplicates
        Files among them whose content was known, or came twice in this ingest.
    quarantined
        Contents set aside, now or before, once each.
    waiting
        Objects of the whole ledger that wait for the rest of their set.
    plans, dvhs, facts
        What this ingest stored.
    refused
        Paths that could not be read and complete sets that could not be computed, now or, where this ingest met one of
        their files, before.
    usable
        Contents of the input that are of use: stored, computed from or waiting. Not among them are files set aside,
        objects that no computation needs (images), and the parts of refused sets alone.
    """

    received: int
    duplicates: int
    quarantined: tuple[QuarantinedFile, ...]
    waiting: int
    plans: int
    dvhs: int
    facts: int
    refused: tuple[RefusedInput, ...]
    usable: int

    @property
    def nothing_done(self) -> bool:
        """Whether something was refused or set aside, and nothing of the input is of use or was stored."""
        return bool(self.refused or self.quarantined) and not self.usable and not self.plans


@dataclass(slots=True, kw_only=True)
class _Tally:
    met: set[str] = field(default_factory=set)
    usable: set[str] = field(default_factory=set)
    received: int = 0
    duplicates: int = 0
    quarantined: dict[str, QuarantinedFile] = field(default_factory=dict)
    plans: int = 0
    dvhs: int = 0
    facts: int = 0
    refused: list[RefusedInput] = field(default_factory=list)


def ingest(
    paths: Sequence[Path | str],
    *,
    centre: str,
    warehouse: Ledger,
    spool: Path,
    recipe: Recipe,
    workers: int = 1,
    destinations: Sequence[Destination] = (),
    progress: Progress | None = None,
) -> IngestReport:
    """Bring the DICOM files under `paths` into the warehouse and compute every set that is complete.

    Parameters
    ----------
    spool
        Folder that keeps the files, by content.
    workers
        Processes that compute at the same time; one is this process.
    destinations
        Receive every result after the warehouse has stored it.

    Raises
    ------
    InvalidRequestError
        The centre has no name.
    UnreadableFileError
        The spool cannot be written.
    """
    if not centre.strip():
        message = "a centre without name, expected one (--centre NAME)"
        raise InvalidRequestError(message, where="Centre")
    work = _Ingest(
        warehouse=warehouse,
        spool=Spool(spool),
        centre=centre.strip(),
        recipe=recipe,
        destinations=tuple(destinations),
        progress=progress or (lambda _step, _done, _total: None),
    )
    work.spool.remove_leftovers()
    work.receive(paths)
    work.compute(workers)
    work.recall()
    warehouse.freeze_references()
    return work.report()


@dataclass(slots=True, kw_only=True)
class _Ingest:
    """The steps of one ingest and what they count."""

    warehouse: Ledger
    spool: Spool
    centre: str
    recipe: Recipe
    destinations: tuple[Destination, ...]
    progress: Progress
    tally: _Tally = field(default_factory=_Tally)

    # --- receive -----------------------------------------------------------------------------------------------------

    def receive(self, paths: Sequence[Path | str]) -> None:
        """Find the files, and enter them in the ledger batch by batch; a batch is kept whole or not at all."""
        found = discover(paths)
        self.tally.refused.extend(found.refused)
        for start in range(0, len(found.files), _BATCH):
            batch = found.files[start : start + _BATCH]
            self._receive_batch(batch)
            self.progress("receive", start + len(batch), len(found.files))

    def _receive_batch(self, files: Sequence[FoundFile]) -> None:
        """Keep and enter `files`; the ledger speaks of a file only once it is on the disk."""
        try:
            arrivals, known = self._look_at(files)
            self.spool.commit()
        finally:
            self.spool.discard()
        self.tally.duplicates += len(known)
        self._record(arrivals, known)

    def _look_at(self, files: Sequence[FoundFile]) -> tuple[list[Arrival], list[tuple[str, str]]]:
        """Return the files that are new to the ledger and, as (sha256, origin), those that are not."""
        arrivals: list[Arrival] = []
        known: list[tuple[str, str]] = []
        for file in files:
            content = self._read(file)
            if content is None:
                continue
            self.tally.received += 1
            digest = hashlib.sha256(content).hexdigest()
            self.tally.met.add(digest)
            origin = self.warehouse.origin(file.place)
            kind = self.warehouse.known([digest]).get(digest)
            if kind is None:
                arrivals.append(self._examine(digest, origin, content))
                continue
            known.append((digest, origin))
            if kind is not ObjectKind.OTHER:
                self.tally.usable.add(digest)
                self.spool.store(digest, content)  # does nothing, unless the copy is gone or damaged
        return arrivals, known

    def _read(self, file: FoundFile) -> bytes | None:
        try:
            size = file.path.stat().st_size
            if size <= _LARGEST:
                return file.path.read_bytes()
            message = f"a file of {size} bytes, expected at most {_LARGEST}"
        except OSError as error:
            message = f"a file that cannot be read ({error.strerror or type(error).__name__}), expected a readable file"
        refusal = UnreadableFileError(message, where=file.where)
        self.tally.refused.append(RefusedInput.of(refusal, given=file.argument))
        return None

    def _examine(self, digest: str, origin: str, content: bytes) -> Arrival:
        """Return the file as an arrival; what the pipeline needs is written to the spool."""
        try:
            header = read_header(content)
        except QuarantineError as error:
            return Rejected(sha256=digest, size=len(content), origin=origin, code=error.code, message=str(error))
        if header.kind is not ObjectKind.OTHER:
            self.spool.store(digest, content)
        return Accepted(sha256=digest, size=len(content), origin=origin, header=header)

    def _record(self, arrivals: Sequence[Arrival], known: Sequence[tuple[str, str]]) -> None:
        now = _now()
        for arrival, receipt in zip(
            arrivals, self.warehouse.record(arrivals, centre=self.centre, utc=now), strict=True
        ):
            self.tally.duplicates += receipt.duplicate
            if receipt.code:
                self.tally.quarantined[arrival.sha256] = QuarantinedFile(
                    sha256=arrival.sha256, code=receipt.code, message=receipt.message
                )
            elif isinstance(arrival, Accepted) and arrival.header.kind is not ObjectKind.OTHER:
                self.tally.usable.add(arrival.sha256)
        self.warehouse.record_duplicates(known, utc=now)

    # --- compute -----------------------------------------------------------------------------------------------------

    def compute(self, workers: int) -> None:
        """Compute every complete set that has not been, and store each result as soon as it is there."""
        sets = self._claim()
        if not sets:
            return
        work = [self._files(linked) for linked in sets]
        for position, outcome in executor(self.recipe.processor, workers=min(workers, len(work))).run(work):
            self._finish(sets[position], outcome)
            self.progress("compute", position + 1, len(work))

    def _claim(self) -> tuple[LinkedSet, ...]:
        linked = [complete_set(links) for links in self.warehouse.open_plans(algorithm=self.recipe.algorithm)]
        present = [item for item in linked if item is not None and self._is_kept(item)]
        return self.warehouse.claim(present, algorithm=self.recipe.algorithm, utc=_now()) if present else ()

    def _is_kept(self, linked: LinkedSet) -> bool:
        """Whether all files of a set are in this spool; a set with a missing file waits until that comes again."""
        if all(self.spool.path(part.sha256).is_file() for part in _parts(linked)):
            return True
        message = "a file that is no longer in the spool, expected all files of the set: ingest them again"
        refusal = UnreadableFileError(message, where="Spool")
        self.tally.refused.append(RefusedInput.of(refusal, given=linked.plan.sha256))
        return False

    def _files(self, linked: LinkedSet) -> LinkedFiles:
        return LinkedFiles(
            plan=self.spool.path(linked.plan.sha256),
            structures=self.spool.path(linked.structures.sha256),
            doses=tuple(self.spool.path(dose.sha256) for dose in linked.doses),
            centre=linked.plan.centre,
            received_at=linked.plan.received_at,
        )

    def _finish(self, linked: LinkedSet, outcome: Outcome) -> None:
        if isinstance(outcome, Refusal):
            self._refuse(linked, outcome)
            return
        try:
            is_new = self.warehouse.store(outcome, _now())
        except PropelError as error:
            self._refuse(linked, Refusal.of(error))
            return
        if not is_new:  # another ingest was faster, and it counts and hands on what it stored
            return
        self.tally.plans += 1
        self.tally.dvhs += sum(len(output.curves) for output in outcome.outputs.values())
        self.tally.facts += sum(len(output.facts) for output in outcome.outputs.values())
        self._hand_on(linked, outcome)

    def _refuse(self, linked: LinkedSet, refusal: Refusal) -> None:
        """End the run of a set without result, or leave it to the next ingest when its files are not what they were.

        Only here need the spool be checked: the ledger stores a result under the digests of the bytes that it was
        computed from, and of other bytes none.
        """
        if not all(self.spool.is_intact(part.sha256) for part in _parts(linked)):
            message = "a damaged copy of a file, expected what was received: ingest the file again"
            refusal = Refusal(type=UnreadableFileError.__name__, message=message, where="Spool", fault=True)
        self.warehouse.refuse(linked, refusal, algorithm=self.recipe.algorithm, utc=_now())
        self.tally.refused.append(_refused(linked.plan.sha256, refusal))

    def _hand_on(self, linked: LinkedSet, result: StudyResult) -> None:
        """Give the result to the other destinations; one that fails does not undo what is stored."""
        for destination in self.destinations:
            try:
                destination.receive(result, _now())
            except Exception as error:  # noqa: BLE001  # whatever a plugin raises, the batch goes on
                message = f"a destination that failed ({type(error).__name__}); the warehouse has the result"
                where = f"Destination {type(destination).__name__}"
                refusal = RefusedInput(input=linked.plan.sha256, type="DestinationError", message=message, where=where)
                self.tally.refused.append(refusal)

    def recall(self) -> None:
        """Report the refused sets that this ingest met again, whenever they were refused."""
        for refused in self.warehouse.refused_sets():
            if refused.inputs & self.tally.met:
                entry = _refused(refused.plan_sha256, refused.refusal)
                if entry not in self.tally.refused:
                    self.tally.refused.append(entry)
                self.tally.usable -= refused.inputs

    def report(self) -> IngestReport:
        """Return what this ingest did."""
        return IngestReport(
            received=self.tally.received,
            duplicates=self.tally.duplicates,
            quarantined=tuple(self.tally.quarantined.values()),
            waiting=self.warehouse.waiting(),
            plans=self.tally.plans,
            dvhs=self.tally.dvhs,
            facts=self.tally.facts,
            refused=tuple(self.tally.refused),
            usable=len(self.tally.usable),
        )


def _parts(linked: LinkedSet) -> tuple[Stored, ...]:
    return linked.plan, linked.structures, *linked.doses


def _refused(plan_sha256: str, refusal: Refusal) -> RefusedInput:
    return RefusedInput(input=plan_sha256, type=refusal.type, message=refusal.message, where=refusal.where)


def _now() -> datetime:
    return datetime.now(UTC)
