"""Exit statuses and what is said with them."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from propel_core.errors import (
    InvalidInputError,
    InvalidRequestError,
    PropelError,
    UnreadableFileError,
    UnsupportedInputError,
)
from propel_service.commands.failures import AllRefusedError, refusal, run, wants_json


def _raising(error: BaseException) -> Callable[[Sequence[str]], object]:
    def program(_arguments: Sequence[str]) -> object:
        raise error

    return program


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequestError("odd"), 2),
        (InvalidInputError("odd"), 3),
        (UnreadableFileError("odd"), 3),
        (UnsupportedInputError("odd"), 3),
        (PropelError("odd"), 1),
        (ZeroDivisionError("odd"), 1),
        (ModuleNotFoundError("odd", name="sqlalchemy"), 2),
        (ModuleNotFoundError("odd", name="propel_core.nothing"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_exit_status_follows_the_kind_of_error(error: BaseException, status: int) -> None:
    """Each kind of error must end with the status that the contract gives it."""
    assert run(_raising(error), []) == status


@pytest.mark.parametrize(("returned", "status"), [(None, 0), (0, 0), (3, 3)])
def test_a_program_that_ends_gives_its_own_status(returned: int | None, status: int) -> None:
    """A run without error must be status 0, unless the program states one."""
    assert run(lambda _arguments: returned, []) == status


def test_error_object_names_type_message_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--json` the error object must carry the three fields of the contract."""
    run(_raising(InvalidInputError("7 leaves, expected 8", where="Beam 2")), ["--json"])
    assert json.loads(capsys.readouterr().out) == {
        "schema": "propel.error/1",
        "error": {"type": "InvalidInputError", "message": "7 leaves, expected 8", "where": "Beam 2"},
    }


def test_foreign_error_text_is_never_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of an unexpected error may quote a patient's file, so only its kind may be shown."""
    monkeypatch.delenv("PROPEL_DEBUG", raising=False)
    assert run(_raising(ValueError("Doe^Jane")), []) == 1
    assert run(_raising(ValueError("Doe^Jane")), ["--json"]) == 1
    captured = capsys.readouterr()
    assert "Doe" not in captured.out + captured.err
    assert "ValueError" in captured.out
    assert "ValueError" in captured.err
    assert "Traceback" not in captured.err


def test_debug_variable_shows_the_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PROPEL_DEBUG set, a developer must see where an error came from."""
    monkeypatch.setenv("PROPEL_DEBUG", "1")
    run(_raising(ValueError("odd")), [])
    assert "Traceback" in capsys.readouterr().err


def test_all_refused_reports_every_input(capsys: pytest.CaptureFixture[str]) -> None:
    """When every one of several inputs is refused, the error object must still list each of them."""
    refused = [refusal("a.dcm", UnreadableFileError("empty")), refusal("b.dcm", InvalidInputError("odd", where="x"))]
    assert run(_raising(AllRefusedError(refused)), ["--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    assert document["error"] == {"type": "UnreadableFileError", "message": "empty", "where": None}
    assert [each["input"] for each in document["refused"]] == ["a.dcm", "b.dcm"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["dvh", "--json"], True), (["dvh"], False), (["complexity", "--", "--json"], False), ([], False)],
)
def test_json_is_recognised_before_parsing(arguments: list[str], expected: bool) -> None:  # noqa: FBT001  # a parameter
    """`--json` must be seen even where the rest cannot be parsed, but not behind `--`, where it is a file name."""
    assert wants_json(arguments) is expected


def test_foreign_warnings_are_never_shown() -> None:
    """Other packages quote what they warn of, so their warnings and log lines stay off standard error."""
    code = (
        "import logging, sys, warnings\n"
        "from propel_service.commands.failures import run\n"
        "def program(arguments):\n"
        "    warnings.warn('DOE^JANE')\n"
        "    logging.getLogger('pydicom.foreign').warning('DOE^JANE')\n"
        "sys.exit(run(program, []))\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PROPEL_DEBUG"}
    command = [sys.executable, "-c", code]
    quiet = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert (quiet.stdout, quiet.stderr) == ("", "")
    environment["PROPEL_DEBUG"] = "1"
    heard = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert heard.stderr.count("DOE^JANE") >= 2
