"""The Deployment is paused, so a changed template is not rolled out; the old pods work on."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault


def inject(lab: Lab) -> None:
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "pause", worker.DEPLOYMENT)
    worker.set_env(lab, "LOG_LEVEL=debug")


def heal(lab: Lab) -> None:
    # The template goes back first: what is resumed would be rolled out.
    worker.set_env(lab, "LOG_LEVEL=info")
    lab.kubectl("-n", worker.NAMESPACE, "rollout", "resume", worker.DEPLOYMENT)


def is_settled(lab: Lab) -> bool:
    conditions = lab.item(worker.NAMESPACE, "deployment", worker.NAME)["status"]["conditions"]
    return any(each.get("reason") == "DeploymentPaused" for each in conditions)


FAULT = Fault(
    id="K30b",
    title="The Deployment is paused with a new template",
    inject=inject,
    settled=is_settled,
    heal=heal,
    causes=("workload.paused",),
    names=("temporal-worker",),
)
