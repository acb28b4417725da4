"""Are there enough database connections for the workers' concurrency, in a process's pool and at the server?

Each queue has a worker of its own, so a process may run as many activities at once as one worker may, times the queues.
With a pooler the server's own limit does not count, and the pooler's is not accessible.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.reads import EXEC, OWNER
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.database.logins import database_of, server_name
from diagnose.domain.kubernetes.autoscaling import listed_autoscalers
from diagnose.domain.kubernetes.pods import deployment_of
from diagnose.domain.temporal.queries import all_queues
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Autoscaler
from diagnose.target.pod_template import literal
from diagnose.target.profile import Setting

OVER_POOL = Code(
    id="scaling.activities-exceed-pool",
    meaning="A process may run more activities at once than its pool has connections to the database, so that "
    "activities wait for one, and fail after some seconds (Timeout acquiring a connection).",
    fix="Lower the concurrency of a worker, and run more pods instead.",
    severity=Severity.WARNING,
)
OVER_SERVER = Code(
    id="scaling.connections-exceeded",
    meaning="All pods together, up to the autoscaler's maximum, may open more connections than the database allows; "
    "the last ones are then refused.",
    fix="Lower the autoscaler's maximum or the pools, or use a pooler.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports activities that exceed the pool, and pools that exceed the server."""
    target = ctx.target
    profile, pools = target.profile, target.profile.pools
    if target.database is None or not pools:
        raise NotApplicableError("the environment names no database")
    queues, slots = all_queues(target), profile.activity_slots
    each, pool = _value(ctx, slots), _value(ctx, pools[0])
    at_once = each * len(queues)
    if _is_set(ctx, slots) and at_once > pool:
        yield _over_pool(ctx, f"{each} activities for each of {len(queues)} queues", at_once, pool)
    cpu = target.container.resources.limits.get("cpu", "")
    ctx.note(f"{at_once} activities at once a process{f', on a CPU limit of {cpu}' if cpu else ''}")
    yield from _over_server(ctx, sum(_value(ctx, one) for one in pools))


def _value(ctx: Context, setting: Setting) -> int:
    text = literal(ctx.target.container, setting.variable) if setting.variable else ""
    return int(text) if text.isdigit() else setting.default


def _is_set(ctx: Context, setting: Setting) -> bool:
    return bool(setting.variable) and literal(ctx.target.container, setting.variable).isdigit()


def _over_pool(ctx: Context, what: str, at_once: int, pool: int) -> Finding:
    variable, workload = ctx.target.profile.activity_slots.variable, ctx.names["workload"]
    fewer = max(pool // max(len(all_queues(ctx.target)), 1), 1)
    ctx.record_evidence(f"deployment {workload}", f"{variable}: {what}; a pool of {pool} connections")
    return OVER_POOL.finding(
        f"{variable} lets a process run {at_once} activities at once ({what}), but its database pool has "
        f"{pool} connections.",
        Step(
            "Lower the concurrency of each worker to the number of connections.",
            ctx.owner.set_env(f"{variable}={fewer}", container=ctx.target.container.name),
            changes="the Deployment",
        ),
        subjects=(f"deployment/{workload}",),
    )


def _over_server(ctx: Context, connections: int) -> Iterator[Finding]:
    database, surveys = database_of(ctx), ctx.surveys()
    states = [login.look for each in surveys if (login := each.answer.login("server"))]
    slots = next((state.slots for state in states if state and state.slots), None)
    pooled = server_name(database) == "PgBouncer"
    if slots is None or pooled:
        unknown = f"how many connections {server_name(database)} at {database.address} allows is unknown"
        # A pooler does not report its limit, and without a container that runs nothing could be queried.
        if surveys and not pooled:
            ctx.record_problem(unknown)
        ctx.note(f"{ctx.remark}; {unknown}")
        return
    pods = deployment_of(ctx).spec.replicas
    pods = max((pods, *(each.spec.max_replicas for each in listed_autoscalers(ctx))))
    if pods * connections <= slots.limit:
        return
    where = database.address
    seen = ctx.record_evidence(f"database {where}", f"max_connections {slots.limit}, {slots.used} in use")
    yield OVER_SERVER.finding(
        f"{pods} pods with {connections} connections each may need {pods * connections} connections to {where}, "
        f"which allows {slots.limit} in all.",
        Step(
            "Lower the autoscaler's maximum, or connect through a pooler.",
            kubectl.get("hpa", namespace=ctx.target.namespace),
        ),
        subjects=(f"deployment/{ctx.names['workload']}",),
        evidence=(seen,),
    )


CONCURRENCY_SUITS = Check(
    id="scaling.concurrency-suits",
    title="There are enough database connections for the workers' concurrency",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(OVER_POOL, OVER_SERVER),
    occasions=(Occasion.AUDIT,),
    reads=(*EXEC, *OWNER, *optional(lists(Scope.OWN, Autoscaler))),
)
