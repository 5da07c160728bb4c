"""What the repository promises about its locks, its documentation and its packages."""

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted([*ROOT.glob("requirements/*.txt"), *ROOT.glob("benchmarks/peers/*/requirements.txt")])
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_locks_hold_hashes_and_no_address(lock: Path) -> None:
    """A lock pins every file by hash and leaves the address to the installer's own configuration."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if "://" in line]
    pins = [index for index, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    assert pins
    assert all("==" in lines[index] and "--hash=sha256:" in lines[index + 1] for index in pins)


def test_front_end_lock_holds_hashes_and_no_address() -> None:
    """Each npm package has an integrity and no resolved address."""
    lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "resolved" not in lock
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())


@pytest.mark.parametrize("name", ["echarts.min.js", "echarts.LICENSE", "swagger-ui-bundle.js", "swagger-ui.css"])
def test_installed_package_carries_the_front_end_files(name: str) -> None:
    """The wheel holds what the pages load, with the licences."""
    assert (files("propel_service.web") / "static" / "vendor" / name).is_file()


@pytest.mark.parametrize("package", ["propel_core", "propel_service"])
def test_packages_are_typed(package: str) -> None:
    """Importers' type checkers see our annotations."""
    assert (files(package) / "py.typed").is_file()


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if EXAMPLE.search(page.read_text(encoding="utf-8"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_python_examples_in_the_documentation_run(page: Path) -> None:
    """Every Python block of a page runs, in order, as one program."""
    program = "\n".join(EXAMPLE.findall(page.read_text(encoding="utf-8")))
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_local_links_in_the_documentation_resolve(page: Path) -> None:
    """A relative link or picture names a file that exists."""
    targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_core_alone_imports_nothing_of_the_service() -> None:
    """A team that installs the base distribution can import every concept of the core."""
    program = (
        "import sys, pkgutil, propel_core, importlib\n"
        "[importlib.import_module(m.name) for m in pkgutil.walk_packages(propel_core.__path__, 'propel_core.')]\n"
        "bad = {'fastapi', 'sqlalchemy', 'pydantic', 'typer', 'propel_service', 'pluggy'} & set(sys.modules)\n"
        "assert not bad, bad\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)
