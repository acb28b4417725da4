"""Runs of migrations that failed, cannot begin, or keep the worker waiting, in words."""

import re
from datetime import datetime

from diagnose.check.api import Code, Context
from diagnose.domain.database.migrations import Run, events_of_job, question
from diagnose.domain.database.steps import admin_sql
from diagnose.domain.kubernetes.pods import CREATE_REASONS, PULL_REASONS, subjects
from diagnose.model.report import Evidence, Finding, Severity, Step
from diagnose.resources import Pod
from diagnose.text.sentences import cut

FAILED = Code(
    id="database.migration-failed",
    meaning="The last run of migrations ended with an error, so the database's schema is not what the image expects.",
    fix="Mend what the run's log names, and run it again.",
)
NOT_BEGUN = Code(
    id="database.migration-not-begun",
    meaning="The Job that runs the migrations has no pod that works: it is suspended, its pod is refused, or cannot be "
    "placed or started. The schema stays as it is, and whoever waits for the Job waits for ever.",
    fix="Remove what keeps the Job's pod from running.",
)
WAITED_FOR = Code(
    id="database.migration-waited-for",
    meaning="Pods of the worker wait in an init container for a run of migrations that takes longer than one may, or "
    "that nobody has started.",
    fix="Start the run, or see what it waits for.",
    heals=True,
)
GONE = re.compile(r"migration directory is corrupt, the following files are missing: (?P<files>\S[^\n]*)")
_FILE = re.compile(r"migration file \"(?P<file>[^\"]+)\" failed")
_ERROR = re.compile(r"(?:migration failed with error: |[Ee]rror: )(?P<text>[^\n]+)")


def failed(ctx: Context, run: Run, text: str, seen: Evidence | None, waiting: tuple[tuple[Pod, str], ...]) -> Finding:
    """A run that ended with an error, by the last words of its log, else by its Job."""
    gone, file, error = GONE.search(text), _FILE.search(text), _ERROR.search(text)
    if gone:
        summary = f"Job {run.name} failed: the image lacks migrations that the database has ({cut(gone['files'], 80)})."
    elif file:
        why = f" ({cut(error['text'], 60)})" if error else ""
        summary = f"Job {run.name} failed at migration {file['file']}{why}."
    else:
        lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        told = cut(lines[-1], 80) if lines else _given_up(ctx, run)
        summary = f"Job {run.name}, the last run of migrations, failed ({told})."
    asked = question(ctx, run)
    command = f"{asked.command} --tail=40" if asked else f"kubectl -n {ctx.target.namespace} describe job {run.name}"
    return FAILED.finding(
        summary,
        pods=tuple(pod.name for pod, _ in waiting),
        subjects=(f"job/{run.name}",),
        evidence=(seen,) if seen else (),
        steps=(
            Step(text="Read why.", command=command),
            admin_sql(ctx, "See which migrations are applied.", "select name from knex_migrations order by id desc"),
        ),
    )


def _given_up(ctx: Context, run: Run) -> str:
    condition = run.job.condition("Failed") if run.job else None
    if condition is None:
        return "it has no log"
    ctx.saw(f"job {run.name}", f"{condition.reason}: {condition.message}")
    return f"{condition.reason}; its pods are gone"


def not_begun(ctx: Context, run: Run, waiting: tuple[tuple[Pod, str], ...]) -> Finding | None:
    """A run that does nothing, though its Job has not ended; None where it works."""
    why = _why_idle(ctx, run)
    if not why:
        return None
    namespace, pods = ctx.target.namespace, tuple(pod.name for pod, _ in waiting)
    look = Step(text="See what keeps it.", command=f"kubectl -n {namespace} describe job {run.name}")
    resume = Step(
        text="Let it run.",
        command=f'kubectl -n {namespace} patch job {run.name} -p \'{{"spec":{{"suspend":false}}}}\'',
        changes=f"job {namespace}/{run.name}",
    )
    follows = f", and {_who(waiting)} for it" if waiting else ""
    return NOT_BEGUN.finding(
        f"Job {run.name} runs no migration: {why}{follows}.",
        pods=pods,
        subjects=(f"job/{run.name}", *subjects(pods)),
        evidence=(ctx.saw(f"job {run.name}", why, command=look.command),),
        severity=None if waiting else Severity.WARNING,
        steps=(resume, look) if run.job and run.job.spec.suspend else (look,),
    )


def _why_idle(ctx: Context, run: Run) -> str:
    if run.job and run.job.spec.suspend:
        return "it is suspended"
    if run.pod is None:
        refused = [each for each in events_of_job(ctx, run.name) if each.reason == "FailedCreate"]
        return f"its pod is refused ({cut(refused[-1].message, 90)})" if refused else ""
    placed = run.pod.condition("PodScheduled")
    if placed and placed.reason == "Unschedulable":
        return f"pod {run.pod.name} finds no node ({cut(placed.message, 70)})"
    for status in (*run.pod.status.init_container_statuses, *run.pod.status.container_statuses):
        waits = status.state.waiting
        if waits and waits.reason in {*PULL_REASONS, *CREATE_REASONS}:
            why = f" ({cut(waits.message, 70)})" if waits.message else ""
            return f"pod {run.pod.name} has {waits.reason}{why}"
    return ""


def waited_for(ctx: Context, run: Run | None, waiting: tuple[tuple[Pod, str], ...]) -> Finding | None:
    """Pods of the worker that wait for a run which takes too long, or is not there; None where that is as it may be."""
    if not waiting:
        return None
    since = max(ctx.age(_began(pod, name)).total_seconds() for pod, name in waiting)
    if run is None and since > ctx.target.profile.start_s:
        what = "no Job that runs them is there"
    elif (
        run
        and run.running
        and (took := ctx.age(run.started_at).total_seconds()) > ctx.target.profile.migrations.limit_s
    ):
        what = f"Job {run.name} has run for {took / 60:.0f} min"
    else:
        return None
    pods, namespace = tuple(pod.name for pod, _ in waiting), ctx.target.namespace
    asked = question(ctx, run) if run else None
    command = f"{asked.command} --tail=40" if asked else f"kubectl -n {namespace} get jobs"
    (pod, name), *_ = waiting
    who = _who(waiting)
    return WAITED_FOR.finding(
        f"{who[0].upper()}{who[1:]} for migrations in init container {name}, and {what}.",
        pods=pods,
        subjects=(*((f"job/{run.name}",) if run else ()), *subjects(pods)),
        evidence=(ctx.saw(f"pod {pod.name}, {name}", f"has run for {since:.0f} s; {what}"),),
        steps=(
            Step(text="See what it does." if run else "See which Jobs there are.", command=command),
            Step(
                text="Read what is waited for.", command=f"kubectl -n {namespace} logs {pod.name} -c {name} --tail=20"
            ),
        ),
    )


def _began(pod: Pod, name: str) -> datetime | None:
    status = pod.container_status(name)
    return status.state.running.started_at if status and status.state.running else None


def _who(waiting: tuple[tuple[Pod, str], ...]) -> str:
    return f"pod {waiting[0][0].name} waits" if len(waiting) == 1 else f"{len(waiting)} pods of the worker wait"
