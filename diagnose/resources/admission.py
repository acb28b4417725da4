"""Admission webhooks and policies."""

from diagnose.resources.metadata import Object, Part
from diagnose.resources.selectors import Selector


class WebhookService(Part, frozen=True):
    """The Service that serves an admission webhook."""

    name: str = ""
    namespace: str = ""
    port: int = 443


class WebhookClient(Part, frozen=True):
    """How the API server calls a webhook."""

    service: WebhookService | None = None
    url: str = ""
    ca_bundle: str = ""


class WebhookRule(Part, frozen=True):
    """What an admission webhook is called for; "*" is everything."""

    api_groups: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


class Webhook(Part, frozen=True):
    """One admission webhook."""

    name: str
    failure_policy: str = "Fail"
    client_config: WebhookClient = WebhookClient()
    namespace_selector: Selector = Selector()
    object_selector: Selector = Selector()
    rules: tuple[WebhookRule, ...] = ()

    @property
    def changes_pods(self) -> bool:
        """Whether it is called for pods that are made."""
        return any(
            {"", "*"}.intersection(each.api_groups)
            and {"CREATE", "*"}.intersection(each.operations)
            and {"pods", "*", "*/*"}.intersection(each.resources)
            for each in self.rules
        )


class WebhookConfiguration(Object, frozen=True):
    """A MutatingWebhookConfiguration."""

    group = "/apis/admissionregistration.k8s.io/v1"
    plural = "mutatingwebhookconfigurations"
    api_kind = "MutatingWebhookConfiguration"
    namespaced = False
    webhooks: tuple[Webhook, ...] = ()


class ValidatingConfiguration(Object, frozen=True):
    """A ValidatingWebhookConfiguration, whose webhooks refuse objects and change none."""

    group = "/apis/admissionregistration.k8s.io/v1"
    plural = "validatingwebhookconfigurations"
    api_kind = "ValidatingWebhookConfiguration"
    namespaced = False
    webhooks: tuple[Webhook, ...] = ()


class Validation(Part, frozen=True):
    """One condition of a policy, in CEL, and the message of a refusal."""

    expression: str = ""
    message: str = ""


class ValidatingPolicySpec(Part, frozen=True):
    """The spec of a policy."""

    validations: tuple[Validation, ...] = ()


class ValidatingPolicy(Object, frozen=True):
    """A ValidatingAdmissionPolicy."""

    group = "/apis/admissionregistration.k8s.io/v1"
    plural = "validatingadmissionpolicies"
    api_kind = "ValidatingAdmissionPolicy"
    namespaced = False
    spec: ValidatingPolicySpec = ValidatingPolicySpec()
