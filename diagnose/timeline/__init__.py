"""The timeline of a run: what changed and what went wrong, and when.

It is built from the answers that the checks requested anyway and runs no query of its own. It names what was not
accessible. Neither the verdict nor the exit code depends on it.
"""

from collections.abc import Iterable
from datetime import datetime

from diagnose.model.report import Cause
from diagnose.model.timeline import Timeline
from diagnose.sources.gateway import Answer
from diagnose.target.target import Target
from diagnose.timeline.changes import changes
from diagnose.timeline.deliveries import deliveries
from diagnose.timeline.events import events
from diagnose.timeline.logs import evidence_moments, logs
from diagnose.timeline.observations import observations_of
from diagnose.timeline.scope import scope_of
from diagnose.timeline.selection import MAX_MOMENTS, MAX_MOMENTS_HEALTHY, NamedChange, select
from diagnose.timeline.states import states

__all__ = ["MAX_MOMENTS", "MAX_MOMENTS_HEALTHY", "timeline"]


def timeline(
    answers: Iterable[Answer], target: Target, causes: Iterable[Cause], now: datetime, *, failed: bool
) -> Timeline:
    """Returns the timeline of a run.

    Args:
        answers: every query of the run with its answer.
        target: the diagnosed workload.
        causes: the causes in the report.
        now: the time of the run.
        failed: whether a check failed, so that there is a first error to find.
    """
    causes = tuple(causes)
    observed = observations_of(answers, target.namespace)
    scope = scope_of(observed, target)
    moments = [
        *changes(observed, scope, target),
        *deliveries(observed, scope, target),
        *states(observed, scope),
        *events(observed, scope, target),
        *logs(observed, scope, target),
        *evidence_moments(causes, scope),
    ]
    return select(moments, now, observed.inaccessible, NamedChange.of(causes, target.namespace), failed=failed)
