"""Named sets of rights, one for each query or group of queries that several checks run."""

from itertools import chain

from diagnose.check.rights import (
    Necessity,
    Read,
    Scope,
    forwards,
    helm_records,
    lists,
    logs,
    needed,
    optional,
    with_allowance,
)
from diagnose.queries import rights
from diagnose.resources import (
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    CronJob,
    DaemonSet,
    Deployment,
    EndpointSlice,
    Event,
    Job,
    Namespace,
    NetworkPolicy,
    Node,
    Object,
    Pod,
    ReplicaSet,
    Role,
    RoleBinding,
    Rollout,
    Service,
    StatefulSet,
    WebhookConfiguration,
)
from diagnose.target.request import Allowance

# What every run begins with: `discovery`. Without pods every check is unknown.
WORKLOAD = (
    *lists(Scope.OWN, Pod, Deployment, ReplicaSet),
    *needed(Necessity.CONDITIONAL, lists(Scope.OWN, StatefulSet, DaemonSet, Job, CronJob, Rollout)),
    *optional(lists(Scope.OWN, Event, ConfigMap), lists(Scope.CLUSTER, Namespace), helm_records()),
)
"""Further kinds are listed where the request names one, where they own the pods, and where there is no worker."""
WORKER_LOGS = logs()
"""The logs of the worker: `Context.matches`, `RunData.logs`."""

EXEC = (Read(rights.EXEC, Scope.OWN),)
"""The exec survey of the worker's containers: `Context.surveys`."""

EXEC_OPTIONAL = optional(EXEC)

EVENTS = lists(Scope.OWN, Event)
DEPLOYMENTS = lists(Scope.OWN, Deployment)
OWNER = lists(Scope.OWN, Deployment, ReplicaSet)
"""The owner of the pods, where the run's beginning did not find it: `owner_of`, `deployment_of`, `replica_sets_of`."""


def of_kinds(*kinds: type[Object]) -> tuple[Read, ...]:
    """The workload where it is of one of these kinds: what the run's beginning has listed already."""
    return needed(Necessity.CONDITIONAL, lists(Scope.OWN, *kinds))


CONFIG_MAPS = lists(Scope.OWN, ConfigMap)
BINDINGS = (*lists(Scope.OWN, RoleBinding), *lists(Scope.CLUSTER, ClusterRoleBinding))
ROLE_RULES = optional(lists(Scope.OWN, Role), lists(Scope.CLUSTER, ClusterRole))
"""The rules of the roles that are bound to the worker's service account."""

NAMED_SERVICES = (
    *lists(Scope.OWN, Deployment, Service),
    *needed(Necessity.CONDITIONAL, lists(Scope.OTHER_SERVICES, Service)),
)


def route(scope: Scope) -> tuple[Read, ...]:
    """Whether a Service in this scope is reachable: `route_to`, which connects from a pod or reads Services."""
    return optional(lists(scope, Service, EndpointSlice), EXEC)


def hostname_check(scope: Scope) -> tuple[Read, ...]:
    """Whether the host name of a server in this scope exists: `name_findings`."""
    near_names = (lists(Scope.OWN, Service), lists(Scope.CLUSTER, Namespace, Service))
    return optional(route(scope), forwards(scope), *near_names, WORKER_LOGS)


def port_check(scope: Scope) -> tuple[Read, ...]:
    """Why a server in this scope cannot be reached: `port_findings`."""
    return optional(
        hostname_check(scope),
        lists(scope, Pod, Deployment, StatefulSet, NetworkPolicy),
        logs(scope),
        lists(Scope.CLUSTER, Node),
        lists(Scope.OWN, NetworkPolicy),
    )


def named_host_check(scope: Scope) -> tuple[Read, ...]:
    """Why a host in this scope that settings or logs name cannot be reached, without a port-forward to it."""
    return optional(each for each in port_check(scope) if each.right != rights.FORWARD)


CLUSTER_BACKENDS = optional(
    lists(Scope.SYSTEM, Service, EndpointSlice, Pod, Deployment, StatefulSet),
    logs(Scope.SYSTEM),
    lists(Scope.CLUSTER, Node),
)
"""Why a Service of the cluster itself has no endpoints: `why_no_endpoints`."""


def server_query(scope: Scope) -> tuple[Read, ...]:
    """A query to a server in this scope, such as `query_temporal`."""
    return (*lists(scope, Service, EndpointSlice), *forwards(scope), *EXEC_OPTIONAL)


RESTARTED_SERVER = needed(Necessity.CONDITIONAL, lists(Scope.TEMPORAL, Pod))
"""Since when Temporal's frontend is ready, where nothing polls: `task_queues.has_lost_polls`."""

VAULT_DISCOVERY = needed(
    Necessity.CONDITIONAL, lists(Scope.CLUSTER, WebhookConfiguration), lists(Scope.INJECTOR, Deployment)
)
"""Vault's address where the pod template does not contain it: `vault_address`."""

VAULT_QUERY = (*server_query(Scope.VAULT), *VAULT_DISCOVERY)
VAULT_TOKEN_QUERY = (*with_allowance(Allowance.VAULT_TOKEN, VAULT_QUERY), *EXEC_OPTIONAL)
"""What Vault answers only to a token; without one, what pods of the worker show."""

VAULT_QUERY_BEFORE_DEPLOY = needed(Necessity.BEFORE_DEPLOY, VAULT_QUERY)

_SERVERS = (Scope.SYSTEM, Scope.VAULT, Scope.TEMPORAL, Scope.DATABASE)
RULES = (
    *chain.from_iterable(lists(scope, Service, EndpointSlice, NetworkPolicy) for scope in _SERVERS),
    # Only where a policy may block them.
    *needed(Necessity.CONDITIONAL, *(lists(scope, Pod) for scope in _SERVERS)),
    *lists(Scope.OWN, NetworkPolicy),
    *needed(Necessity.CONDITIONAL, lists(Scope.CLUSTER, Namespace)),
    *VAULT_DISCOVERY,
)
"""Which NetworkPolicies block the worker's connections, by their rules alone: `require_blocking`."""

POLICIES = optional(RULES, EXEC)
"""The same where no pod connects: `blocking`."""

POOLER_BACKENDS = optional(lists(Scope.DATABASE, Service, Pod), logs(Scope.DATABASE), EXEC)
"""The backends of a pooler: `server_logs.pooled_server`."""

OPERATOR_LOGIN = with_allowance(Allowance.DATABASE_LOGIN, optional(route(Scope.DATABASE), forwards(Scope.DATABASE)))
"""The inspection of the database with the operator's own login: `server_logs.database_state`."""

MIGRATION_RUNS = (
    *lists(Scope.OWN, Pod),
    *needed(Necessity.CONDITIONAL, OWNER),
    *needed(Necessity.IN_INCIDENT, EVENTS),
    *needed(Necessity.OUTSIDE_INCIDENT, lists(Scope.OWN, Job)),
    *optional(WORKER_LOGS),
)
"""The latest run of the migrations: `migrations.latest_run`."""
