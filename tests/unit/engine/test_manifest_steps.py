"""Steps for a manifest name its fields, in place of commands on what runs now."""

import pytest

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.commands.owner import Owner
from diagnose.engine.manifest_steps import for_manifest
from diagnose.model.report import Evidence, Finding, Outcome, Remediation, Status, Step
from diagnose.queries.manifest import KeyedObject, Manifest

OWNER = Owner("Deployment", "orders", "shop")
MANIFEST = Manifest(secrets=(KeyedObject("login", keys=("a",)), KeyedObject("made", made_by="ExternalSecret made")))
FILE = "rendered.yaml"


def steps(*given: Step, owner: Owner = OWNER, file: str = FILE) -> tuple[Step, ...]:
    finding = Finding(code="config.x", summary="It is so.", remediation=Remediation(summary="Do it.", steps=given))
    outcome = Outcome(check="config.x", title="x", status=Status.FAIL, findings=(finding,))
    return for_manifest(outcome, owner, file, MANIFEST).findings[0].remediation.steps


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (OWNER.set_env("A=b", "C-", container="main"), "spec.template.spec.containers[main].env: A: b, without C"),
        (OWNER.take_env("KEY", "main"), "spec.template.spec.containers[main].env: KEY from a Secret"),
        (OWNER.set_image("main=r.test/a:2"), "spec.template.spec.containers[main].image: r.test/a:2"),
        (
            OWNER.set_resources("main", "--limits=memory=1Gi"),
            "spec.template.spec.containers[main].resources.limits: memory=1Gi",
        ),
        (OWNER.set_account("robot"), "spec.template.spec.serviceAccountName: robot"),
        (OWNER.scale(3), "spec.replicas: 3"),
        (OWNER.annotate_template({"a/b": "c", "d": None}), "spec.template.metadata.annotations.a/b: c; without"),
        (
            OWNER.patch({"spec": {"template": {"spec": {"containers": [{"name": "main", "ports": [1]}]}}}}),
            "spec.template.spec.containers[main].ports: [1]",
        ),
        (OWNER.patch([{"op": "remove", "path": "/spec/paused", "value": True}], "json"), "spec.paused: true"),
        (OWNER.edit(), "Deployment orders, its template"),
    ],
)
def test_a_change_of_the_workload_is_one_of_its_manifest(command: Command, field: str) -> None:
    (step,) = steps(Step("Change it in the Deployment.", command, changes="deployment shop/orders"))
    assert step.text.startswith("Change it in the manifest. In the manifest rendered.yaml: Deployment orders, ")
    assert field in step.text
    assert (step.command, step.changes) == ("", "the manifest rendered.yaml")


def test_what_reads_or_restarts_the_version_before_is_left_out() -> None:
    reads = Step("See it.", OWNER.get())
    restarts = Step("Restart it.", OWNER.rollout("restart"), changes="deployment shop/orders")
    other = Step("See the Secrets.", kubectl.get("secrets", namespace="shop"))
    assert steps(reads, restarts, other) == (other,)


def test_a_secret_of_the_manifest_is_changed_there_and_another_one_in_the_cluster() -> None:
    change = {"stringData": {"key": "NEW_VALUE"}}
    own, made = (
        Step("Add it.", kubectl.patch("secret", name, change, namespace="shop"), changes=f"Secret shop/{name}")
        for name in ("login", "made")
    )
    first, second = steps(own, made, file="-")
    assert first.text == "Add it. In the manifest: Secret login, stringData.key: NEW_VALUE."
    assert second == made


@pytest.mark.parametrize(
    ("kind", "path"), [("CronJob", "spec.jobTemplate.spec.template.spec.containers[m]"), ("Pod", " spec.containers[m]")]
)
def test_a_field_is_at_the_place_that_its_kind_has_it(kind: str, path: str) -> None:
    owner = Owner(kind, "orders", "shop")
    (step,) = steps(Step("Set it.", owner.set_env("A=b", container="m"), changes="it"), owner=owner)
    assert path in step.text


def test_no_pod_of_the_version_before_is_affected() -> None:
    finding = Finding(code="config.x", summary="It is so.", pods=("old",), remediation=Remediation(summary="Do it."))
    outcome = Outcome(check="config.x", title="x", status=Status.FAIL, findings=(finding,))
    assert for_manifest(outcome, OWNER, FILE, MANIFEST).findings[0].pods == ()


def test_evidence_names_no_command_on_the_version_before() -> None:
    evidence = (Evidence(source="a", text="b", command=OWNER.get()), Evidence(source="a", text="b"))
    outcome = Outcome(check="config.x", title="x", status=Status.PASS, evidence=evidence)
    assert for_manifest(outcome, OWNER, FILE, MANIFEST).evidence == (evidence[1], evidence[1])
