"""A worker with an HTTP probe of /health on port 8080."""

from typing import Any

from diagnose.check.api import Context
from diagnose.queries.exec_survey.survey import Fetched
from tests.support.kit import Json, context, survey
from tests.support.objects import pod, running

CONTAINER: Json = {"name": "worker", "readinessProbe": {"httpGet": {"port": 8080, "path": "/health"}}}
URL = "http://127.0.0.1:8080/health"


def probed(
    *fetched: Fetched, ready: bool = True, container: Json | None = None, since_s: float = 3600, **more: Any
) -> Context:
    """Returns what a check sees of a pod that answers its own requests so.

    Arguments:
        container: the worker's own part of the template, on top of the probe.
        since_s: for how long its container has run.
    """
    main = {**CONTAINER, **(container or {})}
    status = {"containerStatuses": [running(ready=ready, since_s=since_s)]}
    own = pod("worker-1", main, ready=ready, age_s=since_s, status=status)
    return context(own, container=main, surveys=[survey(own, fetched=fetched)], **more)
