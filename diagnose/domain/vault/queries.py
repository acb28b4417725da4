"""The queries to Vault that several checks share, so that each is sent once."""

from diagnose.check.api import Context
from diagnose.commands import vault
from diagnose.commands.command import Command
from diagnose.domain.network.reachability import Route, require_endpoint, route_to
from diagnose.queries.query import NoAnswerError
from diagnose.queries.vault import LoginPathAnswer, QueryVault, ReadLoginPath, VaultAnswer
from diagnose.queries.vault_secrets import ListVaultSecrets, VaultSecretsAnswer
from diagnose.resources import Deployment, WebhookConfiguration
from diagnose.target.pod_template import agent_mount, injector_hooks, literal
from diagnose.target.request import Allowance
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import VAULT

INJECTOR_ADDRESS, INJECTOR_MOUNT = "AGENT_INJECT_VAULT_ADDR", "AGENT_INJECT_VAULT_AUTH_PATH"
INJECTOR_NAMESPACE = "AGENT_INJECT_VAULT_NAMESPACE"


def vault_address(ctx: Context) -> str:
    """Returns Vault's address: from annotations or agents, else from the injector.

    Raises:
        NoAnswerError: no pod has an agent, and the injector is not accessible.
    """
    if ctx.target.vault.address:
        return ctx.target.vault.address
    if address := _by_injector(ctx, INJECTOR_ADDRESS):
        return address
    raise NoAnswerError("neither an annotation, an agent nor the injector has Vault's address")


def vault_mount(ctx: Context) -> str:
    """Returns the mount at which agents log in: from annotations or agents; for a first pod from the injector.

    Raises:
        NoAnswerError: no pod has an agent, and the injector is not accessible.
    """
    facts = ctx.target.vault
    known = f"{VAULT}auth-path" in ctx.target.template.metadata.annotations or agent_mount(ctx.target.pods)
    if known or not ctx.target.request.before_deploy:
        return facts.auth_path
    return _by_injector(ctx, INJECTOR_MOUNT) or facts.auth_path


def vault_namespace(ctx: Context) -> str:
    """Returns the namespace of Vault (Enterprise, HCP) that agents use: of annotations or agents, else the injector's.

    "" is the root namespace.

    Raises:
        NoAnswerError: no pod has an agent, and the injector is not accessible.
    """
    facts = ctx.target.vault
    if facts.namespace or agent_mount(ctx.target.pods):
        return facts.namespace
    return _by_injector(ctx, INJECTOR_NAMESPACE)


def in_namespace(ctx: Context, command: Command) -> Command:
    """Returns a command of Vault for the namespace that the agents use."""
    return vault.within(ctx.detail(lambda: vault_namespace(ctx)) or "", command)


def _by_injector(ctx: Context, variable: str) -> str:
    """Returns what the injector's environment sets for agents, "" where it does not."""
    for _, hook in injector_hooks(ctx.list(WebhookConfiguration)):
        namespace = hook.client_config.service.namespace if hook.client_config.service else ""
        for deployment in ctx.list(Deployment, namespace) if namespace else ():
            for container in deployment.spec.template.spec.containers:
                if value := literal(container, variable):
                    return value
    return ""


def route_to_vault(ctx: Context) -> tuple[str, Route]:
    """Returns Vault's address and the route to it.

    Raises:
        NoAnswerError: no address is known, or it names no host.
    """
    address = vault_address(ctx)
    end = vault_endpoint(address)
    if end is None:
        raise NoAnswerError(f"Vault's address {address} names no host")
    return address, route_to(ctx, *end)


def query_vault(ctx: Context, address: str, route: Route) -> VaultAnswer:
    """Queries Vault's status and the worker's role.

    Raises:
        NoAnswerError: it cannot be reached from here.
    """
    require_endpoint(ctx, route)
    mount = vault_mount(ctx)
    role, with_token = ctx.target.vault.role, Allowance.VAULT_TOKEN in ctx.target.request.allowed
    # Without a token only the server's own state is read, which is that of all namespaces.
    namespace = vault_namespace(ctx) if with_token else ""
    query = QueryVault(address=address, auth_path=mount, role=role, namespace=namespace, through=route.through)
    return ctx.query(query)


def list_vault_secrets(
    ctx: Context, *, paths: tuple[str, ...] = (), policies: tuple[str, ...] = ()
) -> VaultSecretsAnswer:
    """Queries secrets and policies with the operator's token.

    Raises:
        NoAnswerError: Vault cannot be reached from here, or refuses the query.
    """
    address, route = route_to_vault(ctx)
    require_endpoint(ctx, route)
    namespace = vault_namespace(ctx)
    query = ListVaultSecrets(
        address=address, paths=paths, policies=policies, namespace=namespace, through=route.through
    )
    answer = ctx.query(query)
    if answer.problem:
        raise NoAnswerError(answer.problem)
    return answer


def read_login_path(ctx: Context, address: str, route: Route, mount: str) -> LoginPathAnswer:
    """Queries the path of a login.

    Raises:
        NoAnswerError: Vault cannot be reached from here.
    """
    require_endpoint(ctx, route)
    namespace = vault_namespace(ctx)
    return ctx.query(ReadLoginPath(address=address, mount=mount, namespace=namespace, through=route.through))
