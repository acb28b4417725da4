"""Programs that read the token of their account."""

import pytest

from checks.workload.token_provided import TOKEN_PROVIDED
from diagnose.model.report import Confidence
from tests.support.kit import codes, context, findings, log
from tests.support.objects import pod

FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount"
TOKEN = f"{FOLDER}/token"


@pytest.mark.parametrize(
    "line",
    [
        f"FileNotFoundError: [Errno 2] No such file or directory: '{TOKEN}'",
        f"error creating client: open {TOKEN}: no such file or directory",
        f"Error: ENOENT: no such file or directory, open '{TOKEN}'",
    ],
)
def test_a_program_that_reads_a_token_that_is_not_mounted_is_found(line: str) -> None:
    (finding,) = findings(TOKEN_PROVIDED, context(pod("worker-1"), logs=[log(line)]))
    assert (finding.code, finding.confidence) == ("workload.token-not-mounted", Confidence.CERTAIN)
    assert "automountServiceAccountToken" in str(finding.remediation.steps[0].command)


def test_a_token_that_is_mounted_is_no_finding() -> None:
    mounted = {"name": "worker", "volumeMounts": [{"name": "token", "mountPath": FOLDER}]}
    line = f"open {TOKEN}: no such file or directory"
    assert codes(TOKEN_PROVIDED, context(pod("worker-1", mounted), container=mounted, logs=[log(line)])) == []


def test_another_file_is_not_the_token() -> None:
    assert codes(TOKEN_PROVIDED, context(pod("worker-1"), logs=[log("open /etc/app.yaml: no such file")])) == []


def test_a_program_that_is_ready_without_the_token_does_without() -> None:
    line = f"WARN not in a cluster: open {TOKEN}: no such file or directory"
    assert codes(TOKEN_PROVIDED, context(pod("worker-1", ready=True), logs=[log(line, ready=True)])) == []
