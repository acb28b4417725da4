"""One examination, of a live cluster or a recording, from the request to the report."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import count
from math import ceil
from threading import Event

import msgspec
from msgspec.structs import replace

from diagnose import __version__
from diagnose.check.api import Check, Context, NotApplicableError, Occasion, StandingCause
from diagnose.commands import kubectl
from diagnose.commands.command import NONE, Command
from diagnose.commands.helm import template
from diagnose.commands.named_cluster import CURRENT, NamedCluster
from diagnose.commands.others import diagnosis, gate_manifest, pod_diagnosis, watch
from diagnose.domain.delivery.applied import KINDS, reapplied
from diagnose.domain.delivery.restoring import restored
from diagnose.domain.delivery.rollback import advise, caused_by_revision
from diagnose.domain.delivery.upgraded import upgraded
from diagnose.domain.kubernetes.who_fails import counted
from diagnose.domain.kubernetes.workload_state import state_of, troubles
from diagnose.engine import no_cluster
from diagnose.engine.callers import linked
from diagnose.engine.catalogue import Catalogue, names_of
from diagnose.engine.causality import causes_of, explain, settled
from diagnose.engine.cluster_steps import for_cluster
from diagnose.engine.contacts import with_contacts
from diagnose.engine.impact import impact_of, with_effects, works
from diagnose.engine.manifest_steps import for_manifest
from diagnose.engine.mutes import active
from diagnose.engine.naming import of_workload, titled
from diagnose.engine.owner_steps import for_owner, unstuck, with_possible_rollbacks
from diagnose.engine.plan import select
from diagnose.engine.reader_steps import for_reader
from diagnose.engine.run_data import SharedRunData
from diagnose.engine.runner import Run, attempt, outcome_of
from diagnose.engine.several import Part, merged, part_of
from diagnose.model.report import (
    Cause,
    CheckSelection,
    Finding,
    Impact,
    Outcome,
    Remediation,
    Report,
    Status,
    Step,
    TargetFacts,
    Usage,
    Verdict,
    WorkloadState,
)
from diagnose.model.timeline import Timeline
from diagnose.queries.helm import ReadHelmHistory
from diagnose.queries.kubernetes import Listing, ListObjects
from diagnose.queries.query import NoAnswerError
from diagnose.resources import ConfigMap, Deployment, Service, StatefulSet, Workload
from diagnose.sources.gateway import Gateway
from diagnose.target.discovery import Discovered, discover_all
from diagnose.target.profile import Profile
from diagnose.target.request import Allowance, NoSuchTargetError, NoWorkloadError, Request
from diagnose.target.target import Target
from diagnose.text.faults import described
from diagnose.text.sentences import listed
from diagnose.timeline import Observed, observed_of, timeline
from diagnose.timeline.observations import observations_of

DISCOVERY = "workload.found"
MOST_WORKLOADS, AT_ONCE = 100, 4
"""How many workloads one run examines, and how many of them at a time."""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """An examination of a target.

    Attributes:
        now: the current time, or that of the recording.
        clock: a better current time after the first answer; None for a recording.
        cluster: the cluster as the user named it, for the commands of the report.
        observed: what the timeline of each target is made of, by its identity.
    """

    request: Request
    catalogue: Catalogue
    gateway: Gateway
    now: datetime
    clock: Callable[[], datetime] | None = None
    recorded_usage: Usage | None = None
    recorded_duration_s: float | None = None
    cluster: NamedCluster = CURRENT
    observed: dict[int, Observed] = msgspec.field(default_factory=dict)

    def run(self, stop: Event, on_outcome: Callable[[Outcome], None] = lambda _: None) -> Report:
        """Runs the examination and returns the report.

        Raises:
            NoSuchTargetError: the named target does not exist.
            PlanError: the selection is invalid.
        """
        checks = self._selected(self.request.only, self.request.skip)
        started = time.monotonic()
        self.gateway.stop = stop
        try:
            found = discover_all(self.gateway, self.request, self.catalogue.profiles)
        except NoWorkloadError as error:
            why = _no_workload(str(error), self.request, self._namespaces_with_workers())
            return for_cluster(self._without_target(checks, why, started), self.cluster)
        except NoAnswerError as error:
            return self._without_cluster(checks, error, started)
        except NoSuchTargetError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the objects contain, there is a report
            return self._without_target(checks, f"the discovery itself failed, {described(error)}", started)
        at = replace(self, now=self.clock()) if self.clock else self
        checks = self._with_discovery(checks, found.targets)
        return attempt(
            lambda: for_cluster(_remarked(at._of_all(found, checks, started, stop, on_outcome), found), self.cluster),
            lambda why: self._without_target(checks, f"diagnose itself failed, {why}", started),
        )

    def _selected(self, only: tuple[str, ...] = (), skip: tuple[str, ...] = ()) -> tuple[Check, ...]:
        by_manifest = (Occasion.BEFORE_BY_MANIFEST,) if self.request.before_deploy and self.request.manifest else ()
        return select(self.catalogue.checks, only, skip, self.request.occasion, *by_manifest)

    def _selection(self) -> CheckSelection | None:
        """Returns which part of the checks was selected, None where all are."""
        request, available = self.request, self._selected()
        if set(available) <= set(self._selected(request.only, request.skip)):
            return None
        return CheckSelection(available=len(available), only=request.only, skip=request.skip, file=request.selected_by)

    def _of_all(
        self,
        found: Discovered,
        checks: tuple[Check, ...],
        started: float,
        stop: Event,
        on_outcome: Callable[[Outcome], None],
    ) -> Report:
        """Returns the report of the target, or of several ones in one."""
        if len(found.targets) == 1:
            target = found.targets[0]
            report = self._evaluate(target, checks, started, stop, on_outcome)
            return _titled(
                replace(report, timeline=self._timeline(report, target), workloads=self._other_broken(found)),
                found.targets,
            )
        # Those that are visibly broken come first, since not all may be reached.
        order = sorted(found.targets, key=lambda each: not any(troubles(each, self.now)))
        examined, too_many = order[:MOST_WORKLOADS], order[MOST_WORKLOADS:]
        ends_at, begun = self.gateway.ends_at, count()

        def part(target: Target) -> Part:
            # What is left of the time is shared by those that have not begun.
            turns = ceil((len(examined) - next(begun)) / AT_ONCE)
            now = time.monotonic()
            return Part(target, self._evaluate(target, checks, now, stop, on_outcome, now + (ends_at - now) / turns))

        with ThreadPoolExecutor(AT_ONCE) as threads:
            parts = tuple(threads.map(part, examined))
        # The Services are those that the checks listed meanwhile.
        parts = linked(parts, self._services())
        limit = f"not examined: a run examines {MOST_WORKLOADS} workloads; name it with --workload"
        left_out = tuple(state_of(each, self.now, limit) for each in too_many)
        discovery = next(check for check in self.catalogue.checks if check.id == DISCOVERY)
        report = merged(parts, left_out, discovery, self._facts("", ""))
        duration_s = self._duration_s(started)
        usage = self.recorded_usage or self.gateway.usage
        states = (*report.workloads, *self._other_broken(found))
        report = replace(report, timeline=self._timeline_of(report, parts), workloads=states, usage=usage)
        return _titled(replace(report, duration_s=duration_s), found.targets)

    def _namespaces_with_workers(self) -> tuple[str, ...]:
        """Returns the namespaces that have a Temporal worker, where the user named none, as far as they may be known.

        No role has the right for this: it serves people who have forgotten to name the namespace.
        """
        found: set[str] = set()
        for kind in (Deployment, StatefulSet) if self.request.default_namespace else ():
            with suppress(NoAnswerError):
                every = self.gateway.query(ListObjects(kind=kind)).items
                found |= {each.metadata.namespace for each in every if self._is_worker(each)}
        return tuple(sorted(found))

    def _is_worker(self, workload: Workload) -> bool:
        return self.catalogue.profiles.choose(workload.template, workload.metadata).is_worker

    def _services(self) -> list[Service]:
        """Returns the Services that the checks listed."""
        listings = (
            each.answer
            for each in self.gateway.answers
            if isinstance(each.query, ListObjects) and each.query.kind is Service and isinstance(each.answer, Listing)
        )
        return [each for listing in listings for each in listing.items]

    def _other_broken(self, found: Discovered) -> tuple[WorkloadState, ...]:
        """Returns the other workloads of the namespace that are broken, as the lists show it."""
        states = (state_of(each, self.now) for each in found.others)
        return tuple(each for each in states if each.verdict is Verdict.BROKEN)

    def _with_discovery(self, checks: tuple[Check, ...], targets: tuple[Target, ...] = ()) -> tuple[Check, ...]:
        """Returns the checks with that of the discovery, unless all of the workloads' objects are accessible."""
        accessible = targets and not any(each.inaccessible for each in targets)
        if any(check.id == DISCOVERY for check in checks) or accessible:
            return checks
        return (next(check for check in self.catalogue.checks if check.id == DISCOVERY), *checks)

    def _evaluate(
        self,
        target: Target,
        checks: tuple[Check, ...],
        started: float,
        stop: Event,
        on_outcome: Callable[[Outcome], None],
        ends_at: float | None = None,
    ) -> Report:
        # Signatures of a check that is not applicable are about another program's log.
        signatures = tuple(each for each in self.catalogue.signatures if not target.profile.lacks(each.check))
        run_data = SharedRunData(self.gateway, target, signatures)
        names = names_of(target)

        def context(check: Check) -> Context:
            made = Context(target=target, now=self.now, run_data=run_data, check=check, names=names)
            if not check.concludes:
                return made
            ended = tuple(run.outcomes[each.id] for each in checks if each.id in run.outcomes)
            standing = run_data.once("standing causes", lambda: attempt(lambda: self._standing(ended), lambda _: ()))
            failed = any(each.is_open for each in standing)
            causes = tuple(Cause(check=each.check.id, finding=each.finding) for each in standing)
            history = run_data.once("history", lambda: self._history(causes, target)) if failed else Timeline()
            return replace(made, standing=standing, timeline=history)

        applicable = tuple(_applicable(check, target.profile) for check in checks)
        mutes = active(self.request.mutes, self.now.date())
        run = Run(
            applicable,
            context,
            ends_at or self.gateway.ends_at,
            on_outcome,
            stop,
            mutes=mutes,
            offline=self.request.offline,
        )
        outcomes = run.execute()
        outcomes = tuple(_adapted(each, target) for each in outcomes)
        complete = len(run.outcomes) == len(checks)
        impact = attempt(lambda: impact_of(target, self.gateway.answers, self.now), lambda _: Impact())
        found = outcomes
        outcomes = attempt(lambda: with_effects(found, self.catalogue.checks, target, impact), lambda _: found)
        # What works now is another version than that of a manifest.
        working = None if target.manifest else attempt(lambda: works(target, outcomes, impact), lambda _: None)
        report = self._report(target.facts, outcomes, started, complete, stop.is_set(), working)
        report = replace(report, impact=impact)
        # Without the rollback the causes have their own steps.
        advised = attempt(lambda: self._with_rollback(report.causes, target), lambda _: report.causes)
        possible = attempt(lambda: with_possible_rollbacks(advised, target), lambda _: advised)
        complete_steps = attempt(lambda: unstuck(possible, target), lambda _: possible)
        readable = attempt(
            lambda: for_reader(complete_steps, target.namespace, self.gateway, target.vault.address or ""),
            lambda _: complete_steps,
        )
        causes = attempt(lambda: with_contacts(readable, target, self.gateway.answers), lambda _: readable)
        settled_outcomes = attempt(lambda: settled(report.outcomes, report.causes, causes), lambda _: report.outcomes)
        return replace(report, outcomes=settled_outcomes, causes=causes)

    def _timeline_of(self, report: Report, parts: tuple[Part, ...]) -> Timeline:
        """Returns the timeline of the workload that the first cause is about."""
        part = part_of(report.causes[0], parts) if report.causes else None
        if part is None:
            return Timeline(unseen=("no timeline: no cause is about one of the workloads; name one with --workload",))
        found = self._timeline(part.report, part.target)
        about = f"the timeline is that of {part.reference}, as the first cause; --workload shows that of another one"
        return replace(found, unseen=(about, *found.unseen))

    def _standing(self, outcomes: tuple[Outcome, ...]) -> tuple[StandingCause, ...]:
        """Returns the causes of the outcomes so far, with the checks that found them."""
        declared = {check.id: check for check in self.catalogue.checks}
        _, causes = explain(outcomes, self.catalogue.checks)
        return tuple(StandingCause(check=declared[each.check], finding=each.finding) for each in causes)

    def _timeline(self, report: Report, target: Target) -> Timeline:
        return self._history(report.causes, target, failed=bool(report.count(Status.FAIL)))

    def _history(self, causes: tuple[Cause, ...], target: Target, *, failed: bool = True) -> Timeline:
        """Returns the timeline; an error in it must not cost the report."""
        return attempt(
            lambda: timeline(self._observed(target), causes, self.now, failed=failed),
            lambda why: Timeline(unseen=(f"the timeline itself failed, {why}",)),
        )

    def _observed(self, target: Target) -> Observed:
        """Returns what the timeline of a workload is made of; the same as before where no answer has come since."""
        answers, known = self.gateway.answers, self.observed.get(id(target))
        if known is None or known.answers != len(answers):
            self.observed[id(target)] = known = observed_of(answers, target)
        return known

    def _with_rollback(self, causes: tuple[Cause, ...], target: Target) -> tuple[Cause, ...]:
        """Returns the causes with the rollback, where it would fix one; only then it needs further queries."""
        causes = counted(restored(causes, self.catalogue.checks, target, self.now), target)
        observed = observations_of(self.gateway.answers, target.namespace)
        things = tuple(each for kind in KINDS for each in observed.all_of(kind))
        causes = reapplied(causes, (*observed.of(ConfigMap, target.namespace), *things), target, self.now)
        causes = upgraded(causes, things, target, self.now)
        fixed = caused_by_revision(causes, self.catalogue.checks, target, self.now)
        if fixed is None:
            return advise(causes, target)
        release, history = target.release, None
        other_deployments: tuple[str, ...] = ()
        # Without an answer the rollback is described as far as the Deployment itself shows it.
        with suppress(NoAnswerError):
            if release and Allowance.HELM_HISTORY in target.request.allowed:
                history = self.gateway.query(ReadHelmHistory(namespace=release.records, release=release.name))
            other_deployments = _of_release(
                self.gateway.query(ListObjects(kind=Deployment, namespace=target.namespace)).complete, target
            )
        return advise(causes, target, fixed, history, other_deployments)

    def _report(
        self,
        facts: TargetFacts,
        outcomes: tuple[Outcome, ...],
        started: float,
        complete: bool,
        interrupted: bool,
        works: bool | None,
    ) -> Report:
        marked, causes = attempt(
            lambda: explain(outcomes, self.catalogue.checks), lambda _: (outcomes, causes_of(outcomes))
        )
        return Report(
            tool_version=__version__,
            started_at=self.now,
            duration_s=self._duration_s(started),
            complete=complete,
            target=facts,
            outcomes=marked,
            causes=causes,
            usage=self.recorded_usage or self.gateway.usage,
            works=works,
            interrupted=interrupted,
            fail_on_warn=self.request.fail_on_warn,
            required=self.request.required,
            occasion=self.request.occasion.value,
            selection=self._selection(),
            again=_again(self.request),
            expired_mutes=tuple(each for each in self.request.mutes if each.until < self.now.date()),
        )

    def _duration_s(self, started: float) -> float:
        known = self.recorded_duration_s
        return round(known if known is not None else time.monotonic() - started, 3)

    def _facts(self, kind: str, name: str) -> TargetFacts:
        """Returns the facts of a report about no workload, or about several."""
        request, profile = self.request, self.catalogue.profiles.searched.name
        return TargetFacts(
            context=request.context,
            namespace=request.namespace,
            profile=profile,
            workload_kind=kind,
            workload_name=name,
        )

    def _without_cluster(self, checks: tuple[Check, ...], error: NoAnswerError, started: float) -> Report:
        """Returns the report of a discovery without an answer: one unknown check, which the others need."""
        why = str(error)
        checks = self._with_discovery(checks)
        first = next(check for check in checks if check.id == DISCOVERY)
        found = outcome_of(first, Status.UNKNOWN, why, findings=no_cluster.finding_of(error, self.request))
        return self._ended(_instead(checks, found, "nothing of the cluster was read"), started)

    def _without_target(self, checks: tuple[Check, ...], why: Finding | str, started: float) -> Report:
        """Returns the report without a target: one failure, or only unknown checks."""
        if isinstance(why, str):
            return self._ended(tuple(outcome_of(each, Status.UNKNOWN, why) for each in checks), started)
        checks = self._with_discovery(checks)
        first = next(check for check in checks if check.id == DISCOVERY)
        found = outcome_of(first, Status.FAIL, findings=(why,))
        return self._ended(_instead(checks, found, "there is no workload to check", blocked=True), started)

    def _ended(self, outcomes: tuple[Outcome, ...], started: float) -> Report:
        facts = self._facts("", self.request.workload or self.request.pod)
        interrupted = self.gateway.stop.is_set()
        return self._report(facts, outcomes, started, not interrupted, interrupted, works=None)


def _again(request: Request) -> Command:
    """Returns the command that shows whether an incident is over."""
    if request.occasion is not Occasion.INCIDENT or request.manifest:
        return NONE
    if request.pod:
        return pod_diagnosis(request.pod, namespace=request.namespace)
    return watch(namespace=request.namespace, workload=request.workload)


def _remarked(report: Report, found: Discovered) -> Report:
    """Returns the report of a manifest with what it was compared with, and of an offline run with what it covers."""
    first = found.targets[0]
    if first.manifest is None:
        return report
    remark = first.remark
    if first.request.offline:
        judged = sum(outcome.status is not Status.SKIP for outcome in report.outcomes)
        remark = (
            f"offline: {judged} of {len(report.outcomes)} checks judge what {first.request.manifest} alone shows; "
            "the others need a cluster, or do not apply"
        )
    return replace(report, target=replace(report.target, remark=remark, manifest=first.request.manifest))


def _instead(checks: tuple[Check, ...], found: Outcome, why: str, *, blocked: bool = False) -> tuple[Outcome, ...]:
    """Returns the outcome of one check, and those of the others that were skipped, as its consequences or not."""
    by = (found.check,) if blocked else ()
    return tuple(
        found if each.id == found.check else outcome_of(each, Status.SKIP, why, blocked_by=by) for each in checks
    )


def _titled(report: Report, targets: tuple[Target, ...]) -> Report:
    """Returns the report with titles for workloads that are no workers."""
    return titled(report) if all(each.profile.is_generic for each in targets) else report


def _adapted(outcome: Outcome, target: Target) -> Outcome:
    """Returns the outcome with the steps for what makes the pods; an error in it must not cost the outcome."""

    def adapted() -> Outcome:
        own = of_workload(outcome, target.label) if target.profile.is_generic else outcome
        if target.manifest:
            return for_manifest(own, target.owner, target.request.manifest, target.manifest)
        return for_owner(own, target.owner)

    return attempt(
        adapted,
        lambda why: replace(outcome, reason=f"the steps do not consider the owner of the pods, {why}"),
    )


def _applicable(check: Check, profile: Profile) -> Check:
    """Returns the check, or one that is skipped because it is not applicable to the workload."""
    reason = profile.lacks(check.id)
    if not reason:
        return check

    def run(_: Context) -> Iterator[Finding]:
        raise NotApplicableError(reason)

    return replace(check, run=run, ahead=None)


def _no_workload(why: str, request: Request, elsewhere: tuple[str, ...]) -> Finding:
    listing = kubectl.get("deployments,pods", namespace=request.namespace, flags=("--show-labels",))
    step = Step("See what is deployed there.", listing)
    steps: tuple[Step, ...] = (step,)
    fix = "Deploy the worker, or select it with -l SELECTOR or --workload."
    if request.before_deploy:
        why = f"{why}, and no --manifest has the version to deploy"
        fix = "Before a first installation, pass the version to deploy with --manifest."
        command = template(namespace=request.namespace).pipe(gate_manifest(namespace=request.namespace))
        steps = (Step("Before a first installation, let the gate read the version to deploy.", command), step)
    if elsewhere:
        why = f"{why}, and is only the default of the context; a Temporal worker is in {listed(elsewhere)}"
        fix = "Name the namespace with -n."
        other = (Step(f"Diagnose the worker of {each}.", diagnosis(namespace=each)) for each in elsewhere[:3])
        steps = (*other, *steps)
    return Finding(
        code="workload.not-found",
        summary=f"{why[0].upper()}{why[1:]}.",
        subjects=(f"namespace/{request.namespace}",),
        remediation=Remediation(summary=fix, steps=steps),
    )


def _of_release(deployments: Iterable[Deployment], target: Target) -> tuple[str, ...]:
    """Returns the other Deployments of the target's release."""
    release_name = target.release.name if target.release else ""
    found = ((each.name, each.metadata.annotations.get("meta.helm.sh/release-name")) for each in deployments)
    target_name = target.deployment.name if target.deployment else ""
    return tuple(name for name, release in found if release == release_name and name != target_name)
