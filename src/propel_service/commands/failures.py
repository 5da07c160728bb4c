"""From errors to exit statuses: 0 done, 1 a fault of ours, 2 wrong usage, 3 input refused.

With ``--json`` every failure is one ``propel.error/1`` object on standard output; without it, one line on standard
error. A traceback, or a warning of another package, is shown only when ``PROPEL_DEBUG`` is set: it may hold what a
patient's file says.
"""

import json
import logging
import os
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum

import typer

from propel_core.errors import (
    InvalidInputError,
    InvalidRequestError,
    PropelError,
    UnreadableFileError,
    UnsupportedInputError,
)
from propel_service.commands.lines import say
from propel_service.commands.models import ErrorBlock, ErrorDocument, RefusedBlock
from propel_service.commands.program import COMMANDS

__all__ = ["AllRefusedError", "ExitStatus", "refusal", "run", "wants_json"]

_REFUSALS = (InvalidInputError, UnreadableFileError, UnsupportedInputError)


class ExitStatus(IntEnum):
    """What the calling script learns from the exit status."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    INTERRUPTED = 130


class AllRefusedError(Exception):
    """Of several inputs not one could be used."""

    def __init__(self, refused: Sequence[RefusedBlock]) -> None:
        super().__init__(f"{len(refused)} inputs refused")
        self.refused = list(refused)


def refusal(given: str, error: PropelError) -> RefusedBlock:
    """Return the entry of ``refused[]`` for the input `given` on the command line."""
    return {"input": given, "type": type(error).__name__, "message": error.message, "where": error.where}


def wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether ``--json`` is among `arguments`, which may be too malformed to be parsed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options


def run(program: Callable[[Sequence[str]], object], arguments: Sequence[str]) -> int:
    """Run `program` on `arguments`, report what goes wrong, and return the exit status."""
    try:
        with _foreign_words_unsaid():
            status = program(arguments)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("Interrupted.\n")
        return ExitStatus.INTERRUPTED
    except Exception as error:  # noqa: BLE001  # the last frame: whatever happened becomes an exit status
        if os.environ.get("PROPEL_DEBUG"):
            traceback.print_exc()
        failed, document = _explain(error)
        if wants_json(arguments):
            sys.stdout.write(json.dumps(document, allow_nan=False) + "\n")
        else:
            _say(document, arguments)
        return failed
    return status if isinstance(status, int) else ExitStatus.DONE


@contextmanager
def _foreign_words_unsaid() -> Iterator[None]:
    """Keep warnings and log lines of other packages off standard error: they may quote a patient's file."""
    if os.environ.get("PROPEL_DEBUG"):
        yield
        return
    silent = logging.NullHandler()  # where a record finds no handler at all, it is printed
    logging.getLogger().addHandler(silent)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _unsaid
            yield
    finally:
        logging.getLogger().removeHandler(silent)


def _unsaid(*_warning: object, **_further: object) -> None:
    pass


def _explain(error: Exception) -> tuple[ExitStatus, ErrorDocument]:
    if isinstance(error, AllRefusedError):
        first = error.refused[0]
        block: ErrorBlock = {"type": first["type"], "message": first["message"], "where": first["where"]}
        return ExitStatus.REFUSED, {"schema": "propel.error/1", "error": block, "refused": error.refused}
    if isinstance(error, PropelError):
        return _status(error), _document(type(error).__name__, error.message, error.where)
    if isinstance(error, typer.TyperException):
        return ExitStatus.USAGE, _document("UsageError", error.format_message(), None)
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("propel"):
        message = f"the package {error.name} is not installed; run: pip install 'propel[service]'"
        return ExitStatus.USAGE, _document("MissingPackageError", message, None)
    # The text of a foreign error may quote a patient's file, so only its kind is shown.
    message = f"an unexpected {type(error).__name__}; set PROPEL_DEBUG=1 to see where it came from"
    return ExitStatus.FAULT, _document("InternalError", message, None)


def _status(error: PropelError) -> ExitStatus:
    if isinstance(error, InvalidRequestError):
        return ExitStatus.USAGE
    return ExitStatus.REFUSED if isinstance(error, _REFUSALS) else ExitStatus.FAULT


def _document(kind: str, message: str, where: str | None) -> ErrorDocument:
    return {"schema": "propel.error/1", "error": {"type": kind, "message": message, "where": where}}


def _say(document: ErrorDocument, arguments: Sequence[str]) -> None:
    for refused in document.get("refused", []):
        say("Refused", refused["input"], refused["where"], refused["message"])
    if "refused" in document:
        return
    error = document["error"]
    say("Error", error["where"], error["message"])
    if error["type"] == "UsageError":
        say("Try", " ".join(["propel", *(each for each in arguments[:1] if each in COMMANDS), "--help"]))
