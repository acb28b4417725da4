"""Versions of worker deployments, as an operator sets them in Temporal."""

from tests.lab.cluster import Lab

FRONTEND = "deployment/temporal-frontend"
_COMMAND = ("worker", "deployment")


def temporal(lab: Lab, server: str, *arguments: str) -> str:
    """What Temporal's command line prints, run beside the server of a namespace of the cluster."""
    return lab.kubectl("-n", server, "exec", FRONTEND, "--", "temporal", *arguments)


def set_current(lab: Lab, deployment: str, build: str, *, server: str = "temporal", namespace: str = "default") -> None:
    """Set the version that gets new workflows; no build: workers without a version."""
    which = ("--build-id", build) if build else ("--unversioned",)
    options = ("--deployment-name", deployment, "--namespace", namespace, "--yes", "--ignore-missing-task-queues")
    temporal(lab, server, *_COMMAND, "set-current-version", *options, *which)


def set_ramping(lab: Lab, deployment: str, build: str, *options: str) -> None:
    """Set the version that gets a share of the new workflows; --percentage is an option."""
    which = ("--deployment-name", deployment, "--build-id", build, "--yes", "--ignore-missing-task-queues")
    temporal(lab, "temporal", *_COMMAND, "set-ramping-version", *which, *options)


def unset_ramping(lab: Lab, deployment: str) -> None:
    """Send new workflows to the current version alone; a version that is named would stay, with 0 percent."""
    which = ("--deployment-name", deployment, "--delete", "--unversioned", "--yes")
    temporal(lab, "temporal", *_COMMAND, "set-ramping-version", *which)


def pin(
    lab: Lab, workflow: str, deployment: str, build: str, *, server: str = "temporal", namespace: str = "default"
) -> None:
    """Pin a workflow to a version."""
    which = ("--workflow-id", workflow, "--namespace", namespace, "--versioning-override-behavior", "pinned")
    override = ("--versioning-override-deployment-name", deployment, "--versioning-override-build-id", build)
    temporal(lab, server, "workflow", "update-options", *which, *override)
