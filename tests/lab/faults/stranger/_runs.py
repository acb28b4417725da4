"""The runs of the shop's CronJob, as faults leave them behind."""

from tests.lab.cluster import JsonObject, Lab
from tests.lab.scene import SHOP

CRON_JOB = "refresh-prices"


def every_minute(lab: Lab, program: str, **spec: object) -> None:
    """Let the CronJob run a program of Python once a minute."""
    container = {"name": "import", "command": ["python", "-c", program]}
    # A program that is process 1 and handles no signal ends with its time of grace alone.
    job = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}}}}
    SHOP.patch(lab, f"cronjob/{CRON_JOB}", {"spec": {"schedule": "* * * * *", "jobTemplate": job, **spec}})


def runs(lab: Lab) -> list[JsonObject]:
    """The Jobs that the CronJob has made and nobody has deleted."""
    return [each for each in lab.items(SHOP.namespace, "jobs") if _is_run(each)]


def forget(lab: Lab) -> None:
    """Stop the CronJob, and delete its Jobs with their pods."""
    SHOP.patch(lab, f"cronjob/{CRON_JOB}", {"spec": {"suspend": True}})
    if names := [each["metadata"]["name"] for each in runs(lab)]:
        lab.kubectl("-n", SHOP.namespace, "delete", "job", *names, "--cascade=foreground", "--timeout=30s")


def _is_run(job: JsonObject) -> bool:
    return any(owner["name"] == CRON_JOB for owner in job["metadata"].get("ownerReferences", []))
