"""Keep files by their content: the name of a kept file is the SHA-256 of its bytes.

A file appears under its name whole or not at all and is not changed afterwards, so nothing that is stored can be harmed
by what arrives later; the names that files had outside are not kept.
"""

import os
import tempfile
from pathlib import Path

from propel_core.errors import UnreadableFileError

__all__ = ["Spool"]


class Spool:
    """A folder of files named by content; made when it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, sha256: str) -> Path:
        """Return where the file of that content is, or would be."""
        return self._root / sha256[:2] / f"{sha256}.dcm"

    def holds(self, sha256: str, size: int) -> bool:
        """Whether the file of that content is there, with the right size."""
        try:
            return self.path(sha256).stat().st_size == size
        except OSError:
            return False

    def store(self, sha256: str, content: bytes) -> None:
        """Keep `content` under its SHA-256; what is there already stays.

        It is on the disk, not only in memory, when this returns: the ledger may then speak of it.

        Raises
        ------
        UnreadableFileError
            The folder cannot be written.
        """
        if self.holds(sha256, len(content)):
            return
        try:
            _write(self.path(sha256), content)
        except OSError as error:
            message = f"a folder that cannot be written ({error.strerror}), expected space for received files"
            raise UnreadableFileError(message, where="Spool") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
