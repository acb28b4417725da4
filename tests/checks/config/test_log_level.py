"""The log level shows a start and is not verbose."""

import pytest

from checks.config.log_level import LOG_LEVEL
from tests.support.kit import WORKER, codes, context
from tests.support.objects import variables


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("info", []),
        ("http", []),
        ("warn", ["config.log-level-hides-start"]),
        ("debug", ["config.log-level-verbose"]),
        ("INFO", []),
    ],
)
def test_the_log_level_shows_a_start_and_no_more(level: str, expected: list[str]) -> None:
    assert codes(LOG_LEVEL, context(profile=WORKER, container={"env": variables(LOG_LEVEL=level)})) == expected
