"""Keep files by their content: the name of a kept file is the SHA-256 of its bytes.

A file appears under its name whole or not at all and is not changed afterwards, so nothing that is stored can be harmed
by what arrives later; the names that files had outside are not kept.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from propel_core.errors import UnreadableFileError

__all__ = ["Spool"]


class Spool:
    """A folder of files named by content; made when it is missing.

    Files are written first and made durable together by `commit`, which costs the disk far less than one by one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pending: dict[Path, Path] = {}

    def path(self, sha256: str) -> Path:
        """Return where the file of that content is, or would be."""
        return self._root / sha256[:2] / f"{sha256}.dcm"

    def store(self, sha256: str, content: bytes) -> None:
        """Write `content` to be kept under its SHA-256; what is there already stays.

        Raises
        ------
        UnreadableFileError
            The folder cannot be written.
        """
        path = self.path(sha256)
        if path in self._pending or _is_whole(path, len(content)):
            return
        with _refusing():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
            self._pending[path] = Path(name)
            with os.fdopen(handle, "wb") as file:
                file.write(content)

    def commit(self) -> None:
        """Give every file written since the last commit its name, once it is on the disk and not only in memory.

        Raises
        ------
        UnreadableFileError
            The folder cannot be written.
        """
        with _refusing():
            for temporary in self._pending.values():
                with temporary.open("r+b") as file:
                    os.fsync(file.fileno())
            for path, temporary in self._pending.items():
                temporary.replace(path)
        self._pending.clear()

    def discard(self) -> None:
        """Forget every file written since the last commit."""
        for temporary in self._pending.values():
            temporary.unlink(missing_ok=True)
        self._pending.clear()


def _is_whole(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"a folder that cannot be written ({error.strerror}), expected space for received files"
        raise UnreadableFileError(message, where="Spool") from None
