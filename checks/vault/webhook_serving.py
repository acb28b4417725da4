"""Can the API server call the injector? If not, pods are made without an agent, or not at all, by its failurePolicy."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step
from diagnose.probes.objects import EndpointSlice, Webhook, WebhookConfiguration

NAME = "vault.hashicorp.com"
DOWN = Code(
    id="vault.injector-down",
    meaning="The Vault agent injector has no ready pod, so new pods "
    "get no agent, or are refused, by the failurePolicy.",
    fix="Bring the injector back, then recreate the pods made without an agent.",
)
MISSING = Code(
    id="vault.webhook-missing",
    meaning="No admission webhook of the Vault agent injector is registered, so no pod gets an agent.",
    fix="Install the Vault agent injector, then recreate the pods.",
)
UNTRUSTED = Code(
    id="vault.webhook-untrusted",
    meaning="The injector's webhook has no CA certificate, so the API server cannot trust it.",
    fix="Restart the injector, which writes its CA into the webhook.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """The webhook, its Service's endpoints, its CA."""
    if not ctx.target.vault.wanted:
        raise NotApplicableError("the pod template does not ask for the Vault agent")
    found = [
        (configuration.name, webhook)
        for configuration in ctx.list(WebhookConfiguration)
        for webhook in configuration.webhooks
        if webhook.name == NAME
        or (webhook.client_config.service and "agent-injector" in webhook.client_config.service.name)
    ]
    if not found:
        yield MISSING.finding(
            f"No admission webhook {NAME} is registered, so new pods get no Vault agent.",
            subjects=("mutatingwebhookconfiguration/",),
            steps=(Step(text="See which there are.", command="kubectl get mutatingwebhookconfigurations"),),
        )
    for name, webhook in found:
        yield from _judge(ctx, name, webhook)


def _judge(ctx: Context, name: str, webhook: Webhook) -> Iterator[Finding]:
    service = webhook.client_config.service
    if service is None:
        ctx.note(f"{name} is called at {webhook.client_config.url}, which cannot be looked at from here")
        return
    namespace = service.namespace
    slices = [each for each in ctx.list(EndpointSlice, namespace) if each.service == service.name]
    endpoints = [endpoint for each in slices for endpoint in each.endpoints or ()]
    ready = sum(endpoint.conditions.ready is not False for endpoint in endpoints)
    command = f"kubectl -n {namespace} get endpointslices -l kubernetes.io/service-name={service.name}"
    seen = ctx.saw(
        f"service {namespace}/{service.name}", f"{ready} of {len(endpoints)} endpoints ready", command=command
    )
    deployment = service.name.removesuffix("-svc")
    if not ready:
        so = "are made without the agent" if webhook.failure_policy == "Ignore" else "are refused"
        yield DOWN.finding(
            f"The Vault injector {namespace}/{service.name} has no ready "
            f"endpoints, so new pods {so} ({webhook.failure_policy}).",
            subjects=(f"service/{namespace}/{service.name}", f"mutatingwebhookconfiguration/{name}"),
            evidence=(seen,),
            steps=(
                Step(
                    text="Start the injector.",
                    command=f"kubectl -n {namespace} scale deployment/{deployment} --replicas=1",
                    changes=f"deployment {namespace}/{deployment}",
                ),
                Step(
                    text="Then recreate the pods that have no agent.",
                    command=f"kubectl -n {ctx.target.namespace} rollout restart deployment/{ctx.names['workload']}",
                    changes=f"deployment {ctx.target.namespace}/{ctx.names['workload']}",
                ),
                Step(text="See why it was away.", command=f"kubectl -n {namespace} describe deployment {deployment}"),
            ),
        )
    elif not webhook.client_config.ca_bundle:
        yield UNTRUSTED.finding(
            f"The webhook {name} has no caBundle, so the API server cannot call the Vault injector.",
            subjects=(f"mutatingwebhookconfiguration/{name}",),
            steps=(
                Step(
                    text="Restart the injector.",
                    command=f"kubectl -n {namespace} rollout restart deployment/{deployment}",
                    changes=f"deployment {namespace}/{deployment}",
                ),
            ),
        )


WEBHOOK_SERVING = Check(
    id="vault.webhook-serving",
    title="The Vault agent injector can be called",
    ask=ask,
    codes=(DOWN, MISSING, UNTRUSTED),
    explained_by=("workload.node-healthy",),
)
