"""Jobs that are run again."""

from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.resources import Job

LATE = "DeadlineExceeded"


def run_again(job: Job, namespace: str, text: str) -> Step:
    """Returns the step that creates a Job again; of one that ran out of its time, without its limit."""
    command, failed = kubectl.recreate("job", job.name, namespace=namespace), job.condition("Failed")
    if failed and failed.reason == LATE:
        text = f"Run it again without its time limit (activeDeadlineSeconds {job.spec.active_deadline_seconds})."
        unlimited = kubectl.patch("job", job.name, {"spec": {"activeDeadlineSeconds": None}}, how="merge")
        command = kubectl.recreate_with("job", job.name, unlimited, namespace=namespace)
    return Step(text, command, changes=f"job {namespace}/{job.name}")
