"""Atomic writing of files."""

import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replaces a file atomically; readers see the old or the new content, never a part.

    A device or a pipe is written to directly: otherwise a regular file would replace /dev/null.

    Raises:
        OSError: the folder does not exist or may not be written.
    """
    if is_stream(path):
        path.write_bytes(content)
        return
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as scratch:
        scratch.write(content)
    written = Path(scratch.name)
    written.chmod(0o644)
    written.replace(path)


def is_stream(path: Path) -> bool:
    """Whether the path is a device, a pipe or a terminal."""
    return path.exists() and not path.is_file() and not path.is_dir()
