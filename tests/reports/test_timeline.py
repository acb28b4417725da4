"""Which change before a failure is named beside its cause."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from diagnose.commands.command import Command
from diagnose.model.report import Cause, Confidence, Evidence, Finding, Remediation, Status, Step
from diagnose.model.timeline import Moment, MomentKind, Timeline
from reports.text.timeline import changed_text
from tests.reports.samples import LOGIN_FAILED, ROLE_NOT_FOUND, ROLLED_OUT, outcome, report

WEBHOOK = replace(
    ROLLED_OUT,
    kind=MomentKind.CONFIGURATION,
    subject="mutatingwebhookconfiguration/injector",
    summary="MutatingWebhookConfiguration injector was changed by kubectl.",
    source="managedFields of MutatingWebhookConfiguration injector",
)


def changed(finding: Finding, change: Moment) -> str:
    failed = outcome("vault.role-bound", Status.FAIL, findings=(finding,))
    timeline = Timeline(moments=(change, LOGIN_FAILED), first_wrong=LOGIN_FAILED, last_change=change)
    sample = report(failed, causes=(Cause(check=failed.check, finding=finding),), timeline=timeline)
    return " ".join(changed_text(sample))


def test_a_rollout_is_named_where_it_is_evidence_of_the_cause() -> None:
    made = Evidence(source="ReplicaSet temporal-worker-7d9", text="revision 12 was made by helm at 13:39")
    assert "Revision 12" in changed(replace(ROLE_NOT_FOUND, evidence=(made,)), ROLLED_OUT)


@pytest.mark.parametrize(
    ("sentence", "changes", "is_named"),
    [
        (
            "The command reads secrets/internal-api, which is not there.",
            "annotation:secret-internal-api",
            True,
        ),
        ("Image tag 7a5b91c0 was never pushed.", "image lab/worker:7a5b91c0", True),
        ("Container main of temporal-worker is OOMKilled.", "env:LAB_LEVEL of temporal-worker", False),
        ("The volume of PostgreSQL is full.", "env:LAB_START_EVERY", False),
        ("Deployment temporal-worker has image lab/worker:bd782c4b.", "env-from", False),
    ],
)
def test_a_rollout_is_named_where_it_changed_what_the_sentence_names(
    sentence: str, changes: str, *, is_named: bool
) -> None:
    change = replace(ROLLED_OUT, summary=f"Revision 12 of temporal-worker was made; it changes {changes}.")
    finding = replace(ROLE_NOT_FOUND, summary=sentence, evidence=(), subjects=("deployment/temporal-worker",))
    assert bool(changed(finding, change)) is is_named


def test_a_change_of_an_object_of_the_cause_is_named_unless_it_is_long_ago() -> None:
    finding = replace(ROLE_NOT_FOUND, subjects=(WEBHOOK.subject,))
    soon, long_ago = (replace(WEBHOOK, at=LOGIN_FAILED.at - timedelta(minutes=each)) for each in (10, 56))
    assert "injector was changed" in changed(finding, soon)
    assert not changed(finding, long_ago)


@pytest.mark.parametrize(
    ("step", "is_named"),
    [
        (Step("Set A back, as in revision 11 (its pod works).", Command("set")), True),
        (Step("Set A back, as in revision 12.", Command("set")), False),
        (Step("Restart the pods.", Command("kubectl", "rollout", "restart", "deployment/a")), False),
    ],
)
def test_a_rollout_is_not_named_where_the_fix_shows_that_it_did_not_bring_the_cause(
    step: Step, *, is_named: bool
) -> None:
    made = Evidence(source="ReplicaSet temporal-worker-7d9", text="revision 12 was made by helm at 13:39")
    finding = replace(ROLE_NOT_FOUND, evidence=(made,), remediation=Remediation(summary="Mend it.", steps=(step,)))
    assert ("Revision 12" in changed(finding, ROLLED_OUT)) is is_named


@pytest.mark.parametrize(
    ("confidence", "sentence", "is_named"),
    [
        (Confidence.CERTAIN, "The role does not exist.", False),
        (Confidence.LIKELY, "The role does not exist.", True),
        (Confidence.CERTAIN, "The caBundle of webhook injector is wrong.", True),
    ],
)
def test_a_change_just_before_is_named_where_the_cause_is_open_or_names_its_object(
    confidence: Confidence, sentence: str, *, is_named: bool
) -> None:
    just_before = replace(WEBHOOK, at=LOGIN_FAILED.at - timedelta(seconds=5))
    finding = replace(
        ROLE_NOT_FOUND,
        summary=sentence,
        confidence=confidence,
        alternatives=("Another.",) * (confidence is Confidence.LIKELY),
    )
    assert bool(changed(finding, just_before)) is is_named
