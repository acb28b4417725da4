"""Services in host names, as the resolver of a pod reads them, and the hosts that a target names.

https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
"""

from typing import TYPE_CHECKING

import msgspec

from diagnose.target.pod_template import literal
from diagnose.target.survey_plan import vault_endpoint
from diagnose.text.addresses import is_address
from diagnose.text.patterns import lazy

if TYPE_CHECKING:
    from diagnose.target.target import Target

CLUSTER_DOMAIN = "cluster.local"
# A namespace becomes a part of a path of the API.
_NAMESPACE = lazy(r"[a-z0-9-]+")


class ServiceName(msgspec.Struct, frozen=True, kw_only=True):
    """A Service that a host name may name.

    Attributes:
        is_certain: whether it can name nothing else; a name such as "db.prod" may also be one of the internet, and
            "db.prod.svc.example.org" one of another cluster.
    """

    namespace: str
    name: str
    is_certain: bool


def parse(host: str, namespace: str) -> ServiceName | None:
    """Returns the Service that a host may name in a pod of this namespace, None where it can name none."""
    is_absolute = host.endswith(".")
    labels = host.lower().rstrip(".").split(".")
    if is_address(host) or "/" in host or labels[-1] in {"", "localhost"} or host.isdigit():
        return None
    if "svc" in labels[2:]:
        at = labels.index("svc", 2)
        domain = ".".join(labels[at + 1 :])
        # Of "pod.service.namespace" the last two are the Service.
        name, space = labels[at - 2 : at]
        if (domain or not is_absolute) and _NAMESPACE.fullmatch(space):
            return ServiceName(namespace=space, name=name, is_certain=domain in {"", CLUSTER_DOMAIN})
    name, *spaces = labels
    if is_absolute or len(spaces) > 1 or not all(map(_NAMESPACE.fullmatch, spaces)):
        return None
    return ServiceName(namespace=spaces[0] if spaces else namespace, name=name, is_certain=not spaces)


def service_of(host: str, target: "Target") -> tuple[str, str] | None:
    """Returns namespace and name of the Service of a host name, None for a name outside the cluster."""
    found = parse(host, target.namespace)
    if found is None or not (found.is_certain or host in target.service_hosts):
        return None
    return found.namespace, found.name


def hosts_of(target: "Target") -> tuple[str, ...]:
    """Returns the hosts of the servers that the target's environment and annotations name."""
    database, temporal = target.database, target.temporal
    vault = vault_endpoint(target.vault.address) if target.vault.used else None
    found = (
        *(database.hosts if database else ()),
        *((temporal.host,) if temporal else ()),
        *(vault or ())[:1],
        *(literal(target.container, each.host) for each in target.profile.quiet_services),
    )
    return tuple(dict.fromkeys(str(each) for each in found if each))
