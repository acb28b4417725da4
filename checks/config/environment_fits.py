"""Is the environment short enough for a program to start with it? The kernel takes no variable of more than 128 KiB.

All of them together have a limit, too, which the variables of Service links pass where a namespace has thousands of
Services.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import ConfigMap, Container
from diagnose.text.redaction import TRUNCATION_MARK

TOO_LARGE = Code(
    id="workload.environment-too-large",
    meaning="No program starts in a container, as a variable of its environment, or all of them together, are longer "
    "than the kernel takes (argument list too long).",
    fix="Mount the long value as a file, or turn the variables of Service links off (enableServiceLinks: false).",
)
# MAX_ARG_STRLEN of Linux: for a variable with its name and the sign between, and a zero at its end.
LONGEST = 32 * 4096
LINKS = Alternative(
    "The variables of Service links are too many: count the Services of the namespace.", "workload.crash-looping"
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the variable that is too long, where a container reports that it cannot start with its environment."""
    matches = [each for each in ctx.matches() if not each.log.ready]
    ctx.require_worker_logs()
    if not matches:
        return
    first, namespace = matches[0], ctx.target.namespace
    listed = ctx.detail(lambda: ctx.list(ConfigMap, namespace)) or ()
    pods = tuple(dict.fromkeys(each.log.pod for each in matches))
    long = next(_too_long(ctx.target.container, {each.name: each for each in listed}), None)
    if long is None:
        links = {"spec": {"template": {"spec": {"enableServiceLinks": False}}}}
        yield TOO_LARGE.finding(
            f"The environment of {ctx.target.name} is too large for the kernel, so its program does not start.",
            Step("Turn the variables of Service links off.", ctx.owner.patch(links), changes=ctx.deployment),
            Step("See how many Services the namespace has.", kubectl.get("services", namespace=namespace)),
            subjects=(ctx.owner.reference,),
            pods=pods,
            evidence=(first.evidence,),
            alternatives=(LINKS, "A value of a Secret is too long: mount it as a file."),
        )
        return
    name, key, size = long
    # A value is cut off when it is read.
    known = f"has {size} bytes" if size > LONGEST else "is too long to be read whole"
    seen = ctx.record_evidence(f"configmap {name}", f"{key} {known}; the kernel takes {LONGEST} bytes for a variable")
    taken = kubectl.patch("configmap", name, {"data": {key: None}}, namespace=namespace)
    yield TOO_LARGE.finding(
        f"{key} of ConfigMap {name} {known}, and the environment is too large for the kernel, so no program starts.",
        Step(
            "Read the value, and keep a copy of it.",
            kubectl.get("configmap", name, namespace=namespace, output="yaml"),
        ),
        Step(
            "Take it out of the ConfigMap of variables; first keep it in one that is mounted as a file.",
            taken,
            changes=f"configmap {namespace}/{name}",
        ),
        subjects=(f"configmap/{name}", f"variable/{key}"),
        pods=pods,
        evidence=(seen, first.evidence),
        alternatives=() if size > LONGEST else (LINKS,),
    )


def _too_long(container: Container, maps: dict[str, ConfigMap]) -> Iterator[tuple[str, str, int]]:
    """Yields the values of ConfigMaps that a container takes as variables and that are too long: map, key, bytes."""
    for source in container.env_from:
        if source.config_map_ref and (found := maps.get(source.config_map_ref.name)):
            yield from _of_map(found, list(found.data))
    for variable in container.env:
        reference = variable.value_from.config_map_key_ref if variable.value_from else None
        if reference and (found := maps.get(reference.name)):
            yield from _of_map(found, [reference.key])


def _of_map(found: ConfigMap, keys: list[str]) -> Iterator[tuple[str, str, int]]:
    for key in keys:
        value = found.data.get(key, "")
        size = len(value.encode()) + len(key) + 2
        if size > LONGEST or value.endswith(TRUNCATION_MARK):
            yield found.name, key, size


ENVIRONMENT_FITS = Check(
    id="config.environment-fits",
    title="A program can start with the environment",
    stage=stages.VARIABLES,
    run=run,
    codes=(TOO_LARGE,),
    reads=(*WORKER_LOGS, *optional(CONFIG_MAPS)),
)
