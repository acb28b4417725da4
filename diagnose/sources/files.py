"""Files that are whole or not there at all."""

import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file in one step; readers see the old or the new content, never a part.

    A device or a pipe is written to: put in its place, a file would be there for everybody instead of /dev/null.

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
    """Whether there is something that is no file and no folder: a device, a pipe, a terminal."""
    return path.exists() and not path.is_file() and not path.is_dir()
