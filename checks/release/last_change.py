"""What was different when it worked? A change of the pod template, or of an object, explains what nothing else does.

It runs only where the other checks end at a symptom, such as a program that exits: a template whose pods fail while
those of the one before work, else the object that was changed last before the first error. A change is never proof, so
it stays likely; the fields that an error names come first.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, StandingCause
from diagnose.check.reads import CONFIG_MAPS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.delivery.applied import Applied, changed_fields, evidence, is_entry_of, kind_of, undo_step
from diagnose.domain.delivery.differences import SHOWN, Difference, as_text, set_back, undo
from diagnose.domain.delivery.template_change import (
    TemplateChange,
    is_any,
    is_mentioned,
    is_word_of,
    template_change,
)
from diagnose.domain.kubernetes.pods import whole
from diagnose.model.report import Alternative, Evidence, Finding, Severity, Step
from diagnose.model.timeline import Moment, MomentKind, Nature
from diagnose.resources import ConfigMap, ControllerRevision, NetworkPolicy, Pod, ReplicaSet, Service
from diagnose.text.patterns import lazy
from diagnose.text.sentences import MAX_LENGTH, fit, joined, listed, span
from diagnose.text.times import to_text

SUSPECTED = Code(
    id="release.change-suspected",
    meaning="Pods fail and nothing shows why, but what they are made from, or what they read, was changed before. The "
    "change is the likely cause: the fields that differ from when it worked are named with both values.",
    fix="Set back what was changed, or correct it.",
    transient=True,  # as far as the symptoms are that it explains
)
RECENT = timedelta(days=1)
SOON, AT_ONCE = timedelta(hours=1), timedelta(minutes=10)
"""How long before the failure a change counts that pods read as they start, and one that works at once."""
SHORT = 32
"""How long a value may be in the summary, where the error has to fit in, too."""
MOST = 8
LINE = 110
"""How long evidence of a change may be with the value before, which its undo shows, too."""
INSTALLED = timedelta(minutes=1)
# A program that ran for so long had started with all that its template gives it.
WORKED_S = 600.0
# Parts of a template that end once a container runs.
_BEFORE_START = ("scheduling", "pull-*")
_OF_WORKER = lazy(r"^(?:The worker|Pod \S+|Container \S+ of pod \S+) ")
_EXIT = lazy(r"exit code \d+")
_READ_AT_START = ("configmap/", "secret/")
_KINDS = (MomentKind.CONFIGURATION, MomentKind.SECRET)
# What decides how many pods there are and where, and not what they do.
_OTHER_KINDS = (
    "horizontalpodautoscaler/",
    "poddisruptionbudget/",
    "node/",
    "resourcequota/",
    "deployment/",
    "statefulset/",
)
_OLD_PODS = "What the pods need may have changed since the older ones started: those would fail after a restart, too."


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the change that may have brought what no other finding explains."""
    standing = [each for each in ctx.standing if stages.LAST_CHANGE in each.stage.earlier]
    open_causes = [each for each in standing if each.is_open and each.finding.severity is Severity.CRITICAL]
    if not open_causes:
        raise NotApplicableError("nothing fails whose cause is not known")
    ctx = replace(ctx, target=whole(ctx))
    message = " ".join(_texts(open_causes))
    change = template_change(ctx.target, _history(ctx))
    if change and _separates(ctx, change, open_causes) and (suspects := _suspects(change, open_causes, message)):
        yield _of_template(ctx, change, suspects, open_causes)
        return
    changed = sorted(_changed(ctx, open_causes), key=lambda each: (_is_named(each.subject, message), each.at))
    if changed:
        yield _of_object(ctx, changed[-1], changed[:-1], open_causes, message)


def _history(ctx: Context) -> Iterable[ControllerRevision]:
    """Returns the templates that a StatefulSet or DaemonSet had, also where no pod of them is left."""
    if ctx.target.kind not in {"StatefulSet", "DaemonSet"}:
        return ()
    return ctx.detail(lambda: ctx.list(ControllerRevision, ctx.target.namespace)) or ()


def _texts(causes: Iterable[StandingCause]) -> Iterator[str]:
    for each in causes:
        yield each.finding.summary
        yield from (seen.text for seen in each.finding.evidence)


def _failing(ctx: Context, causes: Iterable[StandingCause]) -> set[str]:
    """Returns the pods that fail: those of the findings; all that are not ready where a finding names none."""
    unready = {pod.name for pod in ctx.target.pods if not pod.ready}
    return {name for each in causes for name in each.finding.pods or unready}


def _separates(ctx: Context, change: TemplateChange, causes: list[StandingCause]) -> bool:
    """Whether pods of the new template fail, and no other ones; alone, a template that is new is suspect, too."""
    failing, own = _failing(ctx, causes), set(change.pods)
    if not failing or failing - own or any(pod.ready for pod in ctx.target.current_pods if pod.name not in failing):
        return False
    if change.working:
        return True
    is_new = change.at is not None and ctx.now - change.at <= RECENT
    return is_new and not any(_has_worked(ctx, name) for name in failing)


def _has_worked(ctx: Context, name: str) -> bool:
    pod = next((each for each in ctx.target.pods if each.name == name), None)
    ends = (status.last_end for status in pod.status.container_statuses) if pod else ()
    return any(
        end and end.started_at and end.finished_at and (end.finished_at - end.started_at).total_seconds() > WORKED_S
        for end in ends
    )


def _suspects(change: TemplateChange, causes: list[StandingCause], message: str) -> list[Difference]:
    """Returns the differences that can have this effect: those that an error names, else all of a suitable kind."""
    known = [each for each in change.differences if not is_any(_part(each), _BEFORE_START)]
    if named := [each for each in known if is_mentioned(each, message)]:
        return named
    patterns = [pattern for each in causes for pattern in each.template]
    return [each for each in known if is_any(_part(each), patterns)] or known


def _part(each: Difference) -> str:
    return each.part(each.container)


def _is_named(subject: str, message: str) -> bool:
    return is_word_of(subject.rpartition("/")[2], message)


def _of_template(
    ctx: Context, change: TemplateChange, suspects: list[Difference], causes: list[StandingCause]
) -> Finding:
    main, failing = ctx.target.container.name, _failing(ctx, causes)
    others = [each for each in change.differences if each not in suspects]
    show = ctx.owner.rollout("history")
    counts = f"{len(failing)} of {len(change.pods)} pods of {change.now} fail"
    working = f", {change.working} of {change.before} work" if change.working else ""
    alternatives = [f"It also changed this: {as_text(others, main)}."] if others else []
    alternatives += [_own_error(each) for each in causes]
    alternatives += [_OLD_PODS] if change.working else []
    errors = causes[0].finding.evidence[:2]
    guards = _guards(suspects)
    code = replace(SUSPECTED, fix=f"Roll back, until what {joined(guards)} checks holds.") if guards else SUSPECTED
    return code.finding(
        _summary(ctx, change, suspects, _reason(causes)),
        *_steps(ctx, change, suspects, causes),
        subjects=(ctx.owner.reference,),
        pods=tuple(sorted(failing)),
        evidence=(
            # The error itself first: the change is in the sentence and in the fix. A bare exit code is none.
            *(each for each in errors if not _EXIT.match(each.text)),
            *(ctx.record_evidence(change.source, text, command=show) for text in _differences(suspects, main)),
            *(each for each in errors if _EXIT.match(each.text)),
            ctx.record_evidence(f"{change.source}, pods", f"{counts}{working}"),
            *_made(ctx, change),
        ),
        alternatives=tuple(alternatives),
    )


def _differences(suspects: list[Difference], main: str) -> Iterator[str]:
    """Yields what each suspected change is."""
    for each in suspects[:MOST]:
        text = each.text(main)
        yield text if len(text) <= LINE else each.text(main, with_before=False)


def _summary(ctx: Context, change: TemplateChange, suspects: list[Difference], reason: str) -> str:
    """Returns what differs and the error: rather the names of the fields alone than a part of the error."""
    main, head = ctx.target.container.name, f"{ctx.owner.name} fails since {change.now}"
    if change.working:
        before = change.before.removeprefix("revision ")
        head = f"{change.now[0].upper()}{change.now[1:]} of {ctx.owner.name} fails, {before} works"
    texts = []
    for longest in (SHOWN, SHORT):
        for with_before in (True, False):
            values = [each.text(main, longest, with_before=with_before) for each in suspects]
            # A value that is truncated says nothing of how it differs.
            texts += [f"{head}: {listed(values, most)}" for most in (2, 1) if not _is_truncated(values[:most])]
    if not any(each.is_container for each in suspects) or not texts:
        texts.append(f"{head}: {listed((each.label(main) for each in suspects), 1)} changed")
    # What follows from the error is not needed here.
    reasons = (reason, reason.partition("; ")[0])
    fitting = (f"{each}; {one}." for one in reasons for each in texts if len(each) + len(one) + 3 <= MAX_LENGTH)
    return next(fitting, f"{texts[-1]}; {reason}")


def _is_truncated(texts: list[str]) -> bool:
    return any(each.rstrip(")").endswith("…") or "… (was " in each for each in texts)


def _made(ctx: Context, change: TemplateChange) -> Iterator[Evidence]:
    if change.at:
        by = f" by {change.by}" if change.by else ""
        text = f"made{by} at {to_text(change.at)}, {span(ctx.age(change.at).total_seconds())} ago"
        yield ctx.record_evidence(f"{change.source}, time", text)


def _steps(
    ctx: Context, change: TemplateChange, suspects: list[Difference], causes: list[StandingCause]
) -> Iterator[Step]:
    """Yields the undo and what decides; a guard is not removed, so that the program waits for what it checks."""
    if _guards(suspects):
        yield Step("Roll back.", ctx.owner.rollout("undo"), changes=ctx.deployment)
    else:
        yield from _undo(ctx, change, suspects)
    yield from _looks(causes)


def _guards(suspects: list[Difference]) -> list[str]:
    """Returns the new init containers that end, as those do that check whether the program may start."""
    new = [each for each in suspects if each.before is None and each.part("") == "init" and each.is_container]
    return [each.container for each in new if each.after.get("restartPolicy") != "Always"]


def _undo(ctx: Context, change: TemplateChange, suspects: list[Difference]) -> Iterator[Step]:
    """Yields the smallest undo; the engine replaces the rollback by that of Helm or of the GitOps controller."""
    whole = Step("Roll back.", ctx.owner.rollout("undo"), changes=ctx.deployment)
    command = undo(suspects, ctx.owner)
    is_of_tool = ctx.target.gitops is not None or change.by.startswith("helm")
    if is_of_tool or not command:
        yield whole
    if command and ctx.target.gitops is None:
        back = set_back(suspects, ctx.target.container.name)
        text = f"Until then, {back[:1].lower()}{back[1:]}" if is_of_tool else back
        yield Step(f"{text}, as in {change.before}.", command, changes=ctx.deployment)
    if command and not is_of_tool and len(suspects) < len(change.differences):
        yield whole


def _looks(causes: list[StandingCause]) -> Iterator[Step]:
    """Yields the step that decides: what the failing program itself reports."""
    for cause in causes[:1]:
        steps = (each for each in cause.finding.remediation.steps if each.command and not each.changes)
        yield from (Step(each.text, each.command) for each in list(steps)[:1])


def _own_error(cause: StandingCause) -> Alternative:
    return Alternative("The program may fail by itself, whatever changed: read its log.", cause.finding.code)


def _reason(causes: list[StandingCause]) -> str:
    """Returns the error of the first cause: what its sentence has after the state, or in its last parentheses.

    What the sentence is about is the workload that the head names.
    """
    summary = causes[0].finding.summary.rstrip(".…")
    state, _, message = summary.partition("): ")
    _, _, inner = state.removesuffix(")").partition(" (") if state.endswith(")") else ("", "", "")
    return message or inner or summary.partition(": ")[2] or _OF_WORKER.sub("it ", summary)


def _changed(ctx: Context, causes: list[StandingCause]) -> Iterator[Moment]:
    """Yields the changes of objects that came after the workload, and that what works and fails does not refute."""
    controller = ctx.target.controller
    made = controller.metadata.creation_timestamp if controller else None
    installed = made + INSTALLED if made else ctx.now - RECENT
    failing = _failing(ctx, causes)
    starts = {pod.name: started for pod in ctx.target.pods if (started := _started(ctx, pod))}
    working = [starts.get(pod.name, ctx.now) for pod in ctx.target.ready_pods if pod.name not in failing]
    broken = [starts[name] for name in failing if name in starts]
    for each in ctx.timeline.moments:
        if each.nature is not Nature.CHANGE or each.kind not in _KINDS or each.at <= installed:
            continue
        if each.subject.startswith(_READ_AT_START) and each.subject.count("/") == 1:
            # Those that started since then read what it is now, and those before it what it was.
            within = RECENT if working else SOON
            is_suspect = (
                bool(broken) and each.at < min(broken) <= each.at + within and all(one <= each.at for one in working)
            )
        else:
            first = ctx.timeline.first_wrong
            is_suspect = bool(not working and first and each.at <= first.at <= each.at + AT_ONCE)
        if is_suspect and not each.subject.startswith(_OTHER_KINDS):
            yield each


def _started(ctx: Context, pod: Pod) -> datetime | None:
    """Returns when the program of a pod started last."""
    status = pod.container_status(ctx.target.worker_container(pod).name)
    if status is None:
        return pod.metadata.creation_timestamp
    end = status.last_end
    return status.state.running.started_at if status.state.running else end.started_at if end else None


def _of_object(ctx: Context, last: Moment, others: list[Moment], causes: list[StandingCause], message: str) -> Finding:
    kind, _, path = last.subject.partition("/")
    namespace, _, name = path.rpartition("/")
    namespace = namespace or ctx.target.namespace
    thing = _applied(ctx, kind, namespace, name)
    fields = _fields(thing, last.at, message) if thing else []
    now = _named_entry(thing, message) if isinstance(thing, ConfigMap) else ""
    details = tuple(filter(None, (as_text(fields, "", 2, SHORT), now, _when(ctx, last.at))))
    get = kubectl.get(kind, name, namespace=namespace, output="yaml", flags=("--show-managed-fields",))
    head = f"{ctx.owner.name} fails since {last.summary.partition(', which manages ')[0].rstrip('.')}"
    return SUSPECTED.finding(
        _sentence(head, details, _reason(causes)),
        *(_set_back(ctx, thing, fields) if thing else ()),
        Step(
            f"Compare {kind} {name} with its source, and set back what is wrong"
            f"{', and restart the pods' if last.subject.startswith(_READ_AT_START) else ''}.",
            kubectl.edit(kind, name, namespace=namespace),
            changes=f"{kind} {namespace}/{name}",
        ),
        Step("Show what was changed by which tool.", get),
        *_looks(causes),
        subjects=(last.subject, ctx.owner.reference),
        pods=tuple(sorted(_failing(ctx, causes))),
        evidence=(
            ctx.record_evidence(f"{kind} {namespace}/{name}", f"{last.summary} {to_text(last.at)}", command=get),
            *(evidence(thing, fields) if thing else ()),
            *(seen for each in causes[:1] for seen in each.finding.evidence[:2]),
        ),
        alternatives=(
            *(f"Before that: {each.summary.rstrip('.')} at {to_text(each.at)}." for each in others[-2:]),
            *map(_own_error, causes),
        ),
    )


def _sentence(head: str, details: tuple[str, ...], reason: str) -> str:
    """Returns a sentence with the first of the details that leaves room for the error, else with the first alone."""
    texts = (fit(head, each, reason) for each in details)
    return next((each for each in texts if reason in each), fit(head, details[0]))


def _when(ctx: Context, at: datetime) -> str:
    return f"{span(ctx.age(at).total_seconds())} ago"


def _applied(ctx: Context, kind: str, namespace: str, name: str) -> Applied | None:
    """Returns the object, where it is of a kind of which it is known what was applied."""
    kinds: tuple[type[Applied], ...] = (ConfigMap, Service, NetworkPolicy)
    for each in kinds:
        if kind_of(each).lower() == kind:
            listed = ctx.detail(partial(ctx.list, each, namespace)) or ()
            return next((one for one in listed if one.name == name), None)
    return None


def _fields(thing: Applied, at: datetime, message: str) -> list[Difference]:
    """Returns the fields that were changed since the last apply: those that an error names, else all."""
    found = changed_fields(thing, at)
    named = [each for each in found if is_entry_of(str(each.path[-1]), str(each.after or ""), message)]
    return named or list(found)


def _set_back(ctx: Context, thing: Applied, fields: list[Difference]) -> Iterator[Step]:
    """Yields the step that gives the fields the values of the last apply, as far as these are known."""
    if step := undo_step(thing, fields, ctx.owner):
        yield step


def _named_entry(config_map: ConfigMap, message: str) -> str:
    """Returns the entry that an error names, by its key or its value."""
    for key, value in config_map.data.items():
        if is_entry_of(key, value, message):
            return f"{key} is {value or 'empty'}"
    return ""


LAST_CHANGE = Check(
    id="release.last-change",
    title="No change explains a failure of unknown cause",
    stage=stages.LAST_CHANGE,
    run=run,
    codes=(SUSPECTED,),
    concludes=True,
    reads=optional(
        CONFIG_MAPS,
        lists(Scope.SYSTEM, ConfigMap),
        lists(Scope.OWN, Pod, ReplicaSet, ControllerRevision, Service, NetworkPolicy),
        lists(Scope.OTHER_SERVICES, Service, NetworkPolicy),
        *(lists(each, Service) for each in (Scope.VAULT, Scope.TEMPORAL, Scope.DATABASE)),
    ),
)
