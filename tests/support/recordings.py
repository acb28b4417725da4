"""The recorded incidents by name, as files that `--replay` takes, and what is expected of each."""

import json
from pathlib import Path
from typing import Any

from diagnose.sources.recording import Recording, load

_FOLDER = Path(__file__).parents[1] / "recordings"
EXPECTED: dict[str, dict[str, Any]] = json.loads((_FOLDER / "expected.json").read_text(encoding="utf-8"))
NAMES = tuple(sorted(EXPECTED))


def path(name: str) -> Path:
    """Returns the file of a recorded incident."""
    return _FOLDER / f"{name}.diag"


def recording(name: str) -> Recording:
    """Returns a recorded incident."""
    return load(path(name))
