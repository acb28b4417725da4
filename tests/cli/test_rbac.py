"""`diagnose rbac`: what is printed is a role that an API server takes, as small as was asked for."""

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from msgspec.structs import replace

from checks import CHECKS
from diagnose.check.rights import Scope
from diagnose.cli.assembly import prepare
from diagnose.cli.group import group
from diagnose.engine.diagnosis import DISCOVERY
from diagnose.model.report import ExitCode
from diagnose.queries.access import Access, ReviewAccess
from diagnose.queries.query import ForbiddenError, NoAnswerError, Query
from diagnose.queries.rights import Right
from diagnose.rbac import review
from diagnose.rbac.namespaces import assumed, of_targets
from diagnose.rbac.roles import Grant, Use, grants
from diagnose.sources.gateway import Gateway
from diagnose.target.facts import TemporalFacts
from diagnose.target.request import Allowance, Request
from tests.support import recordings
from tests.support.kit import about, context
from tests.support.sources import Refusing

ROOT = Path(__file__).parents[2]
HEALTHY = recordings.path("N01")
SEVERAL = ("A01", "A24", "W01", "W14")
"""Runs about workloads of several kinds, and about the versions of one worker."""
OFFLINE = ("--offline", "-n", "msp")
FILES = {
    "all": ("--for", "all"),
    "gate-pre": ("--for", "gate", "--phase", "pre"),
    "gate-post": ("--for", "gate", "--phase", "post"),
    "audit": ("--for", "audit"),
    "namespaces": ("--for", "namespaces"),
}
RIGHTS = {
    ("list",),
    ("get",),
    ("create", "get"),
}


def rbac(*arguments: str) -> Result:
    return CliRunner().invoke(group, ["rbac", *arguments])


def objects(*arguments: str) -> list[dict[str, Any]]:
    reported = rbac(*arguments)
    assert reported.exit_code == 0, reported.output
    return [each for each in yaml.safe_load_all(reported.stdout) if each]


def rules(*arguments: str) -> list[tuple[str, str, str, tuple[str, ...]]]:
    return [
        (each["metadata"].get("namespace", ""), rule["apiGroups"][0], rule["resources"][0], tuple(rule["verbs"]))
        for each in objects(*arguments)
        for rule in each.get("rules", ())
    ]


@pytest.mark.parametrize("name", FILES)
def test_the_roles_that_are_kept_are_those_that_are_printed(name: str) -> None:
    written = (ROOT / f"deploy/rbac/{name}.yaml").read_text(encoding="utf-8")
    assert written == rbac(*OFFLINE, *FILES[name]).stdout, "stale: run `make docs`"


@pytest.mark.parametrize("name", FILES)
def test_no_role_reads_secrets_or_changes_anything(name: str) -> None:
    found = rules(*OFFLINE, *FILES[name])
    assert found
    assert not [each for each in found if each[2] == "secrets"]
    assert {verbs for _, _, _, verbs in found} <= RIGHTS
    # What is created is a connection into a pod, nothing else.
    assert {each[2] for each in found if "create" in each[3]} <= {"pods/exec", "pods/portforward"}


def test_the_list_of_namespaces_takes_the_right_to_list_each_kind_of_workload_in_the_whole_cluster() -> None:
    assert rules(*OFFLINE, "--for", "namespaces") == [
        ("", group, kind, ("list",))
        for group, kind in (
            ("apps", "deployments"),
            ("apps", "statefulsets"),
            ("apps", "daemonsets"),
            ("batch", "jobs"),
            ("batch", "cronjobs"),
            ("argoproj.io", "rollouts"),
        )
    ]
    assert "Optional" not in rbac(*OFFLINE, "--for", "namespaces").stdout


@pytest.mark.parametrize("name", FILES)
def test_every_role_is_bound_to_the_account_and_has_a_name_of_its_own(name: str) -> None:
    made = objects(*OFFLINE, *FILES[name])
    roles = [each for each in made if each["kind"] in {"Role", "ClusterRole"}]
    bindings = [each for each in made if each["kind"].endswith("Binding")]
    assert [(each["kind"], each["metadata"]["name"]) for each in roles] == [
        (each["roleRef"]["kind"], each["roleRef"]["name"]) for each in bindings
    ]
    assert [each["metadata"].get("namespace") for each in roles] == [
        each["metadata"].get("namespace") for each in bindings
    ]
    account = {"kind": "ServiceAccount", "name": "diagnose", "namespace": "msp"}
    assert all(each["subjects"] == [account] for each in bindings)
    named = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in made]
    assert len(set(named)) == len(named)


def test_an_account_that_is_there_is_not_made_anew() -> None:
    made = objects(*OFFLINE, "--service-account", "pipeline")
    assert "ServiceAccount" not in {each["kind"] for each in made}
    assert {each["subjects"][0]["name"] for each in made if "subjects" in each} == {"pipeline"}


def test_secrets_are_listed_only_with_a_flag_for_their_names_or_helms_records() -> None:
    names = rules(*OFFLINE, "--for", "gate", "--phase", "pre", "--secret-names")
    assert [each for each in names if each[2] == "secrets"] == [("msp", "", "secrets", ("list",))]
    history = rules(*OFFLINE, "--for", "audit", "--helm-history", "--in", "helm-records=flux")
    assert [each for each in history if each[2] == "secrets"] == [("flux", "", "secrets", ("list",))]


def test_what_a_run_leaves_out_its_role_leaves_out() -> None:
    assert "pods/exec" not in {each[2] for each in rules(*OFFLINE, "--no-exec")}
    only = rules(*OFFLINE, "--only", "workload.account-exists")
    assert ("msp", "", "serviceaccounts", ("list",)) in only
    assert not [each for each in only if each[0] not in {"msp", ""}]


def test_a_place_outside_the_cluster_takes_no_role() -> None:
    spaces = {each[0] for each in rules(*OFFLINE, "--in", "vault=", "--in", "injector=", "--in", "temporal=")}
    assert spaces == {"msp", "kube-system", "argo", ""}


@pytest.mark.parametrize(
    ("recording", "is_there"),
    [
        pytest.param("N01", False, id="a cluster that knows no Workflow: the role could not be made"),
        pytest.param("D01", True, id="a cluster with Argo Workflows"),
    ],
)
def test_argos_namespace_takes_a_role_only_where_argo_is(recording: str, is_there: bool) -> None:
    found = objects("--replay", str(recordings.path(recording)))
    assert ("argo" in {each["metadata"].get("namespace") for each in found}) is is_there


def test_a_place_may_be_in_several_namespaces() -> None:
    spaces = {each[0] for each in rules(*OFFLINE, "--in", "database=one", "--in", "database=two")}
    assert {"one", "two"} <= spaces


def test_what_vault_answers_only_to_a_token_takes_a_right_only_with_one() -> None:
    asked = (*OFFLINE, "--for", "audit", "--only", "vault.secrets-fresh")
    assert "pods/portforward" not in {each[2] for each in rules(*asked)}
    assert ("vault", "", "pods/portforward", ("create", "get")) in rules(*asked, "--vault-token")


def test_the_minimal_role_reports_less_of_a_fault_and_has_fewer_rights() -> None:
    assert set(rules(*OFFLINE, "--required-only")) < set(rules(*OFFLINE))


def test_names_that_yaml_would_take_for_something_else_are_quoted() -> None:
    made = objects("--offline", "-n", "1e3", "--service-account", "true")
    assert {each["metadata"]["namespace"] for each in made if each["kind"] == "Role"} >= {"1e3"}
    assert {each["subjects"][0]["name"] for each in made if "subjects" in each} == {"true"}


def test_namespaces_are_those_that_the_workers_own_objects_name() -> None:
    reported = rbac("--replay", str(HEALTHY), "-o", "json")
    found = json.loads(reported.stdout)["rights"]
    scopes = {(place, each["namespace"]) for each in found for place in each["places"]}
    assert {("worker", "msp"), ("vault", "vault"), ("temporal", "temporal"), ("database", "msp")} <= scopes


@pytest.mark.parametrize("name", SEVERAL)
def test_a_run_about_several_workloads_has_the_same_verdict_with_the_printed_role_alone(name: str) -> None:
    """Nothing else than the role has an answer, and nothing that the run needs is outside of it."""
    path = recordings.path(name)
    reported = rbac("--replay", str(path), "-o", "json")
    assert reported.exit_code == 0, reported.output
    granted = {
        (Right(each["group"], each["resource"], tuple(each["verbs"])), each["namespace"])
        for each in json.loads(reported.stdout)["rights"]
    }
    refused: set[tuple[Right, str]] = set()

    def error(query: Query[Any]) -> ForbiddenError | None:
        lacking = set(query.rights) - granted
        refused.update(lacking)
        return ForbiddenError("forbidden") if lacking else None

    gateway = Gateway(Refusing(recordings.recording(name), error), time.monotonic() + 60)
    limited = replace(prepare(Request(replay=path)), gateway=gateway).run(threading.Event())
    whole = prepare(Request(replay=path)).run(threading.Event())
    assert refused == set()
    assert len(whole.workloads) > 1
    assert (limited.exit_code, limited.workloads) == (whole.exit_code, whole.workloads)
    assert [each.finding.code for each in limited.causes] == [each.finding.code for each in whole.causes]


def test_the_namespaces_of_several_workloads_are_those_that_any_of_them_names() -> None:
    ctx = context()
    hosts = ("front.temporal-a.svc", "front.temporal-b.svc", "front.temporal-a.svc")
    targets = [about(ctx, temporal=TemporalFacts(host=each, port=7233)).target for each in hosts]
    found = of_targets(targets, ())
    assert (found[Scope.OWN], found[Scope.TEMPORAL]) == (("msp",), ("temporal-a", "temporal-b"))


def test_a_table_names_each_right() -> None:
    reported = rbac(*OFFLINE, "-o", "table")
    assert "list horizontalpodautoscalers.autoscaling" in reported.stdout
    assert "all checks are unknown" in reported.stdout


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--offline",), "-n NAMESPACE"),
        ((*OFFLINE, "--phase", "pre"), "--for gate"),
        ((*OFFLINE, "--check"), "--check"),
        ((*OFFLINE, "--in", "moon=x"), "scopes are vault"),
        ((*OFFLINE, "--only", "vault.no-such-check"), "vault.no-such-check"),
        (("--replay", str(HEALTHY), "--check", "-o", "yaml"), "table or json"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...], expected: str) -> None:
    reported = rbac(*arguments)
    assert reported.exit_code == 2
    assert expected in reported.stderr


def test_what_a_recording_cannot_say_is_no_right_that_is_there() -> None:
    reported = rbac("--replay", str(HEALTHY), "--check", "-o", "json")
    assert reported.exit_code == ExitCode.INCOMPLETE
    assert {each["state"] for each in json.loads(reported.stdout)["rights"]} == {"unknown"}


@dataclass
class Server:
    """An API server whose user lacks some resources, and which knows no Argo."""

    lacking: set[tuple[str, str]] = field(default_factory=set)
    unreachable: bool = False

    def answer(self, query: Query[Any], timeout_s: float) -> object:
        assert isinstance(query, ReviewAccess)
        if self.unreachable:
            raise NoAnswerError("the API server does not answer")
        if query.group == "argoproj.io":
            return Access(allowed=False, needless="the API server knows no argoproj.io")
        if query.verb == "create":
            return Access(allowed=False, needless="Kubernetes 1.34 does not ask for it")
        return Access(allowed=(query.namespace, query.resource) not in self.lacking, reason="no role has it")


def held_by(server: Server) -> tuple[review.ReviewedRight, ...]:
    return review.review(Gateway(server, time.monotonic() + 30), all_grants())


def all_grants(**use: Any) -> tuple[Grant, ...]:
    begin = next(check for check in CHECKS if check.id == DISCOVERY)
    return grants(CHECKS, begin, assumed("msp", "argo"), Use(**use))


def test_all_rights_are_granted_where_the_server_requires_no_more() -> None:
    answers = held_by(Server())
    assert review.exit_code(answers) is ExitCode.OPEN
    states = {each.grant.right.resource: each.state for each in answers}
    assert states["workflows"] is review.RightState.NEEDLESS
    assert states["pods/exec"] is review.RightState.HAVE


def test_a_right_that_is_lacking_is_named_with_what_is_lost() -> None:
    answers = held_by(Server(lacking={("msp", "pods/log")}))
    assert review.exit_code(answers) is ExitCode.INCOMPLETE
    row = next(line for line in review.as_table(answers, 200).splitlines() if line.startswith("LACK"))
    assert "get pods/log" in row
    assert "unknown: " in row


def test_an_optional_right_may_be_missing() -> None:
    answers = held_by(Server(lacking={("kube-system", "pods/log")}))
    assert review.exit_code(answers) is ExitCode.OPEN
    assert [each.grant.namespace for each in answers if each.lost] == ["kube-system"]


def test_a_right_that_could_not_be_reviewed_is_not_granted() -> None:
    answers = held_by(Server(unreachable=True))
    assert review.exit_code(answers) is ExitCode.INCOMPLETE
    assert {each.state for each in answers} == {review.RightState.UNKNOWN}


def test_without_pods_all_checks_are_lost_and_every_other_loss_names_checks() -> None:
    allowed = frozenset(Allowance)
    for grant in all_grants(incident=False, ahead=True, allowed=allowed):
        loss = grant.loss
        whole = grant.right.resource == "pods" and Scope.OWN in grant.scopes and not grant.right.group
        assert loss.all == whole
        assert whole or loss.unknown or loss.perhaps or loss.shallower, grant.right.text
        assert not set(loss.unknown) & {*loss.skipped, *loss.shallower, *loss.perhaps}


def test_the_workers_own_namespace_comes_first_and_the_cluster_is_apart() -> None:
    found = all_grants()
    assert found[0].scopes[0] in {Scope.DATABASE, Scope.OWN}
    assert found[0].namespace == "msp"
    assert {each.right.resource for each in found if not each.namespace} >= {"nodes", "storageclasses"}
