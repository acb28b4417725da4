"""A change is suspected where nothing explains a failure, with both values and its undo; else it is silent."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from msgspec import structs
from msgspec.structs import replace

from checks.release.last_change import LAST_CHANGE
from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, StandingCause
from diagnose.model.report import Confidence, Severity, Status
from diagnose.model.timeline import Moment, MomentKind, Nature, Timeline
from diagnose.resources import Container, DaemonSet, StatefulSet
from diagnose.resources.metadata import LAST_APPLIED
from diagnose.target.target import REVISION, GitOpsController
from diagnose.text.times import to_text
from tests.support.kit import NOW, about, ago, context, findings, nothing, of_kind, outcome
from tests.support.objects import crashing, pod, replica_set, running

Json = dict[str, Any]

CRASHING = Code(id="workload.crash-looping", meaning="", fix="", symptom=True)
REFUSED = Code(id="database.login-refused", meaning="", fix="")
RUNNING = Check(id="t.running", title="", stage=stages.RUNNING, run=nothing, codes=(CRASHING, REFUSED))
MEMORY = replace(RUNNING, stage=stages.MEMORY)
OTHERS = ("Something else ends it.",)
ERROR = "Container worker of pod new is in CrashLoopBackOff (exit code 1): KeyError: 'QUEUE'."


def template(**worker: Any) -> Json:
    return {"template": {"spec": {"containers": [{"name": "worker", **worker}]}}}


def revision(number: int, *, exist: int = 0, made_s: float = 60, **worker: Any) -> Json:
    made = replica_set(f"worker-{number}", exist=exist, **template(**worker))
    made["metadata"] |= {"annotations": {REVISION: str(number)}, "creationTimestamp": ago(seconds=made_s)}
    made["status"]["readyReplicas"] = exist
    return made


def member(name: str, number: int, **more: Any) -> Json:
    return pod(name, owner=f"worker-{number}", **more)


def standing(code: Code = CRASHING, check: Check = RUNNING, summary: str = ERROR, **more: Any) -> StandingCause:
    return StandingCause(
        check=check, finding=code.finding(summary, **{"pods": ("new",), "alternatives": OTHERS, **more})
    )


def scene(before: Json, now: Json, *causes: StandingCause, old_works: bool = True, **more: Any) -> Context:
    """Returns the context of a Deployment whose current revision fails in the pod "new"."""
    pods = [member("new", 2, status={"containerStatuses": [crashing(1)]})]
    pods += [member("old", 1, ready=True, status={"containerStatuses": [running()]})] if old_works else []
    sets = [revision(1, exist=int(old_works), made_s=9000, **before), revision(2, **now)]
    ctx = context(*pods, replica_sets=sets, check=LAST_CHANGE, **more)
    controller = ctx.target.controller
    assert controller is not None
    annotated = replace_meta(controller, annotations={REVISION: "2"})
    ctx = replace(ctx, target=replace(ctx.target, controller=annotated))
    return replace(ctx, standing=causes or (standing(),))


def replace_meta(controller: Any, **facts: Any) -> Any:
    return structs.replace(controller, metadata=structs.replace(controller.metadata, **facts))


def env(**values: str) -> Json:
    return {"env": [{"name": name, "value": value} for name, value in values.items()]}


def test_a_variable_that_a_failing_revision_changed_is_suspected_and_set_back() -> None:
    (found,) = findings(LAST_CHANGE, scene(env(QUEUE="invoices", LEVEL="info"), env(LEVEL="info")))
    assert found.code == "release.change-suspected"
    assert found.confidence is Confidence.LIKELY
    assert found.summary == ("Revision 2 of worker fails, 1 works: QUEUE is not set (was invoices); KeyError: 'QUEUE'.")
    assert found.remediation.steps[0].command == "kubectl -n msp set env deployment/worker -c worker QUEUE=invoices"
    assert found.alternative_codes == ("workload.crash-looping",)
    assert [each.text for each in found.evidence[:2]] == [
        "QUEUE is not set (was invoices)",
        "1 of 1 pods of revision 2 fail, 1 of revision 1 work",
    ]


def test_of_two_changes_the_one_that_the_error_names_is_suspected() -> None:
    (found,) = findings(LAST_CHANGE, scene(env(LEVEL="info"), env(LEVEL="debug", QUEUE="x")))
    assert "QUEUE is x (was not set)" in found.summary
    assert "LEVEL" not in found.summary
    assert found.alternatives[0] == "It also changed this: LEVEL is debug (was info)."
    assert found.remediation.steps[0].command.endswith("QUEUE-")


def test_the_error_is_whole_before_the_values_of_the_change() -> None:
    error = (
        "Container worker of pod new is in CrashLoopBackOff (exit code 1): " + "a long error with its point " * 3 + "!"
    )
    now = {"args": ["--import=a-module-of-this-name"], "env": env(QUEUE="b")["env"]}
    [found] = findings(LAST_CHANGE, scene({"args": ["--serve"]}, now, standing(summary=error)))
    assert found.summary.startswith("Revision 2 of worker fails, 1 works: ")
    assert found.summary.endswith(" changed; " + "a long error with its point " * 3 + "!.")


@pytest.mark.parametrize(("policy", "commands"), [({}, ["undo"]), ({"restartPolicy": "Always"}, ["patch"])])
def test_a_new_init_container_that_may_be_a_guard_is_not_removed_first(policy: Json, commands: list[str]) -> None:
    before = scene({}, {}, standing())
    current, *others = sorted(before.target.replica_sets, key=lambda each: each.name, reverse=True)
    guard = {"name": "check-schema", "image": "check", **policy}
    spec = structs.replace(current.spec.template.spec, init_containers=(msgspec.convert(guard, Container),))
    pod_template = structs.replace(current.spec.template, spec=spec)
    now = structs.replace(current, spec=structs.replace(current.spec, template=pod_template))
    target = replace(before.target, replica_sets=(now, *others))
    [found] = findings(LAST_CHANGE, replace(before, target=target))
    changing = [each.command for each in found.remediation.steps if each.changes]
    assert all(changing[0].has(verb) for verb in commands)
    assert ("until what check-schema checks holds" in found.remediation.summary) == (not policy)


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("Sidecar log of pod new has run for 134 s without passing its startup probe: no collector.", "no collector"),
        ("The worker crashes with an unhandled promise rejection; its log is empty.", "it crashes with an unhandled"),
        ("Pod new is not ready.", "it is not ready"),
        ("The kubelet kills container w of pod new (its liveness probe fails, its log is empty).", "its liveness"),
    ],
)
def test_the_error_is_what_a_sentence_says_beside_what_it_is_about(summary: str, reason: str) -> None:
    [found] = findings(LAST_CHANGE, scene(env(QUEUE="a"), env(QUEUE="b"), standing(summary=summary)))
    assert f"; {reason}" in found.summary


def test_values_without_room_are_left_out_of_the_sentence_and_are_evidence() -> None:
    args = ["until test -e /tmp/migrated; do sleep 1; done; exec serve --all --the --options"]
    [found] = findings(LAST_CHANGE, scene({"args": ["exec serve --all --the --options"]}, {"args": args}))
    assert found.summary == "Revision 2 of worker fails, 1 works: args changed; KeyError: 'QUEUE'."
    assert found.evidence[0].text.startswith("args is until test -e /tmp/migrated; do sleep 1")


def test_a_value_that_the_error_names_is_suspected() -> None:
    cause = standing(summary="Container worker is in CrashLoopBackOff (exit code 1): invalid port 'eighty'.")
    (found,) = findings(LAST_CHANGE, scene(env(A="1"), env(A="2", PORT="eighty"), cause))
    assert "PORT is eighty" in found.summary


def test_what_ends_once_a_container_runs_is_not_suspected() -> None:
    cause = standing(summary="Pod new is not ready.")
    (found,) = findings(LAST_CHANGE, scene({"args": ["x"]}, {"args": ["y"], "imagePullPolicy": "Always"}, cause))
    assert "args is y (was x)" in found.summary
    assert "imagePullPolicy" not in found.summary


def test_a_new_template_alone_is_suspected_where_no_older_pod_is_left() -> None:
    (found,) = findings(LAST_CHANGE, scene(env(QUEUE="a"), env(QUEUE="b"), old_works=False))
    assert found.summary.startswith("worker fails since revision 2: QUEUE is b (was a)")


def test_a_template_of_days_ago_is_not() -> None:
    ctx = scene(env(QUEUE="a"), env(QUEUE="b"), old_works=False)
    assert findings(LAST_CHANGE, replace(ctx, now=NOW + timedelta(days=3))) == []


def test_a_pod_of_the_same_template_that_works_exonerates_it() -> None:
    ctx = scene(env(QUEUE="a"), env(QUEUE="b"))
    other = context(member("new-2", 2, ready=True, status={"containerStatuses": [running()]})).target.pods
    assert findings(LAST_CHANGE, replace(ctx, target=replace(ctx.target, pods=(*ctx.target.pods, *other)))) == []


def test_an_older_pod_that_fails_too_exonerates_it() -> None:
    assert findings(LAST_CHANGE, scene(env(QUEUE="a"), env(QUEUE="b"), standing(pods=("new", "old")))) == []


def test_a_program_that_ran_for_long_is_not_broken_by_its_template() -> None:
    ctx = scene(env(QUEUE="a"), env(QUEUE="b"), old_works=False)
    status = crashing(1)
    status["lastState"]["terminated"] |= {"startedAt": ago(minutes=50), "finishedAt": ago(minutes=1)}
    long = context(member("new", 2, status={"containerStatuses": [status]})).target.pods
    assert findings(LAST_CHANGE, replace(ctx, target=replace(ctx.target, pods=long))) == []


@pytest.mark.parametrize(
    "cause",
    [
        standing(REFUSED),
        standing(proof="the kernel reports it", alternatives=()),
        standing(severity=Severity.WARNING),
        standing(check=MEMORY),
    ],
)
def test_it_is_not_asked_where_the_cause_is_known_or_no_change_can_bring_it(cause: StandingCause) -> None:
    assert outcome(LAST_CHANGE, scene(env(QUEUE="a"), env(QUEUE="b"), cause)).status is Status.SKIP


def test_of_a_gitops_controller_the_change_in_git_comes_first() -> None:
    ctx = scene(env(QUEUE="a"), env(QUEUE="b"))
    gitops = GitOpsController(tool="Argo CD", kind="Application", namespace="argocd", name="w")
    (found,) = findings(LAST_CHANGE, replace(ctx, target=replace(ctx.target, gitops=gitops)))
    assert "rollout undo" in found.remediation.steps[0].command


def test_the_pods_of_a_stateful_set_show_what_differs() -> None:
    first, second = ({"controller-revision-hash": each} for each in ("r1", "r2"))
    old = pod("worker-0", {"name": "worker", **env(QUEUE="a")}, ready=True, labels=first)
    new = pod("worker-1", status={"containerStatuses": [crashing(1)]}, labels=second)
    ctx = of_kind(context(old, new, check=LAST_CHANGE), StatefulSet, "worker", {"updateRevision": "r2"})
    (found,) = findings(LAST_CHANGE, replace(ctx, standing=(standing(pods=("worker-1",)),)))
    assert found.summary.startswith(
        "The current template of worker fails, the template before works: QUEUE is not set (was a)"
    )
    assert found.remediation.steps[0].command == "kubectl -n msp set env statefulset/worker -c worker QUEUE=a"


def revision_of(number: int, *, made_s: float = 60, **worker: Any) -> Json:
    owners = [{"kind": "DaemonSet", "name": "worker"}]
    meta = {"name": f"worker-h{number}", "ownerReferences": owners, "creationTimestamp": ago(seconds=made_s)}
    return {"metadata": meta, "revision": number, "data": {"spec": template(**worker)}}


def test_the_history_of_a_daemon_set_shows_what_differs_where_no_older_pod_is_left() -> None:
    new = pod("new", status={"containerStatuses": [crashing(1)]}, labels={"controller-revision-hash": "h2"})
    history = [revision_of(1, made_s=9000, **env(QUEUE="a")), revision_of(2)]
    ctx = of_kind(context(new, check=LAST_CHANGE, controllerrevisions=history), DaemonSet, "worker")
    (found,) = findings(LAST_CHANGE, replace(ctx, standing=(standing(),)))
    assert found.summary.startswith("worker fails since revision 2: QUEUE is not set (was a)")
    assert found.remediation.steps[0].command == "kubectl -n msp set env daemonset/worker -c worker QUEUE=a"


def test_a_history_of_one_revision_shows_no_change() -> None:
    new = pod("new", status={"containerStatuses": [crashing(1)]}, labels={"controller-revision-hash": "h1"})
    ctx = of_kind(context(new, check=LAST_CHANGE, controllerrevisions=[revision_of(1)]), DaemonSet, "worker")
    assert findings(LAST_CHANGE, replace(ctx, standing=(standing(),))) == []


def test_a_single_pod_of_a_stateful_set_is_compared_with_the_others() -> None:
    first, second = ({"controller-revision-hash": each} for each in ("r1", "r2"))
    old = pod("worker-0", {"name": "worker", **env(QUEUE="a")}, ready=True, labels=first)
    new = pod("worker-1", status={"containerStatuses": [crashing(1)]}, labels=second)
    for each in (old, new):
        each["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "worker"}]
    ctx = of_kind(context(new, pods=[old, new], check=LAST_CHANGE), StatefulSet, "worker", {"updateRevision": "r2"})
    ctx = about(ctx, is_single_pod=True, kind="Pod", name="worker-1")
    (found,) = findings(LAST_CHANGE, replace(ctx, standing=(standing(pods=("worker-1",)),)))
    assert "QUEUE is not set (was a)" in found.summary
    assert found.remediation.steps[0].command == "kubectl -n msp set env statefulset/worker -c worker QUEUE=a"


def change(subject: str, summary: str, *, minutes: float, kind: MomentKind = MomentKind.CONFIGURATION) -> Moment:
    at = NOW - timedelta(minutes=minutes)
    return Moment(at=at, nature=Nature.CHANGE, kind=kind, subject=subject, summary=summary, source="managedFields")


def with_history(*changes: Moment, **kinds: Any) -> Context:
    ctx = context(pod("new", status={"containerStatuses": [crashing(1)]}), check=LAST_CHANGE, **kinds)
    return replace(ctx, standing=(standing(),), timeline=Timeline(moments=changes))


def test_an_object_that_was_changed_before_is_suspected() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[]))
    assert (
        found.summary
        == "worker fails since ConfigMap settings was changed by kubectl-edit (4 min ago), KeyError: 'QUEUE'."
    )
    assert found.subjects == ("configmap/settings", "deployment/worker")
    assert found.remediation.steps[0].command == "kubectl -n msp edit configmap settings"


def test_the_entry_of_a_config_map_that_the_error_names_is_shown() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = {"metadata": {"name": "settings", "namespace": "msp"}, "data": {"QUEUE": "", "LEVEL": "info"}}
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert "(QUEUE is empty)" in found.summary


def applied(data: Json, before: Json, manager: str = "kubectl-edit", minutes: float = 4) -> Json:
    """Returns a ConfigMap that a tool changed since it was applied."""
    written: Json = {f"f:{key}": {} for key in data if data[key] != before.get(key)}
    entry = {"manager": manager, "time": ago(minutes=minutes), "fieldsV1": {"f:data": written}}
    notes = {LAST_APPLIED: json.dumps({"data": before})}
    meta = {"name": "settings", "namespace": "msp", "annotations": notes, "managedFields": [entry]}
    return {"metadata": meta, "data": data}


def test_entries_that_were_changed_since_the_last_apply_are_set_back() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = applied({"LEVEL": "debug", "QUEUE": "x"}, {"LEVEL": "info", "QUEUE": "invoices"})
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert "settings was changed by kubectl-edit (QUEUE is x (was invoices))" in found.summary
    first = found.remediation.steps[0]
    assert first.command == (
        """kubectl -n msp patch configmap settings --type merge -p '{"data":{"QUEUE":"invoices"}}' """
        "&& kubectl -n msp rollout restart deployment/worker"
    )
    assert (
        found.evidence[1].text
        == f"QUEUE is x (was invoices); written by kubectl-edit at {to_text(NOW - timedelta(minutes=4))}"
    )


def test_what_was_changed_long_before_is_not_set_back_with_a_key_that_is_gone() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = applied({"LEVEL": "debug"}, {"LEVEL": "info", "QUEUE": "invoices"}, minutes=900)
    settings["metadata"]["managedFields"].append({"manager": "kubectl-edit", "time": ago(minutes=4)})
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert """'{"data":{"QUEUE":"invoices"}}'""" in found.remediation.steps[0].command


def test_the_error_has_room_before_the_value_of_before() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = applied({"QUEUE": "eighty-and-more"}, {"QUEUE": "eighty-and-no-more"})
    ctx = with_history(edited, configmaps=[settings])
    error = "invalid value of the variable QUEUE: eighty-and-more"
    (found,) = findings(
        LAST_CHANGE, replace(ctx, standing=(standing(summary=f"Container worker ended (1): {error}."),))
    )
    assert found.summary.endswith(f"(QUEUE is eighty-and-more), {error}.")


def test_all_entries_are_set_back_where_the_error_names_none() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = applied({"LEVEL": "debug", "NEW": "x"}, {"LEVEL": "info"})
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert """'{"data":{"LEVEL":"info","NEW":null}}'""" in found.remediation.steps[0].command


def test_a_value_of_a_secret_is_not_set_back() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    settings = applied({"DB_PASSWORD": "made-up-1"}, {"DB_PASSWORD": "made-up-2"})
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert found.remediation.steps[0].command == "kubectl -n msp edit configmap settings"
    assert "made-up" not in str(found)


def test_an_entry_of_another_change_is_not_of_this_one() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by helm.", minutes=2)
    settings = applied({"LEVEL": "debug", "MODE": "b"}, {"LEVEL": "info", "MODE": "a"})
    other = {"manager": "helm", "time": ago(minutes=2), "fieldsV1": {"f:data": {"f:MODE": {}}}}
    settings["metadata"]["managedFields"][0]["fieldsV1"]["f:data"].pop("f:MODE")
    settings["metadata"]["managedFields"].append(other)
    (found,) = findings(LAST_CHANGE, with_history(edited, configmaps=[settings]))
    assert """'{"data":{"MODE":"a"}}'""" in found.remediation.steps[0].command


def test_a_service_that_was_changed_is_set_back_without_a_restart() -> None:
    edited = change("service/catalog", "Service catalog was changed by kubectl-patch.", minutes=4)
    spec: Json = {"selector": {"app": "catalog"}, "ports": [{"port": 80}]}
    by = {"manager": "kubectl-patch", "time": ago(minutes=4), "fieldsV1": {"f:spec": {"f:selector": {}}}}
    notes = {LAST_APPLIED: json.dumps({"spec": {**spec, "selector": {"app": "catalog", "tier": "a"}}})}
    meta = {"name": "catalog", "namespace": "msp", "annotations": notes, "managedFields": [by]}
    ctx = with_history(edited, services=[{"metadata": meta, "spec": spec}])
    failed = replace(edited, nature=Nature.WRONG, at=NOW - timedelta(minutes=3))
    ctx = replace(ctx, timeline=replace(ctx.timeline, first_wrong=failed))
    (found,) = findings(LAST_CHANGE, ctx)
    assert "selector.tier is not set (was a)" in found.summary
    assert found.remediation.steps[0].command == (
        """kubectl -n msp patch service catalog --type merge -p '{"spec":{"selector":{"tier":"a"}}}'"""
    )
    assert "restart" not in found.remediation.steps[1].text


def test_the_latest_of_several_objects_is_suspected_and_the_others_are_alternatives() -> None:
    first = change("configmap/settings", "ConfigMap settings was changed by helm.", minutes=9)
    last = change("secret/login", "Secret login was changed by kubectl-edit.", minutes=2, kind=MomentKind.SECRET)
    (found,) = findings(LAST_CHANGE, with_history(first, last))
    assert found.subjects[0] == "secret/login"
    assert found.alternatives[0].startswith("Before that: ConfigMap settings was changed by helm at ")


def test_changes_of_scaling_and_of_long_ago_are_not_suspected() -> None:
    scaled = change("horizontalpodautoscaler/worker", "It was changed.", minutes=2)
    old = change("configmap/settings", "ConfigMap settings was changed by x.", minutes=60 * 50)
    assert findings(LAST_CHANGE, with_history(scaled, old)) == []


def test_an_object_is_not_suspected_where_a_pod_that_read_it_since_works() -> None:
    edited = change("configmap/settings", "ConfigMap settings was changed by kubectl-edit.", minutes=4)
    ctx = with_history(edited, configmaps=[])
    works = context(pod("other", ready=True, status={"containerStatuses": [running(since_s=60)]})).target.pods
    assert findings(LAST_CHANGE, replace(ctx, target=replace(ctx.target, pods=(*ctx.target.pods, *works)))) == []


def test_a_service_is_suspected_at_once_and_where_it_fails_for_all() -> None:
    edited = change("service/db", "Service db was changed by kubectl-edit.", minutes=4)
    ctx = with_history(edited)
    broken = replace(edited, nature=Nature.WRONG, at=NOW - timedelta(minutes=3))
    late = replace(broken, at=edited.at + timedelta(minutes=20))
    soon = [replace(ctx, timeline=replace(ctx.timeline, first_wrong=each)) for each in (broken, late)]
    assert [len(findings(LAST_CHANGE, each)) for each in soon] == [1, 0]
    works = context(pod("other", ready=True, status={"containerStatuses": [running()]})).target.pods
    mixed = replace(soon[0], target=replace(ctx.target, pods=(*ctx.target.pods, *works)))
    assert findings(LAST_CHANGE, mixed) == []


def test_of_a_single_pod_the_revisions_of_its_deployment_are_compared() -> None:
    sets = [revision(1, exist=1, made_s=9000, **env(QUEUE="a")), revision(2)]
    for each in sets:
        each["metadata"]["ownerReferences"] = [{"kind": "Deployment", "name": "worker"}]
    ctx = scene(env(QUEUE="a"), {}, old_works=False, replicasets=sets)
    current = tuple(each for each in ctx.target.replica_sets if each.name == "worker-2")
    (found,) = findings(LAST_CHANGE, about(ctx, is_single_pod=True, replica_sets=current))
    assert found.summary.startswith("Revision 2 of worker fails, 1 works: QUEUE is not set (was a)")
