"""The timeline of a run: what changed and what went wrong, and when.

It is built from the answers that the checks requested anyway and runs no query of its own. It names what was not
accessible. Neither the verdict nor the exit code depends on it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from diagnose.model.report import Cause
from diagnose.model.timeline import Timeline
from diagnose.sources.gateway import Answer
from diagnose.target.target import Target
from diagnose.timeline.changes import changes
from diagnose.timeline.deliveries import deliveries
from diagnose.timeline.events import events
from diagnose.timeline.logs import evidence_moments, logs
from diagnose.timeline.moments import LinkedMoment
from diagnose.timeline.observations import observations_of
from diagnose.timeline.scope import TimelineScope, scope_of
from diagnose.timeline.selection import MAX_MOMENTS, MAX_MOMENTS_HEALTHY, NamedChange, select
from diagnose.timeline.states import states

__all__ = ["MAX_MOMENTS", "MAX_MOMENTS_HEALTHY", "Observed", "observed_of", "timeline"]


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has observed of a workload, whatever it concludes from it.

    Attributes:
        answers: the number of answers that it is from.
        inaccessible: what could not be read, as sentences for the report.
    """

    target: Target
    answers: int
    scope: TimelineScope
    moments: tuple[LinkedMoment, ...]
    inaccessible: tuple[str, ...]


def observed_of(answers: Sequence[Answer], target: Target) -> Observed:
    """Returns what every query of a run with its answer shows of a workload."""
    observed = observations_of(answers, target.namespace)
    scope = scope_of(observed, target)
    moments = (
        *changes(observed, scope, target),
        *deliveries(observed, scope, target),
        *states(observed, scope),
        *events(observed, scope, target),
        *logs(observed, scope, target),
    )
    return Observed(
        target=target, answers=len(answers), scope=scope, moments=moments, inaccessible=observed.inaccessible
    )


def timeline(found: Observed, causes: Iterable[Cause], now: datetime, *, failed: bool) -> Timeline:
    """Returns the timeline of a run.

    Args:
        found: what the run has observed.
        causes: the causes in the report.
        now: the time of the run.
        failed: whether a check failed, so that there is a first error to find.
    """
    causes = tuple(causes)
    moments = (*found.moments, *evidence_moments(causes, found.scope))
    named = NamedChange.of(causes, found.target.namespace)
    return select(moments, now, found.inaccessible, named, failed=failed)
