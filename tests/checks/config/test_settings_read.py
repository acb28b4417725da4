"""What is set is read by the process."""

import pytest

from checks.config.settings_read import SETTINGS_READ
from diagnose.target.target import Release
from tests.support.kit import WORKER, Json, about, codes, context
from tests.support.objects import meta, variables

RELEASE = Release(name="worker", namespace="msp", chart="", revision="1")


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (variables(NM_STORE_URL=""), []),
        (variables(NM_STORE_URL="https://s"), ["config.variable-unread"]),
        (variables(NM_STORE_URL="https://s", NM_STORE_BASE_URL="https://s"), []),
        (variables(INTERNAL_API_SHARED_SECRET="x"), []),
        (variables(TEMPORAL_TASK_QUEUE="a", TEMPORAL_TASK_QUEUES="a"), []),
        (variables(TEMPORAL_TASK_QUEUE="a", TEMPORAL_TASK_QUEUES="a,b"), ["config.variable-overridden"]),
    ],
)
def test_what_is_set_is_read(env: list[Json], expected: list[str]) -> None:
    assert codes(SETTINGS_READ, context(profile=WORKER, container={"env": env})) == expected


@pytest.mark.parametrize(
    ("text", "env", "expected"),
    [
        ('{"maxConcurrentActivityExecutions": 10}', [], []),
        ('{"maxConcurrentActivityExecutions": 20}', [], ["config.setting-unread"]),
        ("maxConcurrentActivityExecutions: 20", variables(MAX_CONCURRENT_ACTIVITIES="20"), []),
        ("maxConcurrentActivityExecutions: 10", variables(MAX_CONCURRENT_ACTIVITIES="20"), ["config.setting-unread"]),
    ],
)
def test_a_setting_that_nothing_passes_on_is_reported_where_the_worker_has_another_value(
    text: str, env: list[Json], expected: list[str]
) -> None:
    found = {"metadata": meta("worker", "msp"), "data": {"config": text}}
    ctx = about(context(profile=WORKER, container={"env": env}, configmaps=[found]), release=RELEASE)
    assert codes(SETTINGS_READ, ctx) == expected
