"""The questions to Temporal, Vault and PostgreSQL that checks have in common, so that each is asked once."""

from diagnose.check.api import Context, NotApplicableError
from diagnose.domain.network.reachability import Way, answered_with_note, require_endpoint, way_to
from diagnose.queries.query import CannotLookError
from diagnose.queries.temporal import AskTemporal, TemporalAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.target.target import Target, TemporalFacts
from diagnose.text.sentences import cut


def all_queues(target: Target) -> tuple[str, ...]:
    """The queues of the environment, and those that the profile knows besides."""
    own = target.temporal.queues if target.temporal else ()
    return tuple(dict.fromkeys((*own, *target.profile.default_queues)))


def temporal_of(ctx: Context) -> TemporalFacts:
    """Temporal as the environment names it.

    Raises:
        NotApplicableError: the environment names none.
        CannotLookError: it is named in a ConfigMap or Secret, which is not read.
    """
    if ctx.target.temporal:
        return ctx.target.temporal
    address = ctx.target.container.variable("TEMPORAL_ADDRESS")
    if address and address.value_from:
        raise CannotLookError("TEMPORAL_ADDRESS comes from a ConfigMap or Secret, which is not read")
    raise NotApplicableError("the environment names no Temporal address")


def ask_temporal(ctx: Context, way: Way) -> TemporalAnswer:
    """What the Temporal frontend of the environment says.

    Raises:
        CannotLookError: it cannot be asked from here.
    """
    temporal = ctx.target.temporal
    if temporal is None:
        raise CannotLookError("the environment names no Temporal address")
    require_endpoint(way)
    return ctx.ask(
        AskTemporal(
            host=temporal.host,
            port=temporal.port,
            namespace=temporal.namespace,
            queues=all_queues(ctx.target),
            through=way.through,
        )
    )


def executions_of(ctx: Context) -> Executions:
    """What became of workflows.

    Raises:
        NotApplicableError: there is no frontend or no namespace to ask.
        CannotLookError: the frontend does not list them.
    """
    temporal = temporal_of(ctx)
    found = ask_temporal(ctx, way_to(ctx, temporal.host, temporal.port)).executions
    if found.error:
        raise CannotLookError(f"listing executions of {temporal.namespace}: {cut(found.error, 120)}")
    if not found.asked:
        raise NotApplicableError("no frontend or namespace answers that could list executions")
    return found


def temporal_answers_here(ctx: Context, way: Way) -> bool:
    """Whether, where no pod could try, a frontend answers through a port-forward or from here; which is remarked."""
    return answered_with_note(ctx, way, lambda: ask_temporal(ctx, way).answered)
