"""The questions to Temporal, Vault and PostgreSQL that checks have in common, so that each is asked once."""

from collections.abc import Callable

from diagnose.check.api import Context, NotApplicableError
from diagnose.domain.network.reachability import Way, way_to
from diagnose.queries.query import CannotLookError
from diagnose.queries.temporal import (
    Answered,
    AskPostgres,
    AskTemporal,
    AskVault,
    LoginPathAnswer,
    PostgresAnswer,
    ReadLoginPath,
    TemporalAnswer,
    VaultAnswer,
)
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultSecretsAnswer
from diagnose.queries.workflow_executions import Executions
from diagnose.resources import Deployment, WebhookConfiguration
from diagnose.target.pod_template import agent_mount, injector_hooks, literal
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import VAULT, Target, TemporalFacts
from diagnose.text.sentences import cut

INJECTOR_ADDRESS = "AGENT_INJECT_VAULT_ADDR"
INJECTOR_MOUNT = "AGENT_INJECT_VAULT_AUTH_PATH"


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
    _demand_end(way)
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


def vault_address(ctx: Context) -> str:
    """Vault's address: from annotations or agents, else as the injector would give it.

    Raises:
        CannotLookError: no pod has an agent, and the injector cannot be looked at.
    """
    if ctx.target.vault.address:
        return ctx.target.vault.address
    if address := _by_injector(ctx, INJECTOR_ADDRESS):
        return address
    raise CannotLookError("neither an annotation, an agent nor the injector says where Vault is")


def vault_mount(ctx: Context) -> str:
    """Where agents log in: as annotations or agents say; for a first pod, as the injector would have it.

    Raises:
        CannotLookError: no pod has an agent, and the injector cannot be looked at.
    """
    vault = ctx.target.vault
    known = f"{VAULT}auth-path" in ctx.target.template.metadata.annotations or agent_mount(ctx.target.pods)
    return vault.auth_path if known or not ctx.target.ahead else _by_injector(ctx, INJECTOR_MOUNT) or vault.auth_path


def _by_injector(ctx: Context, variable: str) -> str:
    """What the injector's own environment sets for agents, "" where it does not."""
    for _, hook in injector_hooks(ctx.list(WebhookConfiguration)):
        namespace = hook.client_config.service.namespace if hook.client_config.service else ""
        for deployment in ctx.list(Deployment, namespace) if namespace else ():
            for container in deployment.spec.template.spec.containers:
                if value := literal(container, variable):
                    return value
    return ""


def way_to_vault(ctx: Context) -> tuple[str, Way]:
    """Vault's address and the way there.

    Raises:
        CannotLookError: no address is known, or it names no host.
    """
    address = vault_address(ctx)
    end = vault_endpoint(address)
    if end is None:
        raise CannotLookError(f"Vault's address {address} names no host")
    return address, way_to(ctx, *end)


def _demand_end(way: Way) -> None:
    """See that there is something to ask behind a Service.

    Raises:
        CannotLookError: there is not, or nobody may see whether.
    """
    if way.service and way.through is None:
        raise CannotLookError(way.unseen or f"Service {way.service} has no endpoint to ask")


def ask_vault(ctx: Context, address: str, way: Way) -> VaultAnswer:
    """What Vault says of itself.

    Raises:
        CannotLookError: it cannot be asked from here.
    """
    _demand_end(way)
    mount = vault_mount(ctx)
    return ctx.ask(AskVault(address=address, auth_path=mount, role=ctx.target.vault.role, through=way.through))


def list_vault_secrets(
    ctx: Context, *, paths: tuple[str, ...] = (), policies: tuple[str, ...] = ()
) -> VaultSecretsAnswer:
    """What Vault tells of secrets and policies to the operator's token.

    Raises:
        CannotLookError: it cannot be asked from here, or tells nothing.
    """
    address, way = way_to_vault(ctx)
    _demand_end(way)
    namespace = ctx.target.template.metadata.annotations.get(f"{VAULT}namespace", "")
    question = ListVaultSecrets(
        address=address, paths=paths, policies=policies, namespace=namespace, through=way.through
    )
    answer = ctx.ask(question)
    if answer.problem:
        raise CannotLookError(answer.problem)
    return answer


def read_login_path(ctx: Context, address: str, way: Way, mount: str) -> LoginPathAnswer:
    """How Vault answers a look at the path of a login.

    Raises:
        CannotLookError: it cannot be asked from here.
    """
    _demand_end(way)
    namespace = ctx.target.template.metadata.annotations.get(f"{VAULT}namespace", "")
    return ctx.ask(ReadLoginPath(address=address, mount=mount, namespace=namespace, through=way.through))


def ask_postgres(ctx: Context, way: Way, *, admin: bool = False) -> PostgresAnswer:
    """How far a handshake with the database gets.

    Raises:
        CannotLookError: it cannot be asked from here.
    """
    database = ctx.target.database
    if database is None:
        raise CannotLookError("the environment names no database host")
    _demand_end(way)
    return ctx.ask(
        AskPostgres(
            host=database.admin_host if admin else database.host,
            port=database.admin_port if admin else database.port,
            database=database.name,
            user=database.admin_user if admin else database.user,
            through=way.through,
        )
    )


def temporal_answers_here(ctx: Context, way: Way) -> bool:
    """Whether, where no pod could try, a frontend answers through a port-forward or from here; which is remarked."""
    return _remarked(ctx, way, lambda: ask_temporal(ctx, way).answered)


def postgres_answers_here(ctx: Context, way: Way, *, admin: bool = False) -> bool:
    """Whether, where no pod could try, a database answers through a port-forward or from here; which is remarked."""
    return _remarked(ctx, way, lambda: ask_postgres(ctx, way, admin=admin).answered)


def _remarked(ctx: Context, way: Way, ask: Callable[[], Answered]) -> bool:
    try:
        answered = ask() is Answered.YES
    except CannotLookError:
        return False
    if answered:
        where = "through a port-forward" if way.through else "from where diagnose runs"
        ctx.note(f"asked {where}, because no pod could try; that proves nothing of the pods' own way")
    return answered
