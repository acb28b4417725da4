"""Where the places of a target are: the namespaces of what its own objects name."""

from collections.abc import Iterable

from diagnose.check.rights import Scope
from diagnose.domain.network.reachability import service_of
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.query import NoAnswerError, NotFoundError
from diagnose.resources import WebhookConfiguration, Workflow
from diagnose.sources.gateway import Gateway
from diagnose.target.pod_template import injector_hooks, literal
from diagnose.target.survey_plan import vault_endpoint
from diagnose.target.target import Target

Namespaces = dict[Scope, tuple[str, ...]]
SYSTEM = "kube-system"
CONVENTIONAL = {Scope.VAULT: "vault", Scope.INJECTOR: "vault", Scope.TEMPORAL: "temporal"}
"""Where these are by their charts' own instructions; assumed only where nobody can look."""


def assumed(own: str, workflows: str) -> Namespaces:
    """The places of a worker that nobody has looked at: its database and Helm's records beside it."""
    return {
        Scope.OWN: (own,),
        **{place: (name,) for place, name in CONVENTIONAL.items()},
        Scope.DATABASE: (own,),
        Scope.BESIDE: (own,),
        Scope.SYSTEM: (SYSTEM,),
        Scope.WORKFLOWS: (workflows,) if workflows else (),
        Scope.RECORDS: (own,),
        Scope.CLUSTER: ("",),
    }


def webhooks(gateway: Gateway) -> tuple[WebhookConfiguration, ...] | None:
    """The webhooks of the cluster, None where they may not be listed."""
    try:
        found: Listing[WebhookConfiguration] = gateway.query(ListObjects(plural=WebhookConfiguration.plural))
    except NoAnswerError:
        return None
    return found.items


def of_target(target: Target, known: Iterable[WebhookConfiguration] | None) -> Namespaces:
    """The places of a target; what is outside the cluster has none.

    Args:
        target: whose.
        known: the webhooks of the cluster; where they may not be listed, None: the injector is beside Vault then.
    """
    vault = vault_endpoint(target.vault.address)
    hosts = {
        Scope.VAULT: (vault[0],) if vault else (),
        Scope.TEMPORAL: (target.temporal.host,) if target.temporal else (),
        Scope.DATABASE: (target.database.host, target.database.admin_host) if target.database else (),
        Scope.BESIDE: _quiet_hosts(target),
    }
    found: Namespaces = {place: _spaces(each, target.namespace) for place, each in hosts.items()}
    injectors = tuple(dict.fromkeys(_injectors(known))) if known is not None else found[Scope.VAULT]
    # A template that does not say where Vault is leaves it to the injector, which its chart puts beside it.
    found[Scope.VAULT] = found[Scope.VAULT] or (injectors if vault is None and target.vault.concerned else ())
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


def without_absent(places: Namespaces, gateway: Gateway) -> Namespaces:
    """The places but for that of Argo Workflows where the cluster does not know their kind.

    A role in a namespace that does not exist cannot be made.
    """
    for namespace in places[Scope.WORKFLOWS]:
        try:
            gateway.query(ListObjects(namespace=namespace, plural=Workflow.plural))
        except NotFoundError:
            return {**places, Scope.WORKFLOWS: ()}
        except NoAnswerError:
            continue
    return places


def _quiet_hosts(target: Target) -> tuple[str, ...]:
    found = (literal(target.container, each.host) for each in target.profile.quiet_services)
    # An address in numbers names no Service.
    return tuple(host for host in found if host and not host.replace(".", "").isdigit())


def _spaces(hosts: Iterable[str], own: str) -> tuple[str, ...]:
    named = (service_of(host, own) for host in hosts)
    return tuple(dict.fromkeys(each[0] for each in named if each))


def _injectors(known: Iterable[WebhookConfiguration]) -> Iterable[str]:
    for _, hook in injector_hooks(known):
        if hook.client_config.service:
            yield hook.client_config.service.namespace
