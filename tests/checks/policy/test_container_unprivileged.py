"""The user and the privileges of the worker's container."""

import json

import pytest

from checks.policy.container_unprivileged import CONTAINER_UNPRIVILEGED
from diagnose.queries.exec_survey.survey import Process
from tests.support.kit import codes, context, findings, survey
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


@pytest.mark.parametrize(
    ("spec", "container", "expected"),
    [
        ({"hostPID": True}, {}, {"hostPID": False}),
        (
            {},
            {"privileged": True, "capabilities": {"add": ["SYS_PTRACE", "NET_BIND_SERVICE"]}},
            {
                "containers": [
                    {
                        "name": "worker",
                        "securityContext": {"privileged": False, "capabilities": {"add": ["NET_BIND_SERVICE"]}},
                    }
                ]
            },
        ),
    ],
)
def test_access_to_the_node_is_taken_away_by_a_patch(
    spec: dict[str, bool], container: dict[str, object], expected: dict[str, object]
) -> None:
    ctx = context(pod(), spec=spec, container={"securityContext": {"runAsUser": 1000, **container}})
    (finding,) = findings(CONTAINER_UNPRIVILEGED, ctx)
    change = json.loads(str(finding.remediation.steps[0].command.parts[-1]))
    assert (finding.code, change["spec"]["template"]["spec"]) == ("policy.host-access", expected)


def test_a_folder_of_the_node_is_removed_by_hand() -> None:
    volume = {"name": "logs", "hostPath": {"path": "/var/log"}}
    ctx = context(pod(), spec={"volumes": [volume]}, container={"securityContext": {"runAsUser": 1000}})
    (finding,) = findings(CONTAINER_UNPRIVILEGED, ctx)
    assert " edit " in finding.remediation.steps[0].command
