"""Does the Service of a StatefulSet exist? It gives each pod a name of its own, by which the pods find each other.

A pod that waits for such a name before it is ready waits indefinitely, unless the Service publishes those that are not.
"""

import difflib
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.pods import samples_text, subjects
from diagnose.domain.network.logged_failures import evidence_of, failures
from diagnose.domain.network.reachability import Reachability
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import Service
from diagnose.resources.selectors import selects

NO_SERVICE = Code(
    id="network.governing-service-missing",
    meaning="The Service that a StatefulSet names does not exist or does not select its pods, so that their own names "
    "(POD.SERVICE) do not resolve, by which members of a cluster find each other.",
    fix="Create the headless Service, or recreate the StatefulSet with the right serviceName.",
    severity=Severity.WARNING,
)
UNPUBLISHED = Code(
    id="network.unready-not-published",
    meaning="A pod waits for its own name or that of another member before it is ready, and DNS has the names of ready "
    "pods alone: the headless Service does not publish those that are not ready (publishNotReadyAddresses).",
    fix="Let the Service publish the addresses of pods that are not ready.",
    stage=stages.PATHS,
)
HEADLESS = "None"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a StatefulSet whose Service does not exist or selects other pods."""
    controller = ctx.target.stateful_set
    subdomain = ctx.target.template.spec.subdomain
    if not subdomain and (controller is None or not controller.spec.service_name):
        raise NotApplicableError("the workload is not a StatefulSet with a Service")
    namespace = ctx.target.namespace
    services = {each.name: each for each in ctx.list(Service, namespace)}
    if controller is None:
        # A pod that was requested alone, or one of another kind with a name of its own.
        if subdomain in services:
            yield from _unpublished(ctx, services[subdomain])
        return
    name = controller.spec.service_name or subdomain
    labels = controller.spec.template.metadata.labels
    found = services.get(name)
    if found and (not found.spec.selector or selects(found.spec.selector, labels)):
        yield from _unpublished(ctx, found)
        return
    own = [each for each in services.values() if selects(each.spec.selector, labels)]
    similar = [each.name for each in own] or difflib.get_close_matches(name, services, n=1)
    hint = f"; there is {similar[0]}" if similar else ""
    why = f"Service {name} selects other pods" if found else f"its Service {name} does not exist{hint}"
    seen = ctx.record_evidence(
        f"statefulset {controller.name}",
        f"spec.serviceName: {name}",
        command=kubectl.get("statefulset", controller.name, namespace=namespace, output="yaml"),
    )
    create = kubectl.create("service", name, "--clusterip=None", namespace=namespace, subtype="clusterip")
    show = kubectl.get("services", *((name,) if found else ()), namespace=namespace, output="wide")
    make = Step("Create a headless Service; its selector must match the pods.", create, changes=f"service {name}")
    steps = (*(() if found else (make,)), Step("Compare the selectors with the labels of the pods.", show))
    yield NO_SERVICE.finding(
        f"StatefulSet {controller.name}: {why}, so the names of its pods do not resolve.",
        *steps,
        subjects=(f"statefulset/{controller.name}", f"service/{name}"),
        evidence=(seen,),
    )


def _unpublished(ctx: Context, service: Service) -> Iterator[Finding]:
    """Yields the finding about pods that wait for a name which is not published, as the pod of that name is not ready.

    Without any ready pod the name of the Service itself does not exist either.
    """
    unready = [pod for pod in ctx.target.pods if not pod.ready]
    if service.spec.cluster_ip != HEADLESS or service.spec.publish_not_ready_addresses or not unready:
        return
    names = [f"{pod.spec.hostname or pod.name}.{service.name}" for pod in unready]
    if not ctx.target.ready_pods:
        names.append(service.name)
    lookups = [each for each in failures(ctx) if each.is_last and each.lookup is Reachability.NO_SUCH_NAME]
    waiting = {name: found for name in names if (found := tuple(each for each in lookups if each.mentions(name)))}
    for name, found in waiting.items():
        pods = tuple(dict.fromkeys(each.log.pod for each in found))
        change = kubectl.patch(
            "service", service.name, {"spec": {"publishNotReadyAddresses": True}}, namespace=ctx.target.namespace
        )
        yield UNPUBLISHED.finding(
            f"{samples_text(ctx, pods)} waits for {name}, which Service {service.name} does not publish before its pod "
            "is ready (publishNotReadyAddresses).",
            Step("Publish pods that are not ready, too.", change, changes=f"service {service.name}"),
            Step("Read what it waits for.", found[0].log.command),
            pods=pods,
            subjects=(f"service/{service.name}", *subjects(pods)),
            evidence=evidence_of(ctx, found),
        )


GOVERNING_SERVICE = Check(
    id="network.governing-service",
    title="The Service of the StatefulSet gives its pods their names",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NO_SERVICE, UNPUBLISHED),
    reads=(*lists(Scope.OWN, Service), *optional(WORKER_LOGS)),
)
