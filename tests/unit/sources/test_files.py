"""A file is replaced whole; what is no file is never replaced by one, and nothing blocks or fills the memory."""

import os
import resource
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from diagnose.sources import files
from diagnose.sources.files import identity, is_stream, read, require_writable, write_atomically


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


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


@pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"])
def test_a_descriptor_of_a_file_is_continued_where_it_is(tmp_path: Path, folder: str) -> None:
    link = tmp_path / "link"
    with (tmp_path / "output").open("wb") as output:
        output.write(b"before, ")
        output.flush()
        link.symlink_to(f"{folder}/{output.fileno()}")
        assert is_stream(link)
        assert identity(link) == f"descriptor {output.fileno()}"
        write_atomically(link, b"new, ")
        output.write(b"after")
    assert (tmp_path / "output").read_text() == "before, new, after"
    assert link.is_symlink()


def test_a_descriptor_that_is_not_open_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Bad file descriptor"):
        require_writable(Path("/dev/fd/987"))


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path, exists: bool) -> None:
    folder, link, second = tmp_path / "folder", tmp_path / "link", tmp_path / "second"
    folder.mkdir()
    if exists:
        (folder / "target").write_text("old")
    link.symlink_to("folder/target")
    second.symlink_to("link")
    write_atomically(second, b"new")
    assert (link.is_symlink(), second.is_symlink(), second.read_text()) == (True, True, "new")
    assert identity(second) == identity(folder / ".." / "folder" / "target")
    assert [path.name for path in folder.iterdir()] == ["target"]


def test_links_in_a_circle_are_an_error_and_stay(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_atomically(tmp_path / "a", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_the_mode_is_that_of_the_umask_or_of_the_file_before(tmp_path: Path) -> None:
    old, new, private = tmp_path / "old", tmp_path / "new", tmp_path / "private"
    old.write_text("old")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_atomically(old, b"new")
        write_atomically(new, b"new")
        os.umask(0)
        write_atomically(private, b"new", private=True)
    finally:
        os.umask(before)
    assert [mode_of(each) for each in (old, new, private)] == [0o640, 0o640, 0o600]


def test_a_folder_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"new")
    with pytest.raises(IsADirectoryError):
        require_writable(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["no/such/folder", "n" * 300])
def test_a_path_that_cannot_exist_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    for refuse in (require_writable, lambda path: write_atomically(path, b"new")):
        with pytest.raises(OSError, match=r"No such file|too long"):
            refuse(tmp_path / name)
    assert not is_stream(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_the_file_system_permits_is_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / ("n" * 255), b"new")
    assert (tmp_path / ("n" * 255)).read_text() == "new"


def test_a_full_disk_leaves_the_file_before_and_no_scratch_file(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, 1_000))

    program = "import sys; from pathlib import Path; from diagnose.sources.files import write_atomically; "
    program += "write_atomically(Path(sys.argv[1]), b'x' * 5_000)"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False, preexec_fn=limited
    )
    assert "File too large" in ended.stderr
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_replaced_is_written_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "termination-log"
    path.write_text("what was there before")

    def busy(self: Path, target: Path) -> Path:
        raise OSError(16, "Device or resource busy")

    monkeypatch.setattr(Path, "replace", busy)
    inode = path.stat().st_ino
    write_atomically(path, b"new")
    assert (path.read_text(), path.stat().st_ino) == ("new", inode)
    assert list(tmp_path.iterdir()) == [path]


def test_a_named_pipe_without_a_reader_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "READER_S", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no process reads this pipe"):
        write_atomically(tmp_path / "pipe", b"new")
    assert (tmp_path / "pipe").is_fifo()


def test_a_named_pipe_with_a_reader_gets_everything(tmp_path: Path) -> None:
    pipe, found = tmp_path / "pipe", bytearray()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.extend(pipe.read_bytes()))
    reader.start()
    write_atomically(pipe, b"x" * 300_000)
    reader.join()
    assert len(found) == 300_000


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    assert read(tmp_path / "file", 100) == b"x" * 100
    with pytest.raises(OSError, match="larger than"):
        read(tmp_path / "file", 99)
    with pytest.raises(OSError, match="larger than"):
        read(Path("/dev/zero"), 1 << 20)
    with pytest.raises(IsADirectoryError):
        read(tmp_path, 100)


def test_a_named_pipe_without_a_writer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WRITER_S", 0.1)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="nothing was written"):
        read(tmp_path / "pipe", 100)


def test_a_pipe_is_read_to_its_end_however_slowly_it_is_written() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        for _ in range(3):
            os.write(writer, b"part ")
            threading.Event().wait(0.05)
        os.close(writer)

    threading.Thread(target=write).start()
    assert read(Path(f"/dev/fd/{reader}"), 100) == b"part part part "
    os.close(reader)


def test_at_the_end_of_the_process_no_scratch_file_is_left_and_none_is_begun(tmp_path: Path) -> None:
    program = """
import os, sys, threading
from pathlib import Path
from diagnose.sources import files
path, begun, closed = Path(sys.argv[1]), threading.Event(), threading.Event()
write = files._write_all
def stuck(opened, content):
    begun.set()
    closed.wait()
    write(opened, content)
files._write_all = stuck
threading.Thread(target=files.write_atomically, args=(path, b"new"), daemon=True).start()
begun.wait()
assert len(list(path.parent.iterdir())) == 2
files.abandon()
assert list(path.parent.iterdir()) == [path]
closed.set()
try:
    files.require_writable(path)
except OSError as error:
    print(error.strerror, flush=True)
os._exit(0)
"""
    (tmp_path / "report").write_text("old")
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "report")], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "the process ends\n"), ended.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
