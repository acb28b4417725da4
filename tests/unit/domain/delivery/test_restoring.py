"""What the last revision changed and a cause is about is set back alone, before anything wider."""

import threading

import msgspec
import pytest
from msgspec.structs import replace

from checks import CHECKS
from diagnose.check import stages
from diagnose.check.api import Check, Code
from diagnose.cli.assembly import prepare
from diagnose.commands.placeholders import placeholders
from diagnose.domain.delivery.differences import differences
from diagnose.domain.delivery.restoring import needed, restored
from diagnose.domain.delivery.template_change import TemplateChange
from diagnose.model.report import Severity, Step
from diagnose.resources import PodTemplate
from diagnose.target.request import Request
from tests.support import recordings
from tests.support.targets import discover


def steps(name: str) -> tuple[Step, ...]:
    return prepare(Request(replay=recordings.path(name))).run(threading.Event()).causes[0].finding.remediation.steps


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("P03", "set env deployment/temporal-worker -c temporal-worker DB_HOST=pgbouncer.msp.svc.cluster.local"),
        ("H02", '"valueFrom":{"secretKeyRef":{"name":"alga-core-sebastian-secrets","key":"NEXTAUTH_SECRET"}}'),
        ("H02c", "-c temporal-worker DB_USER_ADMIN=postgres TEMPORAL_NAMESPACE=default"),
        ("V06", '{"annotations":{"vault.hashicorp.com/role":"temporal-worker"}}'),
        ("K05", "--requests=memory=384Mi --limits=memory=1Gi"),
        ("X31", '{"hostAliases":[{"$patch":"delete","ip":"10.90.0.1"}]}'),
        ("X03", "set serviceaccount deployment/temporal-worker temporal-worker"),
        ("K19b", '{"spec":{"nodeSelector":{"pool":null}}}'),
        ("X25", '"volumeMounts":[{"$patch":"delete","mountPath":"/scratch"}]'),
        ("H04", "-c temporal-worker EMAIL_PROVIDER-"),
        ("V09", '"vault.hashicorp.com/agent-inject-secret-internal_api":null'),
    ],
)
def test_the_first_step_sets_back_what_the_cause_is_about(name: str, change: str) -> None:
    first, *others = steps(name)
    assert change in first.command
    assert ", as in revision " in first.text
    assert not any(each.changes and placeholders(each.command) for each in others)
    rollback = [each for each in others if each.command.has("rollout", "undo")]
    assert all(each.text.startswith("Or roll back") for each in rollback)


def test_a_cause_that_a_revision_did_not_bring_keeps_its_steps() -> None:
    assert ", as in " not in steps("P05")[0].text


def test_a_warning_with_a_correction_of_its_own_keeps_that() -> None:
    examination = prepare(Request(replay=recordings.path("K02")))
    causes = examination.run(threading.Event()).causes
    target = discover(examination.gateway, examination.request, examination.catalogue.profiles)
    mild = tuple(replace(each, finding=replace(each.finding, severity=Severity.WARNING)) for each in causes)
    assert restored(mild, CHECKS, target, examination.now) == mild
    assert ", as in revision " in steps("E04")[0].text


def test_a_name_that_is_only_a_part_of_another_one_is_not_what_a_cause_is_about() -> None:
    def template(**values: str) -> PodTemplate:
        env = [{"name": name, "value": value} for name, value in values.items()]
        return msgspec.convert({"spec": {"containers": [{"name": "worker", "env": env}]}}, PodTemplate)

    old, new = template(LOG="info", CATALOG_URL="http://catalog"), template(LOG="debug", CATALOG_URL="http://cat")
    change = TemplateChange(
        now="revision 2",
        before="revision 1",
        differences=differences(old, new),
        source="ReplicaSet a",
        at=None,
        by="",
        pods=(),
        working=1,
    )
    code = Code(id="config.wrong", meaning="", fix="")
    check = Check(
        id="config.x", title="", stage=stages.SETTINGS, run=lambda _: iter(()), codes=(code,), template=("env:*",)
    )
    found = needed(code.finding("CATALOG_URL has no such host."), check, change, "worker")
    assert [each.variable for each in found] == ["CATALOG_URL"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("T07", "Set TEMPORAL_NAMESPACE back from nope to default, as in revision 89 (its 3 pods work). Change"),
        ("H02", "Set NEXTAUTH_SECRET back to Secret alga-core-sebastian-secrets, key NEXTAUTH_SECRET, as in"),
        ("H02c", "Set DB_USER_ADMIN back to postgres and TEMPORAL_NAMESPACE to default, as in revision 60"),
        ("P09", "Remove PGSSLMODE (require), as in revision 3 (its 3 pods work). Change"),
        ("V24", "Set annotation agent-inject-template-auth-key back, as in revision 41"),
        ("P10", "Set DB_HOST back to pgbouncer.msp.svc.cluster.local and DB_PORT to 6432, and remove PGSSLMODE, as"),
        (
            "Y04b",
            "Set imagePullPolicy back from Always to IfNotPresent, as in the template before (its pod works). Then",
        ),
    ],
)
def test_the_step_says_what_the_value_is_set_back_to(name: str, text: str) -> None:
    assert steps(name)[0].text.startswith(text)


@pytest.mark.parametrize(
    ("name", "verb"),
    [("V39", ("rollout", "restart")), ("P05c", ("exec",)), ("Y04d", ("patch",)), ("V35", ("patch",))],
)
def test_a_correction_stays_first_where_the_change_is_not_what_fails(name: str, verb: tuple[str, ...]) -> None:
    first = steps(name)[0]
    assert first.command.has(*verb)
    assert ", as in " not in first.text


@pytest.mark.parametrize(
    ("name", "since"),
    [
        ("H05", "exits on import, since revision 193 changed args."),
        ("V41", "late or never, since revision 105."),
        ("T09", "Since revision 35 changed TEMPORAL_ADDRESS, the worker of tenant-workflows has"),
        ("X50", "cannot start, since revision 56 changed envFrom."),
    ],
)
def test_a_sentence_without_the_field_that_is_set_back_says_since_when(name: str, since: str) -> None:
    cause = prepare(Request(replay=recordings.path(name))).run(threading.Event()).causes[0]
    assert since in cause.finding.summary
