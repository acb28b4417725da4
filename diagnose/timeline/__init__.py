"""What changed when, and what went wrong when: from what a run has asked anyway.

Nothing is asked for a timeline. What was refused, or not asked, is named in it; neither verdict nor exit code know of
it.
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
from diagnose.timeline.logs import logs, witnessed
from diagnose.timeline.observations import seen
from diagnose.timeline.scope import scope_of
from diagnose.timeline.selection import MOST, MOST_WHEN_WELL, chosen
from diagnose.timeline.states import states

__all__ = ["MOST", "MOST_WHEN_WELL", "timeline"]


def timeline(
    answers: Iterable[Answer], target: Target, causes: Iterable[Cause], now: datetime, *, failed: bool
) -> Timeline:
    """The timeline of a run.

    Args:
        answers: all that the run has asked.
        target: what was examined.
        causes: what the report says is wrong.
        now: when the run took place.
        failed: whether anything has failed, so that there is a break to look for.
    """
    known = seen(answers, target.namespace)
    scope = scope_of(known, target)
    told = [
        *changes(known, scope, target),
        *deliveries(known, scope, target),
        *states(known, scope),
        *events(known, scope, target),
        *logs(known, scope, target),
        *witnessed(causes, scope),
    ]
    return chosen(told, now, known.inaccessible, failed=failed)
