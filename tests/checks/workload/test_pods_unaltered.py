"""Pods that have something else than their template."""

from typing import Any

import pytest

from checks.workload.image_pulled import IMAGE_PULLED
from checks.workload.pods_unaltered import PODS_UNALTERED
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from tests.support.kit import LABELS, Json, ago, context, findings, outcome
from tests.support.objects import crashing, pod, replica_set, running, waiting

RIGHT, MIRROR = "registry.example/worker:1", "mirror.test/worker:1"
PULLING = {"containerStatuses": [waiting("ImagePullBackOff", "no such host")]}


def webhook(name: str = "image-mirror", hook: str = "mirror.example.com", **more: Any) -> Json:
    rules = [{"apiGroups": [""], "operations": ["CREATE"], "resources": ["pods"]}]
    return {"metadata": {"name": name}, "webhooks": [{"name": hook, "rules": rules, **more}]}


def altered(status: Json | None = None, **container: Any) -> Json:
    main = {"name": "worker", "image": RIGHT, **container}
    return pod("worker-2", main, owner="worker-abc", status=status or PULLING)


def working() -> Json:
    status = {"containerStatuses": [running()]}
    return pod("worker-1", {"name": "worker", "image": RIGHT}, owner="worker-abc", ready=True, status=status)


def seen(*pods: Json, hooks: tuple[Json, ...] = (webhook(),), **container: Any) -> Context:
    template = {
        "metadata": {"labels": LABELS},
        "spec": {"containers": [{"name": "worker", "image": RIGHT, **container}]},
    }
    made = replica_set("worker-abc")
    made["spec"]["template"] = template
    return context(
        *pods, pods=list(pods), replica_sets=[made], mutatingwebhookconfigurations=list(hooks), namespaces=[], events=[]
    )


def test_an_image_that_the_only_webhook_put_in_place_is_certain_where_the_templates_works() -> None:
    (finding,) = findings(PODS_UNALTERED, seen(altered(image=MIRROR), working()))
    assert (finding.code, finding.confidence) == ("workload.pod-altered", Confidence.CERTAIN)
    assert "Webhook image-mirror gave container worker the image mirror.test/worker:1" in finding.summary
    first = finding.remediation.steps[0].command
    assert first == ("kubectl delete mutatingwebhookconfiguration image-mirror && kubectl -n msp delete pod worker-2")


def test_an_image_that_never_worked_is_likely() -> None:
    (finding,) = findings(PODS_UNALTERED, seen(altered(image=MIRROR)))
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("template", "own", "kind"),
    [
        ({"command": ["run"]}, {"command": ["wrap", "run"]}, "command"),
        ({"args": ["--fast"]}, {"args": ["--slow"]}, "args"),
        (
            {"env": [{"name": "MODE", "value": "fast"}]},
            {"env": [{"name": "MODE", "value": "slow"}]},
            "MODE slow (its template has fast)",
        ),
        (
            {"env": [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "modes", "key": "mode"}}}]},
            {"env": [{"name": "MODE"}]},
            "MODE empty (its template has from ConfigMap modes, key mode)",
        ),
        ({"env": [{"name": "MODE", "value": "fast"}]}, {}, "MODE nothing (its template has fast)"),
    ],
)
def test_what_a_container_crashes_with_is_likely(template: Json, own: Json, kind: str) -> None:
    status = {"containerStatuses": [crashing(1)]}
    (finding,) = findings(PODS_UNALTERED, seen(altered(status, **own), **template))
    assert finding.confidence is Confidence.LIKELY
    assert kind in finding.summary


def test_a_change_of_the_pod_itself_names_the_tool() -> None:
    one = altered(image=MIRROR)
    one["metadata"]["managedFields"] = [
        {"manager": "kube-controller-manager", "time": ago(seconds=3600)},
        {"manager": "kubectl-edit", "time": ago(seconds=60)},
    ]
    (finding,) = findings(PODS_UNALTERED, seen(one, working()))
    assert "kubectl-edit" in finding.summary
    assert finding.remediation.steps[0].command == "kubectl -n msp delete pod worker-2"


@pytest.mark.parametrize(
    ("hooks", "who"),
    [
        ((webhook(), webhook("other")), "An admission webhook"),
        ((webhook(), webhook("vault", "vault.hashicorp.com")), "Webhook image-mirror"),
        ((webhook(), webhook("other", objectSelector={"matchLabels": {"app": "x"}})), "Webhook image-mirror"),
        ((webhook(), webhook("other", namespaceSelector={"matchLabels": {"team": "x"}})), "Webhook image-mirror"),
        ((webhook(), webhook("other", rules=[{"resources": ["configmaps"]}])), "Webhook image-mirror"),
    ],
)
def test_only_webhooks_that_may_have_changed_the_pod_are_named(hooks: tuple[Json, ...], who: str) -> None:
    (finding,) = findings(PODS_UNALTERED, seen(altered(image=MIRROR), hooks=hooks))
    assert finding.summary.startswith(who)


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(altered(), id="the image is the template's"),
        pytest.param(altered(args=["--slow"]), id="a failed pull is not by its arguments"),
        pytest.param(altered({"containerStatuses": [running()]}, image=MIRROR), id="it works"),
        pytest.param(
            altered({"containerStatuses": [crashing(1)]}, env=[{"name": "OTEL", "value": "on"}]),
            id="one is added",
        ),
    ],
)
def test_what_is_usual_is_not_reported(one: Json) -> None:
    assert outcome(PODS_UNALTERED, seen(one, working())).findings == ()


def test_it_explains_that_the_image_cannot_be_pulled() -> None:
    earlier = IMAGE_PULLED.stage_of("workload.registry-unreachable").earlier
    assert PODS_UNALTERED.stage_of("workload.pod-altered") in earlier
