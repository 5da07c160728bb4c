"""Keep files by their content: the name of a kept file is the SHA-256 of its bytes.

A file appears under its name whole or not at all and is not changed afterwards, so nothing that is stored can be harmed
by what arrives later; the names that files had outside are not kept. A copy that the disk has damaged is replaced when
the intact file comes again.
"""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from propel_core.errors import UnreadableFileError

if sys.platform != "win32":
    import fcntl

__all__ = ["Spool"]

_PART = ".part"
_DAY_SECONDS = 86_400.0


class Spool:
    """A folder of files named by content; made when it is missing.

    Files are written first and made durable together by `commit`, which costs the disk far less than one by one. A
    process that writes holds a shared lock on the folder, which ends with the process: so files that it left half
    written when it was killed are told from those of a process at work, and are removed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pending: dict[Path, Path] = {}
        self._lock: int | None = None

    def path(self, sha256: str) -> Path:
        """Return where the file of that content is, or would be."""
        return self._root / sha256[:2] / f"{sha256}.dcm"

    def is_intact(self, sha256: str) -> bool:
        """Whether the file of that content is there and still has it."""
        try:
            with self.path(sha256).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == sha256
        except OSError:
            return False

    def store(self, sha256: str, content: bytes) -> None:
        """Write `content` to be kept under its SHA-256; an intact copy that is there already stays.

        Raises
        ------
        UnreadableFileError
            The folder cannot be written.
        """
        path = self.path(sha256)
        if path in self._pending or _holds(path, content):
            return
        with _refusing():
            path.parent.mkdir(parents=True, exist_ok=True)
            if self._lock is None:
                self._lock = _lock_folder(self._root, exclusive=False)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=_PART)
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
        self._unlock()

    def discard(self) -> None:
        """Forget every file written since the last commit."""
        for temporary in self._pending.values():
            temporary.unlink(missing_ok=True)
        self._pending.clear()
        self._unlock()

    def remove_leftovers(self) -> None:
        """Remove what killed processes left half written.

        While another process writes, and where the file system has no locks, only files older than a day are taken for
        such leftovers.
        """
        lock = _lock_folder(self._root, exclusive=True)
        try:
            for part in self._root.glob(f"*/*{_PART}"):
                with suppress(OSError):  # it was renamed or removed by its process, or cannot be: no harm
                    if lock is not None or part.stat().st_mtime < time.time() - _DAY_SECONDS:
                        part.unlink()
        finally:
            if lock is not None:
                os.close(lock)

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False


def _lock_folder(folder: Path, *, exclusive: bool) -> int | None:
    """Return a handle that holds a lock on `folder` until it is closed, or None where there is none to be had.

    A shared lock is waited for; an exclusive one is not.
    """
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
    except OSError:
        os.close(handle)
        return None
    return handle


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = f"a folder that cannot be written ({error.strerror}), expected space for received files"
        raise UnreadableFileError(message, where="Spool") from None
