"""The recorded incidents by name, as files that `--replay` takes, and what is expected of each."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from diagnose.sources.gateway import Exchange
from diagnose.sources.recording import Recording, load
from tests.replay.store import Expectation, Store

STORE = Store(Path(__file__).parents[1] / "replay")
EXPECTED: dict[str, Expectation] = STORE.expected
NAMES = tuple(EXPECTED)


def path(name: str) -> Path:
    """Returns the file of a recorded incident."""
    return STORE.unpack(name, _folder())


def recording(name: str) -> Recording:
    """Returns a recorded incident."""
    return load(path(name))


def plain(recording: Recording) -> list[dict[str, Any]]:
    """Returns the exchanges of a recording as plain data, which may be edited."""
    exchanges: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(list(recording.exchanges.values())))
    return exchanges


def edited(recording: Recording, exchanges: bytes, arguments: dict[str, str]) -> Recording:
    """Returns the recording with other exchanges, given as JSON, and other arguments."""
    keyed = {
        msgspec.json.encode(each.query, order="deterministic").decode(): each
        for each in msgspec.json.decode(exchanges, type=list[Exchange])
    }
    return Recording(msgspec.structs.replace(recording.header, arguments=arguments), keyed)


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="diagnose-recordings-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
