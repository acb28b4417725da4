"""Where tests run in several processes, all tests of one recording run in the same one, which replays it once."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = getattr(item, "callspec", None)
        name = parameters.params.get("name") if parameters and HERE in item.path.parents else None
        if name:
            item.add_marker(pytest.mark.xdist_group(name))
