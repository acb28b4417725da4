"""How tests are shared out where they run in several processes (`pytest -n auto`)."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import recordings


class ByRecording(LoadScopeScheduling):  # type: ignore[misc]
    """All tests of one recording run in the same process, which replays it once; other tests do so by their file."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        if not file.startswith("tests/replay/"):
            return file
        parameter = test.rpartition("[")[2].removesuffix("]")
        return parameter if parameter in recordings.NAMES else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByRecording:
    return ByRecording(config, log)
