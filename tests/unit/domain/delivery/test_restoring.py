"""What the last revision changed and a cause is about is set back alone, before anything wider."""

import threading
from dataclasses import replace

import msgspec
import pytest

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
        ("H04", "-c temporal-worker EMAIL_PROVIDER-"),
    ],
)
def test_the_first_step_sets_back_what_the_cause_is_about(name: str, change: str) -> None:
    first, *others = steps(name)
    assert change in first.command
    assert first.text.startswith("Undo this change alone")
    assert not any(each.changes and placeholders(each.command) for each in others)
    rollback = [each for each in others if each.command.has("rollout", "undo")]
    assert all(each.text.startswith("Or roll back") for each in rollback)


def test_a_cause_that_a_revision_did_not_bring_keeps_its_steps() -> None:
    assert not steps("P05")[0].text.startswith("Undo")


def test_a_warning_with_a_correction_of_its_own_keeps_that() -> None:
    examination = prepare(Request(replay=recordings.path("K02")))
    causes = examination.run(threading.Event()).causes
    target = discover(examination.gateway, examination.request, examination.catalogue.profiles)
    mild = tuple(replace(each, finding=replace(each.finding, severity=Severity.WARNING)) for each in causes)
    assert restored(mild, CHECKS, target, examination.now) == mild
    assert steps("E04")[0].text.startswith("Undo this change alone")


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
