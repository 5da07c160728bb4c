"""The program itself: help, version, wrong usage."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from propel_service.commands.program import COMMANDS

HEAVY = ("numpy", "numba", "pydicom", "scipy", "sqlalchemy", "fastapi", "pydantic", "rich", "uvicorn", "structlog")


def test_help_imports_nothing_heavy() -> None:
    """`propel --help` must answer without numpy, numba, pydicom, the database, the web framework or rich."""
    code = (
        "import json, sys\n"
        "from propel_service.__main__ import main\n"
        "sys.argv = ['propel', '--help']\n"
        "status = main()\n"
        f"sys.stderr.write(json.dumps([status, [name for name in {HEAVY!r} if name in sys.modules]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stderr) == [0, []]
    assert all(name in done.stdout for name in COMMANDS)


def test_version_is_printed(propel: Callable[..., Any]) -> None:
    """`propel --version` must print the name and the installed version and succeed."""
    outcome = propel("--version")
    assert (outcome.status, outcome.stdout.split()[0]) == (0, "propel")


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str, propel: Callable[..., Any]) -> None:
    """Every listed command must exist, and explain itself with the sentence of the list."""
    outcome = propel(command, "--help")
    assert outcome.status == 0
    assert " ".join(outcome.stdout.split()).count(COMMANDS[command]) == 1


@pytest.mark.parametrize(
    "arguments", [(), ("nonsense",), ("--nonsense",), ("dvh",), ("dvh", "--end-caps", "square"), ("complexity",)]
)
def test_wrong_usage_is_status_2(arguments: tuple[str, ...], propel: Callable[..., Any]) -> None:
    """Wrong usage must end with status 2 and one line on standard error, and print nothing on standard output."""
    outcome = propel(*arguments)
    assert outcome.status == 2
    assert outcome.stdout == ""
    assert outcome.stderr.startswith("Error: ")
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize("arguments", [("nonsense",), ("dvh", "--nonsense"), ("complexity",), ("overlap",)])
def test_wrong_usage_with_json_is_one_error_object(arguments: tuple[str, ...], propel: Callable[..., Any]) -> None:
    """With `--json`, even wrong usage must be exactly one propel.error/1 object on standard output."""
    outcome = propel(*arguments, "--json")
    assert outcome.status == 2
    assert outcome.document()["schema"] == "propel.error/1"
    assert outcome.stderr == ""


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    """Where typer is not installed, the console script must say how to get it and end with status 2."""
    code = (
        "import importlib.util, sys\n"
        "found = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'typer' else found(name, *rest)\n"
        "from propel_service.__main__ import main\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr == "Error: the command line is not installed; run: pip install 'propel[service]'\n"
