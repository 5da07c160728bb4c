"""Each peer lives in its own hash-locked environment, made on first use."""

import subprocess
import sys
from pathlib import Path

__all__ = ["peer_python"]


def peer_python(folder: Path) -> Path:
    """Return the interpreter of a peer's environment."""
    environment = folder / ".venv"
    python = environment / "bin" / "python"
    stamp = environment / ".installed"
    if not stamp.exists():
        print(f"installing {folder.name} in its own environment", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(folder / "requirements.txt")]
        subprocess.run([str(python), *install], check=True)
        stamp.touch()
    return python
