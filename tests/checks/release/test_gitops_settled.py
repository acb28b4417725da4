"""What a GitOps controller reports of the release that it applies."""

from typing import Any

import pytest

from checks.release.gitops_settled import GITOPS_SETTLED
from diagnose.check.api import Context, Occasion
from diagnose.model.report import Severity, Status
from diagnose.queries.query import ForbiddenError, NotFoundError
from diagnose.target.target import GitOpsController
from tests.support.kit import Json, about, codes, context, findings, outcome
from tests.support.objects import condition, meta, pod

RELEASE = GitOpsController(tool="Flux", kind="HelmRelease", namespace="flux-system", name="worker")
APPLICATION = GitOpsController(tool="Argo CD", kind="Application", namespace="", name="worker")


def managed(
    gitops: GitOpsController | None, *found: Json, occasion: Occasion = Occasion.INCIDENT, **more: Any
) -> Context:
    """Returns what a check sees of a healthy workload that a GitOps controller manages by one of these objects."""
    plurals = {
        "HelmRelease": "helmreleases.helm.toolkit.fluxcd.io",
        "Kustomization": "kustomizations.kustomize.toolkit.fluxcd.io",
        "Application": "applications.argoproj.io",
    }
    kinds: dict[str, Any] = {plurals[gitops.kind]: list(found)} if gitops else {}
    return about(context(pod(ready=True), occasion=occasion, **kinds, **more), gitops=gitops)


def flux(*conditions: Json, **spec: Any) -> Json:
    """Returns an object of Flux with these conditions."""
    return {"metadata": meta("worker", "flux-system"), "spec": spec, "status": {"conditions": list(conditions)}}


def argo_cd(sync: str = "Synced", phase: str = "Succeeded", *conditions: Json, message: str = "") -> Json:
    """Returns an application of Argo CD."""
    operation = {"phase": phase, "message": message}
    status = {"sync": {"status": sync}, "operationState": operation, "conditions": list(conditions)}
    return {"metadata": meta("worker", "argocd"), "status": status}


UPGRADE = "Helm upgrade failed for release msp/worker: timed out waiting for the condition"
DEPENDENCY = "dependency 'flux-system/temporal' is not ready"


@pytest.mark.parametrize("kind", ["HelmRelease", "Kustomization"])
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (flux(condition("Ready")), []),
        (flux(condition("Ready", False, "UpgradeFailed", UPGRADE)), ["release.gitops-failed"]),
        (
            flux(condition("Ready", "Unknown", "Progressing"), condition("Stalled", True, "RetriesExceeded", UPGRADE)),
            ["release.gitops-failed"],
        ),
        (flux(condition("Ready", False, "DependencyNotReady", DEPENDENCY)), ["release.gitops-blocked"]),
        (flux(condition("Ready", "Unknown", "Progressing")), []),
        (flux(condition("Ready"), suspend=True), ["release.gitops-suspended"]),
        (flux(), []),
    ],
)
def test_flux_reports_a_release_that_failed_waits_or_is_suspended(kind: str, found: Json, expected: list[str]) -> None:
    gitops = GitOpsController(tool="Flux", kind=kind, namespace="flux-system", name="worker")
    assert codes(GITOPS_SETTLED, managed(gitops, found)) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (argo_cd(), []),
        (argo_cd("OutOfSync"), []),
        (argo_cd("OutOfSync", "Failed", message="one or more objects failed to apply"), ["release.gitops-failed"]),
        (argo_cd("Synced", "Failed"), []),
        (
            argo_cd("Unknown", "Succeeded", {"type": "ComparisonError", "message": "failed to generate manifest"}),
            ["release.gitops-failed"],
        ),
        (argo_cd("Synced", "Succeeded", {"type": "OrphanedResourceWarning", "message": "x"}), []),
    ],
)
def test_argo_cd_reports_an_application_that_it_cannot_sync(found: Json, expected: list[str]) -> None:
    assert codes(GITOPS_SETTLED, managed(APPLICATION, found)) == expected


def test_the_object_of_another_namespace_is_another_one() -> None:
    other = {**flux(condition("Ready", False, "UpgradeFailed")), "metadata": meta("worker", "other")}
    found = outcome(GITOPS_SETTLED, managed(RELEASE, other))
    assert (found.status, found.reason) == (Status.SKIP, "there is no Flux HelmRelease flux-system/worker")


def test_a_failed_release_closes_the_gate_after_a_deploy_alone() -> None:
    failed = flux(condition("Ready", False, "UpgradeFailed", UPGRADE))
    (incident,) = findings(GITOPS_SETTLED, managed(RELEASE, failed))
    (deployed,) = findings(GITOPS_SETTLED, managed(RELEASE, failed, occasion=Occasion.AFTER_DEPLOY))
    assert (incident.severity, deployed.severity) == (Severity.WARNING, Severity.CRITICAL)
    assert "timed out waiting" in incident.summary
    assert (
        str(incident.remediation.steps[1].command) == "flux reconcile helmrelease worker -n flux-system --with-source"
    )


def test_a_suspended_release_is_resumed_by_the_tool_that_manages_it() -> None:
    (found,) = findings(GITOPS_SETTLED, managed(RELEASE, flux(condition("Ready"), suspend=True)))
    assert str(found.remediation.steps[0].command) == "flux resume helmrelease worker -n flux-system"


@pytest.mark.parametrize(
    ("error", "status"), [(NotFoundError("not served"), Status.SKIP), (ForbiddenError("forbidden"), Status.UNKNOWN)]
)
def test_a_kind_that_is_not_served_is_not_applicable_and_one_that_is_forbidden_unknown(
    error: Exception, status: Status
) -> None:
    refused = {"helmreleases.helm.toolkit.fluxcd.io": error}
    assert outcome(GITOPS_SETTLED, managed(RELEASE, refused=refused)).status is status


def test_without_a_controller_nothing_is_listed() -> None:
    assert outcome(GITOPS_SETTLED, managed(None)).status is Status.SKIP
