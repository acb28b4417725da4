"""Argo Workflows that build and deploy the worker; phases and messages are as the controller writes them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from diagnose.check.api import Context
from diagnose.target.profile import Workflows
from diagnose.target.request import Expected, Occasion
from tests.support.kit import PLAIN, Json, ago, context, requested
from tests.support.objects import pod, waiting

KNOWN = Workflows(
    namespace="argo",
    build=("build",),
    deploy=("deploy",),
    both=("both",),
    alone=("alone",),
    build_step="build.*worker",
    deploy_step="deploy.*worker",
    rollback_step="rollback",
    tag="image-tag",
    commit="commit-sha",
    target_namespace="namespace",
)
PROFILE = msgspec.structs.replace(PLAIN, workflows=KNOWN)
COMMIT = "7a5b91c02d4e6f80912233445566778899aabbcc"
IMAGE = "registry.example/worker"


def step(name: str, phase: str, kind: str = "Pod", minutes: float = 20, **more: Any) -> Json:
    """Returns a node of a workflow that began so many minutes ago."""
    return {"displayName": name, "type": kind, "phase": phase, "startedAt": ago(minutes=minutes), **more}


LEFT_OUT = step("build-worker", "Skipped", "Skipped")


def workflow(
    template: str, phase: str, *steps: Json, minutes: float = 30, message: str = "", name: str = "", **parameters: str
) -> Json:
    """Returns a workflow from a template, with arguments (`image_tag` is the parameter image-tag)."""
    given = [{"name": key.replace("_", "-"), "value": value} for key, value in parameters.items()]
    name = name or f"{template}-x{minutes:.0f}"
    return {
        "metadata": {"name": name, "namespace": "argo", "creationTimestamp": ago(minutes=minutes)},
        "spec": {"workflowTemplateRef": {"name": template}, "arguments": {"parameters": given}},
        "status": {"phase": phase, "message": message, "nodes": {str(n): each for n, each in enumerate(steps)}},
    }


def replica_set(tag: str) -> Json:
    """Returns a ReplicaSet of the worker's image with a tag."""
    containers = [{"name": "worker", "image": f"{IMAGE}:{tag}"}]
    return {"metadata": {"name": f"worker-{tag}"}, "spec": {"template": {"spec": {"containers": containers}}}}


def delivered(
    *workflows: Json,
    runs: str = "0ldc0de1",
    occasion: Occasion = Occasion.AFTER_DEPLOY,
    unpulled: bool = False,
    expected: Expected = Expected(),  # noqa: B008 - frozen
    templates: tuple[str, ...] = (),
    refused: Mapping[Any, Exception] | None = None,
    replica_sets: tuple[Json, ...] = (),
    answers: Mapping[Any, Any] | None = None,
) -> Context:
    """Returns what a check sees of a worker that runs the image of a tag, and of the workflows in namespace argo."""
    main = {"name": "worker", "image": f"{IMAGE}:{runs}"}
    kinds: dict[str, Any] = {
        "workflows.argoproj.io": workflows,
        "workflowtemplates.argoproj.io": [{"metadata": {"name": name}} for name in templates],
    }
    ctx = context(
        pod("worker-1", main, status={"containerStatuses": [waiting("ImagePullBackOff")] if unpulled else []}),
        container=main,
        profile=PROFILE,
        refused=refused,
        replica_sets=replica_sets,
        answers=answers,
        **kinds,
    )
    return requested(ctx, workflows="argo", expected=expected, occasion=occasion)
