"""Do the API server's calls reach the injector that is ready? Asked only where a pod lacks its agent or is refused."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, NotApplicableError
from diagnose.check.reads import EVENTS
from diagnose.check.rights import Scope, lists, logs, optional
from diagnose.commands import kubectl
from diagnose.domain.vault.injector import LABEL, FailedCall, missed_call, on_injector, refused_call
from diagnose.model.report import Finding, Step
from diagnose.resources import EndpointSlice, Pod, Webhook, WebhookConfiguration, WebhookService
from diagnose.target.pod_template import injector_hooks

UNTRUSTED = Code(
    id="vault.webhook-untrusted",
    meaning="The webhook has no caBundle, or that of another CA than the injector's certificate has, so the API server "
    "does not trust the injector and no pod gets an agent.",
    fix="Restart the injector, which writes its caBundle if it may patch the webhook.",
)
UNREACHED = Code(
    id="vault.injector-unreachable",
    meaning="The injector runs, but the API server's calls do not arrive: the Service leads to another port than the "
    "injector's, or a firewall or policy is between the control plane and its node.",
    fix="Open the way from the control plane to the injector's port, and point the Service at it.",
    transient=True,
)
MOMENT = (
    "the injector was away only when the pod was made: then a pod that is made now gets its agent, and deleting those "
    "without one is enough"
)


def run(ctx: Context) -> Iterator[Finding]:
    """What keeps the calls of every webhook of the injector from it; one that is heard is enough."""
    if not (ctx.target.vault.requested or ctx.target.vault.sourced):
        raise NotApplicableError("the workload does not use the Vault agent")
    troubles = [_trouble(ctx, name, hook) for name, hook in injector_hooks(ctx.list(WebhookConfiguration))]
    if all(troubles):
        yield from [trouble for trouble in troubles if trouble][:1]


def _trouble(ctx: Context, name: str, hook: Webhook) -> Finding | None:
    service = hook.client_config.service
    if service is None:
        return None
    effect = "can be made" if hook.failure_policy == "Fail" else "gets an agent"
    if not hook.client_config.ca_bundle:
        summary = f"The webhook {name} has no caBundle, so the API server does not trust it and no new pod {effect}."
        return UNTRUSTED.finding(summary, *_renew(name, service), subjects=_subjects(name, service))
    unheard = refused_call(ctx, hook.name) or missed_call(ctx, service)
    if unheard is None:
        return None
    reason = f" ({unheard.reason})" if unheard.reason else ""
    if unheard.untrusted:
        return UNTRUSTED.finding(
            f"The caBundle of webhook {name} is not of the injector's certificate{reason}, so no new pod {effect}.",
            *_renew(name, service),
            subjects=_subjects(name, service),
            evidence=unheard.evidence,
        )
    return _unreached(name, service, unheard, f"{reason}, so no new pod {effect}")


def _unreached(name: str, service: WebhookService, unheard: FailedCall, follows: str) -> Finding:
    return UNREACHED.finding(
        f"The API server does not reach the Vault injector behind {service.namespace}/{service.name}{follows}.",
        Step(
            "Compare the Service's targetPort with the port that the injector listens on.",
            kubectl.get("service", service.name, namespace=service.namespace, output="yaml"),
        ),
        _read(name),
        subjects=_subjects(name, service),
        evidence=unheard.evidence,
        alternatives=() if unheard.certain else (MOMENT,),
    )


def _renew(name: str, service: WebhookService) -> tuple[Step, ...]:
    return (
        on_injector(service.namespace, "Restart the injector.", "rollout", "restart", "deployment"),
        Step(
            "If that does not help, see whether the injector may correct the webhook.",
            kubectl.log(namespace=service.namespace, selector=LABEL, tail=20),
        ),
        _read(name),
    )


def _read(name: str) -> Step:
    return Step("See the webhook.", kubectl.get("mutatingwebhookconfiguration", name, output="yaml"))


def _subjects(name: str, service: WebhookService) -> tuple[str, ...]:
    return (f"mutatingwebhookconfiguration/{name}", f"service/{service.name}")


WEBHOOK_REACHED = Check(
    id="vault.webhook-reached",
    title="The API server's calls reach the Vault agent injector",
    stage=stages.WEBHOOK,
    run=run,
    codes=(UNTRUSTED, UNREACHED),
    occasions=PREREQUISITES,
    reads=(
        *lists(Scope.CLUSTER, WebhookConfiguration),
        *optional(lists(Scope.INJECTOR, EndpointSlice, Pod), logs(Scope.INJECTOR), EVENTS),
    ),
)
