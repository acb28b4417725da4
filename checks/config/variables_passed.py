"""Does a variable that a program misses exist elsewhere? Then what sets it is there, and does not reach the container.

It may be set for another container of the pod, come under another name (by a prefix, or in small letters), or be a key
of a ConfigMap that the container does not refer to.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, grouped
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import missing_by_log
from diagnose.domain.kubernetes.pods import failing_pods, line_evidence
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.resources import ConfigMap, Container, Pod
from diagnose.text.redaction import MASK

NOT_PASSED = Code(
    id="config.variable-not-passed",
    meaning="A program says that a variable is not set, and what should set it exists: for another container of the "
    "pod, under another name, or in a ConfigMap that the container does not refer to.",
    fix="Let the container refer to what sets the variable.",
)
PAIR = Contradiction(
    fact="the value of the variable exists",
    opposed="the program says that it is not set",
    proves="it does not reach the program's container",
    otherwise=(
        Alternative("The value that exists is another one: set the variable to its own.", "config.variable-missing"),
    ),
)


class _Source(msgspec.Struct, frozen=True, kw_only=True):
    """What has the value of a variable.

    Attributes:
        text: as the end of a sentence.
        entry: the entry of the environment that takes the value from there.
        is_meant: whether it is surely this variable's, and not one of the same name for another program.
    """

    text: str
    entry: dict[str, Any]
    is_meant: bool


class _Missed(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that a program misses, with what has its value."""

    pod: Pod
    container: Container
    name: str
    source: _Source
    line: Evidence


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the variables that failing containers miss although something has their values."""
    failing = {pod.name: pod for pod in failing_pods(ctx)}
    if not failing:
        raise NotApplicableError("every pod is ready, or starting")
    found = [
        each for log in ctx.detail(ctx.logs) or () if log.pod in failing for each in _missed(ctx, failing[log.pod], log)
    ]
    for hits in grouped(((each.container.name, each.name), each) for each in found).values():
        yield _finding(ctx, hits)


def _missed(ctx: Context, pod: Pod, log: ContainerLog) -> Iterator[_Missed]:
    container = pod.spec.container(log.container)
    for name, text in missing_by_log(log):
        if container and container.variable(name) is None:
            maps = {each.name: each for each in ctx.detail(lambda: ctx.list(ConfigMap, ctx.target.namespace)) or ()}
            if source := next(_sources(pod, container, name, maps), None):
                seen = line_evidence(ctx, log, text)
                yield _Missed(pod=pod, container=container, name=name, source=source, line=seen)


def _sources(pod: Pod, container: Container, name: str, maps: dict[str, ConfigMap]) -> Iterator[_Source]:
    """Yields what has the value of a variable, the surest first; nothing where the container has it itself."""
    own = dict(_keys(container, maps))
    if name in own:
        return
    for each, (config_map, key) in own.items():
        if _spelled(each) == _spelled(name):
            text = f"ConfigMap {config_map} gives it as {each}"
            yield _Source(text=text, entry=_entry(name, config_map, key), is_meant=True)
    for variable in container.env:
        if variable.name != name and _spelled(variable.name) == _spelled(name):
            entry = {"name": name, "value": f"$({variable.name})"}
            yield _Source(text=f"the container has it as {variable.name}", entry=entry, is_meant=True)
    for other in pod.spec.all_containers:
        if other.name != container.name and (source := _of_other(other, name, maps)):
            yield source
    for config_map in sorted(maps):
        if name in maps[config_map].data:
            text = f"ConfigMap {config_map} has it, and the container does not refer to that"
            yield _Source(text=text, entry=_entry(name, config_map, name), is_meant=False)


def _keys(container: Container, maps: dict[str, ConfigMap]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields the variables that a container takes from whole ConfigMaps, with map and key."""
    for each in container.env_from:
        found = maps.get(each.config_map_ref.name) if each.config_map_ref else None
        for key in found.data if found else ():
            yield f"{each.prefix}{key}", (found.name if found else "", key)


def _spelled(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


def _of_other(other: Container, name: str, maps: dict[str, ConfigMap]) -> _Source | None:
    text = f"container {other.name} has it"
    variable = other.variable(name)
    if variable is None:
        config_map, key = dict(_keys(other, maps)).get(name, ("", ""))
        return _Source(text=text, entry=_entry(name, config_map, key), is_meant=True) if key else None
    given = variable.value_from
    for kind, reference in (
        ("secretKeyRef", given.secret_key_ref if given else None),
        ("configMapKeyRef", given.config_map_key_ref if given else None),
    ):
        if reference:
            entry = {"name": name, "valueFrom": {kind: {"name": reference.name, "key": reference.key}}}
            return _Source(text=text, entry=entry, is_meant=True)
    if given or MASK in variable.value:
        return None
    return _Source(text=text, entry={"name": name, "value": variable.value}, is_meant=True)


def _entry(name: str, config_map: str, key: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": config_map, "key": key}}}


def _finding(ctx: Context, hits: list[_Missed]) -> Finding:
    first, namespace = hits[0], ctx.target.namespace
    name, container, source = first.name, first.container, first.source
    show = kubectl.get("pod", first.pod.name, namespace=namespace, output="yaml")
    seen = ctx.record_evidence(f"pod {first.pod.name}", f"{name}: {source.text}", command=show)
    initial = {each.name for each in ctx.target.template.spec.init_containers}
    kind = "initContainers" if container.name in initial else "containers"
    change = {"spec": {"template": {"spec": {kind: [{"name": container.name, "env": [source.entry]}]}}}}
    unread = any(each.secret_ref for each in container.env_from) or ctx.target.vault.used
    return PAIR.finding(
        NOT_PASSED,
        f"Container {container.name} misses the variable {name}, and {source.text}.",
        Step(f"Let the container have {name} from there.", ctx.owner.patch(change), changes=ctx.deployment),
        Step("List the sources of the variables.", ctx.owner.list_env(container.name)),
        subjects=(f"variable/{name}",),
        pods=tuple(dict.fromkeys(each.pod.name for each in hits)),
        fact=(seen,),
        opposed=(first.line,),
        is_proven=source.is_meant and not unread,
    )


VARIABLES_PASSED = Check(
    id="config.variables-passed",
    title="The values of variables that programs miss reach their containers",
    stage=stages.SOURCES,
    run=run,
    codes=(NOT_PASSED,),
    reads=optional(WORKER_LOGS, CONFIG_MAPS),
    contradiction=PAIR,
)
