"""Find the files under the paths that a caller names, each once, in an order that does not depend on the machine.

File and folder names often hold a patient's name. So a place is called by its number in the order of discovery.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from propel_core.errors import PropelError, UnreadableFileError

__all__ = ["Discovery", "FoundFile", "RefusedInput", "discover"]

_IGNORED = frozenset({"DICOMDIR"})  # an index of other files, which are found without it


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """A file to be looked at; `where` names it by its number, `argument` is the path it was found under.

    `place` is where it really lies, links resolved: one place has one, however it is spelled.
    """

    path: Path
    place: str
    argument: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedInput:
    """A path or a study of which nothing was stored, and why.

    `input` is the path as the caller wrote it or, for a study, the digest of its plan file.
    """

    input: str
    type: str
    message: str
    where: str | None

    @classmethod
    def of(cls, error: PropelError, *, given: str) -> "RefusedInput":
        """Return the refusal that `error` stands for."""
        return cls(input=given, type=type(error).__name__, message=error.message, where=error.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What was found, and the paths that could not be looked into."""

    files: tuple[FoundFile, ...]
    refused: tuple[RefusedInput, ...]


def discover(paths: Sequence[Path | str]) -> Discovery:
    """Return every file under `paths`: files as given, folders with all that is in them, in the order of their names.

    A path named twice, a file reached through a link and a folder that contains itself through a link are each visited
    once. Paths that cannot be opened, and things that are neither file nor folder, are refused and the rest is found;
    DICOMDIR is left out.
    """
    files: list[FoundFile] = []
    refused: list[RefusedInput] = []
    seen: set[str] = set()
    for number, given in enumerate(map(str, paths), start=1):
        where = f"path {number}"
        for found in _walk(Path(given), seen):
            if isinstance(found, str):
                message = f"{found}, expected a readable file or folder"
                refused.append(RefusedInput.of(UnreadableFileError(message, where=where), given=given))
            else:
                path, place = found
                number_and_path = f"file {len(files) + 1}, under {where}"
                files.append(FoundFile(path=path, place=place, argument=given, where=number_and_path))
    return Discovery(files=tuple(files), refused=tuple(refused))


def _walk(root: Path, seen: set[str]) -> Iterator[tuple[Path, str] | str]:
    """Yield the files under `root`, each with its real path, and for what cannot be visited the reason.

    A stack of our own: a hostile folder may be nested deeper than functions may call themselves.
    """
    stack = [root]
    while stack:
        path = stack.pop()
        try:
            mode = path.stat().st_mode
            identity = os.path.realpath(path)
            if identity in seen or path.name.upper() in _IGNORED:
                continue
            seen.add(identity)
            if stat.S_ISDIR(mode):
                stack.extend(path / name for name in sorted(os.listdir(path), reverse=True))  # noqa: PTH208  # names sort faster than paths
            elif stat.S_ISREG(mode):
                yield path, identity
            else:
                yield "neither a file nor a folder"
        except (OSError, ValueError) as error:  # ValueError: a null character in the path
            reason = error.strerror if isinstance(error, OSError) else None
            yield f"a path that cannot be read ({reason or type(error).__name__})"
