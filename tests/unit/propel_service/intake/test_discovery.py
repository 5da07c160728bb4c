"""Files are found once each, in one order, and nothing that lies in a folder can stop the search."""

import os
from pathlib import Path

import pytest

from propel_service.intake.discovery import discover


def names(*paths: Path) -> list[str]:
    """Return the names of the files found, in order."""
    return [file.path.name for file in discover(paths).files]


def test_the_order_is_that_of_the_names(tmp_path: Path) -> None:
    """Files and folders are visited by name, whatever the order in which they were made."""
    for name in ("c", "b/2", "b/1", "a"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    assert names(tmp_path) == ["a", "1", "2", "c"]


def test_loops_of_links_end(tmp_path: Path) -> None:
    """A folder that contains itself through a link is visited once, and so is a file reached twice."""
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "again").symlink_to(tmp_path / "file")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert len(names(tmp_path)) == 1
    assert len(names(tmp_path, tmp_path)) == 1


def test_a_broken_link_and_a_pipe_are_refused_and_the_rest_is_found(tmp_path: Path) -> None:
    """Neither can be read; opening the pipe would wait for ever."""
    (tmp_path / "broken").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    found = discover([tmp_path])
    assert [file.path.name for file in found.files] == ["file"]
    assert len(found.refused) == 2
    assert "neither a file nor a folder" in found.refused[1].message


def test_the_index_of_a_medium_is_left_out(tmp_path: Path) -> None:
    """DICOMDIR points to files that are found without it."""
    for name in ("DICOMDIR", "dicomdir", "dicomdir.dcm"):
        (tmp_path / name).write_bytes(b"x")
    assert names(tmp_path) == ["dicomdir.dcm"]


def test_a_folder_nested_very_deeply_is_searched(tmp_path: Path) -> None:
    """The depth of a folder is the sender's choice and must not overflow a stack."""
    deep = tmp_path
    for _ in range(400):
        deep /= "d"
    deep.mkdir(parents=True)
    (deep / "file").write_bytes(b"x")
    assert names(tmp_path) == ["file"]


def test_places_are_numbers(tmp_path: Path) -> None:
    """What is said about a file names its number, and never its name."""
    (tmp_path / "Never^Printed").write_bytes(b"x")
    (file,) = discover([tmp_path]).files
    assert file.where == "file 1, under path 1"


@pytest.mark.parametrize("given", ["", "absent", "absent/deeper", "nul\0inside"])
def test_a_path_that_is_not_there_is_refused(tmp_path: Path, given: str) -> None:
    """Whatever was typed, the answer is one refusal and no exception."""
    found = discover([tmp_path / "x" / given])
    assert found.files == ()
    assert len(found.refused) == 1
