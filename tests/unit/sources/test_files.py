"""A file is replaced whole; what is no file is never replaced by one."""

import os
from pathlib import Path

import pytest

from diagnose.sources.files import is_stream, write_atomically


def test_a_file_is_replaced_and_no_other_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    write_atomically(path, b"new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_stays_one(tmp_path: Path) -> None:
    # By a link, so that a mistake would cost the link alone.
    path = tmp_path / "null"
    path.symlink_to("/dev/null")
    write_atomically(path, b"new")
    assert path.is_symlink()
    assert path.is_char_device()


def test_a_pipe_gets_the_text() -> None:
    reader, writer = os.pipe()
    path = Path(f"/dev/fd/{writer}")
    assert is_stream(path)
    write_atomically(path, b"new")
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b"new"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - which one, the system says
        write_atomically(tmp_path, b"new")
