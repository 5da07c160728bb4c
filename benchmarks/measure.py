"""Time whole processes from outside, in turn, so that a drift of the machine touches both sides of a ratio alike."""

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Run", "in_turn", "median", "peak_of_children_mb", "ratio", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One finished process: its seconds on the wall."""

    wall_s: float


def run(command: Sequence[str]) -> Run:
    """Run a command to its end; a command that fails ends the benchmark with what it complained of."""
    started = time.perf_counter()
    finished = subprocess.run(list(command), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    wall = time.perf_counter() - started
    if finished.returncode:
        message = f"{command[0]} ended with status {finished.returncode}: {finished.stderr[-2000:]}"
        raise RuntimeError(message)
    return Run(wall_s=wall)


def peak_of_children_mb() -> float:
    """Return the largest resident memory that any finished child process reached, in MB."""
    import resource  # noqa: PLC0415  # absent on Windows, where this figure is not taken

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024.0


def in_turn(commands: Mapping[str, Sequence[str]], *, rounds: int) -> dict[str, list[Run]]:
    """Run the commands A B A B …, after one uncounted warm-up of each."""
    for command in commands.values():
        run(command)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(run(command))
    return runs


def median(runs: Sequence[Run]) -> float:
    """Return the median wall time in seconds."""
    return statistics.median(one.wall_s for one in runs)


def ratio(slow: Sequence[Run], fast: Sequence[Run]) -> float:
    """Return the median of the ratios taken pair by pair."""
    return statistics.median(a.wall_s / b.wall_s for a, b in zip(slow, fast, strict=True))
