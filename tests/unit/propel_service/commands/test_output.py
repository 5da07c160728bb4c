"""Printing."""

import io
import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import structlog

from propel_service.commands.lines import say
from propel_service.commands.logs import configure_logging
from propel_service.commands.output import number, print_document, print_table, progress, provenance_block


def test_numbers_of_a_table_are_never_cut(capsys: pytest.CaptureFixture[str]) -> None:
    """However many columns there are, no number may be shortened, and none stand on two lines."""
    values = [f"{10000.12 + k:.2f}" for k in range(20)]
    print_table("Wide", ["Name", *(f"Column{k}" for k in range(20))], [["A long name of a structure", *values]])
    lines = capsys.readouterr().out.splitlines()
    assert any(all(value in line for value in ["A long name of a structure", *values]) for line in lines)


def test_markup_in_a_name_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """A structure called ``[red]`` must be printed so, not interpreted."""
    print_table("[bold]", ["[i]"], [["[red]PTV[/red]"]])
    printed = capsys.readouterr().out
    assert all(text in printed for text in ("[bold]", "[i]", "[red]PTV[/red]"))


def test_terminal_codes_in_a_name_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A structure's name comes from a file: escape sequences and line breaks in it must not act on the terminal."""
    hostile = "PTV\x1b[2J\r\n\x07"
    print_table("Names", ["Name"], [[hostile]])
    say("Warning", hostile, None, "text")
    captured = capsys.readouterr()
    assert not set("\x1b\r\x07") & set(captured.out + captured.err)
    assert captured.err == "Warning: PTV\ufffd[2J\ufffd\ufffd\ufffd: text\n"


def test_reader_that_has_gone_is_no_fault(tmp_path: Path) -> None:
    """`propel ... | head` must end quietly with status 0 for propel, however much is left to print."""
    code = (
        "import sys\n"
        "from propel_service.commands.output import print_text\n"
        "sys.stdin.read()\n"
        "print_text('x' * 1_000_000)\n"
        "print_text('more')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.close()
        process.stdin.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_missing_number_is_a_dash() -> None:
    """A value that does not exist must not look like zero."""
    assert (number(None), number(0.0), number(1.23456, 3)) == ("-", "0.00", "1.235")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_document_refuses_what_json_cannot_hold(value: float) -> None:
    """NaN and infinity are no JSON: such a document is a fault, never output."""
    with pytest.raises(ValueError, match="JSON"):
        print_document({"value": value})


def test_document_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """A document must be exactly one object on one line."""
    print_document({"schema": "x/1", "text": "two\nlines"})
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert json.loads(printed)["text"] == "two\nlines"


def test_time_of_the_stamp_is_utc() -> None:
    """The time must be ISO 8601 in UTC, to the second."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", provenance_block("x")["utc"])


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    """A bar must appear on a terminal alone, or it would fill log files."""
    with progress() as advance:
        advance("reading", 1, 2)
    assert capsys.readouterr() == ("", "")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal each step must have its bar on standard error; standard output stays free for the result."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress() as advance:
        advance("reading", 1, 2)
        advance("computing", 0, 2)
    assert "Reading" in terminal.getvalue()
    assert "Computing" in terminal.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("as_json", [False, True])
def test_log_keeps_the_allowed_keys_alone(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: FBT001  # a parameter
    """A log line must go to standard error and lose every key that could hold an identifier."""
    try:
        configure_logging(as_json=as_json)
        structlog.get_logger().info("stored", plans=3, patient="Doe^Jane", path="/data/Doe", uid="1.2.3")
    finally:
        structlog.reset_defaults()
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "stored" in captured.err
    assert "plans" in captured.err
    assert not any(word in captured.err for word in ("Doe", "1.2.3", "/data"))
