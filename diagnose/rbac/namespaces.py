"""The namespaces of the scopes of rights, from what the target's objects refer to."""

from collections.abc import Iterable

from diagnose.check.rights import Scope
from diagnose.queries.kubernetes import ListObjects
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import WebhookConfiguration, Workflow
from diagnose.sources.gateway import Gateway
from diagnose.target.pod_template import injector_hooks, literal
from diagnose.target.service_names import service_of
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import Target

Namespaces = dict[Scope, tuple[str, ...]]
SYSTEM = "kube-system"
CONVENTIONAL = {Scope.VAULT: "vault", Scope.INJECTOR: "vault", Scope.TEMPORAL: "temporal"}
"""The namespaces that their charts recommend; assumed only where the cluster cannot be read."""


def assumed(own_namespace: str, workflows: str) -> Namespaces:
    """Returns the scopes of a worker that was not read: its database and Helm's records are in its namespace."""
    return {
        Scope.OWN: (own_namespace,),
        **{scope: (name,) for scope, name in CONVENTIONAL.items()},
        Scope.DATABASE: (own_namespace,),
        Scope.OTHER_SERVICES: (own_namespace,),
        Scope.SYSTEM: (SYSTEM,),
        Scope.WORKFLOWS: (workflows,) if workflows else (),
        Scope.RECORDS: (own_namespace,),
        Scope.CLUSTER: ("",),
    }


def webhooks(gateway: Gateway) -> tuple[WebhookConfiguration, ...] | None:
    """Returns the webhooks of the cluster, None where listing them is not permitted."""
    try:
        return gateway.query(ListObjects(kind=WebhookConfiguration)).complete
    except NoAnswerError:
        return None


def of_target(target: Target, known: Iterable[WebhookConfiguration] | None) -> Namespaces:
    """Returns the scopes of a target; a service outside the cluster has no namespace.

    Args:
        target: the diagnosed workload.
        known: the webhooks of the cluster; None where they may not be listed: the injector is then taken to be in
        Vault's namespace.
    """
    vault = vault_endpoint(target.vault.address)
    hosts = {
        Scope.VAULT: (vault[0],) if vault else (),
        Scope.TEMPORAL: (target.temporal.host,) if target.temporal else (),
        Scope.DATABASE: target.database.hosts if target.database else (),
        Scope.OTHER_SERVICES: _quiet_hosts(target),
    }
    found: Namespaces = {scope: _spaces(each, target) for scope, each in hosts.items()}
    injectors = tuple(dict.fromkeys(_injectors(known))) if known is not None else found[Scope.VAULT]
    # A template without Vault's address leaves it to the injector, whose chart installs both in one namespace.
    found[Scope.VAULT] = found[Scope.VAULT] or (injectors if vault is None and target.vault.used else ())
    records = target.release.records if target.release else ""
    return {
        **found,
        Scope.OWN: (target.namespace,),
        Scope.INJECTOR: injectors,
        Scope.SYSTEM: (SYSTEM,),
        Scope.WORKFLOWS: (target.workflows,) if target.workflows else (),
        Scope.RECORDS: (records or target.namespace,),
        Scope.CLUSTER: ("",),
    }


def of_targets(targets: Iterable[Target], known: tuple[WebhookConfiguration, ...] | None) -> Namespaces:
    """Returns the scopes of all workloads of a run."""
    found: Namespaces = {}
    for target in targets:
        for scope, names in of_target(target, known).items():
            found[scope] = tuple(dict.fromkeys((*found.get(scope, ()), *names)))
    return found


def without_absent(scopes: Namespaces, gateway: Gateway) -> Namespaces:
    """Returns the scopes without that of Argo Workflows where the cluster does not have the resource.

    A role cannot be created in a namespace that does not exist.
    """
    for namespace in scopes[Scope.WORKFLOWS]:
        try:
            gateway.query(ListObjects(namespace=namespace, kind=Workflow))
        except NotFoundError:
            return {**scopes, Scope.WORKFLOWS: ()}
        except NoAnswerError:
            continue
    return scopes


def _quiet_hosts(target: Target) -> tuple[str, ...]:
    found = (literal(target.container, each.host) for each in target.profile.quiet_services)
    return tuple(filter(None, found))


def _spaces(hosts: Iterable[str], target: Target) -> tuple[str, ...]:
    named = (service_of(host, target) for host in hosts)
    return tuple(dict.fromkeys(each[0] for each in named if each))


def _injectors(known: Iterable[WebhookConfiguration]) -> Iterable[str]:
    for _, hook in injector_hooks(known):
        if hook.client_config.service:
            yield hook.client_config.service.namespace
