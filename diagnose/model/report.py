"""The words of a report: what was asked, how it ended, what is wrong, what to do.

Everything here is immutable and can be written to JSON and read back; nothing here looks at a cluster.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from diagnose.commands.command import NONE
from diagnose.model.gate import Baseline, Wait
from diagnose.model.timeline import Timeline


class Status(StrEnum):
    """How a check ended."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How bad one finding is; only a critical one closes a gate by itself."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for information up to 2 for critical."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """Whether what was seen leaves another explanation open."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Vantage(StrEnum):
    """Where a probe ran: in a container of the pod, where diagnose runs, or through a port-forward."""

    POD = "pod"
    OPERATOR = "operator"
    TUNNEL = "tunnel"


class Verdict(StrEnum):
    """The state of the whole target."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class ExitCode(IntEnum):
    """What the process ends with; 64, 124 to 127, 137 and 143 belong to others and are never used."""

    OPEN = 0
    FAILED = 1
    USAGE = 2
    INCOMPLETE = 3
    WARNED = 4
    INTERRUPTED = 130


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was seen.

    Attributes:
        source: where, in words: "pod worker-1, vault-agent-init".
        text: what it showed; redacted, without control characters, possibly cut with a mark.
        vantage: where the look was taken from.
        command: a command by which a person can repeat the look, or NONE.
        count: how often it was seen.
        first_at, last_at: when it was first and last seen, if known.
    """

    source: str
    text: str
    vantage: Vantage = Vantage.OPERATOR
    command: str = NONE
    count: int = 1
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to do: an imperative, the command for it, and what that changes ("" where it only reads)."""

    text: str
    command: str = NONE
    changes: str = ""


@dataclass(frozen=True, kw_only=True)
class Remediation:
    """What to do about a finding; the first step is the one that mends, or the one that decides."""

    summary: str
    steps: tuple[Step, ...] = ()
    docs: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong.

    Attributes:
        code: stable id of what is wrong, such as "vault.role-not-found".
        summary: one sentence: which object, what is wrong with it, what follows.
        subjects: the objects it is about, such as "pod/worker-1" or "secret/db-credentials".
        pods: names of the pods that suffer from it; empty means all of the target.
        alternatives: what else would look the same, and how to decide, when confidence is "likely".
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

    def shares_pods_with(self, other: "Finding") -> bool:
        """Whether both are about at least one pod in common."""
        return not self.pods or not other.pods or not set(self.pods).isdisjoint(other.pods)


@dataclass(frozen=True, kw_only=True)
class Mute:
    """What somebody decided not to be told of for a while.

    Attributes:
        code: of the finding, or id of the check all of whose findings are meant.
        reason: why it may be so.
        until: the last day on which it holds.
        object: what it is about, such as "pod/worker-*"; "" means whatever it is about.
    """

    code: str
    reason: str
    until: date
    object: str = ""


@dataclass(frozen=True, kw_only=True)
class Muted:
    """A finding that a mute holds for: shown and counted, but nothing follows from it for verdict and exit code."""

    finding: Finding
    mute: Mute


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How one selected check ended.

    Attributes:
        reason: why it was skipped or could not be told; for the others a remark, or "".
        blocked_by: ids of the checks whose end made this one impossible to ask.
        explained_by: codes of the findings that this outcome follows from.
        muted: findings that do not count; a check all of whose findings are muted counts as not asked.
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
        """Refuse an outcome that contradicts itself.

        Raises:
            ValueError: a failure without a finding, a pass with one, or a skip or unknown without a reason.
        """
        told = self.status in {Status.FAIL, Status.WARN}
        # A partial look may have found something and still not be able to tell the rest.
        if self.status is not Status.UNKNOWN and told != bool(self.findings):
            raise ValueError(f"{self.check}: {self.status} with {len(self.findings)} findings")
        if self.status in {Status.SKIP, Status.UNKNOWN} and not self.reason:
            raise ValueError(f"{self.check}: {self.status} without a reason")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A finding that no other finding explains, with what follows from it (ids of checks)."""

    check: str
    finding: Finding
    explains: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """What was examined, as the report names it; `profile_reason` says why it is another profile than usual."""

    context: str
    namespace: str
    profile: str
    workload_kind: str
    workload_name: str
    pods: tuple[str, ...] = ()
    release: dict[str, str] = field(default_factory=dict)
    profile_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a run asked of the world."""

    api_calls: int = 0
    exec_calls: int = 0
    probes: int = 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a renderer shows and the exit code is computed from.

    Attributes:
        expired_mutes: those whose day has passed, so that they hold for nothing any more.
        timeline: what happened when; neither verdict nor exit code know of it.
        required, baseline, wait: checks that must have passed; what an earlier report had; how a gate waited.
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
    timeline: Timeline = field(default_factory=Timeline)
    required: tuple[str, ...] = ()
    baseline: Baseline | None = None
    wait: Wait | None = None

    @property
    def muted(self) -> tuple[Muted, ...]:
        """The findings that do not count, in the order of the checks."""
        return tuple(each for outcome in self.outcomes for each in outcome.muted)

    def count(self, status: Status) -> int:
        """How many outcomes ended so."""
        return sum(outcome.status is status for outcome in self.outcomes)

    @property
    def verdict(self) -> Verdict:
        """Healthy only where every selected check could look and none failed."""
        if self.count(Status.FAIL):
            return Verdict.DEGRADED if self.works else Verdict.BROKEN
        if self.count(Status.UNKNOWN) or not self.complete or not self.outcomes:
            return Verdict.UNKNOWN
        return Verdict.HEALTHY

    @property
    def not_selected(self) -> tuple[str, ...]:
        """Ids of required checks that were not asked at all."""
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
        """The process's exit code: failed before incomplete before warned before open."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        closing = {outcome.status for outcome in self.outcomes if self.closes(outcome)}
        if Status.FAIL in closing:
            return ExitCode.FAILED
        if closing & {Status.UNKNOWN, Status.SKIP} or self.not_selected or not self.complete or not self.outcomes:
            return ExitCode.INCOMPLETE
        return ExitCode.WARNED if Status.WARN in closing else ExitCode.OPEN
