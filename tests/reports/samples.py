"""Reports to render: each is built by hand and says one thing."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.model.gate import Baseline, Ending, FindingChange, Wait
from diagnose.model.report import (
    Cause,
    CheckSelection,
    Confidence,
    Evidence,
    Finding,
    Mute,
    Muted,
    Outcome,
    Remediation,
    Report,
    Severity,
    State,
    Status,
    Step,
    TargetFacts,
    Usage,
    Vantage,
    Verdict,
    WorkloadState,
)
from diagnose.model.timeline import Moment, MomentKind, Nature, Precision, Timeline

PODS = ("temporal-worker-7d9-x2k1", "temporal-worker-7d9-m4qp", "temporal-worker-7d9-zz81")
STARTED = datetime(2026, 11, 24, 14, 2, 31, tzinfo=UTC)
LOGS = "kubectl -n msp logs temporal-worker-7d9-x2k1 -c vault-agent-init --tail=20"
WRITE_ROLE = (
    "vault write auth/kubernetes/role/temporal-worker bound_service_account_names=temporal-worker"
    " bound_service_account_namespaces=msp policies=temporal-worker ttl=24h"
)
TARGET = TargetFacts(
    context="prod-eu",
    namespace="msp",
    profile="alga-worker",
    workload_kind="Deployment",
    workload_name="temporal-worker",
    pods=PODS,
    release={"name": "temporal-worker", "revision": "12"},
)

ROLE_NOT_FOUND = Finding(
    code="vault.role-not-found",
    summary='The Vault role "temporal-worker" does not exist on auth/kubernetes, so vault-agent-init cannot log in.',
    subjects=("serviceaccount/temporal-worker",),
    evidence=(
        Evidence(
            source="pod temporal-worker-7d9-x2k1, vault-agent-init",
            text='Code: 400. Errors:\n* invalid role name "temporal-worker"',
            command=Command.stored(LOGS),
            count=37,
            first_at=datetime(2026, 11, 24, 13, 40, 2, tzinfo=UTC),
            last_at=datetime(2026, 11, 24, 14, 1, 58, tzinfo=UTC),
        ),
    ),
    remediation=Remediation(
        summary="Create the role in Vault, or correct the annotation vault.hashicorp.com/role.",
        steps=(
            Step(text="Create the role for this service account.", command=Command.stored(WRITE_ROLE), changes="Vault"),
            Step(text="Read the agent's log again.", command=Command.stored(LOGS)),
        ),
        docs="https://developer.hashicorp.com/vault/docs/auth/kubernetes",
    ),
    proof="Vault itself lists no such role",
)
NOT_READY = Finding(
    code="workload.pods-not-ready",
    summary="None of the 3 pods of temporal-worker is ready, so no task is worked on.",
    remediation=Remediation(summary="Mend what keeps the pods from being ready."),
)
PORT_SILENT = Finding(
    code="database.port-silent",
    summary="PostgreSQL at db.msp.svc:5432 does not answer a pod on node n7, so its worker cannot log in.",
    pods=(PODS[1],),
    confidence=Confidence.LIKELY,
    alternatives=(
        "A NetworkPolicy in msp drops the packets; the first step decides.",
        "The node n7 has lost its route to the database's network.",
    ),
    alternative_codes=("network.policy-blocks",),
    evidence=(
        Evidence(
            source=f"pod {PODS[1]}, worker",
            text="db.msp.svc:5432: timed out after 3 s",
            vantage=Vantage.POD,
            last_at=datetime(2026, 11, 23, 23, 59, 1, tzinfo=UTC),
        ),
    ),
    remediation=Remediation(
        summary="Find what drops the packets.",
        steps=(
            Step(
                text="List the policies of the namespace.",
                command=kubectl.get("networkpolicy", namespace="msp", output="wide"),
            ),
        ),
    ),
)
FEW_REPLICAS = Finding(
    code="scaling.single-replica",
    severity=Severity.WARNING,
    summary="The Deployment temporal-worker has one replica, so each node drain stops all work.",
    subjects=("deployment/temporal-worker",),
    remediation=Remediation(
        summary="Run two replicas.",
        steps=(
            Step(
                text="Scale it up.",
                command=kubectl.scale("deployment", "temporal-worker", 2, namespace="msp"),
                changes="it",
            ),
        ),
    ),
)


def outcome(check: str, status: Status = Status.PASS, **fields: object) -> Outcome:
    """One outcome; its title is made of its id."""
    title = check.partition(".")[2].replace("-", " ").capitalize()
    return replace(Outcome(check=check, title=title, status=Status.PASS, duration_s=0.02), status=status, **fields)


def report(*outcomes: Outcome, causes: tuple[Cause, ...] = (), **fields: object) -> Report:
    """A whole run of three pods, unless said otherwise."""
    made = Report(
        tool_version="0.1",
        started_at=STARTED,
        duration_s=2.84,
        complete=True,
        target=TARGET,
        outcomes=outcomes,
        causes=causes,
        usage=Usage(api_calls=17, probes=6),
    )
    return replace(made, **fields)


HEALTHY_CHECKS = (
    outcome("workload.pods-ready"),
    outcome("vault.role-bound"),
    outcome("database.login", reason="PostgreSQL 16.4, as worker"),
    outcome("temporal.queue-polled"),
)
FORBIDDEN = "pods/exec is forbidden for system:serviceaccount:msp:gate"
HEALTHY = report(*HEALTHY_CHECKS, works=True)

EACH_STATUS = report(
    outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
    outcome("workload.pods-ready", Status.FAIL, findings=(NOT_READY,), explained_by=("vault.role-not-found",)),
    outcome(
        "health.endpoint",
        Status.SKIP,
        reason="skipped because of vault.role-bound",
        blocked_by=("vault.role-bound",),
    ),
    outcome("scaling.replicas", Status.WARN, findings=(FEW_REPLICAS,)),
    outcome("database.login", Status.UNKNOWN, reason=FORBIDDEN),
    outcome("temporal.queue-polled"),
    causes=(
        Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND, explains=("workload.pods-ready", "health.endpoint")),
        Cause(check="scaling.replicas", finding=FEW_REPLICAS),
    ),
    works=False,
)
TWO_CAUSES = report(
    outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
    outcome("database.port", Status.FAIL, findings=(PORT_SILENT,)),
    causes=(
        Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND),
        Cause(check="database.port", finding=PORT_SILENT),
    ),
    works=True,
)
SEVERAL = replace(
    TWO_CAUSES,
    target=replace(TARGET, workload_kind="", workload_name="", profile="generic", profile_reason="none is a worker"),
    works=False,
    workloads=(
        WorkloadState(
            kind="Deployment",
            name="web",
            verdict=Verdict.BROKEN,
            state=State.DOWN,
            desired=3,
            reason=ROLE_NOT_FOUND.summary,
        ),
        WorkloadState(
            kind="StatefulSet",
            name="db",
            verdict=Verdict.UNKNOWN,
            ready=1,
            desired=1,
            reason=FORBIDDEN,
            profile="generic",
            facts={"database.host": {"state": "none", "reason": "no setting names a database"}},
        ),
        WorkloadState(
            kind="DaemonSet", name="agent", verdict=Verdict.HEALTHY, state=State.HEALTHY, ready=1, desired=1, warnings=1
        ),
        WorkloadState(kind="Job", name="import", verdict=Verdict.HEALTHY, state=State.HEALTHY, reason="complete"),
    ),
)
OTHERS = replace(
    HEALTHY,
    target=replace(TARGET, remark="pod web-1 does not exist any more; this is the workload that it belongs to"),
    workloads=(
        WorkloadState(
            kind="Deployment",
            name="web",
            verdict=Verdict.BROKEN,
            state=State.DOWN,
            desired=2,
            reason="pod web-2: BackOff",
            examined=False,
        ),
    ),
)
UNKNOWN_ONLY = report(
    *(outcome(f"database.question-{number}", Status.UNKNOWN, reason=FORBIDDEN) for number in range(1, 6)),
    outcome("temporal.queue-polled", Status.UNKNOWN, reason="no answer before the run's deadline"),
    outcome("workload.pods-ready"),
)
MUTE = Mute(
    code="scaling.single-replica", reason="one node until the move", until=date(2026, 12, 31), object="deployment/*"
)
EXPIRED = Mute(code="vault.role-bound", reason="the old Vault", until=date(2026, 11, 1))
MUTED = report(
    outcome("workload.pods-ready"),
    outcome(
        "scaling.replicas",
        Status.SKIP,
        reason="scaling.single-replica is muted until 2026-12-31: one node until the move",
        muted=(Muted(finding=FEW_REPLICAS, mute=MUTE),),
    ),
    expired_mutes=(EXPIRED,),
    target=replace(TARGET, profile="generic", profile_reason="requested as generic"),
    works=True,
)
INCOMPLETE = report(*HEALTHY_CHECKS, complete=False)
INTERRUPTED = replace(UNKNOWN_ONLY, complete=False, interrupted=True)
NOTHING_YET = report(
    complete=False,
    duration_s=0.0,
    usage=Usage(),
    target=TargetFacts(context="", namespace="", profile="", workload_kind="", workload_name=""),
)

NASTY = (
    "\x1b[2J\x1b[31mred\x1b[0m [red]markup[/red] ``` `` |a|b| <script>alert(1)</script> @team #181 **bold** _it_"
    " \u202eabc \x9b31m a@b|c`d &amp; http://evil.example/x"
)
NASTY_FINDING = Finding(
    code="logs.nasty",
    summary=f"The worker prints {NASTY}\n✓ HEALTHY",
    subjects=(f"pod/{NASTY}",),
    pods=(PODS[0],),
    evidence=(Evidence(source=f"pod {NASTY}", text=f"{NASTY}\n````sh\n✓ HEALTHY   0 causes\n</details>\n| x |"),),
    alternatives=(NASTY,),
    confidence=Confidence.LIKELY,
    remediation=Remediation(
        summary=NASTY,
        steps=(Step(text=NASTY, command=Command.stored("echo '```' '[bold]x[/bold]' \"$(hostname)\""), changes=NASTY),),
    ),
)
HOSTILE = report(
    outcome("logs.clean", Status.FAIL, findings=(NASTY_FINDING,)),
    outcome("logs.other", Status.UNKNOWN, reason=NASTY),
    causes=(Cause(check="logs.clean", finding=NASTY_FINDING),),
)


def saying(text: str) -> Report:
    """A report with this text wherever a cluster's words may stand."""
    finding = Finding(
        code="logs.said",
        summary=text,
        subjects=(text,),
        pods=(text,),
        alternatives=(text,),
        evidence=(Evidence(source=text, text=f"said {text}"),),
        remediation=Remediation(summary=text, steps=(Step(text=text, command=Command("true"), changes=f"it {text}"),)),
    )
    return report(
        outcome("logs.clean", Status.FAIL, findings=(finding,)),
        outcome("logs.other", Status.UNKNOWN, reason=f"because {text}"),
        outcome("logs.fine", reason=text),
        causes=(Cause(check="logs.clean", finding=finding),),
        target=replace(TARGET, context=text, namespace=text),
    )


ROLLED_OUT = Moment(
    at=datetime(2026, 11, 24, 13, 39, 58, tzinfo=UTC),
    nature=Nature.CHANGE,
    kind=MomentKind.ROLLOUT,
    subject="deployment/temporal-worker",
    summary="Revision 12 of temporal-worker was made by helm; it changes annotation:vault.hashicorp.com/role.",
    source="ReplicaSet temporal-worker-7d9, creation time",
)
LOGIN_FAILED = Moment(
    at=datetime(2026, 11, 24, 13, 40, 2, 250_000, tzinfo=UTC),
    nature=Nature.WRONG,
    kind=MomentKind.LOG,
    subject=f"pod/{PODS[0]}",
    summary=f'pod {PODS[0]}, vault-agent-init: invalid role name "temporal-worker"',
    source="evidence of vault.role-not-found",
    precision=Precision.RANGE,
    until=datetime(2026, 11, 24, 14, 1, 58, tzinfo=UTC),
    count=37,
)
NODE_BACK = Moment(
    at=datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC),
    nature=Nature.NOTE,
    kind=MomentKind.NODE,
    subject="node/n7",
    summary="Node n7 became ready.",
    source="the node's conditions",
)
UNAVAILABLE = Moment(
    at=datetime(2026, 11, 24, 13, 41, 0, tzinfo=UTC),
    nature=Nature.WRONG,
    kind=MomentKind.ROLLOUT,
    subject="deployment/temporal-worker",
    summary="Deployment temporal-worker: Available became False: Deployment does not have minimum availability.",
    source="its conditions",
    still=True,
)
WITH_TIMELINE = replace(
    EACH_STATUS,
    timeline=Timeline(
        moments=(NODE_BACK, ROLLED_OUT, LOGIN_FAILED, UNAVAILABLE),
        first_wrong=LOGIN_FAILED,
        last_change=ROLLED_OUT,
        unseen=(f"events in namespace msp could not be listed: {FORBIDDEN}",),
        left_out=12,
    ),
)
QUIET = replace(HEALTHY, timeline=Timeline(moments=(NODE_BACK, ROLLED_OUT)))
NASTY_MOMENT = replace(LOGIN_FAILED, summary=NASTY, source=NASTY, subject=NASTY)
HOSTILE = replace(
    HOSTILE,
    timeline=Timeline(
        moments=(replace(ROLLED_OUT, summary=NASTY), NASTY_MOMENT),
        first_wrong=NASTY_MOMENT,
        last_change=replace(ROLLED_OUT, kind=MomentKind.CONFIGURATION, summary=NASTY),
        unseen=(NASTY,),
    ),
)

KNOWN = FindingChange(
    check="vault.role-bound", code="vault.role-not-found", severity="critical", summary=ROLE_NOT_FOUND.summary
)
GONE = FindingChange(check="health.endpoint", code="health.silent", severity="critical", summary="Nobody answers.")
EARLIER = Baseline(
    made_at=datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC),
    only_new=True,
    stopped=False,
    fixed=(GONE,),
    unchanged=(KNOWN,),
)
EXCUSED = report(
    outcome("workload.pods-ready"),
    outcome("vault.role-bound", Status.FAIL, findings=(ROLE_NOT_FOUND,)),
    causes=(Cause(check="vault.role-bound", finding=ROLE_NOT_FOUND),),
    works=True,
    baseline=EARLIER,
)
NOT_ASKED = outcome("release.version-runs", Status.SKIP, reason="nobody said which version")
REQUIRED = report(
    *HEALTHY_CHECKS,
    NOT_ASKED,
    works=True,
    required=("workload.pods-ready", NOT_ASKED.check, "vault.secrets-fresh"),
    wait=Wait(limit_s=300.0, waited_s=300.0, tries=31, ended=Ending.DEADLINE),
)
COUNTED = replace(report(outcome("scaling.replicas", Status.WARN, findings=(FEW_REPLICAS,))), fail_on_warn=True)
HOSTILE = replace(HOSTILE, baseline=replace(EARLIER, only_new=False, unchanged=(replace(KNOWN, summary=NASTY),)))

PART = replace(
    HEALTHY,
    selection=CheckSelection(available=106, only=("health",), skip=("vault.role-bound",), file="diagnose.toml"),
)
GATE_OPEN, GATE_CLOSED = replace(HEALTHY, occasion="pre"), replace(EACH_STATUS, occasion="post", works=True)
AUDIT = replace(EACH_STATUS, occasion="audit")
SAMPLES = {
    "part": PART,
    "gate-open": GATE_OPEN,
    "gate-closed": GATE_CLOSED,
    "audit": AUDIT,
    "healthy": HEALTHY,
    "each-status": EACH_STATUS,
    "two-causes": TWO_CAUSES,
    "unknown-only": UNKNOWN_ONLY,
    "incomplete": INCOMPLETE,
    "interrupted": INTERRUPTED,
    "nothing-yet": NOTHING_YET,
    "hostile": HOSTILE,
    "muted": MUTED,
    "timeline": WITH_TIMELINE,
    "quiet": QUIET,
    "required": REQUIRED,
    "excused": EXCUSED,
    "counted": COUNTED,
    "several": SEVERAL,
    "others": OTHERS,
}
