"""The user and the privileges of the worker's container."""

import pytest

from checks.policy.container_unprivileged import CONTAINER_UNPRIVILEGED
from diagnose.queries.exec_survey.survey import Process
from tests.support.kit import codes, context, survey
from tests.support.objects import pod


@pytest.mark.parametrize(
    ("declared", "seen", "expected", "problems"),
    [
        (0, 999, ["policy.runs-as-root"], 0),
        (1000, 0, [], 0),
        (None, 0, ["policy.runs-as-root"], 0),
        (None, 999, [], 0),
        (None, None, [], 1),
    ],
)
def test_a_container_does_not_run_as_root(
    declared: int | None, seen: int | None, expected: list[str], problems: int
) -> None:
    own = {} if declared is None else {"runAsUser": declared}
    surveys = [survey(pod(), process=Process(uid=seen))]
    ctx = context(pod(), container={"securityContext": own}, surveys=surveys)
    assert codes(CONTAINER_UNPRIVILEGED, ctx) == expected
    assert len(ctx.problems) == problems
