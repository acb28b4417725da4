"""The report: the outcomes of the checks, the causes, the fixes.

Everything here is immutable and can be written to JSON and read back; nothing here accesses a cluster.
"""

from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Self

import msgspec
from msgspec.structs import force_setattr

from diagnose.commands.command import NONE, Command
from diagnose.model.gate import Baseline, Wait
from diagnose.model.timeline import Timeline


class Status(StrEnum):
    """The status of a check after a run."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """The severity of a finding; only a critical one closes a gate by itself."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for information up to 2 for critical."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """Whether the evidence leaves another explanation open."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Vantage(StrEnum):
    """Where evidence was collected: in a container of the pod, on the operator's machine, or through a port-forward."""

    POD = "pod"
    OPERATOR = "operator"
    TUNNEL = "tunnel"


class Verdict(StrEnum):
    """The state of the whole target."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class State(StrEnum):
    """What is done of the target's work, as the headline says it.

    DOWN: none. IMPAIRED: some fails or waits. AT_RISK: what runs works, but the next pod, deploy or rotation does not.
    """

    DOWN = "down"
    IMPAIRED = "impaired"
    AT_RISK = "at-risk"
    HEALTHY = "healthy"
    UNKNOWN = "unknown"


class WorkEffect(StrEnum):
    """What a finding means for the work that running pods do.

    NONE: it goes on; what starts next may not.
    """

    STOPS = "stops"
    IMPAIRS = "impairs"
    NONE = "none"


class ExitCode(IntEnum):
    """The exit code of the process; 64, 124 to 127, 137 and 143 have other meanings and are never used."""

    OPEN = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    WARNED = 4
    INTERRUPTED = 130


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence.

    Attributes:
        source: origin, such as "pod worker-1, vault-agent-init".
        text: content; redacted, without control characters, possibly truncated with a mark.
        vantage: where it was collected.
        command: a command that shows it again, or NONE.
        count: number of occurrences.
        first_at, last_at: times of the first and the last occurrence, if known.
    """

    source: str
    text: str
    vantage: Vantage = Vantage.OPERATOR
    command: Command = NONE
    count: int = 1
    first_at: datetime | None = None
    last_at: datetime | None = None


WITHHELD = " The command is left out: a name in it has a line break or characters that cannot be seen."


class Step(msgspec.Struct, frozen=True):
    """One step of a fix: an imperative, its command, and what that changes ("" where it only reads).

    A command that cannot be quoted is left out, and the text states that.
    """

    text: str
    command: Command = NONE
    changes: str = ""

    def __post_init__(self) -> None:
        if self.command.is_withheld:
            force_setattr(self, "text", f"{self.text.removesuffix(WITHHELD)}{WITHHELD}")


class Remediation(msgspec.Struct, frozen=True, kw_only=True):
    """The fix of a finding; the first step is the one that fixes it, or the one that decides between explanations."""

    summary: str
    steps: tuple[Step, ...] = ()
    docs: str = ""


class Alternative(str):
    """Another explanation of the same evidence, as a sentence, with the code of a finding that stands for it."""

    code: str

    def __new__(cls, text: str, code: str = "") -> Self:
        """Returns the sentence with its code."""
        made = super().__new__(cls, text)
        made.code = code
        return made


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One error or risk.

    Attributes:
        code: stable id, such as "vault.role-not-found".
        summary: one sentence: the object, its error, the consequence.
        subjects: the affected objects, such as "pod/worker-1" or "secret/db-credentials".
        pods: names of the affected pods; empty means all pods of the target.
        alternatives: other explanations of the same evidence and how to decide, where confidence is "likely".
        alternative_codes: codes of findings that the alternatives stand for; those of each `Alternative` are added.
        proof: what excludes every other cause, where the code alone does not.
        work: what it means for the work of the target; the engine sets it by what the check declares and by the pods.
        means: the same as a phrase, where it is known more exactly than by `work`: "writes fail".
    """

    code: str
    summary: str
    remediation: Remediation
    severity: Severity = Severity.CRITICAL
    subjects: tuple[str, ...] = ()
    pods: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    confidence: Confidence = Confidence.CERTAIN
    alternatives: tuple[str, ...] = ()
    alternative_codes: tuple[str, ...] = ()
    proof: str = ""
    work: WorkEffect = WorkEffect.NONE
    means: str = ""

    def __post_init__(self) -> None:
        """Separates the codes of the alternatives from their sentences, as a report has them."""
        if any(isinstance(each, Alternative) for each in self.alternatives):
            codes = (each.code for each in self.alternatives if isinstance(each, Alternative) and each.code)
            force_setattr(self, "alternative_codes", tuple(dict.fromkeys((*self.alternative_codes, *codes))))
            force_setattr(self, "alternatives", tuple(map(str, self.alternatives)))

    @property
    def explained_codes(self) -> tuple[str, ...]:
        """Its code and those of its alternatives, for `diagnose explain`."""
        return tuple(dict.fromkeys((self.code, *self.alternative_codes)))

    def shares_pods_with(self, other: "Finding") -> bool:
        """Whether both affect at least one pod in common."""
        return not self.pods or not other.pods or not set(self.pods).isdisjoint(other.pods)


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted finding, which does not count until a date.

    Attributes:
        code: code of the finding, or id of a check for all its findings.
        reason: why it is acceptable.
        until: the last day on which the mute applies.
        object: pattern of the subject, such as "pod/worker-*"; "" means any subject.
    """

    code: str
    reason: str
    until: date
    object: str = ""


class Muted(msgspec.Struct, frozen=True, kw_only=True):
    """A muted finding: shown and counted, but without effect on verdict and exit code."""

    finding: Finding
    mute: Mute


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one selected check.

    Attributes:
        reason: why the check was skipped or is unknown; for other statuses a remark, or "".
        blocked_by: ids of the checks whose outcome made this one impossible to run.
        explained_by: codes of the findings that explain this outcome.
        muted: findings that do not count; a check all of whose findings are muted counts as skipped.
    """

    check: str
    title: str
    status: Status
    reason: str = ""
    blocked_by: tuple[str, ...] = ()
    explained_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    duration_s: float = 0.0
    muted: tuple[Muted, ...] = ()

    def __post_init__(self) -> None:
        """Rejects a contradictory outcome.

        Raises:
            ValueError: a failure without a finding, a pass with one, or a skip or unknown without a reason.
        """
        has_findings = self.status in {Status.FAIL, Status.WARN}
        # A check that read only a part may have findings and still be unknown.
        if self.status is not Status.UNKNOWN and has_findings != bool(self.findings):
            raise ValueError(f"{self.check}: {self.status} with {len(self.findings)} findings")
        if self.status in {Status.SKIP, Status.UNKNOWN} and not self.reason:
            raise ValueError(f"{self.check}: {self.status} without a reason")


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that no other finding explains.

    Attributes:
        explains: its consequences, as ids of checks.
        owner: who owns the object at fault, as its labels, its namespace or the settings say; "" where none does.
        runbook: the page about it that the settings name, "" for none.
    """

    check: str
    finding: Finding
    explains: tuple[str, ...] = ()
    owner: str = ""
    runbook: str = ""


LONG_WAIT_S, SHORT_WAIT_S = 60.0, 15.0
"""How long a task waits at least before some of the work counts as waiting: with all pods ready, and with fewer."""


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """How bad it is, in numbers; None where the run did not read them.

    Attributes:
        ready, desired: numbers of pods.
        waiting, oldest_s: the tasks that wait in the queues, and the age of the oldest.
        ended, failed, minutes: the executions that ended within so many minutes, and those of them without success.
        queues: the task queues that the numbers are about.
        polled: those of them that have pollers; None where nothing was described.
    """

    ready: int | None = None
    desired: int | None = None
    waiting: int | None = None
    oldest_s: float | None = None
    ended: int | None = None
    failed: int | None = None
    minutes: float | None = None
    queues: tuple[str, ...] = ()
    polled: tuple[str, ...] | None = None

    @property
    def is_severe(self) -> bool:
        """Whether the numbers alone show that some of the work waits: tasks do, or most of the pods are missing."""
        ready, desired = (0, 0) if self.ready is None or self.desired is None else (self.ready, self.desired)
        patience = SHORT_WAIT_S if ready < desired else LONG_WAIT_S
        waits = bool(self.waiting) and (self.oldest_s or 0.0) >= patience
        return waits or ready * 2 < desired


class TargetFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The diagnosed target as the report shows it.

    Attributes:
        workload_kind, workload_name: the workload, or the pod; "" where the run is about several.
        profile_reason: what the profile was chosen by.
        label: the workload as a sentence names it.
        remark: what the request named where that is not the target, or what a manifest was judged without.
        manifest: the file of what is to be deployed, whose objects are the target.
        facts: what is known of Temporal, the database, probes and metrics: state, value, source and reason by name.
    """

    context: str
    namespace: str
    profile: str
    workload_kind: str
    workload_name: str
    pods: tuple[str, ...] = ()
    release: dict[str, str] = msgspec.field(default_factory=dict)
    profile_reason: str = ""
    label: str = "the worker"
    remark: str = ""
    manifest: str = ""
    facts: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


class WorkloadState(msgspec.Struct, frozen=True, kw_only=True):
    """One workload of a run about several, or another one of the namespace that is visibly broken.

    Attributes:
        ready, desired: numbers of pods; None where the workload states no number.
        reason: the first cause, why it is unknown, or a remark, such as that a Job is complete.
        warnings: number of checks with warnings.
        profile, facts: what it was examined as, and what is known of it, as of a single target.
        examined: whether the checks ran for it; else its pods' states alone were read, without effect on the verdict.
        state: what is done of its work.
    """

    kind: str
    name: str
    verdict: Verdict
    ready: int = 0
    desired: int | None = None
    reason: str = ""
    warnings: int = 0
    profile: str = ""
    facts: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    examined: bool = True
    state: State = State.UNKNOWN

    @property
    def reference(self) -> str:
        """KIND/NAME, as kubectl takes it."""
        return f"{self.kind.lower()}/{self.name}"


class CheckSelection(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the checks that was selected: their outcomes are no verdict on the whole.

    Attributes:
        available: number of checks that a whole run has.
        only, skip: the checks and topics that were named.
        file: the settings file that names them, "" where flags do.
    """

    available: int
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    file: str = ""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """The number of requests that a run made."""

    api_calls: int = 0
    exec_calls: int = 0
    probes: int = 0


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a run, from which renderers show everything and the exit code is computed.

    Attributes:
        expired_mutes: mutes after their last day, which no longer apply.
        timeline: changes and errors with their times; without effect on verdict and exit code.
        required, baseline, wait: checks that must have passed; the comparison with an earlier report; a gate's waiting.
        occasion: why it was run: "incident", "pre" or "post" of a deployment, or "audit".
        selection: the part of the checks that was selected; None for a whole run.
        workloads: the state of each workload, the broken ones first, where the run is about several; else other ones
            of the namespace that are broken.
        works: whether some work is done, None where there is nothing that could.
        impact: how bad it is.
        again: the command that shows whether the fix has helped; NONE for a gate and an audit.
    """

    tool_version: str
    started_at: datetime
    duration_s: float
    complete: bool
    target: TargetFacts
    outcomes: tuple[Outcome, ...]
    causes: tuple[Cause, ...] = ()
    usage: Usage = Usage()
    works: bool | None = None
    interrupted: bool = False
    fail_on_warn: bool = False
    expired_mutes: tuple[Mute, ...] = ()
    timeline: Timeline = msgspec.field(default_factory=Timeline)
    required: tuple[str, ...] = ()
    baseline: Baseline | None = None
    wait: Wait | None = None
    workloads: tuple[WorkloadState, ...] = ()
    occasion: str = "incident"
    selection: CheckSelection | None = None
    impact: Impact = Impact()
    again: Command = NONE

    @property
    def is_gate(self) -> bool:
        """Whether it allows or stops a deployment."""
        return self.occasion in {"pre", "post"}

    @property
    def is_audit(self) -> bool:
        """Whether it is about long-term risks."""
        return self.occasion == "audit"

    @property
    def muted(self) -> tuple[Muted, ...]:
        """The muted findings, in the order of the checks."""
        return tuple(each for outcome in self.outcomes for each in outcome.muted)

    def count(self, status: Status) -> int:
        """Returns the number of outcomes with a status."""
        return sum(outcome.status is status for outcome in self.outcomes)

    @property
    def verdict(self) -> Verdict:
        """Healthy only where every check of a whole run has a result and none failed."""
        if self.count(Status.FAIL):
            return Verdict.DEGRADED if self.works else Verdict.BROKEN
        if self.count(Status.UNKNOWN) or not self.complete or not self.outcomes or self.selection:
            return Verdict.UNKNOWN
        return Verdict.HEALTHY

    @property
    def state(self) -> State:
        """What is done of the work: of a failed run by what the findings mean for it, else as the verdict."""
        if not self.count(Status.FAIL):
            return State(self.verdict.value)
        if self.target.manifest:
            # What it is about does not run yet.
            return State.AT_RISK
        states = {each.state for each in self.workloads if each.examined and not self.target.workload_name}
        if not self.works and states <= {State.DOWN}:
            return State.DOWN
        failing = (finding for outcome in self.outcomes for finding in outcome.findings)
        impairing = any(each.work is not WorkEffect.NONE for each in failing if each.severity is Severity.CRITICAL)
        impaired = impairing or self.impact.is_severe or states & {State.DOWN, State.IMPAIRED}
        return State.IMPAIRED if impaired else State.AT_RISK

    @property
    def since(self) -> datetime | None:
        """The first moment of the failure; None where nothing failed, or no error of it has a time."""
        if not self.count(Status.FAIL):
            return None
        evidence = self.causes[0].finding.evidence if self.causes else ()
        seen = [each.first_at for each in evidence if each.first_at]
        first = self.timeline.first_wrong.at if self.timeline.first_wrong else min(seen, default=None)
        return min(first, self.started_at) if first else None

    @property
    def not_selected(self) -> tuple[str, ...]:
        """Ids of required checks that were not selected."""
        return tuple(each for each in self.required if all(each != outcome.check for outcome in self.outcomes))

    def closes(self, outcome: Outcome) -> bool:
        """Whether this outcome alone keeps a gate closed."""
        if outcome.check in self.required:
            return outcome.status is not Status.PASS
        if (failed := outcome.status is Status.FAIL) or (self.fail_on_warn and outcome.status is Status.WARN):
            return self.baseline is None or not self.baseline.excuses(outcome.check, failed=failed)
        return outcome.status is Status.UNKNOWN

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of the process: failed before incomplete before warned before open."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        closing = {outcome.status for outcome in self.outcomes if self.closes(outcome)}
        if Status.FAIL in closing:
            return ExitCode.FAILED
        if closing & {Status.UNKNOWN, Status.SKIP} or self.not_selected or not self.complete or not self.outcomes:
            return ExitCode.INCOMPLETE
        return ExitCode.WARNED if Status.WARN in closing else ExitCode.OPEN
