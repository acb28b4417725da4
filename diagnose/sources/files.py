"""Files that are whole or not there at all."""

import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file in one step; readers see the old or the new content, never a part.

    Raises:
        OSError: the folder does not exist or may not be written.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as scratch:
        scratch.write(content)
    written = Path(scratch.name)
    written.chmod(0o644)
    written.replace(path)
