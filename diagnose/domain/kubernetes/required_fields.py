"""The fields that admission requires of the pod template, from the API server's message, as steps that set them."""

import re
from collections.abc import Iterator
from typing import Any

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.security_context import patch_step
from diagnose.model.report import Step
from diagnose.queries.kubernetes_messages import AdmissionError, AdmissionReason
from diagnose.resources import Pod, ValidatingConfiguration, ValidatingPolicy
from diagnose.target.pod_template import AGENT
from diagnose.text.patterns import lazy
from diagnose.text.sentences import joined

# What the injector gives an agent for which nothing else is set.
_OF_AGENT = {"limits.cpu": "500m", "limits.memory": "128Mi", "requests.cpu": "250m", "requests.memory": "64Mi"}
_ANNOTATIONS = {
    "limits.cpu": "agent-limits-cpu",
    "limits.memory": "agent-limits-mem",
    "requests.cpu": "agent-requests-cpu",
    "requests.memory": "agent-requests-mem",
}
_LACKS = lazy(r"(?P<resources>[\w.,/-]{1,200}) for: (?P<containers>[\w,.-]{1,400})")
_POD_OR = lazy(r"pod or containers?\b[^()]{0,400} must set securityContext\.(?P<field>runAsNonRoot|seccompProfile)\b")
_CONTAINERS = lazy(
    r"\(containers? (?P<names>\"[^()]{1,400}?) must (?:not )?set securityContext\."
    r"(?P<field>allowPrivilegeEscalation|capabilities\.drop|privileged)\b"
)
# How CEL demands a label: 'team' in the labels, has() of one, or one that equals a value.
_MARK = lazy(
    r"(?P<quote>['\"])(?P<key>[\w./-]{1,320})(?P=quote) in object\.metadata\.(?P<part>labels|annotations)"
    r"|object\.metadata\.(?P<of>labels|annotations)(?:\.|\[['\"])(?P<name>[\w./-]{1,320})(?:['\"]\])?"
    r"(?: == ['\"](?P<value>[^'\"]{1,63})['\"])?"
)
_CONFIGURATION = "validatingwebhookconfiguration"
_POD_FIELDS: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
_FIELDS: dict[str, dict[str, object]] = {
    "allowPrivilegeEscalation": {"allowPrivilegeEscalation": False},
    "capabilities.drop": {"capabilities": {"drop": ["ALL"]}},
    "privileged": {"privileged": False},
}


def required(ctx: Context, refusal: AdmissionError) -> tuple[Step, ...]:
    """Returns the steps that set what a refusal requires, where its message says what that is."""
    if refusal.kind is AdmissionReason.QUOTA_UNSPECIFIED:
        return tuple(_resources(ctx, refusal.names["missing"]))
    if refusal.kind is AdmissionReason.POD_SECURITY:
        return tuple(_security(ctx, refusal.names["why"]))
    if refusal.kind is AdmissionReason.POLICY:
        return tuple(_marks(ctx, refusal.names["policy"], refusal.names["why"]))
    if refusal.kind is AdmissionReason.WEBHOOK_UNREACHABLE:
        return tuple(_without_webhook(ctx, refusal.names["webhook"]))
    return ()


def _marks(ctx: Context, policy: str, why: str) -> Iterator[Step]:
    """Yields the step that sets the labels and annotations that a policy demands of pods."""
    policies = ctx.detail(lambda: ctx.list(ValidatingPolicy)) or ()
    demanded = [one for each in policies if each.name == policy for one in each.spec.validations]
    marks: dict[str, dict[str, str]] = {}
    for each in [one for one in demanded if one.message and one.message in why] or demanded:
        for found in _MARK.finditer(each.expression):
            part, key = (found["part"] or found["of"]), (found["key"] or found["name"])
            given = getattr(ctx.target.template.metadata, part)
            if key not in given:
                marks.setdefault(part, {})[key] = found["value"] or _value(ctx, part, key)
    if marks:
        names = joined(f"{part.removesuffix('s')} {key}" for part, keys in marks.items() for key in keys)
        command = ctx.owner.patch({"spec": {"template": {"metadata": marks}}})
        yield Step(f"Set {names}, which the policy demands, in the pod template.", command, changes=ctx.deployment)


def _value(ctx: Context, part: str, key: str) -> str:
    """Returns the one value that pods of the namespace have, which a person has to give where they differ."""
    pods = ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ()
    values = {value for pod in pods if (value := getattr(pod.metadata, part).get(key))}
    return values.pop() if len(values) == 1 else "NEW_VALUE"


def _without_webhook(ctx: Context, name: str) -> Iterator[Step]:
    """Yields the step that lets pods be created without a webhook that only refuses; others would change them."""
    for each in ctx.detail(lambda: ctx.list(ValidatingConfiguration)) or ():
        for index, hook in enumerate(each.webhooks):
            if hook.name != name:
                continue
            service = hook.client_config.service
            what = f"Service {service.namespace}/{service.name}" if service else hook.client_config.url
            change = [{"op": "replace", "path": f"/webhooks/{index}/failurePolicy", "value": "Ignore"}]
            yield Step(
                f"Bring {what} back; until then, let objects be created unchecked, or delete the configuration if it "
                "was removed for good.",
                kubectl.patch(_CONFIGURATION, each.name, change, how="json"),
                changes=f"{_CONFIGURATION} {each.name}",
            )


def _resources(ctx: Context, missing: str) -> Iterator[Step]:
    """Yields the step for an agent's amounts, and that for each other container."""
    annotations: dict[str, str | None] = {}
    flags: dict[str, list[str]] = {}
    for lack in _LACKS.finditer(missing):
        for resource in lack["resources"].split(","):
            for container in lack["containers"].split(","):
                if container.startswith(AGENT) and resource in _ANNOTATIONS:
                    annotations[f"vault.hashicorp.com/{_ANNOTATIONS[resource]}"] = _OF_AGENT[resource]
                elif ctx.target.template.spec.container(container):
                    flags.setdefault(container, []).append(_flag(ctx, container, resource))
    if annotations:
        text = "Give the injected agent what the quota counts."
        yield Step(text, ctx.owner.annotate_template(annotations), changes=ctx.deployment)
    for container, given in flags.items():
        text = f"Give container {container} what the quota counts."
        yield Step(text, ctx.owner.set_resources(container, *given), changes=ctx.deployment)


def _flag(ctx: Context, container: str, resource: str) -> str:
    """Returns the flag for a limit or request; where only the other one of the two is set, with its amount."""
    kind, _, name = resource.partition(".")
    known = ctx.target.template.spec.container(container)
    other = (known.resources.requests if kind == "limits" else known.resources.limits) if known else {}
    return f"--{kind}={name}={other.get(name, 'NEW_VALUE')}"


def _security(ctx: Context, why: str) -> Iterator[Step]:
    """Yields the step for the pod, which its containers inherit, and those for its own containers."""
    if pod := {found["field"]: _POD_FIELDS[found["field"]] for found in _POD_OR.finditer(why)}:
        text = f"Set what the level requires for all containers of the pod ({', '.join(pod)})."
        command = ctx.owner.patch({"spec": {"template": {"spec": {"securityContext": pod}}}})
        yield Step(text, command, changes=ctx.deployment)
    own = {each.name for each in ctx.target.template.spec.all_containers}
    for found in _CONTAINERS.finditer(why):
        names = [name for name in re.findall(r'"([^"]+)"', found["names"]) if name in own]
        if names:
            yield patch_step(ctx, f"Set {found['field']} as the level requires.", names, _FIELDS[found["field"]])
