"""The files that the command reads and those that the agent writes."""

from checks.secrets.files_match import FILES_MATCH
from tests.support.kit import findings
from tests.support.vault import PREFIX, injected


def test_files_that_nothing_writes_are_one_finding() -> None:
    elsewhere = {f"{PREFIX}secret-volume-path": "/secrets"}
    (finding,) = findings(FILES_MATCH, injected(notes=elsewhere))
    assert finding.code == "secrets.file-not-produced"
    assert "/vault/secrets/auth-key" in finding.summary
    assert "they make /secrets/auth-key" in finding.summary
