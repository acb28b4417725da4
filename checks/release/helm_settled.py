"""Did the last Helm operation of the release complete successfully? Runs only with --helm-history.

An operation that was killed stays pending indefinitely, and Helm refuses each further one.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.rights import helm_records
from diagnose.commands import kubectl
from diagnose.domain.delivery.helm import helm, history_of, history_step, release_of
from diagnose.model.report import Finding, Severity, Step
from diagnose.queries.helm import PENDING, HelmHistory, ReleaseRecord
from diagnose.target.target import Release
from diagnose.text.characters import one_line
from diagnose.text.sentences import truncate

STUCK = Code(
    id="release.helm-pending",
    meaning="An install, upgrade or rollback of the release was started and never completed, because its process was "
    'killed. Helm considers it as running and refuses every further one ("another operation is in progress").',
    fix="Make sure that no deployment is running, then roll back to the last deployed revision.",
    stage=stages.INDEPENDENT,
    transient=True,
)
FAILED = Code(
    id="release.helm-failed",
    meaning="The last upgrade, install or rollback of the release failed; what it had applied by then remains.",
    fix="Fix the cause that Helm's message names, and deploy again.",
    severity=Severity.WARNING,
)
GONE = Code(
    id="release.uninstalled",
    meaning="Helm has uninstalled the release and kept its history, and the workload still exists: it was recreated, "
    "or its deletion had no effect.",
    fix="Install the release again, so that upgrades and rollbacks reach the workload.",
    severity=Severity.WARNING,
    stage=stages.INDEPENDENT,
)
# Helm's default timeout of an operation is 5 minutes; a longer one is still running only with a longer timeout.
PATIENCE_S = 600.0


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the state of Helm's latest record."""
    release = release_of(ctx)
    history = history_of(ctx, release)
    last = history.records[-1]
    ctx.record_evidence(
        f"release {release.name}", f"revision {last.revision} {last.status}: {truncate(last.description, 200)}"
    )
    if last.status in PENDING:
        age_s = ctx.age(last.last_deployed).total_seconds()
        if age_s <= PATIENCE_S:
            ctx.note(f"revision {last.revision} of {release.name} is {last.status} since {age_s:.0f} s")
            return
        yield _stuck(ctx, release, history, last, age_s)
    elif last.status == "failed":
        reason = truncate(one_line(last.description), 90).rstrip(".")
        yield FAILED.finding(
            f"Revision {last.revision} of release {release.name} failed: {reason}.",
            history_step(release),
            Step("Read its status.", helm(release, "status")),
            subjects=(f"release/{release.name}",),
        )
    elif last.status == "uninstalled":
        yield GONE.finding(
            f"Release {release.name} is uninstalled since revision {last.revision}, but its workload still exists.",
            history_step(release),
            subjects=(f"release/{release.name}",),
        )


def _stuck(ctx: Context, release: Release, history: HelmHistory, last: ReleaseRecord, age_s: float) -> Finding:
    since = f"{age_s / 60:.0f} minutes" if age_s < 7200 else f"{age_s / 3600:.0f} hours"
    previous = history.deployed or next(
        (each for each in reversed(history.records) if each.status == "superseded"), None
    )
    text = "Nothing was ever deployed: remove what the first install has created."
    fix = Step(text, helm(release, "uninstall"), changes=f"release {release.name} and all its objects")
    if previous:
        text = f"Roll back to revision {previous.revision}, the last deployed one; then deploy again."
        fix = Step(text, helm(release, "rollback", previous.revision), changes=f"release {release.name}")
    running = kubectl.get("workflows.argoproj.io", namespace=ctx.target.workflows or "argo")
    return STUCK.finding(
        f"Release {release.name} is stuck in {last.status} (revision {last.revision}) for {since}, so Helm refuses "
        "every further upgrade.",
        Step("Make sure that no deployment is running.", running),
        fix,
        history_step(release),
        subjects=(f"release/{release.name}",),
    )


HELM_SETTLED = Check(
    id="release.helm-settled",
    title="The last Helm operation of the release has succeeded",
    stage=stages.RELEASE,
    run=run,
    codes=(STUCK, FAILED, GONE),
    occasions=(*INCIDENTS, Occasion.BEFORE_DEPLOY, Occasion.AUDIT),
    reads=helm_records(),
)
