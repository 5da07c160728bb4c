"""What commands print: one JSON object, or a table for people; and a progress bar on a terminal."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from propel_core.provenance import Caveat, InputDigest, Setting, core_digest, core_version
from propel_service.commands.lines import say, visible
from propel_service.commands.models import ProvenanceBlock, RefusedBlock, WarningBlock

__all__ = [
    "Advance",
    "number",
    "print_document",
    "print_refused",
    "print_table",
    "print_text",
    "print_warnings",
    "progress",
    "provenance_block",
    "warning_blocks",
]


class Advance(Protocol):
    """Reports how far a step is."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Move the bar of `step` to `done` of `total`."""


def provenance_block(
    algorithm: str,
    *,
    version: str | None = None,
    inputs: Iterable[InputDigest] = (),
    settings: Mapping[str, Setting] | None = None,
) -> ProvenanceBlock:
    """Return the stamp of a document, with the present time."""
    return {
        "algorithm": algorithm,
        "version": version or core_version(),
        "core_digest": core_digest(),
        # Only `propel validate` can qualify an installation; until one has been, no result claims it.
        "qualified": False,
        "inputs": [{"name": each.name, "sha256": each.sha256} for each in inputs],
        "settings": dict(settings or {}),
        "utc": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def warning_blocks(caveats: Iterable[Caveat]) -> list[WarningBlock]:
    """Return caveats as they stand in a document."""
    return [{"code": caveat.code, "text": caveat.text} for caveat in caveats]


def print_document(document: Mapping[str, Any]) -> None:
    """Print `document` as one line of JSON on standard output; NaN and infinity are faults, never output."""
    print_text(json.dumps(document, allow_nan=False, separators=(",", ":")) + "\n")


def number(value: float | None, decimals: int = 2) -> str:
    """Return `value` for a table; a dash stands for a value that does not exist."""
    return "-" if value is None else f"{value:.{decimals}f}"


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, text_columns: int = 1) -> None:
    """Print a table on standard output; all but the first `text_columns` columns are aligned to the right."""
    # rich costs more than many a computation, and nobody who asked for JSON sees a table.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD)
    for position, column in enumerate(columns):
        if position < text_columns:
            table.add_column(Text(column), overflow="fold")
        else:
            table.add_column(Text(column), justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    console = Console(file=sys.stdout)
    needed = console.measure(table, options=console.options.update(width=10_000))
    # Text may be folded to fit a terminal; a number is never cut, and nothing is folded in a file or a pipe.
    console.width = max(console.width, needed.minimum if console.is_terminal else needed.maximum)
    with console.capture() as captured:
        console.print(Text(visible(title)), soft_wrap=True)
        console.print(table)
    print_text(captured.get())


def print_warnings(about: str, caveats: Iterable[WarningBlock]) -> None:
    """Print each warning as one line on standard error."""
    for caveat in caveats:
        say("Warning", about, caveat["text"])


def print_refused(refused: Iterable[RefusedBlock]) -> None:
    """Print each refused input as one line on standard error."""
    for each in refused:
        say("Refused", each["input"], each["where"], each["message"])


def print_text(text: str) -> None:
    """Print `text` on standard output, at once; nothing happens when its reader (`head`, a pager) has gone."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again at exit: it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def progress() -> Iterator[Advance]:
    """Show one progress bar per step on standard error during the block; silent where that is no terminal."""
    if not sys.stderr.isatty():
        yield _silent
        return
    from rich.console import Console  # noqa: PLC0415  # as above: only where it is seen
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step.capitalize())
            bar.update(tasks[step], completed=done, total=total)

        yield advance


def _silent(step: str, done: int, total: int) -> None:
    del step, done, total
