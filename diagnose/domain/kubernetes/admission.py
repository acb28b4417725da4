"""The API server's current refusals of pods: only of ReplicaSets that lack pods, of each the latest."""

from collections.abc import Callable, Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Code, Context, events_of
from diagnose.commands import kubectl
from diagnose.domain.kubernetes import cron
from diagnose.domain.kubernetes.pods import replica_sets_of
from diagnose.model.report import Alternative, Step
from diagnose.queries.kubernetes_messages import AdmissionError, AdmissionReason, amounts, plain_refusal
from diagnose.resources import Condition, CronJob, Event, ReplicaSet, quantities
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate


class AdmissionFailure(msgspec.Struct, frozen=True, kw_only=True):
    """The message of a refusal; `missing` is the number of pods that the ReplicaSet lacks."""

    replica_set: ReplicaSet
    missing: int
    message: str


def current_failures(ctx: Context) -> Iterator[AdmissionFailure]:
    """Yields the refusals of ReplicaSets that lack pods."""
    for replica_set in replica_sets_of(ctx):
        missing = replica_set.spec.replicas - replica_set.status.replicas
        if missing > 0 and (message := _latest(ctx, replica_set)):
            yield AdmissionFailure(replica_set=replica_set, missing=missing, message=message)


def failure(conditions: tuple[Condition, ...]) -> Condition | None:
    """Returns the condition that pods are refused."""
    return next((each for each in conditions if each.type == "ReplicaFailure" and each.status == "True"), None)


def _latest(ctx: Context, replica_set: ReplicaSet) -> str:
    """Returns the latest refusal, "" where none is current."""
    failed = failure(replica_set.status.conditions)
    if failed is None:
        return ""
    name = replica_set.name
    by_condition = f"the condition of ReplicaSet {name} has a refusal"
    events = ctx.covered(lambda: events_of(ctx, "ReplicaSet", name), by_condition) or ()
    # Only the latest refusal is current.
    messages = [each.message for each in events if each.reason == "FailedCreate"]
    return messages[-1] if messages else failed.message


def refused_run(ctx: Context, cron_job: CronJob) -> Event | None:
    """Returns the latest refusal of a CronJob's Job that was due; None where a later run was admitted, or none was."""
    events = ctx.attempt(lambda: events_of(ctx, "CronJob", cron_job.name)) or ()
    refused = next((each for each in reversed(events) if each.reason == "FailedCreate"), None)
    schedule = cron.parse(cron_job.spec.schedule)
    due = cron.missed(cron_job, schedule, ctx.now, 1) if schedule else []
    if refused is None or refused.seen_at is None or (schedule and not (due and refused.seen_at >= due[0])):
        return None
    made = ctx.target.job.metadata.creation_timestamp if ctx.target.job else None
    return None if made and made > refused.seen_at else refused


QUOTA = Code(
    id="workload.quota-exceeded",
    meaning="A ResourceQuota of the namespace is used up, so the API server refuses every further pod or Job; those "
    "that run are not touched. A rolling update needs quota for one more pod than desired.",
    fix="Raise the quota, or lower what the pods request.",
    transient=True,
)
UNSPECIFIED = Code(
    id="workload.quota-unspecified",
    meaning="A ResourceQuota limits a resource for which a container, perhaps an injected one, has no request or "
    "limit.",
    fix="Give every container, injected ones included, the requests and limits that the quota counts.",
)
UNREACHABLE = Code(
    id="workload.webhook-unreachable",
    meaning="An admission webhook with failurePolicy Fail does not answer, so the API server creates no pod.",
    fix="Repair the webhook's backend.",
    stage=stages.INJECTED,
    transient=True,
)
DENIED = Code(
    id="workload.webhook-denied",
    meaning="An admission webhook refuses the pod.",
    fix="Change the pod template as the webhook's message requires.",
)
INJECTION = Code(
    id="vault.injection-refused",
    meaning="The Vault agent injector refuses the pod, usually because of an annotation.",
    fix="Correct the vault.hashicorp.com annotations that the injector's message names.",
    stage=stages.INJECTED,
)
SECURITY = Code(
    id="workload.pod-security-violated",
    meaning="The namespace enforces a Pod Security level that a container of the pod, perhaps an injected one, breaks.",
    fix="Give the named containers the securityContext that the level requires.",
)
ACCOUNT = Code(
    id="workload.service-account-not-found",
    meaning="The pod template names a ServiceAccount that does not exist, so the API server creates no pod.",
    fix="Create the ServiceAccount, or correct serviceAccountName.",
)
PRIORITY = Code(
    id="workload.priority-class-not-found",
    meaning="The pod template names a PriorityClass that does not exist, so the API server creates no pod.",
    fix="Create the PriorityClass, or correct priorityClassName.",
)
RUNTIME = Code(
    id="workload.runtime-class-not-found",
    meaning="The pod template names a RuntimeClass that does not exist, so the API server creates no pod.",
    fix="Create the RuntimeClass, or correct runtimeClassName.",
)
LIMITS = Code(
    id="workload.limit-range-violated",
    meaning="A LimitRange of the namespace does not allow a container's requests or limits.",
    fix="Change the container's resources, or the LimitRange.",
)
OTHER = Code(
    id="workload.creation-refused",
    meaning="The API server refuses to create the pods, for the reason quoted.",
    fix="Fix the cause that the message names.",
    symptom=True,
    alternatives=(
        Alternative(
            "A LimitRange, a quota or a policy of the namespace refuses the template: the message names it.",
            "workload.limit-range-violated",
        ),
        Alternative("An admission webhook refuses it, or does not answer.", "workload.webhook-denied"),
    ),
    transient=True,
)
CODES = (QUOTA, UNSPECIFIED, UNREACHABLE, DENIED, INJECTION, SECURITY, ACCOUNT, PRIORITY, RUNTIME, LIMITS, OTHER)
VAULT_WEBHOOK = "vault.hashicorp.com"
LONGEST = 160
TEMPLATE = "Read the refused pod template."


def short(text: str, length: int = 90) -> str:
    """Returns a text on one line, truncated."""
    return truncate(one_line(text), length)


def describe(refusal: AdmissionError, namespace: str, owner: str, missing: int) -> tuple[Code, str, tuple[Step, ...]]:
    """Returns code, sentence and steps of a refusal; `owner` is what lacks so many pods."""
    code, describe_reason = _DESCRIPTIONS[refusal.kind]
    if refusal.names.get("webhook") == VAULT_WEBHOOK and code is DENIED:
        code = INJECTION
    sentence, step = describe_reason(refusal, namespace, missing)
    if code is INJECTION:
        sentence = f"The Vault injector refuses the pod: {short(refusal.names['why'])}"
    kind, _, name = owner.partition(" ")
    if kind not in {"ReplicaSet", "Deployment"} and step.text == TEMPLATE:
        step = Step(TEMPLATE, kubectl.get(kind.lower(), name, namespace=namespace, output="yaml"))
    read = Step(
        "Read the refusals.",
        kubectl.get("events", namespace=namespace, fields="reason=FailedCreate", flags=("--sort-by=.lastTimestamp",)),
    )
    what = "Job" if kind == "CronJob" else "pod"
    summary = f"{sentence}, so {owner} cannot create its {what}s."
    if len(summary) > LONGEST:
        follows = f", so no {what} is created."
        summary = f"{short(sentence, LONGEST - len(follows))}{follows}"
    return code, summary, (step, read)


Description = tuple[str, Step]


def _quota(refusal: AdmissionError, namespace: str, missing: int) -> Description:
    names = refusal.names
    requested, used, limited = (amounts(names[key]) for key in ("requested", "used", "limited"))
    hard = {name: _raised(used.get(name, ""), requested[name], missing) for name in requested}
    counts = ", ".join(f"{used.get(name, '?')} of {limited.get(name, '?')} {name}" for name in requested)
    step = Step(
        "Raise the quota so that the missing pods fit.",
        kubectl.patch("resourcequota", names["quota"], {"spec": {"hard": hard}}, namespace=namespace, how="merge"),
        changes=f"ResourceQuota {namespace}/{names['quota']}",
    )
    return f"ResourceQuota {names['quota']} in {namespace} is used up ({counts})", step


def _raised(used: str, requested: str, missing: int) -> str:
    before, more = quantities.parse(used), quantities.parse(requested)
    if before is None or more is None:
        return "NEW_VALUE"
    return quantities.to_text(before + more * max(missing, 1), like=used)


def _unspecified(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001 - same shape for all
    names = refusal.names
    step = Step("Show what the quota counts.", kubectl.describe("resourcequota", names["quota"], namespace=namespace))
    return f"ResourceQuota {names['quota']} in {namespace} requires {short(names['missing'], 60)}", step


_CONFIGURATIONS = "mutatingwebhookconfigurations,validatingwebhookconfigurations"
_SERVICE_GONE = lazy(r'service "[^"]+" not found')


def _unreachable(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001
    names = refusal.names
    reason = one_line(names["why"]).rpartition('": ')[2]
    gone = _SERVICE_GONE.search(names["why"])
    text = (
        "Find its configuration: delete it if what served it was removed for good, else install that again."
        if gone
        else "Find its configuration, then repair the pods of the Service that this names."
    )
    step = Step(text, kubectl.named_by(_CONFIGURATIONS, ".webhooks[*].name", names["webhook"]))
    return f"Admission webhook {names['webhook']} does not answer ({short(reason, 60)})", step


def _template(text: str) -> Callable[[AdmissionError, str, int], Description]:
    def describe_reason(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001
        names = {name: short(value, 80) for name, value in refusal.names.items()}
        step = Step(TEMPLATE, kubectl.get("deployments", namespace=namespace, output="yaml"))
        known = {"why": "no reason given", **names}
        known |= {"text": short(plain_refusal(refusal.text), 110), "namespace": namespace}
        return text.format(**known), step

    return describe_reason


def _policy(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001
    name = refusal.names["policy"]
    step = Step(
        "Read what the policy demands, then set that in the pod template.",
        kubectl.get("validatingadmissionpolicy", name, output="jsonpath={.spec.validations}"),
    )
    return f"ValidatingAdmissionPolicy {name} refuses the pod ({short(refusal.names['why'], 80)})", step


def _account(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001
    name = refusal.names["account"]
    step = Step(
        "Create it, or correct serviceAccountName in the Deployment.",
        kubectl.create("serviceaccount", name, namespace=namespace),
        changes=f"ServiceAccount {namespace}/{name}",
    )
    return f"ServiceAccount {name} does not exist in {namespace}", step


def _class(kind: str) -> Callable[[AdmissionError, str, int], Description]:
    def describe_reason(refusal: AdmissionError, namespace: str, missing: int) -> Description:  # noqa: ARG001
        step = Step("List those that exist, then correct the pod template.", kubectl.get(kind.lower()))
        return f"{kind} {refusal.names['name']} does not exist", step

    return describe_reason


_DESCRIPTIONS: dict[AdmissionReason, tuple[Code, Callable[[AdmissionError, str, int], Description]]] = {
    AdmissionReason.QUOTA: (QUOTA, _quota),
    AdmissionReason.QUOTA_UNSPECIFIED: (UNSPECIFIED, _unspecified),
    AdmissionReason.WEBHOOK_UNREACHABLE: (UNREACHABLE, _unreachable),
    AdmissionReason.WEBHOOK_DENIED: (DENIED, _template("Admission webhook {webhook} refuses the pod ({why})")),
    AdmissionReason.POD_SECURITY: (SECURITY, _template("Namespace {namespace} enforces PodSecurity {level} ({why})")),
    AdmissionReason.SERVICE_ACCOUNT: (ACCOUNT, _account),
    AdmissionReason.PRIORITY_CLASS: (PRIORITY, _class("PriorityClass")),
    AdmissionReason.RUNTIME_CLASS: (RUNTIME, _class("RuntimeClass")),
    AdmissionReason.LIMIT_RANGE: (LIMITS, _template("A LimitRange of {namespace} does not allow it ({why})")),
    AdmissionReason.ABOVE_LIMIT: (OTHER, _template("The API server refuses the pods ({text})")),
    AdmissionReason.POLICY: (OTHER, _policy),
    AdmissionReason.OTHER: (OTHER, _template("The API server refuses the pods ({text})")),
}
