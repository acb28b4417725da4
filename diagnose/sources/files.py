"""Reading and writing of files: in bounded memory and time, atomically, and never in place of a device or a pipe."""

import errno
import os
import select
import stat
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

READER_S = 2.0
"""How long to wait for a process that reads a named pipe."""
WRITER_S = 30.0
"""How long to wait for a process that writes into a named pipe."""
LAST_WRITER_S = 0.15
"""How long a writer may take to finish when the process ends."""
MAX_LINKS = 40

# No second writer may begin while the process ends, and nobody else may remove the scratch file of a writer.
_LOCK = threading.Lock()
_SCRATCH: set[Path] = set()
_CLOSED = threading.Event()
# A folder that may not be written, or a file that is mounted by itself: the file can be written in its place only.
_NO_REPLACING = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY, errno.EXDEV})


def write_atomically(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replaces a file atomically; readers see the old or the new content, never a part.

    A link stays a link, and its target is replaced; the mode is that of the file before. A device, a pipe or an open
    descriptor such as /dev/stdout is written to.

    Args:
        path: the file.
        content: its new content.
        private: whether only the owner may read a new file.

    Raises:
        OSError: the folder does not exist or may not be written, the disk is full, or no process reads the pipe.
    """
    descriptor = _descriptor(path)
    if descriptor is not None:
        # What is buffered for the same descriptor comes first.
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        _write_all(descriptor, content)
    elif is_stream(path):
        _write_stream(path, content)
    else:
        with _LOCK:
            _replace(Path(os.path.realpath(path)), content, 0o600 if private else 0o666)


def is_stream(path: Path) -> bool:
    """Whether the path is a device, a pipe, a terminal or an open descriptor."""
    if _descriptor(path) is not None:
        return True
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def identity(path: Path) -> str:
    """Returns the same text for all spellings of one path."""
    descriptor = _descriptor(path)
    return os.path.realpath(path) if descriptor is None else f"descriptor {descriptor}"


def require_writable(path: Path) -> None:
    """Checks that a file can be written, without changing it.

    Raises:
        OSError: it cannot.
    """
    descriptor = _descriptor(path)
    if descriptor is not None:
        os.fstat(descriptor)
    elif not is_stream(path):
        target = Path(os.path.realpath(path))
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        try:
            opened, scratch = _open_scratch(target, 0o600)
        except OSError as error:
            if error.errno in _NO_REPLACING and target.exists() and os.access(target, os.W_OK):
                return
            raise
        os.close(opened)
        _remove(scratch)


def read(path: Path, limit: int) -> bytes:
    """Returns the content of a file, or of a pipe as soon as it is written.

    Raises:
        OSError: there is no such file, it is larger than the limit, or no process writes into the pipe.
    """
    # A named pipe without a writer would never be opened otherwise.
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(opened).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        content = bytearray()
        while len(content) <= limit:
            if not stat.S_ISREG(mode) and not _wait_for(opened, select.POLLIN, WRITER_S):
                raise TimeoutError(errno.ETIMEDOUT, f"nothing was written into it for {WRITER_S:.0f} s", str(path))
            part = os.read(opened, min(1 << 20, limit + 1 - len(content)))
            if not part:
                return bytes(content)
            content += part
        raise _too_large(limit, str(path))
    finally:
        os.close(opened)


def read_or_stdin(file: str, limit: int) -> bytes:
    """Returns the content of a file, or of the standard input for "-".

    Raises:
        OSError: as for `read`.
    """
    if file != "-":
        return read(Path(file), limit)
    content = sys.stdin.buffer.read(limit + 1)
    if len(content) > limit:
        raise _too_large(limit, "standard input")
    return content


def _too_large(limit: int, name: str) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {limit >> 20} MiB", name)


def abandon() -> None:
    """Removes scratch files at the end of the process; nothing is written afterwards."""
    _CLOSED.set()
    _LOCK.acquire(timeout=LAST_WRITER_S)
    for each in tuple(_SCRATCH):
        _remove(each)


def _descriptor(path: Path) -> int | None:
    """Returns the open descriptor of this process that the path stands for, such as 1 for /dev/stdout."""
    found = str(path)
    for _ in range(MAX_LINKS):
        folder, name = os.path.realpath(os.path.dirname(found)), os.path.basename(found)  # noqa: PTH119, PTH120
        own = folder == "/dev/fd" or (folder.startswith(f"/proc/{os.getpid()}/") and folder.endswith("/fd"))
        if own and name.isdecimal():
            return int(name)
        found = os.path.join(folder, name)  # noqa: PTH118
        try:
            # Relative to the folder of the link; an absolute target replaces it.
            found = os.path.join(folder, os.readlink(found))  # noqa: PTH115, PTH118
        except OSError:
            return None
    return None


def _write_stream(path: Path, content: bytes) -> None:
    until = time.monotonic() + READER_S
    while True:
        try:
            opened = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
            break
        except OSError as error:
            if error.errno != errno.ENXIO or not path.is_fifo():
                raise
            if time.monotonic() >= until:
                raise OSError(errno.ENXIO, "no process reads this pipe", str(path)) from error
            time.sleep(0.05)
    try:
        os.set_blocking(opened, True)
        _write_all(opened, content)
    finally:
        os.close(opened)


def _replace(target: Path, content: bytes, mode: int) -> None:
    try:
        before: os.stat_result | None = target.stat()
    except FileNotFoundError:
        before = None
    if before and stat.S_ISDIR(before.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    try:
        _replace_by_scratch(target, content, mode, before)
    except OSError as error:
        if before is None or error.errno not in _NO_REPLACING:
            raise
        opened = os.open(target, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            _write_all(opened, content)
        finally:
            os.close(opened)


def _replace_by_scratch(target: Path, content: bytes, mode: int, before: os.stat_result | None) -> None:
    opened, scratch = _open_scratch(target, 0o600 if before else mode)
    try:
        try:
            _write_all(opened, content)
            if before:
                with suppress(OSError):
                    os.fchown(opened, before.st_uid, before.st_gid)
                os.fchmod(opened, stat.S_IMODE(before.st_mode))
        finally:
            os.close(opened)
        scratch.replace(target)
        _SCRATCH.discard(scratch)
    finally:
        if scratch in _SCRATCH:
            _remove(scratch)


def _open_scratch(target: Path, mode: int) -> tuple[int, Path]:
    """Creates a file in the folder of the target, with the mode that the umask leaves."""
    # The target's name may be as long as the file system permits.
    if len(os.fsencode(target.name)) > os.pathconf(target.parent, "PC_NAME_MAX"):
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(target))
    scratch = target.parent / f".diagnose-{os.urandom(8).hex()}"
    _SCRATCH.add(scratch)
    try:
        opened = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    except OSError:
        _SCRATCH.discard(scratch)
        raise
    if _CLOSED.is_set():
        os.close(opened)
        _remove(scratch)
        raise OSError(errno.ECANCELED, "the process ends", str(target))
    return opened, scratch


def _remove(scratch: Path) -> None:
    with suppress(OSError):
        scratch.unlink()
    _SCRATCH.discard(scratch)


def _wait_for(opened: int, event: int, limit_s: float | None) -> bool:
    waiting = select.poll()
    waiting.register(opened, event)
    return bool(waiting.poll(None if limit_s is None else limit_s * 1000))


def _write_all(opened: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(opened, rest) :]
        except BlockingIOError:
            # Another process may have made a shared descriptor non-blocking.
            _wait_for(opened, select.POLLOUT, None)
