"""The variables that the worker requires."""

import msgspec

from checks.config.variables_set import VARIABLES_SET
from diagnose.check.api import Context
from diagnose.queries.exec_survey.survey import Shape, Variable
from tests.support.kit import PLAIN, Json, codes, context, findings, survey
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


def test_a_placeholder_is_suspect() -> None:
    ctx = required(from_secret("NEXTAUTH_SECRET", "s"), shape=Shape.PLACEHOLDER)
    assert codes(VARIABLES_SET, ctx) == ["config.value-suspect"]
