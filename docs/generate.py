"""Pages that the code writes: the metric catalogue and the options of each command."""

import os
import subprocess
import sys
from pathlib import Path

from propel_core.complexity import CATALOGUE

__all__ = ["write"]

COMMANDS = ("ingest", "status", "dvh", "complexity", "overlap", "serve", "demo")


def write(folder: Path) -> None:
    """Write the generated parts into `folder`."""
    folder.mkdir(exist_ok=True)
    (folder / "complexity.md").write_text(catalogue(), encoding="utf-8")
    (folder / "commands.md").write_text("\n\n".join(map(command, COMMANDS)) + "\n", encoding="utf-8")


def catalogue() -> str:
    """Return the table of complexity metrics."""
    rows = [f"| {m.name} | {m.unit or '–'} | {m.description} | {m.reference} |" for m in CATALOGUE]
    return "\n".join(["| metric | unit | meaning | source |", "|---|---|---|---|", *rows]) + "\n"


def command(name: str) -> str:
    """Return the help text of a command, as a person sees it."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    program = [sys.executable, "-m", "propel_service", name, "--help"]
    shown = subprocess.run(program, capture_output=True, text=True, check=True, env=environment).stdout  # noqa: S603  # our own command
    return f"## propel {name}\n\n```text\n{shown.strip()}\n```\n"
