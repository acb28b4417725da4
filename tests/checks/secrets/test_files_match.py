"""The files that the command reads and those that the agent writes."""

from checks.secrets.files_match import FILES_MATCH
from tests.support.kit import findings
from tests.support.vault import PREFIX, injected


def test_files_that_nothing_writes_are_one_finding() -> None:
    elsewhere = {f"{PREFIX}secret-volume-path": "/secrets"}
    (finding,) = findings(FILES_MATCH, injected(notes=elsewhere))
    assert finding.code == "secrets.file-not-produced"
    assert "/vault/secrets/auth-key" in finding.summary
    assert "they write /secrets/auth-key instead" in finding.summary


def test_a_file_with_a_similar_name_is_written_under_the_name_that_the_command_reads() -> None:
    other = {f"{PREFIX}agent-inject-file-auth-key": "auth_key"}
    (finding,) = findings(FILES_MATCH, injected(notes=other))
    fix = finding.remediation.steps[0]
    assert fix.text.startswith("Let the agent write /vault/secrets/auth_key as /vault/secrets/auth-key")
    assert '"vault.hashicorp.com/agent-inject-file-auth-key":"auth-key"' in fix.command


def test_a_file_in_another_folder_is_compared_by_hand() -> None:
    (finding,) = findings(FILES_MATCH, injected(notes={f"{PREFIX}secret-volume-path": "/secrets"}))
    assert not any(step.changes for step in finding.remediation.steps)
