"""Checks that a new pod would get its agent: the webhook, its selectors, and its backends.

With failurePolicy Ignore no error shows in the cluster: the pod is created without an agent.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.rights import Scope, lists, logs, optional
from diagnose.commands import kubectl
from diagnose.domain.network.backends import why_no_endpoints
from diagnose.domain.vault.agents import require_agent
from diagnose.domain.vault.injector import LABEL, on_injector, ready_endpoints, show_webhook
from diagnose.model.report import Finding, Step
from diagnose.resources import (
    Deployment,
    EndpointSlice,
    Namespace,
    Node,
    Pod,
    Service,
    StatefulSet,
    Webhook,
    WebhookConfiguration,
    WebhookService,
)
from diagnose.resources.selectors import selects
from diagnose.target.pod_template import injector_hooks
from diagnose.text.sentences import fit

ABSENT = Code(
    id="vault.webhook-missing",
    meaning="The cluster has no MutatingWebhookConfiguration of the Vault agent injector, so no pod gets an agent.",
    fix="Install the Vault agent injector, or restore its MutatingWebhookConfiguration.",
)
DOWN = Code(
    id="vault.injector-down",
    meaning="The injector's webhook has no ready endpoint: the API server creates pods without an agent "
    "(failurePolicy Ignore) or refuses them (Fail).",
    fix="Repair the injector, then delete the pods that were created without an agent.",
    transient=True,
)
EXCLUDED = Code(
    id="vault.webhook-excludes",
    meaning="The webhook's selectors exclude this namespace or these pods, so they get no agent.",
    fix="Label the namespace or the pods as the webhook's selectors require.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields why no webhook of the injector serves the pods; one that serves is enough."""
    require_agent(ctx)
    hooks = injector_hooks(ctx.list(WebhookConfiguration))
    if not hooks:
        yield ABSENT.finding(
            f"No webhook of the Vault agent injector exists, so new pods of {ctx.names['workload']} get no agent "
            "and no secrets.",
            Step("List the webhooks.", kubectl.get("mutatingwebhookconfigurations")),
        )
        return
    troubles = [_trouble(ctx, name, hook) for name, hook in hooks]
    if all(troubles):
        yield from [trouble for trouble in troubles if trouble][:1]


def _trouble(ctx: Context, name: str, hook: Webhook) -> Finding | None:
    """Returns why this webhook does not serve the target's next pod; None if it does."""
    subjects = (f"mutatingwebhookconfiguration/{name}",)
    effect = "is created" if hook.failure_policy == "Fail" else "gets a Vault agent"
    if excluded := _excluded(ctx, hook):
        return EXCLUDED.finding(
            f"The webhook {name} excludes {excluded}, so no new pod gets an agent.",
            show_webhook(name),
            subjects=subjects,
        )
    service = hook.client_config.service
    if service is None:
        ctx.note(f"the injector is called at {hook.client_config.url}, outside the cluster, which was not tested")
        return None
    return _without_endpoints(ctx, service, effect)


def _excluded(ctx: Context, hook: Webhook) -> str:
    """Returns what the selectors exclude; "" where they select the target."""
    if not selects(hook.object_selector, ctx.target.template.metadata.labels):
        return f"pods with the labels of {ctx.names['workload']}"
    if not hook.namespace_selector:
        return ""
    own = next((each for each in ctx.list(Namespace) if each.name == ctx.target.namespace), None)
    labels = {"kubernetes.io/metadata.name": ctx.target.namespace, **(own.metadata.labels if own else {})}
    return "" if selects(hook.namespace_selector, labels) else f"namespace {ctx.target.namespace}"


def _without_endpoints(ctx: Context, service: WebhookService, effect: str) -> Finding | None:
    ready, namespace = ready_endpoints(ctx, service), service.namespace
    command = kubectl.endpoints(service.name, namespace=namespace)
    seen = ctx.record_evidence(f"service {namespace}/{service.name}", f"{len(ready)} ready endpoints", command=command)
    if ready:
        return None
    selector = _selector(ctx, service)
    why, steps = why_no_endpoints(ctx, namespace, selector) if selector else ("", ())
    return DOWN.finding(
        fit(f"Service {namespace}/{service.name} has no ready pod", why if steps else "", f"so no new pod {effect}"),
        *(steps or _unknown_state(namespace)),
        subjects=(f"service/{namespace}/{service.name}",),
        evidence=(seen,),
    )


def _selector(ctx: Context, service: WebhookService) -> dict[str, str]:
    services = ctx.detail(lambda: ctx.list(Service, service.namespace)) or ()
    return next((each.spec.selector for each in services if each.name == service.name), {})


def _unknown_state(namespace: str) -> tuple[Step, ...]:
    """Returns the steps where the injector's workload may not be listed: its state decides."""
    state = kubectl.get("deployments,pods", namespace=namespace, selector=LABEL)
    scale = on_injector(namespace, "If it is scaled to 0, scale it up.", "scale", "deployment", "--replicas=1")
    return Step("Read why it does not run.", state), scale


WEBHOOK_SERVING = Check(
    id="vault.webhook-serving",
    title="The Vault agent injector serves new pods",
    stage=stages.INJECTOR,
    run=run,
    codes=(ABSENT, DOWN, EXCLUDED),
    occasions=PREREQUISITES,
    reads=(
        *lists(Scope.CLUSTER, WebhookConfiguration),
        *lists(Scope.INJECTOR, EndpointSlice),
        *optional(
            lists(Scope.INJECTOR, Service, Pod, Deployment, StatefulSet),
            logs(Scope.INJECTOR),
            lists(Scope.CLUSTER, Namespace, Node),
        ),
    ),
)
