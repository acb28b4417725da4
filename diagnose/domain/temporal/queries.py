"""The questions to Temporal, Vault and PostgreSQL that checks have in common, so that each is asked once."""

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.commands.others import grep
from diagnose.commands.temporal import Frontend
from diagnose.domain.network.reachability import Route, answered_with_note, require_endpoint, route_to
from diagnose.queries.query import NoAnswerError
from diagnose.queries.temporal import QueryTemporal, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.target.target import Target, TemporalFacts
from diagnose.text.sentences import truncate


def all_queues(target: Target) -> tuple[str, ...]:
    """The queues of the environment, and those that the profile knows besides."""
    own = target.temporal.queues if target.temporal else ()
    return tuple(dict.fromkeys((*own, *target.profile.default_queues)))


def frontend(ctx: Context) -> Frontend:
    """Where Temporal's own command line finds the worker's namespace."""
    return Frontend(ctx.names["temporal_address"], ctx.names["temporal_namespace"])


def servers(host: str) -> Command:
    """Shows the pods that are named like Temporal's host."""
    name = host.partition(".")[0].partition("-")[0]
    return kubectl.get("pods", everywhere=True, output="wide").pipe(grep(name))


def temporal_of(ctx: Context) -> TemporalFacts:
    """Temporal as the environment names it.

    Raises:
        NotApplicableError: the environment names none.
        NoAnswerError: it is named in a ConfigMap or Secret, which is not read.
    """
    if ctx.target.temporal:
        return ctx.target.temporal
    address = ctx.target.container.variable("TEMPORAL_ADDRESS")
    if address and address.value_from:
        raise NoAnswerError("TEMPORAL_ADDRESS comes from a ConfigMap or Secret, which is not read")
    raise NotApplicableError("the environment names no Temporal address")


def query_temporal(ctx: Context, route: Route) -> TemporalAnswer:
    """What the Temporal frontend of the environment says.

    Raises:
        NoAnswerError: it cannot be asked from here.
    """
    temporal = ctx.target.temporal
    if temporal is None:
        raise NoAnswerError("the environment names no Temporal address")
    require_endpoint(route)
    return ctx.query(
        QueryTemporal(
            host=temporal.host,
            port=temporal.port,
            namespace=temporal.namespace,
            queues=all_queues(ctx.target),
            through=route.through,
        )
    )


def executions_of(ctx: Context) -> Executions:
    """What became of workflows.

    Raises:
        NotApplicableError: there is no frontend or no namespace to ask.
        NoAnswerError: the frontend does not list them.
    """
    temporal = temporal_of(ctx)
    found = query_temporal(ctx, route_to(ctx, temporal.host, temporal.port)).executions
    if found.error:
        raise NoAnswerError(f"listing executions of {temporal.namespace}: {truncate(found.error, 120)}")
    if not found.asked:
        raise NotApplicableError("no frontend or namespace answers that could list executions")
    return found


def temporal_answers_here(ctx: Context, route: Route) -> bool:
    """Whether, where no pod could try, a frontend answers through a port-forward or from here; which is remarked."""
    return answered_with_note(ctx, route, lambda: query_temporal(ctx, route).answered)
