"""`propel serve` and `propel demo`."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from propel_service.settings import sqlite_url

Propel = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROPEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PROPEL_CONFIG", str(tmp_path / "propel.toml"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::", "hospital.example"])  # noqa: S104  # must be refused
def test_other_machines_are_kept_out(host: str, propel: Propel) -> None:
    """An address that others can reach must be refused, with the reason, until there is access control."""
    outcome = propel("serve", "--host", host, "--port", "0", "--json")
    assert outcome.status == 2
    error = outcome.document()["error"]
    assert error["where"] == "--host"
    assert "access control" in error["message"]


def test_port_in_use_is_a_clear_error(propel: Propel) -> None:
    """A port that another program holds must be wrong usage that names the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = propel("serve", "--port", port, "--json")
    assert outcome.status == 2
    error = outcome.document()["error"]
    assert error["where"] == "--port"
    assert str(port) in error["message"]


def test_pages_are_served_at_the_printed_address(tmp_path: Path) -> None:
    """The one JSON object must name an address that answers, and an interrupt must end the server with status 0."""
    command = [sys.executable, "-m", "propel_service", "serve", "--port", "0", "--json"]
    command += ["--warehouse", sqlite_url(tmp_path / "warehouse.sqlite")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            document = json.loads(server.stdout.readline())
            assert document["schema"] == "propel.serve/1"
            with urllib.request.urlopen(document["url"], timeout=60) as answer:  # noqa: S310  # a loopback address
                assert answer.status == 200
        finally:
            server.send_signal(signal.SIGINT)
            _, said = server.communicate(timeout=60)
    assert (server.returncode, said) == (0, "")


def test_demo_makes_ingests_and_reuses(propel_process: Propel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo must store every synthetic plan in its own warehouse, and a second run must reuse the cohort."""
    own = tmp_path / "own.sqlite"
    monkeypatch.setenv("PROPEL_WAREHOUSE", sqlite_url(own))
    command = ("demo", "--folder", tmp_path / "demo", "--plans", "2", "--workers", "1", "--no-serve", "--json")
    first = propel_process(*command)
    assert first.status == 0, first.stdout + first.stderr
    document = first.document()
    assert (document["synthetic"], document["reused"], document["url"]) == (True, False, None)
    assert document["plans"] == sum(each["plans"] for each in document["centres"]) == 4
    assert document["refused"] == []
    assert Path(document["folder"]).is_relative_to(tmp_path / "demo")
    again = propel_process(*command).document()
    assert (again["reused"], again["plans"], again["facts"]) == (True, 4, document["facts"])
    assert not own.exists()
