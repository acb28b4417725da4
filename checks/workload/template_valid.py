"""Does the API server accept the workload of a manifest? What it refuses for the object alone is known before.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/ has the rules.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion
from diagnose.model.report import Finding, Step
from diagnose.resources import Container, PodSpec, Workload, quantities
from diagnose.resources.selectors import Selector, selects, to_text
from diagnose.target.target import Target
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

INVALID = Code(
    id="workload.template-invalid",
    meaning="The API server refuses the workload of the manifest for what it has itself: a selector that does not "
    "select its own pods, a mount without its volume, a request above its limit, a name or label of another form.",
    fix="Correct the field in the manifest, or in the values that it is rendered from.",
)
JOBS = {"Job", "CronJob"}
_NAME = lazy(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN = lazy(r"[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?")
_LABEL = lazy(r"(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields what the API server refuses, each once."""
    target = ctx.target
    if target.manifest is None:
        raise NotApplicableError("what runs was accepted")
    kind, name = target.kind, target.name
    for field, problem in dict.fromkeys(_problems(target)):
        yield INVALID.finding(
            truncate(f"{kind} {name}: {problem}, so the API server refuses it."),
            Step(f"Correct {field} of {kind} {name} in the manifest."),
            subjects=(target.owner.reference,),
            evidence=(ctx.record_evidence(f"the manifest, {kind} {name}", f"{field}: {problem}"),),
        )


def _problems(target: Target) -> Iterator[tuple[str, str]]:
    """Yields the fields that are refused, each with the reason."""
    if not _SUBDOMAIN.fullmatch(target.name):
        yield "metadata.name", f'the name "{target.name}" is none that Kubernetes takes'
    template, controller = target.template, target.controller
    if controller is not None:
        yield from _of_labels("metadata.labels", controller.metadata.labels)
        yield from _of_selector(controller, template.metadata.labels)
    yield from _of_labels("spec.template.metadata.labels", template.metadata.labels)
    yield from _of_pod(template.spec, _claims(controller))
    if target.kind in JOBS and template.spec.restart_policy == "Always":
        yield "restartPolicy", "the pods of a Job need the restartPolicy OnFailure or Never"


def _of_labels(field: str, labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in labels.items():
        if not _LABEL.fullmatch(value):
            yield field, f'the label {key} has the value "{truncate(value, 40)}", which no label can have'


def _of_selector(controller: Workload, labels: dict[str, str]) -> Iterator[tuple[str, str]]:
    selector = getattr(getattr(controller, "spec", None), "selector", None)
    if not isinstance(selector, Selector):
        return
    if not selector:
        yield "spec.selector", "it has no selector"
    elif not selects(selector, labels):
        yield "spec.selector", f"its selector {to_text(selector)} does not select its own pods"


def _claims(controller: Workload | None) -> frozenset[str]:
    """Returns the names of the volumes that come from a StatefulSet's own claims."""
    templates = getattr(getattr(controller, "spec", None), "volume_claim_templates", ())
    return frozenset(each.metadata.name for each in templates)


def _of_pod(spec: PodSpec, claims: frozenset[str]) -> Iterator[tuple[str, str]]:
    volumes = {each.name for each in spec.volumes} | claims
    for what, names in (
        ("container", [each.name for each in spec.all_containers]),
        ("volume", [each.name for each in spec.volumes]),
    ):
        for name in _twice(names):
            yield f"{what}s", f"two {what}s have the name {name}"
    for container in spec.all_containers:
        yield from _of_container(container, volumes)


def _of_container(container: Container, volumes: set[str]) -> Iterator[tuple[str, str]]:
    name = container.name
    field = f"containers[{name}]"
    if not _NAME.fullmatch(name):
        yield f"{field}.name", f'the name "{truncate(name, 70)}" of a container is none that Kubernetes takes'
    for mount in container.volume_mounts:
        if mount.name not in volumes:
            yield (
                f"{field}.volumeMounts",
                f"container {name} mounts the volume {mount.name}, which the pod does not have",
            )
    for path in _twice(each.mount_path for each in container.volume_mounts):
        yield f"{field}.volumeMounts", f"container {name} mounts two volumes at {path}"
    for resource, text in container.resources.requests.items():
        limit = container.resources.limits.get(resource)
        request, most = quantities.parse(text), quantities.parse(limit) if limit is not None else None
        if request is None:
            yield f"{field}.resources", f'container {name} requests {resource} "{text}", which is not a quantity'
        elif most is not None and request > most:
            yield f"{field}.resources", f"container {name} requests {resource} {text}, more than its limit {limit}"
    for resource, text in container.resources.limits.items():
        if quantities.parse(text) is None:
            yield f"{field}.resources", f'container {name} has the limit {resource} "{text}", which is not a quantity'


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


TEMPLATE_VALID = Check(
    id="workload.template-valid",
    title="The API server accepts the workload of the manifest",
    stage=stages.ADMISSION,
    run=run,
    codes=(INVALID,),
    occasions=(Occasion.BEFORE_BY_MANIFEST,),
)
