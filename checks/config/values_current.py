"""Do the processes have the values that their ConfigMaps have now? A variable keeps the value of the container's start.

So does a file that is mounted by subPath, and one that a program reads only once. Who corrects a ConfigMap and restarts
nothing sees the right value there, and the error of the wrong one in the log.
"""

import difflib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, grouped
from diagnose.check.reads import CONFIG_MAPS, WORKER_LOGS
from diagnose.check.rights import Necessity, needed, optional
from diagnose.commands import kubectl
from diagnose.domain.network.logged_failures import LoggedFailure, evidence_of, failures
from diagnose.model.report import Alternative, Finding, Step
from diagnose.resources import ConfigMap, Pod
from diagnose.resources.containers import VolumeMount
from diagnose.target import environment
from diagnose.target.environment import Setting
from diagnose.target.named_hosts import ends_in
from diagnose.text import times
from diagnose.text.sentences import fit

OUTDATED = Code(
    id="config.value-outdated",
    meaning="A ConfigMap was changed after the containers had started, which keep the value of before until they are "
    "restarted.",
    fix="Restart the pods.",
)
PAIR = Contradiction(
    fact="the ConfigMap has a value since after the container's start",
    opposed="the program uses another one",
    proves="the process still has the value of before",
    otherwise=(
        Alternative("The program has that value from elsewhere: read its variable or file.", "network.host-not-found"),
    ),
)
SIMILAR = 0.6


class _Outdated(msgspec.Struct, frozen=True, kw_only=True):
    """A setting that names another host or port than the program calls.

    Attributes:
        end: what the program calls.
        config_map: the object that the setting is from.
        since: when it was last changed, which is after `started`, the start of the pod's container.
    """

    setting: Setting
    end: str
    config_map: ConfigMap
    since: datetime
    pod: Pod
    started: datetime
    failure: LoggedFailure


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the settings of which processes still have the value of before, as their logs show."""
    used = environment.read(ctx.target.template, ctx.target.container)
    if not used.maps:
        raise NotApplicableError("no setting is from a ConfigMap")
    logged, single = failures(ctx), _single_files(ctx)
    if not (logged or single):
        return
    maps = {each.name: each for each in ctx.list(ConfigMap, ctx.target.namespace)}
    yield from _of_files(ctx, single, maps)
    found = tuple(_outdated(ctx, maps, logged))
    for hits in grouped(((each.setting.name, each.end), each) for each in found).values():
        yield _finding(ctx, hits)


def _single_files(ctx: Context) -> list[tuple[Pod, VolumeMount, str]]:
    """Returns the files that pods mount by subPath, which stay as they were, of those that run and are not ready."""
    return [
        (pod, mount, source.name)
        for pod in ctx.target.current_pods
        if not pod.ready and ctx.target.worker_started(pod)
        for mount, source in environment.mounted_maps(ctx.target.template, ctx.target.worker_container(pod))
        if mount.sub_path
    ]


def _of_files(
    ctx: Context, single: list[tuple[Pod, VolumeMount, str]], maps: dict[str, ConfigMap]
) -> Iterator[Finding]:
    """Yields the files that pods have as they were before their ConfigMap was changed."""
    late: dict[tuple[str, str], list[tuple[Pod, datetime, str]]] = {}
    for pod, mount, name in single:
        since, started = maps[name].changed_at if name in maps else None, ctx.target.worker_started(pod)
        if since and started and since > started and mount.sub_path in maps[name].data:
            late.setdefault((name, mount.sub_path), []).append((pod, since, mount.mount_path))
    for (name, key), hits in late.items():
        (pod, since, path), namespace = hits[0], ctx.target.namespace
        container = ctx.target.worker_container(pod).name
        changed = f"changed at {times.to_text(since)}, after the container of pod {pod.name} had started"
        seen = ctx.record_evidence(
            f"configmap {namespace}/{name}",
            f"{changed}; a file that is mounted by subPath stays as it was",
            command=kubectl.get("configmap", name, namespace=namespace, output="yaml"),
        )
        yield PAIR.finding(
            OUTDATED,
            f"ConfigMap {name} was changed after the pods had started, which are unready and keep its {key} of before.",
            ctx.restart_step("Restart the pods, so that they get the file of now."),
            Step(
                "Compare the file of a container with the ConfigMap.",
                kubectl.run_in(pod.name, "cat", path, namespace=namespace, container=container),
            ),
            subjects=(f"configmap/{name}", f"file/{key}"),
            pods=tuple(each.name for each, _, _ in hits),
            fact=(seen,),
            opposed=(),
        )


def _outdated(ctx: Context, maps: dict[str, ConfigMap], logged: tuple[LoggedFailure, ...]) -> Iterator[_Outdated]:
    """Yields the ends that logs have and no setting has now, each with the setting that is likely to have had it."""
    known = environment.read(ctx.target.template, ctx.target.container, config_maps=maps)
    settings = [each for layer in known.layers for each in layer if each.is_known]
    current = {end for each in settings for end in _ends(each.text)}
    hosts = {host for host, _ in current}
    pods = {pod.name: pod for pod in ctx.target.pods}
    for (name, host, port), failure in _called(logged).items():
        pod = pods.get(name)
        started = ctx.target.worker_started(pod) if pod else None
        if pod is None or started is None or (host, port) in current or (not port and host in hosts):
            continue
        for setting, config_map, since in _changed(settings, maps, started):
            if _is_near(host, port, setting):
                yield _Outdated(
                    setting=setting,
                    end=f"{host}:{port}" if port else host,
                    config_map=config_map,
                    since=since,
                    pod=pod,
                    started=started,
                    failure=failure,
                )
                break


def _called(logged: tuple[LoggedFailure, ...]) -> dict[tuple[str, str, int], LoggedFailure]:
    """Returns the hosts and ports that logs have, by the pod, each with its latest line."""
    found: dict[tuple[str, str, int], LoggedFailure] = {}
    for failure in logged:
        for host, port, _ in failure.ends():
            found.setdefault((failure.log.pod, host, port), failure)
    with_port = {(pod, host) for pod, host, port in found if port}
    return {key: each for key, each in found.items() if key[2] or key[:2] not in with_port}


def _changed(
    settings: list[Setting], maps: dict[str, ConfigMap], started: datetime
) -> Iterator[tuple[Setting, ConfigMap, datetime]]:
    """Yields the settings from ConfigMaps that were changed after a container's start, and when."""
    for each in settings:
        found = maps.get(each.config_map)
        since = found.changed_at if found else None
        if found and since and since > started:
            yield each, found, since


def _ends(text: str) -> Iterator[tuple[str, int]]:
    """Yields the hosts and ports of a value, which may be a host alone."""
    found = [(host, port) for host, port, _ in ends_in(text)]
    yield from found or [(text, 0)]


def _is_near(host: str, port: int, setting: Setting) -> bool:
    """Whether a setting's host is another spelling of this one, or the same with another port."""
    for named, number in _ends(setting.text):
        if named == host and number and port and number != port:
            return True
        if named != host and difflib.SequenceMatcher(None, named, host).ratio() >= SIMILAR:
            return True
    return False


def _finding(ctx: Context, hits: list[_Outdated]) -> Finding:
    first = hits[0]
    namespace, name = ctx.target.namespace, first.config_map.name
    names = tuple(dict.fromkeys(each.pod.name for each in hits))
    by = next((each.manager for each in first.config_map.metadata.managed_fields if each.time == first.since), "")
    show = kubectl.get("configmap", name, namespace=namespace, output="yaml")
    changed = ctx.record_evidence(
        f"configmap {namespace}/{name}",
        f"{first.setting.name} is {first.setting.text}; changed by {by} at {times.to_text(first.since)}, after the "
        f"container of pod {first.pod.name} had started at {times.to_text(first.started)}",
        command=show,
    )
    container = ctx.target.worker_container(first.pod).name
    printed = ("printenv", first.setting.variable) if first.setting.variable else ("env",)
    inspect = kubectl.run_in(first.pod.name, *printed, namespace=namespace, container=container)
    return PAIR.finding(
        OUTDATED,
        fit(
            f"ConfigMap {name} was changed after the pods had started, which still call {first.end}",
            f"{first.setting.name} is now {first.setting.text}",
        ),
        ctx.restart_step("Restart the pods, so that they get the value of now."),
        Step("Read the value that a process has.", inspect),
        subjects=(f"configmap/{name}", f"variable/{first.setting.name}"),
        pods=names if len(names) < len(ctx.target.pods) else (),
        fact=(changed,),
        opposed=evidence_of(ctx, (first.failure,)),
        # That the program has the host from this setting shows only in the process.
        is_proven=False,
    )


VALUES_CURRENT = Check(
    id="config.values-current",
    title="The processes have the values that their ConfigMaps have now",
    stage=stages.OUTDATED,
    run=run,
    codes=(OUTDATED,),
    reads=(*needed(Necessity.CONDITIONAL, CONFIG_MAPS), *optional(WORKER_LOGS)),
    contradiction=PAIR,
)
