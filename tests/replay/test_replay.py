"""Real incidents, recorded on a real cluster, replayed: the first cause stays the true one.

What is expected of each stands beside it; `make accuracy` makes them anew.
"""

import gzip

import pytest

import reports
from diagnose.cli.catalogue import catalogue
from diagnose.model.report import Confidence, Report, Severity, Status
from diagnose.text.sentences import MAX_LENGTH
from reports.formats.json import read
from tests.lab.verdict import ALWAYS
from tests.support import recordings, tracing
from tests.support.wording import problems

# The lab's made-up credentials: were one of them in a recording, a real one would have been, too.
CREDENTIALS = (
    "lab-root-token",
    "-superuser-password",
    "-pgbouncer-password",
    "lab-server-password",
    "lab-alga-auth-key",
    "lab-internal-api-shared-secret",
    "lab-nextauth-secret",
    "eyJhbGciOi",
)


DECLARED = [code for check in catalogue().checks for code in check.codes]
CODES = {code.id for code in DECLARED}
SYMPTOMS = {code.id for code in DECLARED if code.symptom}


def replay(name: str) -> Report:
    return tracing.replay(recordings.path(name)).report


@pytest.mark.parametrize("name", recordings.NAMES)
def test_the_first_cause_is_the_injected_one(name: str) -> None:
    expected = recordings.EXPECTED[name]
    report = replay(name)
    always = ALWAYS.get(recordings.recording(name).header.arguments.get("occasion", ""), frozenset())
    codes = [each.finding.code for each in report.causes if each.finding.code not in always - set(expected.causes)]
    if not expected.causes:
        assert codes == list(expected.answered or ())
        assert report.exit_code == (1 if codes else 3 if expected.unknown else 0)
        return
    # What was answered is only kept where it was not what was injected.
    assert set(codes) == set(expected.causes if expected.answered is None else expected.answered)
    assert report.exit_code == ((3 if expected.unknown else 0) if expected.warns else 1)
    found = " ".join(cause.finding.summary for cause in report.causes if cause.finding.code in expected.causes)
    assert all(part in found for part in expected.names)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_every_check_has_one_outcome_and_nothing_is_left_out_of_the_reports(name: str) -> None:
    report = replay(name)
    assert len({outcome.check for outcome in report.outcomes}) == len(report.outcomes)
    for outcome in report.outcomes:
        assert not (outcome.status is Status.UNKNOWN and "the check itself failed" in outcome.reason), outcome.reason
    text = reports.RENDERERS["json"](report, reports.Options())
    assert reports.RENDERERS["json"](read(text), reports.Options()) == text
    for renderer in ("console", "markdown", "html"):
        shown = reports.RENDERERS[renderer](report, reports.Options(verbose=True))
        assert all(cause.finding.code in shown for cause in report.causes)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_findings_read_as_one_sentence_with_a_fix_to_paste(name: str) -> None:
    for cause in replay(name).causes:
        finding = cause.finding
        assert not list(problems(finding.summary)), finding.summary
        # Two lines of a terminal; a quoted last line of a server that crashes may make it three. Of several workloads
        # the name of its own comes before it.
        named = next((f"{each}: " for each in finding.subjects if finding.summary.startswith(f"{each}: ")), "")
        assert len(finding.summary) <= MAX_LENGTH + len(named), finding.summary
        assert finding.remediation.steps
        for step in finding.remediation.steps:
            assert "<" not in step.command.replace("<no value>", ""), step.command


@pytest.mark.parametrize("name", recordings.NAMES)
def test_a_symptom_is_certain_only_with_a_proof_and_what_is_likely_can_be_decided(name: str) -> None:
    for outcome in replay(name).outcomes:
        for finding in outcome.findings:
            is_proven = finding.code not in SYMPTOMS or finding.proof
            assert is_proven or finding.confidence is Confidence.LIKELY, finding.code
            assert set(finding.alternative_codes) <= CODES
            if finding.confidence is Confidence.LIKELY and finding.severity is not Severity.INFO:
                assert finding.alternatives, finding.code
                assert any(step.command and not step.changes for step in finding.remediation.steps), finding.code


@pytest.mark.parametrize("name", recordings.NAMES)
def test_no_credential_is_in_a_recording(name: str) -> None:
    text = gzip.decompress(recordings.path(name).read_bytes()).decode()
    assert [each for each in CREDENTIALS if each in text] == []


@pytest.mark.parametrize("name", ["P03", "P05", "P11"])
def test_a_crash_loop_is_reported_with_the_error_and_not_with_the_last_line_of_its_advice(name: str) -> None:
    findings = [each for outcome in replay(name).outcomes for each in outcome.findings]
    (found,) = [each.summary for each in findings if each.code == "workload.crash-looping"]
    assert "is in CrashLoopBackOff (exit code 1): Database connection failed" in found


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("X49", "DB_HOST=pgbouncer.msp.svc.cluster.local"),
        ("T02", "TEMPORAL_ADDRESS=temporal-frontend.temporal.svc.cluster.local:7233"),
        ("P03", "DB_HOST=pgbouncer.msp.svc.cluster.local"),
    ],
)
def test_the_command_has_the_host_that_was_meant_where_one_is_like_it(name: str, meant: str) -> None:
    assert meant in replay(name).causes[0].finding.remediation.steps[0].command


def test_an_address_that_was_not_set_before_is_unset_or_else_corrected_to_the_host_like_it() -> None:
    undo, correct = replay("V28a").causes[0].finding.remediation.steps[:2]
    assert '"annotations":{"vault.hashicorp.com/service":null}' in undo.command
    assert '"vault.hashicorp.com/service":"http://vault.vault.svc:8200"' in correct.command
