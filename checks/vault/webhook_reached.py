"""Checks that the API server's calls reach a ready injector; it runs where a pod lacks its agent or is refused."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import EVENTS, OWNER
from diagnose.check.rights import Scope, lists, logs, optional
from diagnose.commands import kubectl
from diagnose.domain.network.backends import wrong_target_port
from diagnose.domain.network.reachability import Reachability, Route
from diagnose.domain.vault.agents import require_agent
from diagnose.domain.vault.injector import LABEL, missed_call, on_injector, refused_call, show_webhook
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import EndpointSlice, Pod, Service, Webhook, WebhookConfiguration, WebhookService
from diagnose.target.pod_template import injector_hooks

UNTRUSTED = Code(
    id="vault.webhook-untrusted",
    meaning="The webhook has no caBundle, or another CA than that of the injector's certificate, so the API "
    "server does not trust the injector and no pod gets an agent.",
    fix="Restart the injector, which writes its caBundle if it may patch the webhook.",
)
UNREACHED = Code(
    id="vault.injector-unreachable",
    meaning="The injector runs, but the API server's calls do not arrive: the Service has the wrong "
    "targetPort, or a firewall or policy is between the control plane and the injector's node.",
    fix="Allow connections from the control plane to the injector's port, and correct the Service's targetPort.",
    transient=True,
)
MOMENT = Alternative(
    "the injector was unavailable only when the pod was created: then new pods get their agent, and "
    "deleting those without one is enough",
    "vault.pod-not-injected",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields why no webhook of the injector is reached; one that is reached is enough."""
    require_agent(ctx)
    troubles = [_trouble(ctx, name, hook) for name, hook in injector_hooks(ctx.list(WebhookConfiguration))]
    if all(troubles):
        yield from [trouble for trouble in troubles if trouble][:1]


def _trouble(ctx: Context, name: str, hook: Webhook) -> Finding | None:
    service = hook.client_config.service
    if service is None:
        return None
    effect = "is created" if hook.failure_policy == "Fail" else "gets an agent"
    subjects = (f"mutatingwebhookconfiguration/{name}", f"service/{service.name}")
    if not hook.client_config.ca_bundle:
        summary = f"The webhook {name} has no caBundle, so the API server does not trust it and no new pod {effect}."
        return UNTRUSTED.finding(summary, *_renew(service), show_webhook(name), subjects=subjects)
    failed_call = refused_call(ctx, hook.name) or missed_call(ctx, service)
    if failed_call is None:
        return None
    follows = f"{f' ({failed_call.reason})' if failed_call.reason else ''}, so no new pod {effect}."
    if failed_call.untrusted:
        code, steps = UNTRUSTED, _renew(service)
        summary = f"The caBundle of webhook {name} does not match the injector's certificate{follows}"
    else:
        code, steps = UNREACHED, _target_port(ctx, service)
        summary = f"The API server does not reach the Vault injector at {service.namespace}/{service.name}{follows}"
    return code.finding(
        summary,
        *steps,
        show_webhook(name),
        subjects=subjects,
        evidence=failed_call.evidence,
        alternatives=() if failed_call.certain else (MOMENT,),
    )


def _target_port(ctx: Context, service: WebhookService) -> tuple[Step, ...]:
    """Returns the step that points the Service to the injector's port, where it does not, and the one that compares."""
    namespace = service.namespace
    command = kubectl.get("service", service.name, namespace=namespace, output="yaml")
    compare = Step("Compare the Service's targetPort with the injector's port.", command)
    found = [each for each in ctx.detail(lambda: ctx.list(Service, namespace)) or () if each.name == service.name]
    ports = [each for one in found for each in one.spec.ports if each.port == service.port]
    if not ports:
        return (compare,)
    route = Route(
        state=Reachability.REFUSED,
        service=f"{namespace}/{service.name}",
        selector=found[0].spec.selector,
        target_port=ports[0].target_port,
    )
    _, fix = wrong_target_port(ctx, route, service.port)
    return (*fix, compare)


def _renew(service: WebhookService) -> tuple[Step, ...]:
    return (
        on_injector(
            service.namespace,
            "Restart the injector, which writes its caBundle where its ClusterRole lets it patch the webhook.",
            "rollout",
            "restart",
            "deployment",
        ),
        Step(
            "If that does not help, check whether the injector may patch the webhook.",
            kubectl.log(namespace=service.namespace, selector=LABEL, tail=20),
        ),
    )


WEBHOOK_REACHED = Check(
    id="vault.webhook-reached",
    title="The API server's calls reach the Vault agent injector",
    stage=stages.WEBHOOK,
    run=run,
    codes=(UNTRUSTED, UNREACHED),
    occasions=PREREQUISITES,
    reads=(
        *OWNER,
        *lists(Scope.CLUSTER, WebhookConfiguration),
        *optional(lists(Scope.INJECTOR, EndpointSlice, Pod, Service), logs(Scope.INJECTOR), EVENTS),
    ),
)
