"""Steps are for who really owns the pod."""

import shlex

import msgspec
import pytest

from diagnose.engine.other_owners import fitted, owner_of
from diagnose.model.report import Finding, Outcome, Remediation, Status, Step
from diagnose.resources import PodTemplate
from diagnose.target.target import Target
from tests.support.kit import context

IMAGE = "kubectl -n msp set image deployment/db-0 main=x:2"
UNDO = "kubectl -n msp rollout undo deployment/db-0"


def target(**owner: str) -> Target:
    from dataclasses import replace

    owners = [owner] if owner else []
    template = msgspec.convert({"metadata": {"ownerReferences": owners}}, PodTemplate)
    return replace(context().target, name="db-0", alone=True, deployment=None, template=template)


def steps(of: Target, *commands: str, changes: str = "the Deployment") -> tuple[Step, ...]:
    owner = owner_of(of)
    assert owner
    told = tuple(Step(text="Correct the Deployment.", command=each, changes=changes) for each in commands)
    remediation = Remediation(summary="Mend the Deployment.", steps=told)
    finding = Finding(code="a.b", summary="s", remediation=remediation)
    outcome = Outcome(check="a.b", title="T", status=Status.FAIL, findings=(finding,))
    return fitted(outcome, of, owner).findings[0].remediation.steps


def test_a_stateful_set_takes_the_same_commands() -> None:
    image, undo = steps(target(kind="StatefulSet", name="db"), IMAGE, UNDO)
    assert image.command == "kubectl -n msp set image statefulset/db main=x:2"
    assert undo.command == "kubectl -n msp rollout undo statefulset/db"
    assert (image.text, image.changes) == ("Correct the StatefulSet.", "the StatefulSet")


@pytest.mark.parametrize("owner", [{}, {"kind": "Job", "name": "migrate"}])
def test_what_cannot_be_changed_in_place_is_only_shown(owner: dict[str, str]) -> None:
    step = steps(target(**owner), UNDO)[0]
    assert shlex.split(step.command)[3:] == ["get", *(["job", "migrate"] if owner else ["pod", "db-0"]), "-o", "yaml"]
    assert not step.changes
    assert "make it anew" in step.text


def test_of_a_pod_the_image_can_be_changed() -> None:
    assert steps(target(), IMAGE)[0].command == "kubectl -n msp set image pod/db-0 main=x:2"


def test_other_commands_stay() -> None:
    other = "kubectl -n msp get deployment db-00"
    assert steps(target(), other, changes="")[0].command == other


def test_a_pod_whose_deployment_cannot_be_seen_keeps_its_steps() -> None:
    assert owner_of(target(kind="ReplicaSet", name="db-65cd")) is None
    assert owner_of(context().target) is None
