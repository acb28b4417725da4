"""What the questions that checks have in common read, so that each check can declare them by one name."""

from diagnose.check.rights import (
    Need,
    Read,
    Scope,
    deeper,
    execs,
    forwards,
    given,
    helm_records,
    lists,
    logs,
    only,
)
from diagnose.resources import (
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    EndpointSlice,
    Event,
    Job,
    Namespace,
    NetworkPolicy,
    Node,
    Pod,
    ReplicaSet,
    Role,
    RoleBinding,
    Service,
    StatefulSet,
    WebhookConfiguration,
)
from diagnose.target.request import Allowance

# What everything else begins with: `discovery`. Without pods nothing at all can be told.
WORKLOAD = (
    *lists(Scope.OWN, Pod, Deployment, ReplicaSet),
    *deeper(lists(Scope.OWN, Event), lists(Scope.CLUSTER, Namespace), helm_records()),
)
WORKER_LOGS = logs()
"""The worker's own log: `Context.matches`, `World.logs`."""

EXEC = execs()
"""What the container itself shows: `Context.surveys`."""

EXEC_OPTIONAL = deeper(EXEC)

EVENTS = lists(Scope.OWN, Event)
DEPLOYMENTS = lists(Scope.OWN, Deployment)
CONFIG_MAPS = lists(Scope.OWN, ConfigMap)
BINDINGS = (*lists(Scope.OWN, RoleBinding), *lists(Scope.CLUSTER, ClusterRoleBinding))
ROLE_RULES = deeper(lists(Scope.OWN, Role), lists(Scope.CLUSTER, ClusterRole))
"""What the bound roles allow, where the worker's account has any."""

NAMED_SERVICES = (*lists(Scope.OWN, Deployment, Service), *only(Need.SOMETIMES, lists(Scope.BESIDE, Service)))


def route(place: Scope) -> tuple[Read, ...]:
    """What shows the way to a Service there: `reach.way_to`, which tries from a pod or reads Services."""
    return deeper(lists(place, Service, EndpointSlice), EXEC)


def named(place: Scope) -> tuple[Read, ...]:
    """What shows whether the name of a server there is right: `unreachable.name_findings`."""
    return deeper(route(place), forwards(place), lists(Scope.CLUSTER, Namespace), WORKER_LOGS)


def why_closed(place: Scope) -> tuple[Read, ...]:
    """What shows why a way there is closed: `unreachable`."""
    return deeper(
        named(place),
        lists(place, Pod, Deployment, StatefulSet, NetworkPolicy),
        logs(place),
        lists(Scope.CLUSTER, Node),
        lists(Scope.OWN, NetworkPolicy),
    )


SERVED_BY_PODS = deeper(
    lists(Scope.SYSTEM, EndpointSlice, Pod, Deployment, StatefulSet), logs(Scope.SYSTEM), lists(Scope.CLUSTER, Node)
)
"""What shows why nothing serves what the cluster itself offers: `neighbours.why_no_endpoints`."""


def asks(place: Scope) -> tuple[Read, ...]:
    """What it takes to speak with a server there: `asking.ask_temporal` and its like."""
    return (*lists(place, Service, EndpointSlice), *forwards(place), *EXEC_OPTIONAL)


FINDS_VAULT = only(Need.SOMETIMES, lists(Scope.CLUSTER, WebhookConfiguration), lists(Scope.INJECTOR, Deployment))
"""Where Vault is, for a template that does not say: `asking.vault_address`."""

ASKS_VAULT = (*asks(Scope.VAULT), *FINDS_VAULT)
ASKS_VAULT_BY_TOKEN = (*given(Allowance.VAULT_TOKEN, ASKS_VAULT), *EXEC_OPTIONAL)
"""What Vault tells only to a token; without one, what pods of the worker show."""

ASKS_VAULT_AHEAD = only(Need.AHEAD, ASKS_VAULT)

POLICIES = deeper(
    *(
        lists(place, Service, EndpointSlice, Pod, NetworkPolicy)
        for place in (Scope.SYSTEM, Scope.VAULT, Scope.TEMPORAL, Scope.DATABASE)
    ),
    lists(Scope.OWN, NetworkPolicy),
    lists(Scope.CLUSTER, Namespace),
    FINDS_VAULT,
    EXEC,
)
"""Which NetworkPolicies stand between the worker and what it needs: `policies`."""

POOLED = deeper(lists(Scope.DATABASE, Service, Pod), logs(Scope.DATABASE), EXEC)
"""What stands behind a pooler: `server_words`."""

BY_OPERATOR = given(Allowance.DATABASE_LOGIN, deeper(route(Scope.DATABASE), forwards(Scope.DATABASE)))
"""The look at the database by the operator's own login: `server_words`."""

MIGRATIONS = (
    *lists(Scope.OWN, Pod),
    *only(Need.HURRIED, EVENTS),
    *only(Need.PLANNED, lists(Scope.OWN, Job)),
    *deeper(WORKER_LOGS),
)
"""What runs of migrations left: `migrations`."""
