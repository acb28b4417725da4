"""What the questions that checks have in common read, so that each check can declare them by one name."""

from diagnose.check.rights import (
    Need,
    Place,
    Read,
    deeper,
    forwards,
    given,
    helm_records,
    lists,
    logs,
    looks_inside,
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
from diagnose.target.target import Allowance

# What everything else begins with: `discovery`. Without pods nothing at all can be told.
WORKLOAD = (
    *lists(Place.OWN, Pod, Deployment, ReplicaSet),
    *deeper(lists(Place.OWN, Event), lists(Place.CLUSTER, Namespace), helm_records()),
)
WORDS = logs()
"""The worker's own log: `Context.matches`, `World.logs`."""

INSIDE = looks_inside()
"""What the container itself shows: `Context.surveys`."""

TRIED = deeper(INSIDE)

EVENTS = lists(Place.OWN, Event)
DEPLOYMENTS = lists(Place.OWN, Deployment)
CONFIG_MAPS = lists(Place.OWN, ConfigMap)
BINDINGS = (*lists(Place.OWN, RoleBinding), *lists(Place.CLUSTER, ClusterRoleBinding))
BOUND = deeper(lists(Place.OWN, Role), lists(Place.CLUSTER, ClusterRole))
"""What the bound roles allow, where the worker's account has any."""

NAMED_SERVICES = (*lists(Place.OWN, Deployment, Service), *only(Need.SOMETIMES, lists(Place.BESIDE, Service)))


def way(place: Place) -> tuple[Read, ...]:
    """What shows the way to a Service there: `reach.way_to`, which tries from a pod or reads Services."""
    return deeper(lists(place, Service, EndpointSlice), INSIDE)


def named(place: Place) -> tuple[Read, ...]:
    """What shows whether the name of a server there is right: `unreachable.name_findings`."""
    return deeper(way(place), forwards(place), lists(Place.CLUSTER, Namespace), WORDS)


def why_closed(place: Place) -> tuple[Read, ...]:
    """What shows why a way there is closed: `unreachable`."""
    return deeper(
        named(place),
        lists(place, Pod, Deployment, StatefulSet, NetworkPolicy),
        logs(place),
        lists(Place.CLUSTER, Node),
        lists(Place.OWN, NetworkPolicy),
    )


SERVED_BY_PODS = deeper(
    lists(Place.SYSTEM, EndpointSlice, Pod, Deployment, StatefulSet), logs(Place.SYSTEM), lists(Place.CLUSTER, Node)
)
"""What shows why nothing serves what the cluster itself offers: `neighbours.why_no_endpoints`."""


def asks(place: Place) -> tuple[Read, ...]:
    """What it takes to speak with a server there: `asking.ask_temporal` and its like."""
    return (*lists(place, Service, EndpointSlice), *forwards(place), *TRIED)


FINDS_VAULT = only(Need.SOMETIMES, lists(Place.CLUSTER, WebhookConfiguration), lists(Place.INJECTOR, Deployment))
"""Where Vault is, for a template that does not say: `asking.vault_address`."""

ASKS_VAULT = (*asks(Place.VAULT), *FINDS_VAULT)
ASKS_VAULT_BY_TOKEN = (*given(Allowance.VAULT_TOKEN, ASKS_VAULT), *TRIED)
"""What Vault tells only to a token; without one, what pods of the worker show."""

ASKS_VAULT_AHEAD = only(Need.AHEAD, ASKS_VAULT)

POLICIES = deeper(
    *(
        lists(place, Service, EndpointSlice, Pod, NetworkPolicy)
        for place in (Place.SYSTEM, Place.VAULT, Place.TEMPORAL, Place.DATABASE)
    ),
    lists(Place.OWN, NetworkPolicy),
    lists(Place.CLUSTER, Namespace),
    FINDS_VAULT,
    INSIDE,
)
"""Which NetworkPolicies stand between the worker and what it needs: `policies`."""

POOLED = deeper(lists(Place.DATABASE, Service, Pod), logs(Place.DATABASE), INSIDE)
"""What stands behind a pooler: `server_words`."""

BY_OPERATOR = given(Allowance.DATABASE_LOGIN, deeper(way(Place.DATABASE), forwards(Place.DATABASE)))
"""The look at the database by the operator's own login: `server_words`."""

MIGRATIONS = (
    *lists(Place.OWN, Pod),
    *only(Need.HURRIED, EVENTS),
    *only(Need.PLANNED, lists(Place.OWN, Job)),
    *deeper(WORDS),
)
"""What runs of migrations left: `migrations`."""
