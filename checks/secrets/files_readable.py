"""May the container's user read the files of its Secrets and ConfigMaps? They belong to root in any image.

A mode such as 0400 leaves them to root; with fsGroup the kubelet gives them to a group that every container has. A
program may report that as "permission denied", or take what it cannot read for not set, or run on without it.
"""

import re
from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, grouped
from diagnose.check.reads import CONFIG_MAPS, EXEC, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.commands.owner import Owner
from diagnose.domain.kubernetes.environment import LAST_LINES, MISSES, reported_missing
from diagnose.domain.kubernetes.file_modes import FileSource, MountedFiles, mounted_files, names_in
from diagnose.domain.kubernetes.pods import failing_pods, line_evidence
from diagnose.logs.signatures import ContainerLog
from diagnose.model.report import Alternative, Evidence, Finding, Step
from diagnose.queries.exec_survey.survey import ExecSurvey
from diagnose.queries.kubernetes import ReadLog
from diagnose.resources import ConfigMap, Container, Pod, Service
from diagnose.resources.selectors import selects
from diagnose.target.ownership import owner_by_labels
from diagnose.target.service_names import hosts_of, service_of
from diagnose.text.patterns import lazy
from diagnose.text.sentences import fit, truncate

NOT_READABLE = Code(
    id="secrets.file-not-readable",
    meaning="A file of a mounted Secret or ConfigMap is there, and the container's user may not read it: it belongs to "
    "root, its mode leaves it to root, and the pod has no fsGroup.",
    fix="Give the volume a mode that lets the container's user read it, or the pod an fsGroup.",
    # The files may have replaced variables, which taking the volume away would not bring back.
    template=(),
)
PAIR = Contradiction(
    fact="the file is in the container, and its mode and owner keep it from the container's user",
    opposed="the program needs it",
    proves="what the program misses is there, and cannot be read",
    otherwise=(
        Alternative("The value is not among the files: list the keys of their source.", "config.variable-missing"),
    ),
)
DENIED = lazy(r"permission denied|EACCES|access(?: is)? denied|AccessDenied|Errno 13|UnauthorizedAccess", re.I)
NAME = lazy(r"(?<![\w.])(?P<name>[A-Za-z_][\w.-]{2,80})")
DEPENDENCIES = 3
BY_MODES = "the modes of the files"


class _Unread(msgspec.Struct, frozen=True, kw_only=True):
    """Files that a container's user may not be able to read.

    Attributes:
        readable: False where he cannot, None where that depends on the image.
        message: what the program logs, None without a word about them.
        is_named: whether it names the file, or what the file has.
    """

    pod: Pod
    container: Container
    files: MountedFiles
    user: int | None
    readable: bool | None
    message: Evidence | None = None
    is_named: bool = False

    @property
    def owner(self) -> Owner:
        kind, name = owner_by_labels(self.pod.metadata)
        return Owner(kind, name, self.pod.metadata.namespace)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields a finding for each volume that a failing container, or one of a dependency, cannot read and misses."""
    failing = failing_pods(ctx)
    if not failing:
        raise NotApplicableError("every pod is ready, or starting")
    found = [each for pod in failing for each in _of_pod(ctx, pod)]
    found = [each for each in found if each.message] or list(_of_dependencies(ctx))
    for hits in grouped(((each.owner.name, each.container.name, each.files.path), each) for each in found).values():
        yield _finding(ctx, hits)


def _of_pod(ctx: Context, pod: Pod) -> Iterator[_Unread]:
    """Yields the files that containers of a failing pod cannot read, with what their logs say."""
    for container in pod.spec.all_containers:
        logs = [each for each in ctx.detail(ctx.logs) or () if (each.pod, each.container) == (pod.name, container.name)]
        for each in _unreadable(ctx, pod, container):
            yield _with_message(ctx, each, logs)


def _unreadable(ctx: Context, pod: Pod, container: Container) -> Iterator[_Unread]:
    for files in mounted_files(pod, container):
        if files.readable(pod, container, None) is not True:
            user = _user(ctx, pod, container)
            if (readable := files.readable(pod, container, user)) is not True:
                yield _Unread(pod=pod, container=container, files=files, user=user, readable=readable)


def _user(ctx: Context, pod: Pod, container: Container) -> int | None:
    """Returns the user of a container: the declared one, or that of a container that runs of the same image."""
    own, of_pod = container.security_context.run_as_user, pod.spec.security_context.run_as_user
    if own is not None or of_pod is not None:
        return of_pod if own is None else own
    surveyed = ctx.covered(ctx.surveys, by=BY_MODES) or ()
    users = (each.answer.process.uid for each in surveyed if _image(each.pod, each.container) == container.image)
    known = next((each for each in users if each is not None), None)
    if known is not None:
        return known
    for other, name in _running(ctx).get(container.image, ()):
        if not _declares_user(other, name):
            query = ExecSurvey(namespace=ctx.target.namespace, pod=other.name, container=name)
            answer = ctx.covered(lambda query=query: ctx.query(query), by=BY_MODES)  # type: ignore[misc]
            return answer.process.uid if answer else None
    return None


def _running(ctx: Context) -> dict[str, list[tuple[Pod, str]]]:
    """Returns the ready pods of the namespace with a container that runs, by its image; of several of a pod the first.

    All failing pods are compared with them, and each may have many.
    """
    pods = ctx.detail(lambda: ctx.list(Pod, ctx.target.namespace)) or ()
    return ctx.run_data.once("running containers by image", lambda: grouped(_images(pods)))


def _images(pods: Iterable[Pod]) -> Iterator[tuple[str, tuple[Pod, str]]]:
    for pod in pods:
        running = [each.name for each in pod.running_statuses if each.state.running] if pod.ready else ()
        first = {pod.spec.image(name): name for name in reversed(running)}
        yield from ((image, (pod, name)) for image, name in first.items())


def _image(pod: Pod, container: str) -> str:
    return "" if _declares_user(pod, container) else pod.spec.image(container)


def _declares_user(pod: Pod, name: str) -> bool:
    """Whether the user of a container is not the image's."""
    found = pod.spec.container(name)
    return pod.spec.security_context.run_as_user is not None or bool(
        found and found.security_context.run_as_user is not None
    )


def _with_message(ctx: Context, unread: _Unread, logs: Iterable[ContainerLog]) -> _Unread:
    """Returns it with the line that names the file, else one that misses what the files have, or may have."""
    ends = [(log, line.text) for log in logs for line in reversed(log.text.lines[-LAST_LINES:])]
    for log, text in ends:
        if unread.files.path in text and DENIED.search(text):
            return replace(unread, message=line_evidence(ctx, log, text), is_named=True)
    if unread.readable is None and not any(each.kind == "ConfigMap" for each in unread.files.sources):
        return unread
    names = _names(ctx, unread.files.sources)
    for log, text in ends:
        if MISSES.search(text) and names.intersection(hit["name"] for hit in NAME.finditer(text)):
            return replace(unread, message=line_evidence(ctx, log, text), is_named=True)
    if unread.readable is False and any(each.kind == "Secret" for each in unread.files.sources):
        for log in logs:
            if missing := reported_missing(log):
                return replace(unread, message=line_evidence(ctx, log, f"not set: {', '.join(missing)}"))
    return unread


def _names(ctx: Context, sources: tuple[FileSource, ...]) -> frozenset[str]:
    """Returns the names of what the files have: those of a ConfigMap, and the keys that a volume names."""
    keys = {key for each in sources for item in each.items for key in (item.key, item.path)}
    maps = {each.name for each in sources if each.kind == "ConfigMap"}
    listed = (ctx.detail(lambda: ctx.list(ConfigMap, ctx.target.namespace)) or ()) if maps else ()
    return frozenset(keys).union(*(names_in(each) for each in listed if each.name in maps))


def _of_dependencies(ctx: Context) -> Iterator[_Unread]:
    """Yields the files that pods behind a Service of the target's settings cannot read, as their own logs say."""
    namespace = ctx.target.namespace
    named = {service_of(host, ctx.target) for host in hosts_of(ctx.target)}
    own = {pod.name for pod in ctx.target.pods}
    pods = [each for each in ctx.detail(lambda: ctx.list(Pod, namespace)) or () if each.name not in own]
    strict = [(pod, each) for pod in pods for each in _strict(pod)]
    services = (ctx.detail(lambda: ctx.list(Service, namespace)) or ()) if strict and named else ()
    backing = [each.spec.selector for each in services if (namespace, each.name) in named]
    backends = [(pod, each) for pod, each in strict if any(selects(one, pod.metadata.labels) for one in backing)]
    for pod, unread in backends[:DEPENDENCIES]:
        query = ReadLog(namespace=namespace, pod=pod.name, container=unread.container.name)
        text = ctx.detail(lambda query=query: ctx.query(query))  # type: ignore[misc]
        for line in text.lines if text else ():
            if unread.files.path in line.text and DENIED.search(line.text):
                source = f"pod {pod.name}, {unread.container.name}"
                message = ctx.record_evidence(source, truncate(line.text.strip(), 300), command=query.command)
                yield replace(unread, message=message, is_named=True)
                break


def _strict(pod: Pod) -> Iterator[_Unread]:
    """Yields the files of a pod that not every user may read."""
    for container in pod.spec.containers:
        for files in mounted_files(pod, container):
            if (readable := files.readable(pod, container, None)) is not True:
                yield _Unread(pod=pod, container=container, files=files, user=None, readable=readable)


def _finding(ctx: Context, hits: list[_Unread]) -> Finding:
    first, namespace = hits[0], ctx.target.namespace
    files, source = first.files, first.files.sources[0]
    own = {pod.name for pod in ctx.target.pods}
    command = kubectl.get("pod", first.pod.name, namespace=namespace, output="yaml")
    user = "" if first.user is None else f"; it runs as user {first.user}"
    mode = f"mode {files.mode:04o}, owner root, no fsGroup"
    seen = ctx.record_evidence(
        f"pod {first.pod.name}, volume {files.mount.name}",
        f"{source.label} at {files.path}: {mode}{user}",
        command=command,
    )
    who = f"Container {first.container.name}" + ("" if first.pod.name in own else f" of {first.owner.reference}")
    keys = kubectl.describe(source.kind.lower(), source.name, namespace=namespace)
    return PAIR.finding(
        NOT_READABLE,
        fit(f"{who} may not read {source.label} at {files.path}", f"{mode}{user}"),
        _fix(first),
        Step("List its keys, without their values.", keys),
        subjects=(f"{source.kind.lower()}/{source.name}",),
        pods=tuple(dict.fromkeys(each.pod.name for each in hits if each.pod.name in own)),
        fact=(seen,),
        opposed=tuple(each.message for each in hits[:1] if each.message),
        # The program's own error excludes that another user runs it; a name that it misses does not.
        is_proven=first.is_named and (first.readable is False or _denies(first)),
    )


def _denies(unread: _Unread) -> bool:
    return unread.message is not None and bool(DENIED.search(unread.message.text))


def _fix(unread: _Unread) -> Step:
    """Returns the step that lets the container's user read the files."""
    owner, files = unread.owner, unread.files
    changes = f"{owner.resource} {owner.namespace}/{owner.name}"
    volume = next(each for each in unread.pod.spec.volumes if each.name == files.mount.name)
    kind = "secret" if volume.secret else "configMap" if volume.config_map else "projected"
    if files.by_item:
        group = {"spec": {"template": {"spec": {"securityContext": {"fsGroup": unread.user or 1000}}}}}
        return Step("Give the files to a group of the pod.", owner.patch(group), changes=changes)
    change = {"volumes": [{"name": files.mount.name, kind: {"defaultMode": 0o444}}]}
    text = "Let every user of the container read them (0444; fsGroup with 0440 lets its group alone)."
    return Step(text, owner.patch({"spec": {"template": {"spec": change}}}), changes=changes)


FILES_READABLE = Check(
    id="secrets.files-readable",
    title="The containers' users may read the files of their Secrets and ConfigMaps",
    stage=stages.SECRET_MOUNTS,
    run=run,
    codes=(NOT_READABLE,),
    reads=optional(WORKER_LOGS, CONFIG_MAPS, EXEC, lists(Scope.OWN, Pod, Service)),
    contradiction=PAIR,
)
