"""The spool: files by content, whole or not at all."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from propel_core.errors import UnreadableFileError
from propel_service.intake.spool import Spool

CONTENT = b"a file"
DIGEST = sha256(CONTENT).hexdigest()


def files(folder: Path) -> list[Path]:
    """Return every file below `folder`."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_has_its_name_after_the_commit(tmp_path: Path) -> None:
    """Until then it is not there under its name, and afterwards it is there whole, once."""
    spool = Spool(tmp_path)
    spool.store(DIGEST, CONTENT)
    spool.store(DIGEST, CONTENT)
    assert not spool.path(DIGEST).exists()
    spool.commit()
    assert spool.path(DIGEST).read_bytes() == CONTENT
    assert len(files(tmp_path)) == 1


def test_what_is_kept_is_not_written_again(tmp_path: Path) -> None:
    """The same content leaves the file that is there alone."""
    spool = Spool(tmp_path)
    spool.store(DIGEST, CONTENT)
    spool.commit()
    before = spool.path(DIGEST).stat()
    spool.store(DIGEST, CONTENT)
    spool.commit()
    assert spool.path(DIGEST).stat() == before


def test_a_file_that_lost_its_end_is_replaced(tmp_path: Path) -> None:
    """A file of the wrong size is not the content that its name promises."""
    spool = Spool(tmp_path)
    spool.path(DIGEST).parent.mkdir()
    spool.path(DIGEST).write_bytes(CONTENT[:3])
    spool.store(DIGEST, CONTENT)
    spool.commit()
    assert spool.path(DIGEST).read_bytes() == CONTENT


def test_a_discarded_file_leaves_nothing(tmp_path: Path) -> None:
    """What was written and not committed is gone."""
    spool = Spool(tmp_path)
    spool.store(DIGEST, CONTENT)
    spool.discard()
    spool.commit()
    assert files(tmp_path) == []


def test_a_spool_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A file in the place of the folder is a clear refusal."""
    (tmp_path / "spool").write_bytes(b"")
    with pytest.raises(UnreadableFileError, match="cannot be written"):
        Spool(tmp_path / "spool").store(DIGEST, CONTENT)


def test_a_copy_that_changed_without_losing_length_is_replaced(tmp_path: Path) -> None:
    """A flipped bit makes another content: the copy is found out, and replaced by the intact file."""
    spool = Spool(tmp_path)
    assert not spool.is_intact(DIGEST)
    spool.store(DIGEST, CONTENT)
    spool.commit()
    assert spool.is_intact(DIGEST)
    spool.path(DIGEST).write_bytes(b"A" + CONTENT[1:])
    assert not spool.is_intact(DIGEST)
    spool.store(DIGEST, CONTENT)
    spool.commit()
    assert spool.is_intact(DIGEST)


def test_leftovers_are_told_from_the_files_of_a_writer_at_work(tmp_path: Path) -> None:
    """While another writer is at work only files older than a day are removed; after it, all that is left."""
    writer, spool = Spool(tmp_path), Spool(tmp_path)
    writer.store(DIGEST, CONTENT)
    old = tmp_path / DIGEST[:2] / "old.part"
    old.write_bytes(CONTENT)
    os.utime(old, (0.0, 0.0))
    spool.remove_leftovers()
    assert not old.exists()
    writer.commit()
    assert writer.is_intact(DIGEST)
    young = tmp_path / DIGEST[:2] / "young.part"
    young.write_bytes(CONTENT)
    spool.remove_leftovers()
    assert files(tmp_path) == [spool.path(DIGEST)]
