"""The queries to Temporal that several checks share, so that each is sent once."""

from collections.abc import Mapping

from msgspec.structs import replace

from diagnose.check.api import Context, NotApplicableError
from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.commands.others import grep
from diagnose.commands.temporal import NO_OPTIONS, Frontend
from diagnose.domain.network.findings import Dependency, set_variable
from diagnose.domain.network.reachability import Route, answers_operator, require_endpoint, route_by_services, route_to
from diagnose.domain.temporal.connection import uses_tls
from diagnose.domain.temporal.pollers import ONE_POLL, is_polled_by
from diagnose.model.report import Step
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.temporal import QueryTemporal, Queue, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.target.facts import FactState, TemporalFacts
from diagnose.target.service_names import service_of
from diagnose.target.target import Target
from diagnose.text.sentences import truncate


def all_queues(target: Target) -> tuple[str, ...]:
    """Returns the queues of the environment and of the profile."""
    named = target.temporal.queues if target.temporal else ()
    return tuple(dict.fromkeys((*named, *target.profile.default_queues)))


def frontend(ctx: Context) -> Frontend:
    """Returns the frontend and the worker's namespace for Temporal's command line."""
    temporal = ctx.target.temporal
    encrypted = temporal is not None and uses_tls(ctx.target, temporal)
    return Frontend(ctx.names["temporal_address"], ctx.names["temporal_namespace"], encrypted)


def servers(host: str) -> Command:
    """Returns the command that lists the pods whose names resemble Temporal's host."""
    name = host.partition(".")[0].partition("-")[0]
    return kubectl.get("pods", everywhere=True, output="wide").pipe(grep(name))


def server_settings(ctx: Context, setting: str) -> Command:
    """Returns the command that shows a setting of the server, if a ConfigMap of its namespace has it."""
    namespace, _ = service_of(temporal_of(ctx).host, ctx.target) or ("", "")
    return kubectl.get("configmaps", namespace=namespace, everywhere=not namespace, output="yaml").pipe(grep(setting))


def temporal_of(ctx: Context) -> TemporalFacts:
    """Returns Temporal's address and queues of the environment.

    Raises:
        NotApplicableError: there is none.
        NoAnswerError: its address is not known, or only by reference to an object that is not read.
    """
    if ctx.target.temporal:
        return ctx.target.temporal
    raise missing_fact(ctx, "temporal.address", "Temporal's address")


def missing_fact(ctx: Context, name: str, what: str) -> NotApplicableError | NoAnswerError:
    """Returns the error for a fact that has no value: not applicable only where there is none."""
    fact = ctx.target.known[name]
    match fact.state:
        case FactState.NONE:
            return NotApplicableError(f"{what}: {fact.reason}")
        case FactState.REFERENCE:
            return NoAnswerError(f"{what} is not read: it is {fact.source}")
        case _:
            return NoAnswerError(f"{what} is not known: {fact.reason}")


def namespace_of(ctx: Context) -> str:
    """Returns the worker's namespace in Temporal.

    Raises:
        NoAnswerError: it is not known.
    """
    if namespace := temporal_of(ctx).namespace:
        return namespace
    raise missing_fact(ctx, "temporal.namespace", "the namespace in Temporal")


def route_to_temporal(ctx: Context) -> Route:
    """Returns the route to the Temporal frontend of the environment."""
    temporal = temporal_of(ctx)
    return route_to(ctx, temporal.host, temporal.port)


def dependency(ctx: Context, address: str, later_checks: tuple[str, ...]) -> Dependency:
    """Returns Temporal as a dependency; the address has the placeholder for the part that may be wrong."""
    temporal = temporal_of(ctx)
    return Dependency(
        name="Temporal",
        host=temporal.host,
        port=temporal.port,
        set_by=correct_address(ctx, address),
        pods=ctx.target.pods_with_same(temporal.address_variable),
        later_checks=later_checks,
    )


def correct(ctx: Context, fact: str, what: str, value: str) -> Step:
    """Returns the step that changes a fact where it is set: by its variable, else by hand."""
    known = ctx.target.known[fact]
    if known.variable:
        return set_variable(ctx, known.variable, value)
    where = f" It is set by {known.source}." if known.source else ""
    return Step(f"Correct {what} to {value} in the worker's settings.{where}")


def correct_address(ctx: Context, address: str) -> Step:
    """Returns the step that changes Temporal's address."""
    return correct(ctx, "temporal.address", "the address of Temporal", address)


def change_step(
    ctx: Context, text: str, *words: str, options: Mapping[str, str] = NO_OPTIONS, flags: tuple[str, ...] = ()
) -> Step:
    """Returns a step that changes something in Temporal; words, names of options and flags are literals."""
    return Step(text, frontend(ctx).temporal(*words, options=options, flags=flags), changes="Temporal")


def log_step(ctx: Context) -> Step:
    """Returns the step that prints the recent logs of the workers."""
    return Step("Read the workers' logs.", ctx.owner.log(ctx.names["container"], flags=("--since=10m",)))


def query_temporal(ctx: Context) -> TemporalAnswer:
    """Queries the Temporal frontend of the environment.

    Where no setting names the worker's queues, they are those of the namespace that its pods poll.

    Raises:
        NoAnswerError: it cannot be reached from here.
    """
    route = route_to_temporal(ctx)
    require_endpoint(ctx, route)
    query = _query(ctx, route)
    answer = ctx.query(query)
    if query.queues:
        return answer
    found = tuple(queue.name for queue in answer.queues if is_polled_by(ctx.target, queue))
    return ctx.query(replace(query, queues=found)) if found else answer


def begin_query(ctx: Context) -> None:
    """Begins the query of a frontend with endpoints in the cluster, to which no attempt from a pod is needed."""
    temporal = temporal_of(ctx)
    route = route_by_services(ctx, temporal.host, temporal.port)
    if route.through:
        ctx.begin(_query(ctx, route))


def _query(ctx: Context, route: Route) -> QueryTemporal:
    temporal = temporal_of(ctx)
    return QueryTemporal(
        host=temporal.host,
        port=temporal.port,
        namespace=temporal.namespace,
        queues=all_queues(ctx.target),
        through=route.through,
        encrypted=uses_tls(ctx.target, temporal),
        server_name=temporal.tls.server_name,
    )


def own_queues(ctx: Context) -> tuple[str, ...]:
    """Returns the worker's queues: those that its settings name, else those that its pods poll.

    Raises:
        NoAnswerError: they are not known.
    """
    if named := temporal_of(ctx).queues:
        return named
    found = tuple(queue.name for queue in query_temporal(ctx).queues if is_polled_by(ctx.target, queue))
    if not found:
        raise missing_fact(ctx, "temporal.queues", "the name of a task queue")
    return found


def polled_queues(ctx: Context) -> tuple[Queue, ...]:
    """Returns the queues, as the frontend describes them.

    Raises:
        NotApplicableError: none of them has pollers.
        NoAnswerError: the frontend cannot be reached from here, or does not describe them.
    """
    namespace_of(ctx)
    answer = query_temporal(ctx)
    polled = any(queue.all_pollers for queue in answer.queues)
    failed = [queue for queue in answer.queues if queue.error]
    # Where the namespace is the reason, its own check reports it.
    if not polled and failed and answer.namespace == "exists":
        raise NoAnswerError(f"describing queue {failed[0].name}: {truncate(failed[0].error, 120)}")
    if answer.answered is not AnswerState.YES or not polled:
        raise NotApplicableError("no queue with pollers could be described")
    return answer.queues


def executions_of(ctx: Context) -> Executions:
    """Returns the executions and schedules of the namespace.

    Raises:
        NotApplicableError: there is no frontend or no namespace to query.
        NoAnswerError: the frontend does not list them.
    """
    namespace = namespace_of(ctx)
    answer = query_temporal(ctx)
    found = answer.executions
    if found.error:
        raise NoAnswerError(f"listing executions of {namespace}: {truncate(found.error, 120)}")
    if not found.asked and answer.namespace == "exists":
        own_queues(ctx)
    if not found.asked:
        raise NotApplicableError("no frontend or namespace answers that could list executions")
    return found


def temporal_answers_here(ctx: Context, route: Route) -> bool:
    """Whether pods of the worker poll, or the server answers the operator, where no pod could try; with a remark.

    A server that requires TLS with other credentials is reached, too.
    """
    answer = ctx.attempt(lambda: query_temporal(ctx))
    if answer and any(is_polled_by(ctx.target, queue, since=ctx.now - ONE_POLL) for queue in answer.queues):
        ctx.cover(route.missing, "its pods poll")
        ctx.note("its pods reach it: Temporal lists them as pollers")
        return True
    reached = AnswerState.YES if answer and answer.speaks == "TLS" else answer.answered if answer else AnswerState.NO
    return answers_operator(ctx, route, lambda: reached)
