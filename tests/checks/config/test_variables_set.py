"""The variables that the worker requires."""

import msgspec
import pytest

from checks.config.variables_set import VARIABLES_SET
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from diagnose.queries.exec_survey.survey import Shape, Variable
from tests.support.kit import PLAIN, Json, codes, context, findings, log, survey
from tests.support.objects import from_secret, pod

PROFILE = msgspec.structs.replace(PLAIN, required_variables=("NEXTAUTH_SECRET",))


def required(*env: Json, shape: Shape = Shape.SET, ready: bool = True) -> Context:
    """Returns what the check sees of a pod with this environment, whose process has NEXTAUTH_SECRET so."""
    container = {"env": list(env)}
    own = pod("worker-1", {"name": "worker", **container}, ready=ready)
    surveys = [survey(own, variables=(Variable("NEXTAUTH_SECRET", shape),))]
    return context(own, profile=PROFILE, container=container, surveys=surveys)


def test_a_variable_that_the_template_does_not_deliver_is_missing() -> None:
    (finding,) = findings(VARIABLES_SET, required(ready=False))
    assert finding.code == "config.variable-missing"
    assert "NEXTAUTH_SECRET is not set" in finding.summary


def test_a_pod_that_is_ready_without_it_has_it_from_elsewhere() -> None:
    assert codes(VARIABLES_SET, required()) == []


def test_a_variable_from_a_secret_is_delivered() -> None:
    assert codes(VARIABLES_SET, required(from_secret("NEXTAUTH_SECRET", "s"))) == []


REPORTED = (
    '[winston] Attempt to write logs with no transports, which can increase memory usage: {"message":"\\n🚨 Required '
    "Configuration Missing for Temporal Worker 🚨\\n\\nThe following required configuration values are not set:\\n"
    '  • NEXTAUTH_SECRET: Secret used by NextAuth\\n\\nPlease ensure","level":"error"}'
)


@pytest.mark.parametrize(
    ("volume", "env", "is_proven"),
    [
        pytest.param({"emptyDir": {}}, [], True, id="delivered by nothing"),
        pytest.param({"secret": {"secretName": "s"}}, [], False, id="a mounted Secret may have it"),
        pytest.param({"csi": {"driver": "d"}}, [], False, id="a volume of another kind may have it"),
        pytest.param({"emptyDir": {}}, [from_secret("NEXTAUTH_SECRET", "s")], False, id="the template delivers it"),
    ],
)
def test_what_the_log_reports_as_missing_is_certain_where_nothing_can_deliver_it(
    volume: Json, env: list[Json], is_proven: bool
) -> None:
    container = {"name": "worker", "env": env, "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    own = pod("worker-1", container, ready=False, volumes=[{"name": "v", **volume}])
    ctx = context(own, profile=PROFILE, container=container, logs=[log(REPORTED)])
    (finding,) = findings(VARIABLES_SET, ctx)
    assert finding.evidence
    assert (finding.confidence is Confidence.CERTAIN) is is_proven
    assert bool(finding.proof) is is_proven


def test_a_placeholder_is_suspect() -> None:
    ctx = required(from_secret("NEXTAUTH_SECRET", "s"), shape=Shape.PLACEHOLDER)
    assert codes(VARIABLES_SET, ctx) == ["config.value-suspect"]
