"""Measure PROPEL beside its peers on the same work in one run, and write the table that the documentation shows.

Figures of one machine mean little; ratios within a run hold. Nothing here is a test: a slow day fails nobody.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from measure import in_turn, median, peak_of_children_mb, ratio, run
from peers import peer_python

from propel_service.demo import write_cohort

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("PROPEL_SHARED") or ROOT.parent / "shared")
PROPEL = Path(sys.executable).with_name("propel")
REPORT = ROOT / "docs" / "reference" / "benchmarks.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the report."""

    what: str
    measured: str
    target: str


def main() -> None:
    """Run every benchmark whose input is here, and write the report."""
    rows = [help_time(), *histograms(), *ingestion()]
    table = "\n".join(f"| {row.what} | {row.measured} | {row.target} |" for row in rows)
    text = (
        "# Benchmarks\n\n"
        "Written by `make bench`: whole processes, the sides of a ratio run in turn after a warm-up, medians.\n"
        f"Machine of this run: {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}.\n\n"
        f"| what | measured | target |\n|---|---|---|\n{table}\n"
    )
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(text, encoding="utf-8")
    print(text)


def help_time() -> Row:
    """Time the command line's start."""
    runs = in_turn({"help": [str(PROPEL), "--help"]}, rounds=7)
    return Row(what="`propel --help`", measured=f"{median(runs['help']):.2f} s", target="≤ 0.5 s")


def histograms() -> list[Row]:
    """Compute all histograms of the breast set, files to results, beside dicompyler-core."""
    folder = SHARED / "data" / "breast"
    if not folder.is_dir():
        return [Row(what="DVHs, breast set", measured="not run: shared data absent", target="≥ 5× dicompyler-core")]
    structures, dose = str(folder / "rtss.dcm"), str(folder / "rtdose.dcm")
    peer = ROOT / "benchmarks" / "peers" / "dicompyler-core"
    runs = in_turn(
        {
            "propel": [str(PROPEL), "dvh", "--structures", structures, "--dose", dose, "--json"],
            "peer": [str(peer_python(peer)), str(peer / "dvh.py"), structures, dose],
        },
        rounds=7,
    )
    times = f"{median(runs['propel']):.2f} s beside {median(runs['peer']):.2f} s"
    measured = f"{ratio(runs['peer'], runs['propel']):.1f}× dicompyler-core ({times})"
    return [Row(what="`propel dvh`, breast set, whole process", measured=measured, target="≥ 5×")]


def ingestion() -> list[Row]:
    """Ingest the demo cohort with two workers, kernels warm."""
    with tempfile.TemporaryDirectory(prefix="propel-bench-") as folder:
        cohort = Path(folder) / "cohort"
        write_cohort(cohort)
        ingest(cohort, Path(folder) / "warm")
        seconds, plans = ingest(cohort, Path(folder) / "counted")
    return [
        Row(what="`propel ingest`, demo cohort, 2 workers", measured=f"{plans / seconds:.0f} plans/s", target="≥ 20"),
        Row(what="largest process of the ingest", measured=f"{peak_of_children_mb():.0f} MB", target="≤ 500 MB"),
    ]


def ingest(cohort: Path, home: Path) -> tuple[float, int]:
    """Ingest the whole cohort into a new warehouse; return the seconds and the number of plans."""
    home.mkdir()
    warehouse = f"sqlite:///{home / 'warehouse.sqlite'}"
    os.environ["PROPEL_SPOOL"] = str(home / "spool")
    options = ["--warehouse", warehouse, "--workers", "2", "--json", "--centre", "Benchmark"]
    seconds = run([str(PROPEL), "ingest", str(cohort), *options]).wall_s
    answer = subprocess.run(
        [str(PROPEL), "status", "--warehouse", warehouse, "--json"], capture_output=True, text=True, check=True
    )
    return seconds, int(json.loads(answer.stdout)["plans"])


if __name__ == "__main__":
    main()
