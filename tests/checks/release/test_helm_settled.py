"""The last operation of Helm on the release."""

from collections.abc import Callable

import pytest

from checks.release.as_deployed import AS_DEPLOYED
from checks.release.helm_settled import HELM_SETTLED
from diagnose.check.api import Check, Context, NotApplicableError
from tests.support.helm import record, released
from tests.support.kit import (
    codes,
    findings,
)


def test_an_old_operation_that_never_ended_blocks_the_next_one() -> None:
    [finding] = findings(
        HELM_SETTLED, released(record(3, "deployed"), record(4, "failed"), record(5, "pending-upgrade"))
    )
    assert finding.code == "release.helm-pending"
    assert all(word in finding.summary for word in ("worker", "pending-upgrade", "60 minutes"))
    assert [each.command for each in finding.remediation.steps][1] == "helm rollback worker 3 -n msp"


def test_a_recent_operation_is_in_progress() -> None:
    ctx = released(record(3, "deployed"), record(4, "pending-upgrade", age_s=60))
    assert findings(HELM_SETTLED, ctx) == []
    assert "pending-upgrade" in ctx.remark


def test_a_first_install_that_never_ended_has_no_revision_to_roll_back_to() -> None:
    [finding] = findings(HELM_SETTLED, released(record(1, "pending-install")))
    assert finding.remediation.steps[1].command == "helm uninstall worker -n msp"


@pytest.mark.parametrize(
    ("status", "code"), [("failed", "release.helm-failed"), ("uninstalled", "release.uninstalled")]
)
def test_a_failed_or_uninstalled_release_is_found(status: str, code: str) -> None:
    assert codes(HELM_SETTLED, released(record(1, "superseded"), record(2, status))) == [code]


@pytest.mark.parametrize(
    "make", [lambda: released(record(1, "deployed"), allowed=False), released], ids=["not allowed", "no record"]
)
@pytest.mark.parametrize("check", [HELM_SETTLED, AS_DEPLOYED], ids=lambda each: each.id)
def test_without_permission_or_records_the_check_is_not_applicable(check: Check, make: Callable[[], Context]) -> None:
    with pytest.raises(NotApplicableError):
        findings(check, make())
