"""Does the Service of a StatefulSet exist? It gives each pod a name of its own, by which the pods find each other."""

import difflib
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.rights import Scope, lists
from diagnose.commands import kubectl
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


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a StatefulSet whose Service does not exist or selects other pods."""
    controller = ctx.target.stateful_set
    if controller is None or not controller.spec.service_name:
        raise NotApplicableError("the workload is no StatefulSet with a Service")
    namespace, name = ctx.target.namespace, controller.spec.service_name
    services = {each.name: each for each in ctx.list(Service, namespace)}
    labels = controller.spec.template.metadata.labels
    found = services.get(name)
    if found and (not found.spec.selector or selects(found.spec.selector, labels)):
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


GOVERNING_SERVICE = Check(
    id="network.governing-service",
    title="The Service of the StatefulSet exists",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NO_SERVICE,),
    reads=lists(Scope.OWN, Service),
)
