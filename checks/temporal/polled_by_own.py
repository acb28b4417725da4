"""Checks that only pods of this namespace poll the worker's queues.

Another installation takes a part of the tasks, and processes them with its own configuration, such as another
database.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, grouped
from diagnose.check.reads import EVENTS, OWNER, server_query
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.others import for_each
from diagnose.domain.kubernetes.pods import controller_of
from diagnose.domain.temporal.queries import own_queues, polled_queues
from diagnose.domain.temporal.task_queues import describe_queue, foreign_hosts, pollers_of, require_worker
from diagnose.model.comparison import LETTERS
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Pod
from diagnose.text.patterns import lazy
from diagnose.text.sentences import listed, number_of

OTHERS = Code(
    id="temporal.polled-by-others",
    meaning="A queue of the worker is also polled by a process outside its namespace: an installation in "
    "another namespace or cluster, or on a developer's machine. It takes a part of the tasks and "
    "processes them with its own settings.",
    fix="Stop the other worker, or configure another Temporal namespace or other queues for it.",
)

_OF_DEPLOYMENT = lazy(rf"(?P<deployment>[a-z0-9][a-z0-9.-]*)-[{LETTERS}]{{6,10}}-[{LETTERS}]{{5}}")
INTENDED = "It may be a part of the same system that is meant to share the queue."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields pollers that are no pods of the namespace."""
    # Without the workload the names of its deleted pods are unknown.
    controller_of(ctx)
    named, queues = own_queues(ctx), polled_queues(ctx)
    require_worker(ctx, queues)
    own = (queue for queue in queues if queue.name in named and not queue.error)
    pollers, shared = pollers_of(ctx), not ctx.target.profile.exclusive_queues
    foreign = grouped(
        (host, queue.name) for queue in own for host in foreign_hosts(queues, queue, pollers, with_other_code=shared)
    )
    for polled, hosts in grouped((tuple(names), host) for host, names in foreign.items()).items():
        yield _finding(ctx, polled, hosts)


def _finding(ctx: Context, queues: tuple[str, ...], hosts: list[str]) -> Finding:
    more = f" and {number_of(len(queues) - 1, 'more queue')}" if len(queues) > 1 else ""
    who = listed(hosts, 1)
    find = Step(
        "Find its namespace; without an answer it runs outside the cluster.",
        kubectl.get("pods", everywhere=True, fields=f"metadata.name={hosts[0]}"),
    )
    exclusive = ctx.target.profile.exclusive_queues
    return OTHERS.finding(
        f"A worker outside {ctx.target.namespace} ({who}) polls {queues[0]}{more} and takes some of its tasks.",
        find,
        *_stopped(hosts[0]),
        describe_queue(ctx, queues[0]),
        subjects=tuple(f"queue/{name}" for name in queues),
        evidence=(ctx.record_evidence(f"queue {queues[0]}", f"polled by {', '.join(hosts[:3])}"),),
        severity=None if exclusive else Severity.WARNING,
        alternatives=() if exclusive else (INTENDED,),
    )


def _stopped(host: str) -> tuple[Step, ...]:
    """Returns the step that stops the other worker, where its host is named as a pod of a Deployment."""
    made = _OF_DEPLOYMENT.fullmatch(host)
    if made is None:
        return ()
    where = kubectl.get(
        "pods", everywhere=True, fields=f"metadata.name={host}", output="jsonpath={.items[*].metadata.namespace}"
    )
    stop = kubectl.scale("deployment", made["deployment"], 0, namespace="@")
    text = f"If it is not meant to share the queues, scale deployment {made['deployment']} of that namespace to 0."
    return (Step(text, where.pipe(for_each(stop)), changes=f"deployment {made['deployment']}"),)


POLLED_BY_OWN = Check(
    id="temporal.polled-by-own",
    title="Only pods of the namespace poll the worker's queues",
    stage=stages.SCHEDULES,
    run=run,
    codes=(OTHERS,),
    reads=(*server_query(Scope.TEMPORAL), *OWNER, *lists(Scope.OWN, Pod), *optional(EVENTS)),
)
